//! Previews, kept for as long as they can be acted on.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    actor::Actor,
    audit::NewAudit,
    change::Change,
    ids::PreviewId,
    preview::{PartOfBatch, Preview},
};

/// A preview with the change that it is of.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct KeptPreview {
    /// What was shown, which also says how it is to be run and why.
    pub look: Preview,
    /// Exactly what it is of.
    pub change: Change,
    /// When the life of the release began that it is of; `None` before it is installed.
    pub born: Option<DateTime<Utc>>,
    /// The digest of the chart's archive; `None` where none is rendered.
    pub chart: Option<String>,
    /// Whether it was made for a batch.
    #[serde(default)]
    pub for_batch: bool,
}

/// Previews.
#[async_trait]
pub trait PreviewStore: Send + Sync {
    /// Keeps one with its audit row, and forgets those that ran out before `now`.
    async fn keep(&self, new: &KeptPreview, now: DateTime<Utc>, audit: &NewAudit) -> Result<(), StoreError>;

    /// One that has not run out, if the actor reaches its tenant.
    async fn by_id(&self, actor: &Actor, id: PreviewId, now: DateTime<Utc>) -> Result<Option<KeptPreview>, StoreError>;

    /// The batch that one is part of. Batches reach over tenants: whoever does not reach every tenant is told of none.
    async fn part_of(&self, actor: &Actor, id: PreviewId) -> Result<Option<PartOfBatch>, StoreError>;
}
