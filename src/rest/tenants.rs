//! Looks at tenants.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller, id, tagged},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    problem::{Code, Problem},
    tenant::{Tenant, TenantRow},
};

/// Which tenants.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `1` for the retired ones, too.
    #[param(pattern = "^(0|1|true|false)?$")]
    retired: Option<String>,
}

/// A tenant with its version as the ETag.
pub type Tagged = Result<([(http::HeaderName, String); 1], Json<Tenant>), ApiProblem>;

/// The tenants that the caller reaches
#[utoipa::path(get, path = "/", tag = "Tenants", params(ListQuery), responses((status = 200, body = Vec<TenantRow>), Problems))]
pub async fn list(Caller { actor, manager }: Caller, Asked(query): Asked<ListQuery>) -> Result<Json<Vec<TenantRow>>, ApiProblem> {
    let retired = match query.retired.as_deref() {
        None | Some("" | "0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => return Err(Problem::new(Code::InvalidRequest, "retired is 1, or left out.").into()),
    };
    Ok(Json(manager.tenants(&actor, retired).await?))
}

/// One tenant
#[utoipa::path(get, path = "/{tenant}", tag = "Tenants", params(("tenant" = String, Path, format = Uuid)),
    responses((status = 200, body = Tenant), Problems))]
pub async fn one(Caller { actor, manager }: Caller, Path(tenant): Path<String>) -> Tagged {
    let tenant = manager.tenant_by_id(&actor, id(&tenant, Problem::tenant_not_found)?).await?;
    Ok(tagged(tenant.version, tenant))
}
