//! Looks at operations, and their cancelling.

use axum::{Json, extract::Path};
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, id, paging},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    operation::{Operation, OperationQuery, OperationStatus},
    page::Page,
    problem::Problem,
};

/// Which operations.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
    #[param(format = Uuid)]
    tenant_id: Option<String>,
    #[param(format = Uuid)]
    release_id: Option<String>,
    status: Option<OperationStatus>,
}

/// Operations, newest first
#[utoipa::path(get, path = "/", tag = "Operations", params(ListQuery), responses((status = 200, body = Page<Operation>), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Asked(query): Asked<ListQuery>) -> Result<Json<Page<Operation>>, ApiProblem> {
    let asked = OperationQuery {
        tenant: query.tenant_id.as_deref().map(|text| id(text, Problem::tenant_not_found)).transpose()?,
        release: query.release_id.as_deref().map(|text| id(text, Problem::release_not_found)).transpose()?,
        status: query.status,
        paging: paging(query.page, query.size)?,
    };
    Ok(Json(manager.operations(&actor, &asked).await?))
}

/// One operation
#[utoipa::path(get, path = "/{operation}", tag = "Operations", params(("operation" = String, Path, format = Uuid)),
    responses((status = 200, body = Operation), Problems))]
pub async fn one(Caller { actor, manager }: Caller, Path(operation): Path<String>) -> Result<Json<Operation>, ApiProblem> {
    Ok(Json(manager.operation(&actor, id(&operation, Problem::operation_not_found)?).await?))
}

/// Why it is to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Cancel an operation
///
/// A queued one ends at once, a running one when Helm has let go.
#[utoipa::path(post, path = "/{operation}/cancel", tag = "Operations", params(("operation" = String, Path, format = Uuid)),
    request_body = Option<Cancel>, responses((status = 202, body = Operation), Problems))]
pub async fn cancel(
    Caller { actor, manager }: Caller,
    Path(operation): Path<String>,
    body: Option<Body<Cancel>>,
) -> Result<(StatusCode, Json<Operation>), ApiProblem> {
    let reason = body.and_then(|Body(asked)| asked.reason);
    let operation = manager.cancel(&actor, id(&operation, Problem::operation_not_found)?, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(operation)))
}
