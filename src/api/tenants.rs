//! Tenants, for their pages.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    page::Page,
    release::{Release, ReleaseQuery},
    tenant::{Tenant, TenantRow},
};

/// A tenant's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantLook {
    /// The tenant.
    pub tenant: Tenant,
    /// A page of its releases.
    pub releases: Page<Release>,
    /// The charts that the filter offers.
    pub charts: Vec<String>,
}

/// The tenants' page.
#[server(prefix = "/api/fn", endpoint = "tenants", input = GetUrl)]
pub async fn see_tenants() -> Result<Vec<TenantRow>, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.tenants(&actor, false).await.map_err(refuse)
}

/// A tenant's page.
#[server(prefix = "/api/fn", endpoint = "tenant", input = GetUrl)]
pub async fn see_tenant(slug: String, query: ReleaseQuery) -> Result<TenantLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::problem::Problem;
    let actor = actor().await?;
    let manager = manager()?;
    let slug = slug.parse().map_err(|_| refuse(Problem::tenant_not_found()))?;
    let tenant = manager.tenant(&actor, &slug).await.map_err(refuse)?;
    let query = ReleaseQuery { tenant: Some(tenant.id), unassigned: false, ..query };
    let releases = manager.releases(&actor, &query).await.map_err(refuse)?;
    let charts = manager.charts_in_use(&actor).await.map_err(refuse)?;
    Ok(TenantLook { tenant, releases, charts })
}
