//! Drift: what the last check of a release found, and checking it now.

use axum::{Json, extract::Path};

use super::{
    body::{Caller, id},
    problem::{ApiProblem, Problems},
};
use crate::domain::{actor::Act, drift::Drift, problem::Problem};

/// Whether what runs still says what the manifest says
///
/// What the last check found, by resource; 404 `drift_unknown` where there was none. `stale` where the release has moved on
/// since.
#[utoipa::path(get, path = "/{release}/drift", tag = "Live", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Drift), Problems))]
pub async fn last(Caller { actor, manager }: Caller, Path(release): Path<String>) -> Result<Json<Drift>, ApiProblem> {
    Ok(Json(manager.drift(&actor, id(&release, Problem::release_not_found)?).await?))
}

/// Check now whether what runs still says what the manifest says
///
/// Each object of the newest deployed manifest is compared with what applying it would make of it: a dry run on the API
/// server, as the tenant's own service account. Nothing is changed. For admins and support; 429 `too_many_checks` where
/// the release is being checked already.
#[utoipa::path(post, path = "/{release}/drift", tag = "Live", params(("release" = String, Path, format = Uuid)),
    responses((status = 200, body = Drift), (status = 429, description = "Too many checks."), Problems))]
pub async fn check(Caller { actor, manager }: Caller, Path(release): Path<String>) -> Result<Json<Drift>, ApiProblem> {
    actor.demand(Act::CheckDrift)?;
    Ok(Json(manager.check_drift(&actor, id(&release, Problem::release_not_found)?).await?))
}
