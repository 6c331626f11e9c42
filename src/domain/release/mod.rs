//! Releases and their six states. Does not read Helm's records: `cluster` does.

mod state;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::state::{ReleaseState, STUCK_AFTER, Sight};
use super::{
    drift::DriftVerdict,
    ids::{OperationId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, ReleaseName, TenantSlug},
    operation::{OperationKind, OperationStatus},
};

/// How the workloads of a release run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Everything that should run, runs.
    Healthy,
    /// On its way.
    Progressing,
    /// Something that should run does not.
    Degraded,
    /// Nothing is known, or there is nothing to run.
    #[default]
    Unknown,
}

impl Health {
    /// The word as the API and screens write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
        }
    }

    /// Reads that word; anything else is unknown.
    pub fn parse(text: &str) -> Self {
        match text {
            "healthy" => Self::Healthy,
            "progressing" => Self::Progressing,
            "degraded" => Self::Degraded,
            _ => Self::Unknown,
        }
    }
}

/// The operation that is queued or running for a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActiveOperation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Queued or running.
    pub status: OperationStatus,
}

/// A release as the watch has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// The tenant of its namespace; `None` when unassigned.
    pub tenant_id: Option<TenantId>,
    /// That tenant's slug.
    pub tenant: Option<TenantSlug>,
    /// Helm's name for it.
    pub release_name: ReleaseName,
    /// Its namespace.
    pub namespace: Namespace,
    /// The chart's name; hostile text.
    pub chart_name: String,
    /// The chart's version; hostile text.
    pub chart_version: String,
    /// The application's version; hostile text.
    pub app_version: String,
    /// The newest revision's number.
    pub revision: u32,
    /// One of the six states.
    pub status: ReleaseState,
    /// Why, where the state alone does not tell.
    pub status_reason: Option<String>,
    /// How its workloads run.
    pub health: Health,
    /// In a few words, such as `2 of 3 ready`; hostile text.
    pub health_detail: Option<String>,
    /// Whether what runs says what the manifest says; `None` where the newest revision was not checked.
    pub drift: Option<DriftVerdict>,
    /// Helm's description of the newest revision; hostile text.
    pub description: String,
    /// Who made the newest revision; `None` when it was made elsewhere.
    pub performed_by: Option<String>,
    /// First deployed.
    pub created_at: DateTime<Utc>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
    /// What is queued or running for it.
    pub active_operation: Option<ActiveOperation>,
    /// Whether its tenant is frozen or retired, so that nothing of it is changed.
    pub held: bool,
}

impl Release {
    /// Where it lives.
    pub fn key(&self) -> ReleaseKey {
        ReleaseKey { namespace: self.namespace.clone(), name: self.release_name.clone() }
    }

    /// The path of its page.
    pub fn path(&self) -> String {
        release_path(self.tenant.as_ref(), &self.key())
    }
}

/// The path of a release's page; releases of no tenant live under `/unassigned`.
pub fn release_path(tenant: Option<&TenantSlug>, key: &ReleaseKey) -> String {
    match tenant {
        Some(slug) => format!("/tenants/{slug}/releases/{}/{}", key.namespace, key.name),
        None => format!("/unassigned/releases/{}/{}", key.namespace, key.name),
    }
}

/// How many releases are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct StateCounts {
    /// In state `DEPLOYED`.
    pub deployed: u64,
    /// In one of the three pending states.
    pub pending: u64,
    /// In state `FAILED`.
    pub failed: u64,
    /// In state `UNINSTALLED`.
    pub uninstalled: u64,
    /// Not uninstalled, with workloads that do not run.
    pub degraded: u64,
    /// Not uninstalled, with objects that do not say what the manifest says.
    pub drifted: u64,
}

impl StateCounts {
    /// All releases, the uninstalled ones included.
    pub fn total(&self) -> u64 {
        self.deployed + self.pending + self.failed + self.uninstalled
    }
}

/// By what a table of releases is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReleaseSort {
    /// Tenant, then name.
    Tenant,
    /// Name, then namespace.
    #[default]
    Name,
    /// Chart, then version.
    Chart,
    /// State.
    Status,
    /// Health.
    Health,
    /// Last changed.
    Updated,
}

impl ReleaseSort {
    /// The word as URLs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Name => "name",
            Self::Chart => "chart",
            Self::Status => "status",
            Self::Health => "health",
            Self::Updated => "updated",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Tenant, Self::Name, Self::Chart, Self::Status, Self::Health, Self::Updated].into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Which releases are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReleaseQuery {
    /// Of this tenant only.
    pub tenant: Option<TenantId>,
    /// Only those of no tenant.
    pub unassigned: bool,
    /// Name, namespace, tenant or chart contain this, whatever the case.
    pub text: Option<String>,
    /// In one of these states; empty for all.
    pub states: Vec<ReleaseState>,
    /// With this health.
    pub health: Option<Health>,
    /// Of this chart.
    pub chart: Option<String>,
    /// Only those that have drifted.
    pub drifted: bool,
    /// The order.
    pub sort: ReleaseSort,
    /// Whether the order is turned round.
    pub descending: bool,
    /// Which page.
    pub paging: super::page::Paging,
}
