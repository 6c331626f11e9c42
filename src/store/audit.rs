//! The audit: read here; written by the stores whose changes it tells of.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    actor::Actor,
    audit::AuditRow,
    page::{Page, Paging},
};

/// The audit.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// A page of the rows that the actor reaches, newest first.
    async fn list(&self, actor: &Actor, paging: Paging) -> Result<Page<AuditRow>, StoreError>;
}
