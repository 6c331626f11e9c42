//! Previews: asked for with the body of the change itself, looked at, applied.

use axum::{Json, extract::Path, response::Response};
use http::{HeaderName, StatusCode, header::LOCATION};

use super::{
    body::{Body, Caller, Conditions, id},
    changes::{Install, Rollback, Upgrade, existing, new},
    prefer::{self, Changed, Prefer},
    problem::{ApiProblem, Problems},
};
use crate::{
    domain::{actor::Act, ids::PreviewId, preview::Preview, problem::Problem},
    manager::Submit,
};

type Made = Result<(StatusCode, [(HeaderName, String); 1], Json<Preview>), ApiProblem>;

async fn made(caller: &Caller, submit: Submit) -> Made {
    let preview = caller.manager.preview(&caller.actor, submit).await?;
    Ok((StatusCode::CREATED, [(LOCATION, format!("/api/v1/previews/{}", preview.id))], Json(preview)))
}

/// Preview an install
///
/// What it would do, rendered against the cluster as the tenant; nothing is changed.
#[utoipa::path(post, path = "/preview", tag = "Previews", request_body = Install, responses((status = 201, body = Preview), Problems))]
pub async fn install(caller: Caller, given: Conditions, Body(asked): Body<Install>) -> Made {
    made(&caller, new(&caller, asked, given)?).await
}

/// Preview an upgrade
///
/// With the body of the upgrade itself.
#[utoipa::path(post, path = "/{release}/preview", tag = "Previews", request_body = Upgrade,
    params(("release" = String, Path, format = Uuid)), responses((status = 201, body = Preview), Problems))]
pub async fn upgrade(caller: Caller, Path(release): Path<String>, given: Conditions, Body(asked): Body<Upgrade>) -> Made {
    caller.actor.demand(Act::Change)?;
    let (wish, how) = asked.wish()?;
    made(&caller, existing(&caller, &release, given, wish, how).await?).await
}

/// Preview a rollback
///
/// With what will not go back.
#[utoipa::path(post, path = "/{release}/rollback/preview", tag = "Previews", request_body = Rollback,
    params(("release" = String, Path, format = Uuid)), responses((status = 201, body = Preview), Problems))]
pub async fn rollback(caller: Caller, Path(release): Path<String>, given: Conditions, Body(asked): Body<Rollback>) -> Made {
    let (wish, how) = asked.wish();
    made(&caller, existing(&caller, &release, given, wish, how).await?).await
}

/// A preview
///
/// For a day after it was made; one that a batch made for a month. Those of batches are looked at by whoever may look at batches.
#[utoipa::path(get, path = "/{preview}", tag = "Previews", params(("preview" = String, Path, format = Uuid)),
    responses((status = 200, body = Preview), Problems))]
pub async fn one(Caller { actor, manager }: Caller, Path(preview): Path<String>) -> Result<Json<Preview>, ApiProblem> {
    Ok(Json(manager.previewed(&actor, preview_id(&preview)?).await?.preview))
}

/// Do what was previewed
///
/// Exactly that: refused with 409 `revision_moved` where the release has moved on, and with `preview_stale` where the chart
/// source has another archive for the version. Applied twice, it is done once. What is part of a batch is the batch's to do until
/// that has ended: `preview_of_batch`.
#[utoipa::path(post, path = "/{preview}/apply", tag = "Previews", params(("preview" = String, Path, format = Uuid), Prefer),
    responses(Changed, Problems))]
pub async fn apply(caller: Caller, Path(preview): Path<String>, prefer: Prefer) -> Result<Response, ApiProblem> {
    let operation = caller.manager.apply_preview(&caller.actor, preview_id(&preview)?).await?;
    prefer::answer(&caller, prefer, operation).await
}

fn preview_id(text: &str) -> Result<PreviewId, ApiProblem> {
    id(text, Problem::preview_not_found)
}
