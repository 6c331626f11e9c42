//! What an operation leaves behind while it runs: its phases, and the events of an append-only list. Keeps none: the store does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{OperationError, OperationStatus};

/// A step of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The chart is fetched and everything Helm needs is laid out.
    Prepare,
    /// Helm installs.
    Install,
    /// Helm upgrades.
    Upgrade,
    /// Helm rolls back: what was asked for, or the atomic answer to a failed upgrade.
    Rollback,
    /// Helm uninstalls: what was asked for, or the atomic answer to a failed install.
    Uninstall,
    /// Helm runs the chart's tests.
    Test,
    /// A crash is looked into and what it left is set right.
    Recover,
    /// The watch has to see the result.
    Settle,
}

impl Phase {
    /// The word as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
            Self::Test => "test",
            Self::Recover => "recover",
            Self::Settle => "settle",
        }
    }
}

/// How one workload of the release stands while an operation runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// Kind and name, such as `Deployment/web`; hostile text.
    pub name: String,
    /// Ready parts.
    pub ready: u32,
    /// Wanted parts.
    pub wanted: u32,
    /// Why it is not ready, where the cluster says so; hostile text.
    pub reason: Option<String>,
}

/// How a hook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HookState {
    /// It has not begun.
    Waiting,
    /// It runs.
    Running,
    /// It did what it was to do.
    Succeeded,
    /// It did not.
    Failed,
}

impl HookState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum EventBody {
    /// A phase began.
    Phase {
        /// Which.
        phase: Phase,
        /// In words; hostile text.
        detail: String,
    },
    /// A line for the log, from Helm or from us; redacted, hostile text.
    Log {
        /// The line.
        line: String,
    },
    /// A hook of the chart moved.
    Hook {
        /// Kind and name of its object, such as `Job/migrate`; hostile text.
        object: String,
        /// How it stands.
        state: HookState,
        /// Why, where the cluster says so; redacted, hostile text.
        reason: Option<String>,
    },
    /// A line that a hook wrote; redacted, hostile text.
    HookLog {
        /// Kind and name of its object.
        object: String,
        /// The line.
        line: String,
    },
    /// Workloads moved.
    Readiness {
        /// All of the release's workloads.
        items: Vec<Readiness>,
    },
    /// The operation was settled; the last event.
    Settled {
        /// How.
        status: OperationStatus,
        /// Why it did not succeed.
        error: Option<OperationError>,
    },
}

/// An event of an operation, one of an append-only list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct OperationEvent {
    /// Its number in the operation, from 1 without gaps.
    pub seq: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    #[serde(flatten)]
    pub body: EventBody,
}
