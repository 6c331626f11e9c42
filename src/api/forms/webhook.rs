//! The forms about webhooks: add, test, send again, remove. What signs a webhook's notices is in the answer to the form that
//! added it, and nowhere else.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use leptos::config::LeptosOptions;

use super::{Landing, again, asked::Asked, form, incomplete, page_with, read};
use crate::{
    api::{Context, made::Made, refused::Refused},
    domain::{
        actor::Act,
        ids::WebhookId,
        problem::Problem,
        webhook::{NoticeKind, WebhookWish},
    },
};

/// POST `/settings/webhooks`
pub(super) async fn add(State(context): State<Context>, State(options): State<LeptosOptions>, request: Request) -> Response {
    let (parts, asked) = read(&context, request).await;
    let request = Request::from_parts(parts, Body::empty());
    let fields = asked.as_ref().map(|asked| asked.fields.clone()).unwrap_or_else(|_| BTreeMap::new());
    let made = match asked {
        Ok(asked) => made(asked).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => page_with(context, options, request, made, || ()).await,
        Err(problem) => again(context, options, request, Refused { problem, fields }).await,
    }
}

async fn made(asked: Asked) -> Result<Made, Problem> {
    asked.actor.demand(Act::ManageWebhooks)?;
    let events = NoticeKind::CHOICES.into_iter().filter(|kind| asked.fields.contains_key(kind.as_str())).collect();
    let wish = WebhookWish { name: asked.name("name")?, url: asked.name("url")?, events };
    let reason = asked.reason()?;
    let (webhook, secret) = asked.manager.add_webhook(&asked.actor, wish, reason.as_deref()).await?;
    Ok(Made { what: format!("what notices to {} are signed with", webhook.name), secret })
}

/// The page of a webhook, or of all of them, with what was done.
pub(super) enum Webhooks {
    /// One that is still there.
    One(WebhookId, &'static str),
    /// One that is gone.
    Removed,
}

impl Landing for Webhooks {
    fn place(&self) -> String {
        match self {
            Self::One(id, done) => format!("/settings/webhooks/{id}?done={done}"),
            Self::Removed => "/settings/webhooks?done=removed".to_owned(),
        }
    }
}

form!(
    /// POST `/settings/webhooks/{id}`
    change,
    ManageWebhooks,
    |asked: Asked| async move {
        let id = asked.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::webhook_not_found)?;
        let reason = asked.reason()?;
        match asked.field("act") {
            "test" => {
                asked.manager.test_webhook(&asked.actor, id, reason.as_deref()).await?;
                Ok(Webhooks::One(id, "tested"))
            }
            "again" => {
                let notice = asked.field("notice").parse().map_err(|_| Problem::notice_not_found())?;
                asked.manager.deliver_again(&asked.actor, id, notice, reason.as_deref()).await?;
                Ok(Webhooks::One(id, "again"))
            }
            "remove" => {
                asked.manager.remove_webhook(&asked.actor, id, reason.as_deref()).await?;
                Ok(Webhooks::Removed)
            }
            _ => Err(incomplete()),
        }
    }
);
