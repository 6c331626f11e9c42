//! API tokens: random texts, of which only a digest is kept. Every change is written with its audit row.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    actor::Role,
    audit::NewAudit,
    ids::{TenantId, TokenId, UserId},
    names::TokenName,
    people::{ApiToken, User},
};

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// Its owner.
    pub owner: UserId,
    /// Its name.
    pub name: TokenName,
    /// SHA-256 of what its holder shows.
    pub digest: [u8; 32],
    /// The most that it may.
    pub role: Role,
    /// The tenants that it is restricted to.
    pub tenants: Option<Vec<TenantId>>,
    /// Whether it is trusted to speak for others.
    pub speaks: bool,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// API tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// A token and its owner by its digest, whether or not it has run out.
    async fn find(&self, digest: [u8; 32]) -> Result<Option<(ApiToken, User)>, StoreError>;

    /// One account's tokens, or all, by owner and name.
    async fn list(&self, owner: Option<UserId>) -> Result<Vec<ApiToken>, StoreError>;

    /// A token by id.
    async fn by_id(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError>;

    /// Makes a token; `None` where its owner has one of that name already.
    async fn add(&self, new: &NewToken, audit: &NewAudit) -> Result<Option<ApiToken>, StoreError>;

    /// Revokes a token. Answers whether it was there.
    async fn revoke(&self, id: TokenId, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Notes that it was used. Callers do this at most once a minute.
    async fn touch(&self, id: TokenId, at: DateTime<Utc>) -> Result<(), StoreError>;
}
