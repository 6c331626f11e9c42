//! Looks at tenants.

use axum::{
    Extension, Json,
    extract::{Path, State},
};

use super::{body::id, problem::ApiProblem};
use crate::{
    domain::{
        actor::Actor,
        problem::Problem,
        tenant::{Tenant, TenantRow},
    },
    manager::ReleaseManager,
};

pub async fn list(Extension(actor): Extension<Actor>, State(manager): State<ReleaseManager>) -> Result<Json<Vec<TenantRow>>, ApiProblem> {
    Ok(Json(manager.tenants(&actor, false).await?))
}

pub async fn one(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(tenant): Path<String>,
) -> Result<Json<Tenant>, ApiProblem> {
    Ok(Json(manager.tenant_by_id(&actor, id(&tenant, Problem::tenant_not_found)?).await?))
}
