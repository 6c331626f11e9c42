//! Releases and their six states. Does not read Helm's records: `cluster` does.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{
    drift::DriftVerdict,
    ids::{OperationId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, ReleaseName, TenantSlug},
    operation::{OperationKind, OperationStatus},
    revision::HelmStatus,
};

/// The state of a release: exactly six.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReleaseState {
    /// Helm applied the newest revision.
    Deployed,
    /// A first install is under way.
    PendingInstall,
    /// An upgrade is under way.
    PendingUpgrade,
    /// A rollback is under way.
    PendingRollback,
    /// The newest revision failed, or is stuck half-way.
    Failed,
    /// Gone from the cluster; its history is kept.
    Uninstalled,
}

impl ReleaseState {
    /// All six, in the order in which screens count them.
    pub const ALL: [Self; 6] =
        [Self::Deployed, Self::PendingInstall, Self::PendingUpgrade, Self::PendingRollback, Self::Failed, Self::Uninstalled];

    /// The word as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployed => "DEPLOYED",
            Self::PendingInstall => "PENDING_INSTALL",
            Self::PendingUpgrade => "PENDING_UPGRADE",
            Self::PendingRollback => "PENDING_ROLLBACK",
            Self::Failed => "FAILED",
            Self::Uninstalled => "UNINSTALLED",
        }
    }

    /// The word as screens write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::PendingInstall => "installing",
            Self::PendingUpgrade => "upgrading",
            Self::PendingRollback => "rolling back",
            Self::Failed => "failed",
            Self::Uninstalled => "uninstalled",
        }
    }

    /// Reads the API's word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether work is under way.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

/// How long a pending state that is not ours may last before it counts as stuck: a plain `helm` beside us may
/// well be working, and five minutes is Helm's own default timeout.
pub const STUCK_AFTER: Duration = Duration::minutes(6);

/// What the newest revision says, and what else is needed to tell the state.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// Helm's word on the newest revision.
    pub status: HelmStatus,
    /// When Helm last wrote that revision.
    pub since: DateTime<Utc>,
    /// Whether one of our operations is queued or running for the release.
    pub at_work: bool,
    /// Whether the revision was made by one of our operations.
    pub ours: bool,
}

impl Sight {
    /// The state and, where it is not plain from the state, the reason.
    pub fn state(self, now: DateTime<Utc>) -> (ReleaseState, Option<&'static str>) {
        let pending = |state| {
            let worked_on = self.at_work || (!self.ours && now - self.since < STUCK_AFTER);
            if worked_on { (state, None) } else { (ReleaseState::Failed, Some("stuck")) }
        };
        match self.status {
            HelmStatus::Deployed => (ReleaseState::Deployed, None),
            HelmStatus::PendingInstall => pending(ReleaseState::PendingInstall),
            HelmStatus::PendingUpgrade => pending(ReleaseState::PendingUpgrade),
            HelmStatus::PendingRollback => pending(ReleaseState::PendingRollback),
            HelmStatus::Uninstalled => (ReleaseState::Uninstalled, None),
            HelmStatus::Uninstalling => (ReleaseState::Failed, Some(if self.at_work { "uninstalling" } else { "stuck" })),
            HelmStatus::Failed => (ReleaseState::Failed, None),
            // The newest revision is never superseded unless somebody removed the one above it by hand.
            HelmStatus::Superseded | HelmStatus::Unknown => (ReleaseState::Failed, Some("unknown")),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(status: HelmStatus) -> Sight {
        Sight { status, since: DateTime::UNIX_EPOCH, at_work: false, ours: false }
    }

    #[test]
    fn every_word_of_helm_maps_to_one_of_the_six_states() {
        let soon = DateTime::UNIX_EPOCH + Duration::seconds(10);
        for (status, state) in [
            (HelmStatus::Deployed, ReleaseState::Deployed),
            (HelmStatus::PendingInstall, ReleaseState::PendingInstall),
            (HelmStatus::PendingUpgrade, ReleaseState::PendingUpgrade),
            (HelmStatus::PendingRollback, ReleaseState::PendingRollback),
            (HelmStatus::Failed, ReleaseState::Failed),
            (HelmStatus::Uninstalling, ReleaseState::Failed),
            (HelmStatus::Uninstalled, ReleaseState::Uninstalled),
            (HelmStatus::Superseded, ReleaseState::Failed),
            (HelmStatus::Unknown, ReleaseState::Failed),
        ] {
            assert_eq!(sight(status).state(soon).0, state, "{status:?}");
        }
    }

    #[test]
    fn a_pending_revision_of_ours_that_nobody_works_on_is_stuck_at_once() {
        let seen = Sight { ours: true, ..sight(HelmStatus::PendingUpgrade) };
        assert_eq!(seen.state(DateTime::UNIX_EPOCH), (ReleaseState::Failed, Some("stuck")));
        assert_eq!(Sight { at_work: true, ..seen }.state(DateTime::UNIX_EPOCH), (ReleaseState::PendingUpgrade, None));
    }

    #[test]
    fn a_pending_revision_made_elsewhere_is_stuck_after_a_while() {
        let seen = sight(HelmStatus::PendingUpgrade);
        assert_eq!(seen.state(DateTime::UNIX_EPOCH + STUCK_AFTER), (ReleaseState::Failed, Some("stuck")));
    }
}
