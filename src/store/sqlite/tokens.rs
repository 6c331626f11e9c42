//! API tokens as rows, by their digest. Does not judge whether one is still good: `auth` does.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, from_json, instant, json, micros, parsed,
    users::{UserRow, user_columns},
};
use crate::{
    domain::{
        audit::NewAudit,
        ids::{TokenId, UserId},
        people::{ApiToken, User},
    },
    store::{
        StoreError,
        tokens::{NewToken, TokenStore},
    },
};

/// What every look at a token reads, of `tokens t` with its owner as `users u`.
macro_rules! select_tokens {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.user_id AS owner_id, u.name AS owner, t.name, t.role, t.tenants, t.speaks, t.created_at, t.expires_at, \
             t.used_at FROM tokens t JOIN users u ON u.id = t.user_id ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    owner_id: String,
    owner: String,
    name: String,
    role: String,
    tenants: Option<String>,
    speaks: bool,
    created_at: i64,
    expires_at: Option<i64>,
    used_at: Option<i64>,
}

impl Row {
    fn into_domain(self) -> Result<ApiToken, StoreError> {
        Ok(ApiToken {
            id: parsed(&self.id)?,
            owner_id: parsed(&self.owner_id)?,
            owner: parsed(&self.owner)?,
            name: parsed(&self.name)?,
            role: parsed(&self.role)?,
            tenants: self.tenants.as_deref().map(from_json).transpose()?,
            speaks_for_others: self.speaks,
            created_at: instant(self.created_at)?,
            expires_at: self.expires_at.map(instant).transpose()?,
            used_at: self.used_at.map(instant).transpose()?,
        })
    }
}

#[async_trait]
impl TokenStore for Sqlite {
    async fn find(&self, digest: [u8; 32]) -> Result<Option<(ApiToken, User)>, StoreError> {
        let mut tx = self.read().await?;
        let row: Option<Row> =
            sqlx::query_as(select_tokens!("WHERE t.digest = ?1")).bind(digest.as_slice()).fetch_optional(&mut *tx).await?;
        let Some(token) = row.map(Row::into_domain).transpose()? else { return Ok(None) };
        let owner: UserRow = sqlx::query_as(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"))
            .bind(token.owner_id.to_string())
            .fetch_one(&mut *tx)
            .await?;
        Ok(Some((token, owner.into_domain()?)))
    }

    async fn list(&self, owner: Option<UserId>) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(select_tokens!("WHERE ?1 IS NULL OR t.user_id = ?1 ORDER BY u.name, t.name"))
            .bind(owner.map(|id| id.to_string()))
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(Row::into_domain).collect()
    }

    async fn by_id(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<Row> = sqlx::query_as(select_tokens!("WHERE t.id = ?1")).bind(id.to_string()).fetch_optional(&self.reader).await?;
        row.map(Row::into_domain).transpose()
    }

    async fn add(&self, new: &NewToken, audit: &NewAudit) -> Result<Option<ApiToken>, StoreError> {
        let mut tx = self.write().await?;
        // A name whose token has run out is free again.
        sqlx::query("DELETE FROM tokens WHERE user_id = ?1 AND name = ?2 AND expires_at <= ?3")
            .bind(new.owner.to_string())
            .bind(new.name.as_str())
            .bind(micros(new.created_at))
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query(
            "INSERT INTO tokens (id, user_id, name, digest, role, tenants, speaks, created_at, expires_at)
             SELECT ?1, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM users u WHERE u.id = ?2 AND u.disabled = 0
             ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.owner.to_string())
        .bind(new.name.as_str())
        .bind(new.digest.as_slice())
        .bind(new.role.as_str())
        .bind(new.tenants.as_ref().map(json).transpose()?)
        .bind(new.speaks)
        .bind(micros(new.created_at))
        .bind(new.expires_at.map(micros))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        audit::append(&mut tx, audit).await?;
        let row: Row = sqlx::query_as(select_tokens!("WHERE t.id = ?1")).bind(new.id.to_string()).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        row.into_domain().map(Some)
    }

    async fn revoke(&self, id: TokenId, audit: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM tokens WHERE id = ?1").bind(id.to_string()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn touch(&self, id: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("UPDATE tokens SET used_at = ?2 WHERE id = ?1 AND (used_at IS NULL OR used_at < ?2)")
            .bind(id.to_string())
            .bind(micros(at))
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
