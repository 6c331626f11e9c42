//! The form that reveals one hidden value: its answer is its own page with the value on it, once.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use leptos::config::LeptosOptions;

use super::{again, asked::Asked, page_with, read};
use crate::{
    api::{Context, refused::Refused, reveal::Revealed},
    domain::{
        actor::Act,
        problem::{Code, Problem},
        revision::BodyPart,
    },
    manager::Reveal,
};

/// POST `…/reveal`
pub(super) async fn reveal(State(context): State<Context>, State(options): State<LeptosOptions>, request: Request) -> Response {
    let (parts, asked) = read(&context, request).await;
    let request = Request::from_parts(parts, Body::empty());
    let fields = asked.as_ref().map(|asked| asked.fields.clone()).unwrap_or_else(|_| BTreeMap::new());
    let answer = match asked {
        Ok(asked) => act(asked).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(revealed) => page_with(context, options, request, revealed, || ()).await,
        Err(problem) => again(context, options, request, Refused { problem, fields }).await,
    }
}

async fn act(asked: Asked) -> Result<Revealed, Problem> {
    asked.actor.demand(Act::Reveal)?;
    let release = asked.release().await?;
    let revision = asked.number("revision", "The revision")?.unwrap_or(release.revision);
    let part = BodyPart::parse(asked.field("of")).unwrap_or_default();
    // Not without the space around it: it may belong to the last key.
    let path = asked.fields.get("path").cloned().filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| Problem::new(Code::InvalidRequest, "Choose the value that you need to see."))?;
    let wanted = Reveal { revision, part, path: path.clone(), reason: asked.reason()? };
    let value = asked.manager.reveal(&asked.actor, release.id, wanted).await?;
    Ok(Revealed { revision, part, path, value })
}
