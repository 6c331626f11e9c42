//! Tenants, for their pages.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    names::{Namespace, TenantSlug},
    page::Page,
    release::{Release, ReleaseQuery},
    tenant::{Tenant, TenantRow},
    window::Opening,
};

/// A tenant's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantLook {
    /// The tenant.
    pub tenant: Tenant,
    /// How its maintenance windows stand.
    pub opening: Opening,
    /// A page of its releases.
    pub releases: Page<Release>,
    /// The charts that the filter offers.
    pub charts: Vec<String>,
}

/// The tenants' page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantsLook {
    /// The tenants.
    pub tenants: Vec<TenantRow>,
    /// Namespaces of no tenant that hold releases, with how many; empty for those who may not see them.
    pub unassigned: Vec<(Namespace, u64)>,
}

/// The page that gives a namespace to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveLook {
    /// The namespace.
    pub namespace: Namespace,
    /// The tenants to choose from.
    pub tenants: Vec<TenantSlug>,
}

/// The tenants' page; with the retired ones where they are asked for.
#[server(prefix = "/api/fn", endpoint = "tenants", input = GetUrl)]
pub async fn see_tenants(retired: bool) -> Result<TenantsLook, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    let manager = manager()?;
    let tenants = manager.tenants(&actor, retired).await.map_err(refuse)?;
    let unassigned = manager.unassigned(&actor).await.map_err(refuse)?;
    Ok(TenantsLook { tenants, unassigned })
}

/// A tenant that is to be edited.
#[server(prefix = "/api/fn", endpoint = "tenant_edit", input = GetUrl)]
pub async fn see_tenant_edit(slug: String) -> Result<Tenant, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::problem::Problem;
    let actor = actor().await?;
    let slug = slug.parse().map_err(|_| refuse(Problem::tenant_not_found()))?;
    manager()?.tenant(&actor, &slug).await.map_err(refuse)
}

/// A namespace that is to be given to a tenant.
#[server(prefix = "/api/fn", endpoint = "give", input = GetUrl)]
pub async fn see_give(namespace: String) -> Result<GiveLook, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    actor.demand(crate::domain::actor::Act::ManageTenants).map_err(refuse)?;
    let namespace = namespace.parse().map_err(refuse)?;
    let tenants = manager()?.tenants(&actor, false).await.map_err(refuse)?;
    Ok(GiveLook { namespace, tenants: tenants.into_iter().map(|row| row.tenant.slug).collect() })
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
    Ok(TenantLook { opening: manager.opening(&tenant), tenant, releases, charts })
}
