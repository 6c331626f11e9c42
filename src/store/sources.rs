//! Chart sources of the settings. How to get in is kept sealed; every change is written with its audit row.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{audit::NewAudit, names::SourceName, source::SourceConfig};

/// Chart sources.
#[async_trait]
pub trait SourceStore: Send + Sync {
    /// All of them, by name.
    async fn list(&self) -> Result<Vec<SourceConfig>, StoreError>;

    /// Adds one. Answers whether its name was free.
    async fn add(&self, new: &SourceConfig, at: DateTime<Utc>, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Removes one. Answers whether it was there.
    async fn remove(&self, name: &SourceName, audit: &NewAudit) -> Result<bool, StoreError>;
}
