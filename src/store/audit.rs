//! The audit: read here; written by the stores whose changes it tells of, and alone only for what changes nothing.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    actor::Actor,
    audit::{Anchor, AuditQuery, AuditRow, NewAudit, Verdict},
    page::Page,
};

/// The audit.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Writes a row for an act that changes nothing else, such as the sight of a hidden value.
    async fn record(&self, new: &NewAudit) -> Result<(), StoreError>;

    /// A page of the rows that the actor reaches.
    async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditRow>, StoreError>;

    /// Rows that match, whatever their page, after the one of that number in the query's order; at most `limit`.
    async fn after(&self, actor: &Actor, query: &AuditQuery, seq: Option<i64>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// Walks through all rows and tells whether each is there, in its place, and says what it said; and, with an anchor,
    /// whether the chain is the one that had it.
    async fn verify(&self, anchor: Option<&Anchor>) -> Result<Verdict, StoreError>;
}
