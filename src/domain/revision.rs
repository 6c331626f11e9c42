//! Revisions: one line each in a release's timeline, and their bodies. Does not decode Helm's records.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ids::OperationId, values::merge};

/// Helm's own word on a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HelmStatus {
    /// In force.
    Deployed,
    /// Replaced by a later one.
    Superseded,
    /// Failed.
    Failed,
    /// A first install is under way, or was left half-way.
    PendingInstall,
    /// An upgrade is under way, or was left half-way.
    PendingUpgrade,
    /// A rollback is under way, or was left half-way.
    PendingRollback,
    /// An uninstall is under way, or was left half-way.
    Uninstalling,
    /// Uninstalled with its history kept.
    Uninstalled,
    /// Any other word.
    Unknown,
}

impl HelmStatus {
    /// Helm's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Uninstalling => "uninstalling",
            Self::Uninstalled => "uninstalled",
            Self::Unknown => "unknown",
        }
    }

    /// Reads Helm's word; any other is unknown.
    pub fn parse(text: &str) -> Self {
        [
            Self::Deployed,
            Self::Superseded,
            Self::Failed,
            Self::PendingInstall,
            Self::PendingUpgrade,
            Self::PendingRollback,
            Self::Uninstalling,
            Self::Uninstalled,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
        .unwrap_or(Self::Unknown)
    }

    /// Whether Helm says that work is under way.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }
}

/// A revision as a line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Its number.
    pub revision: u32,
    /// Which life of the release it belongs to, from 1: a re-install after an uninstall begins a new one and
    /// counts its revisions from 1 again.
    pub life: u32,
    /// Helm's own word.
    pub status: HelmStatus,
    /// The chart's name; empty until the body has been read; hostile text.
    pub chart_name: String,
    /// The chart's version; hostile text.
    pub chart_version: String,
    /// The application's version; hostile text.
    pub app_version: String,
    /// Helm's description; hostile text.
    pub description: String,
    /// Who made it; `None` when it was made elsewhere.
    pub performed_by: Option<String>,
    /// Why, in the words of who asked for it.
    pub reason: Option<String>,
    /// The operation that made it; `None` when it was made elsewhere.
    pub operation_id: Option<OperationId>,
    /// When Helm made it.
    pub created_at: DateTime<Utc>,
    /// What it did to the release.
    pub change: RevisionChange,
    /// No longer in the cluster, kept here.
    pub pruned: bool,
    /// Whether values, manifest and notes have been read.
    pub has_body: bool,
}

/// What a revision did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum RevisionChange {
    /// The first of its life.
    Installed,
    /// Another chart version.
    Upgraded {
        /// The version before.
        from: String,
    },
    /// The same chart version, another values override.
    ValuesChanged,
    /// A rollback.
    RolledBack {
        /// The revision it went back to.
        to: u32,
    },
    /// Neither version nor override differ.
    Reapplied,
    /// The revisions' bodies have not been read yet.
    Unknown,
}

impl RevisionChange {
    /// Reads Helm's fixed description of a rollback (`Rollback to 12`).
    pub fn rollback_target(description: &str) -> Option<u32> {
        description.strip_prefix("Rollback to ")?.parse().ok()
    }
}

/// What a revision holds beside its line; every part may be secret, so it leaves the process only through
/// [`super::redact`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RevisionBody {
    /// What the tenant set on top of the chart's defaults (Helm's `config`).
    pub values_override: Map<String, Value>,
    /// The chart's own defaults.
    pub defaults: Map<String, Value>,
    /// The rendered objects, as Helm stored them.
    pub manifest: String,
    /// The chart's notes, rendered.
    pub notes: String,
    /// The chart's hooks.
    pub hooks: Vec<Hook>,
}

impl RevisionBody {
    /// The values that templates saw: the defaults, merged with the override as Helm does it.
    pub fn computed(&self) -> Map<String, Value> {
        merge(&self.defaults, &self.values_override)
    }
}

/// A hook of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its object's name.
    pub name: String,
    /// Its object's kind.
    pub kind: String,
    /// When it runs, in Helm's words.
    pub events: Vec<String>,
    /// Its object.
    pub manifest: String,
}

impl Hook {
    /// Whether it is a test; charts for Helm 2 call it otherwise.
    pub fn is_test(&self) -> bool {
        self.events.iter().any(|event| matches!(event.as_str(), "test" | "test-success"))
    }
}

/// Which part of a body is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BodyPart {
    /// The values override.
    #[default]
    Override,
    /// The computed values.
    Computed,
    /// The manifest.
    Manifest,
    /// The notes.
    Notes,
}

impl BodyPart {
    /// All four, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Override, Self::Computed, Self::Manifest, Self::Notes];

    /// The word as URLs write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Computed => "computed",
            Self::Manifest => "manifest",
            Self::Notes => "notes",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }
}
