//! The six states of a release, and how one is told from its newest revision. Does not read revisions: `cluster` does.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::revision::HelmStatus;

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
