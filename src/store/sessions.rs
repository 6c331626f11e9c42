//! Browser sessions: random ids, of which only a digest is kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who signed in.
    pub user: String,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: DateTime<Utc>,
}

/// Sessions, by the SHA-256 of their id.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session.
    async fn begin(&self, id: [u8; 32], session: &Session) -> Result<(), StoreError>;

    /// A session by its digest, whether or not it has run out.
    async fn find(&self, id: [u8; 32]) -> Result<Option<Session>, StoreError>;

    /// Notes that it was used. Callers do this at most once a minute.
    async fn touch(&self, id: [u8; 32], at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Ends a session.
    async fn end(&self, id: [u8; 32]) -> Result<(), StoreError>;

    /// Removes those that ran out.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError>;
}
