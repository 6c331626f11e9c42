//! What the watch has seen of Helm's records, on its way from `cluster` through `manager` to the store. Does not
//! decode: `cluster` does.

use chrono::{DateTime, Utc};

use super::{
    ids::OperationId,
    names::ReleaseKey,
    revision::{HelmStatus, RevisionBody},
};

/// What a release Secret's metadata tells without decoding it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSight {
    /// Which release.
    pub key: ReleaseKey,
    /// Which revision.
    pub revision: u32,
    /// Helm's word.
    pub status: HelmStatus,
    /// The Secret's uid: another uid for the same revision number means another life of the release.
    pub uid: String,
    /// The Secret's resource version: unchanged means nothing to do.
    pub resource_version: String,
    /// When the Secret was created.
    pub created_at: DateTime<Utc>,
    /// When Helm last wrote it (its `modifiedAt` label, or else the creation).
    pub modified_at: DateTime<Utc>,
    /// The operation that its label names; to be believed only together with that operation's base revision.
    pub operation: Option<OperationId>,
}

/// What decoding a release Secret adds.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedRevision {
    /// The chart's name.
    pub chart_name: String,
    /// The chart's version.
    pub chart_version: String,
    /// The application's version.
    pub app_version: String,
    /// Helm's description; secrets are hidden in it before it is stored.
    pub description: String,
    /// When the release was first deployed.
    pub first_deployed: Option<DateTime<Utc>>,
    /// When this revision was.
    pub last_deployed: Option<DateTime<Utc>>,
    /// Values, manifest, notes, hooks.
    pub body: RevisionBody,
}

/// One revision as the watch has seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenRevision {
    /// From its metadata.
    pub sight: SecretSight,
    /// From its body, where that has been read.
    pub decoded: Option<DecodedRevision>,
    /// The operation of ours that made it, once checked; `None` when it was made elsewhere.
    pub made_by: Option<OperationId>,
}
