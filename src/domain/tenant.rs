//! Tenants: who the releases belong to. Does not decide who may see one: [`super::actor`] does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ids::TenantId,
    names::{Namespace, TenantSlug},
};

/// The namespace label that makes a namespace a tenant's.
pub const TENANT_LABEL: &str = "pilothouse.dev/tenant";
/// Namespace labels with this prefix become labels of the tenant (`tenant.pilothouse.dev/ring=canary`).
pub const TENANT_LABEL_PREFIX: &str = "tenant.pilothouse.dev/";

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in URLs and labels.
    pub slug: TenantSlug,
    /// Its name on screens.
    pub name: String,
    /// Ring, tier, region and what else the platform sorts by.
    pub labels: BTreeMap<String, String>,
    /// The namespaces that carry its label, sorted.
    pub namespaces: Vec<Namespace>,
}

/// A tenant's row in the list of tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TenantRow {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// How its releases stand.
    pub counts: super::release::StateCounts,
}

/// A namespace as the cluster shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNamespace {
    /// Its name.
    pub name: Namespace,
    /// The tenant that its label names; `None` where it carries no (valid) label.
    pub tenant: Option<TenantSlug>,
    /// The tenant labels on it, prefix taken off.
    pub labels: BTreeMap<String, String>,
}
