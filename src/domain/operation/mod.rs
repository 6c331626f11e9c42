//! Operations: one durable change of one release, and the events it leaves behind. Does not run anything:
//! `manager` does.

mod events;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::events::{EventBody, HookState, OperationEvent, Phase, Readiness};
use super::{
    ids::{OperationId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, ReleaseName, TenantSlug},
    problem::Code,
};

/// The label on a release Secret that names the operation which made it.
pub const OPERATION_LABEL: &str = "pilothouse.dev/operation";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// A first revision.
    Install,
    /// Another chart version or other values.
    Upgrade,
    /// Back to an earlier revision, as a new one.
    Rollback,
    /// Out of the cluster; the history stays.
    Uninstall,
    /// The chart's own tests.
    Test,
    /// A release that is stuck, made usable.
    Recover,
}

impl OperationKind {
    /// The word as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
            Self::Test => "test",
            Self::Recover => "recover",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Install, Self::Upgrade, Self::Rollback, Self::Uninstall, Self::Test, Self::Recover]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationStatus {
    /// Waits for a worker.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Done, and seen done in the cluster.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Ended because somebody asked for it.
    Cancelled,
    /// The server stopped during it; what could be set right has been.
    Interrupted,
}

impl OperationStatus {
    /// The word as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled, Self::Interrupted]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// Whether nothing more will happen to it.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Why an operation did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct OperationError {
    /// The stable code.
    pub code: Code,
    /// What went wrong, what became of the release, and what to do next.
    pub message: String,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub status: OperationStatus,
    /// The release it changes.
    pub release_id: ReleaseId,
    /// The release's tenant.
    pub tenant_id: Option<TenantId>,
    /// That tenant's slug.
    pub tenant: Option<TenantSlug>,
    /// The release's namespace.
    pub namespace: Namespace,
    /// The release's name.
    pub release_name: ReleaseName,
    /// In a few words what it does, such as `web 1.4.2` or `to revision 12`; hostile text (chart names).
    pub target: String,
    /// The revision it started from; `None` for an install.
    pub base_revision: Option<u32>,
    /// The revision it made; `None` until then, and for an uninstall.
    pub result_revision: Option<u32>,
    /// Who asked for it.
    pub requested_by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was settled.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it is given up at the latest.
    pub deadline_at: Option<DateTime<Utc>>,
    /// How often it was taken up.
    pub attempt: u32,
    /// Whether somebody asked for its end.
    pub cancel_requested: bool,
    /// Why it did not succeed.
    pub error: Option<OperationError>,
}

impl Operation {
    /// The release it changes.
    pub fn key(&self) -> ReleaseKey {
        ReleaseKey { namespace: self.namespace.clone(), name: self.release_name.clone() }
    }

    /// The path of its page.
    pub fn path(&self) -> String {
        format!("/operations/{}", self.id)
    }
}

/// Which operations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OperationQuery {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Of this release.
    pub release: Option<ReleaseId>,
    /// In this status.
    pub status: Option<OperationStatus>,
    /// Which page; newest first.
    pub paging: super::page::Paging,
}
