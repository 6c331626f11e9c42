//! What is kept: one small trait per aggregate, spoken in domain types, and [`Stores`] that bundles them. A
//! database's own types stop at the implementation's door ([`sqlite`]).
//!
//! May use: `domain`. Does not decide: every rule about what may be changed is `manager`'s, except those that only
//! the database can hold (one operation at a time, lease fencing, enqueue and audit in one transaction).

pub mod audit;
pub mod batches;
pub mod drifts;
pub mod operations;
pub mod previews;
pub mod releases;
pub mod requests;
pub mod seal;
pub mod selections;
pub mod sessions;
pub mod sources;
pub mod sqlite;
pub mod tenants;
pub mod tokens;
pub mod users;
pub mod webhooks;

use std::sync::Arc;

/// Why a store could not answer. What does not exist is `Ok(None)`, never an error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or answered nonsense. The text is for the log alone.
    #[error("database: {0}")]
    Database(String),
    /// A sealed column could not be opened: another key, or damaged.
    #[error("the database was sealed with another key, or a sealed column is damaged")]
    Seal,
    /// The caller's lease on an operation is not (or no longer) the valid one; it must stop and touch nothing.
    #[error("the lease was lost")]
    LeaseLost,
}

/// Everything that is kept.
#[derive(Clone)]
pub struct Stores {
    /// Tenants and their namespaces.
    pub tenants: Arc<dyn tenants::TenantStore>,
    /// The projection of releases, and their history for good.
    pub releases: Arc<dyn releases::ReleaseStore>,
    /// Operations and their events.
    pub operations: Arc<dyn operations::OperationStore>,
    /// The audit.
    pub audit: Arc<dyn audit::AuditStore>,
    /// Browser sessions.
    pub sessions: Arc<dyn sessions::SessionStore>,
    /// Chart sources of the settings.
    pub sources: Arc<dyn sources::SourceStore>,
    /// Accounts.
    pub users: Arc<dyn users::UserStore>,
    /// API tokens.
    pub tokens: Arc<dyn tokens::TokenStore>,
    /// Previews.
    pub previews: Arc<dyn previews::PreviewStore>,
    /// Batches.
    pub batches: Arc<dyn batches::BatchStore>,
    /// Saved selections of releases.
    pub selections: Arc<dyn selections::SelectionStore>,
    /// What checks for drift found.
    pub drifts: Arc<dyn drifts::DriftStore>,
    /// Webhooks, and what they are still to be told.
    pub webhooks: Arc<dyn webhooks::WebhookStore>,
    /// What requests with an `Idempotency-Key` made.
    pub requests: Arc<dyn requests::RequestStore>,
}
