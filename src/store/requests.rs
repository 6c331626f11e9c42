//! What requests with an `Idempotency-Key` made. Operations keep their keys themselves.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// What became of an earlier request with the same key of the same person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// It was the same request, and made what has this id.
    Same(String),
    /// It was another request.
    Other,
}

/// A request with the key that it came with. What it makes can be written in one transaction with it.
#[derive(Clone, Copy)]
pub struct Keyed<'a> {
    /// Who sent it.
    pub requester: &'a str,
    /// The key.
    pub key: &'a str,
    /// What tells it from others; only a keyed digest of it is ever kept.
    pub request: &'a [u8],
    /// When.
    pub at: DateTime<Utc>,
    /// Those of before are forgotten.
    pub since: DateTime<Utc>,
}

/// Requests that made something.
#[async_trait]
pub trait RequestStore: Send + Sync {
    /// What an earlier request with that key was and made. Of `request` only a keyed digest is ever kept.
    async fn earlier(&self, requester: &str, key: &str, request: &[u8]) -> Result<Option<Earlier>, StoreError>;

    /// Keeps what a request made, and forgets those of before `since`.
    async fn keep(
        &self,
        requester: &str,
        key: &str,
        request: &[u8],
        made: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}
