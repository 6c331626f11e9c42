//! Looks at tenants.

use axum::{Json, extract::Path};

use super::{
    body::{Caller, id},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    problem::Problem,
    tenant::{Tenant, TenantRow},
};

/// The tenants that the caller reaches
#[utoipa::path(get, path = "/", tag = "Tenants", responses((status = 200, body = Vec<TenantRow>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<TenantRow>>, ApiProblem> {
    Ok(Json(manager.tenants(&actor).await?))
}

/// One tenant
#[utoipa::path(get, path = "/{tenant}", tag = "Tenants", params(("tenant" = String, Path, format = Uuid)),
    responses((status = 200, body = Tenant), Problems))]
pub async fn one(Caller { actor, manager }: Caller, Path(tenant): Path<String>) -> Result<Json<Tenant>, ApiProblem> {
    Ok(Json(manager.tenant_by_id(&actor, id(&tenant, Problem::tenant_not_found)?).await?))
}
