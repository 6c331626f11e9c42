//! The platform at a glance. Does not count: stores do.

use serde::{Deserialize, Serialize};

use super::{
    operation::Operation,
    release::{Release, StateCounts},
};

/// What the fleet page and the summary show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// How many tenants.
    pub tenants: u64,
    /// How many charts are in use.
    pub charts: u64,
    /// How releases stand.
    pub counts: StateCounts,
    /// How many living releases of tenants are behind the newest version of their chart; counted by who knows what chart
    /// sources offer.
    pub behind: u64,
    /// Releases of namespaces without a tenant.
    pub unassigned: u64,
    /// Releases that need a person, the worst first; cut at 20.
    pub needs_person: Vec<Release>,
    /// How many need a person in all.
    pub needs_person_total: u64,
    /// The latest operations, newest first; cut at 10.
    pub operations: Vec<Operation>,
}
