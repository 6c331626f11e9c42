//! Browser sessions: random ids, of which only a digest is kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{audit::NewAudit, ids::UserId, people::User};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// When it was last used.
    pub used_at: DateTime<Utc>,
}

/// Sessions, by the SHA-256 of their id.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Begins a session and notes on the account when that was. Answers `false`, having begun none, where the account
    /// is shut or not there.
    async fn begin(&self, id: [u8; 32], session: &Session, audit: &NewAudit) -> Result<bool, StoreError>;

    /// A session by its digest with its account as it is now, whether or not it has run out.
    async fn find(&self, id: [u8; 32]) -> Result<Option<(Session, User)>, StoreError>;

    /// Notes that it was used. Callers do this at most once a minute.
    async fn touch(&self, id: [u8; 32], at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Ends a session; with an audit row where somebody asked for it and it was there.
    async fn end(&self, id: [u8; 32], audit: Option<&NewAudit>) -> Result<(), StoreError>;

    /// Ends all sessions of an account. Answers whether there is such an account.
    async fn end_all(&self, user: UserId, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Removes those that ran out.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError>;
}
