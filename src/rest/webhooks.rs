//! Webhooks: who is told of batches, and what became of it. For admins. What notices are signed with is in an answer only when
//! a webhook is added.

use axum::{Json, extract::Path};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, Once, OnceKey, id, paging},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    actor::Act,
    ids::WebhookId,
    page::Page,
    people::Issued,
    problem::Problem,
    webhook::{Delivery, NoticeKind, Webhook, WebhookWish},
};

/// A webhook to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Its name.
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\s\\x00-\\x1f\\x7f-\\x9f]+$")]
    name: String,
    /// Where notices are sent; kept sealed, and only its host is ever shown.
    #[schema(
        max_length = 1000,
        example = "https://hooks.example.com/pilothouse",
        pattern = "^https://[a-z0-9][-a-z0-9.]*(:[0-9]{1,4})?(/[-a-zA-Z0-9._]+)*$"
    )]
    url: String,
    /// What it is told of; all of it, where that is left out.
    #[schema(min_items = 1, max_items = 20)]
    events: Option<Vec<NoticeKind>>,
    /// Why; kept in the audit.
    #[schema(min_length = 1, max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: String,
}

/// A webhook that was added.
#[derive(Serialize, ToSchema)]
pub struct MadeWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    /// What its notices are signed with, shown this once; null in the answer to a request that was sent again.
    secret: Option<String>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookWhy {
    /// Kept in the audit.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Why it is removed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Kept in the audit; needed.
    #[param(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
}

/// All webhooks, by name
#[utoipa::path(get, path = "/", tag = "Webhooks", responses((status = 200, body = Vec<Webhook>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<Webhook>>, ApiProblem> {
    Ok(Json(manager.webhooks(&actor).await?))
}

/// Add a webhook
///
/// Notices (`NoticeBody`) are sent as Standard Webhooks: `webhook-signature` is `v1,` and the base64 of an HMAC-SHA-256 of
/// `webhook-id`, `webhook-timestamp` and the body as it came, with dots between; its key is the base64 after `whsec_`. Each is
/// sent until it is answered with 2xx, for two days; the same `webhook-id` is the same notice. 410 disables the webhook.
#[utoipa::path(post, path = "/", tag = "Webhooks", request_body = NewWebhook, params(OnceKey), responses((status = 201, body = MadeWebhook), Problems))]
pub async fn add(caller: Caller, once: Once<NewWebhook>) -> Result<(StatusCode, Json<MadeWebhook>), ApiProblem> {
    caller.actor.demand(Act::ManageWebhooks)?;
    let (webhook, secret) = match once.made::<WebhookId>(&caller).await? {
        Some(made) => (caller.manager.webhook(&caller.actor, made).await?, None),
        None => {
            let NewWebhook { name, url, events, reason } = &once.body;
            let events = events.clone().unwrap_or_else(|| NoticeKind::CHOICES.to_vec());
            let wish = WebhookWish { name: name.parse()?, url: url.parse()?, events };
            let (webhook, Issued(secret)) = caller.manager.add_webhook(&caller.actor, wish, Some(reason.as_str())).await?;
            once.keep(&caller, webhook.id).await;
            (webhook, Some(secret))
        }
    };
    Ok((StatusCode::CREATED, Json(MadeWebhook { webhook, secret })))
}

/// Remove a webhook
///
/// What it was still to be told is not sent any more.
#[utoipa::path(delete, path = "/{webhook}", tag = "Webhooks", params(("webhook" = String, Path, format = Uuid), Removal),
    responses((status = 204), Problems))]
pub async fn remove(
    Caller { actor, manager }: Caller,
    Path(webhook): Path<String>,
    Asked(why): Asked<Removal>,
) -> Result<StatusCode, ApiProblem> {
    actor.demand(Act::ManageWebhooks)?;
    manager.remove_webhook(&actor, id(&webhook, Problem::webhook_not_found)?, why.reason.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a ping to a webhook
#[utoipa::path(post, path = "/{webhook}/test", tag = "Webhooks", params(("webhook" = String, Path, format = Uuid)),
    request_body = Option<WebhookWhy>, responses((status = 202, body = Delivery), Problems))]
pub async fn test(
    Caller { actor, manager }: Caller,
    Path(webhook): Path<String>,
    body: Option<Body<WebhookWhy>>,
) -> Result<(StatusCode, Json<Delivery>), ApiProblem> {
    actor.demand(Act::ManageWebhooks)?;
    let reason = body.and_then(|Body(why)| why.reason);
    let queued = manager.test_webhook(&actor, id(&webhook, Problem::webhook_not_found)?, reason.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(queued)))
}

/// What a webhook was told and is still to be told, newest first
///
/// What ended is kept for 30 days.
#[utoipa::path(get, path = "/{webhook}/deliveries", tag = "Webhooks", params(("webhook" = String, Path, format = Uuid), DeliveryQuery),
    responses((status = 200, body = Page<Delivery>), Problems))]
pub async fn deliveries(
    Caller { actor, manager }: Caller,
    Path(webhook): Path<String>,
    Asked(query): Asked<DeliveryQuery>,
) -> Result<Json<Page<Delivery>>, ApiProblem> {
    actor.demand(Act::ManageWebhooks)?;
    let id = id(&webhook, Problem::webhook_not_found)?;
    Ok(Json(manager.deliveries(&actor, id, paging(query.page, query.size)?).await?))
}

/// Send a notice once more
///
/// Under its own id, whatever came of it before.
#[utoipa::path(post, path = "/{webhook}/deliveries/{delivery}/again", tag = "Webhooks",
    params(("webhook" = String, Path, format = Uuid), ("delivery" = String, Path, format = Uuid)),
    request_body = Option<WebhookWhy>, responses((status = 202, body = Delivery), Problems))]
pub async fn again(
    Caller { actor, manager }: Caller,
    Path((webhook, delivery)): Path<(String, String)>,
    body: Option<Body<WebhookWhy>>,
) -> Result<(StatusCode, Json<Delivery>), ApiProblem> {
    actor.demand(Act::ManageWebhooks)?;
    let reason = body.and_then(|Body(why)| why.reason);
    let (webhook, notice) = (id(&webhook, Problem::webhook_not_found)?, id(&delivery, Problem::notice_not_found)?);
    let queued = manager.deliver_again(&actor, webhook, notice, reason.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, Json(queued)))
}
