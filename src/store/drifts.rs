//! What checks for drift found: the last result of each release, and whose turn is next.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{actor::Actor, audit::NewAudit, drift::Drift, ids::ReleaseId};

/// Releases that are to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Those whose turn it is, the longest waiting first.
    pub releases: Vec<ReleaseId>,
    /// How many releases are checked by and by.
    pub of: u64,
}

/// Results of checks.
#[async_trait]
pub trait DriftStore: Send + Sync {
    /// The last result, if the actor reaches the release; whether it is stale is worked out anew.
    async fn last(&self, actor: &Actor, id: ReleaseId) -> Result<Option<Drift>, StoreError>;

    /// Keeps a result in place of the last one, with its audit row where somebody asked for it. Answers false and keeps
    /// nothing where the release is not at that revision of that life any more; `born` is when its life began.
    async fn keep(&self, new: &Drift, born: DateTime<Utc>, audit: Option<&NewAudit>) -> Result<bool, StoreError>;

    /// Up to `limit` deployed releases of tenants that were last tried, or else last changed, at that time or before, and that
    /// nobody is changing.
    async fn due(&self, before: DateTime<Utc>, limit: u32) -> Result<Due, StoreError>;

    /// Notes that a release's turn has come.
    async fn tried(&self, id: ReleaseId, at: DateTime<Utc>) -> Result<(), StoreError>;
}
