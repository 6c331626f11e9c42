//! Saved selections. They go over all tenants, as batches do: they exist for those alone who reach every tenant.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{actor::Actor, audit::NewAudit, batch::SavedSelection, ids::SelectionId};

/// Saved selections.
#[async_trait]
pub trait SelectionStore: Send + Sync {
    /// All of them, by name.
    async fn saved(&self, actor: &Actor) -> Result<Vec<SavedSelection>, StoreError>;

    /// One of them.
    async fn saved_by_id(&self, actor: &Actor, id: SelectionId) -> Result<Option<SavedSelection>, StoreError>;

    /// Keeps a new one with its audit row. Answers whether its name was free.
    async fn save(&self, new: &SavedSelection, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Removes one, with an audit row. Answers whether it was there.
    async fn forget(&self, id: SelectionId, audit: &NewAudit) -> Result<bool, StoreError>;
}
