//! Looks at operations, and their cancelling.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::Deserialize;

use super::{
    body::{Asked, id},
    problem::ApiProblem,
};
use crate::{
    domain::{
        actor::Actor,
        operation::{Operation, OperationQuery, OperationStatus},
        page::{Page, Paging},
        problem::{Code, Problem},
    },
    manager::ReleaseManager,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListQuery {
    page: Option<u32>,
    size: Option<u32>,
    tenant_id: Option<String>,
    release_id: Option<String>,
    status: Option<String>,
}

pub async fn list(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Page<Operation>>, ApiProblem> {
    let status = query.status.as_deref().map(|text| {
        OperationStatus::parse(text).ok_or_else(|| {
            Problem::new(Code::InvalidRequest, "status is one of queued, running, succeeded, failed, cancelled, interrupted.")
        })
    });
    let asked = OperationQuery {
        tenant: query.tenant_id.as_deref().map(|text| id(text, Problem::tenant_not_found)).transpose()?,
        release: query.release_id.as_deref().map(|text| id(text, Problem::release_not_found)).transpose()?,
        status: status.transpose()?,
        paging: Paging::new(query.page.unwrap_or(0), query.size.unwrap_or(50)),
    };
    Ok(Json(manager.operations(&actor, &asked).await?))
}

pub async fn one(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(operation): Path<String>,
) -> Result<Json<Operation>, ApiProblem> {
    Ok(Json(manager.operation(&actor, id(&operation, Problem::operation_not_found)?).await?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Cancel {
    reason: Option<String>,
}

pub async fn cancel(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(operation): Path<String>,
    body: Option<Json<Cancel>>,
) -> Result<(StatusCode, Json<Operation>), ApiProblem> {
    let reason = body.and_then(|Json(asked)| asked.reason);
    let operation = manager.cancel(&actor, id(&operation, Problem::operation_not_found)?, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(operation)))
}
