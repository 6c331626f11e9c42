//! Browser sessions. Does not judge whether one is still good: `auth` does.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Sqlite, instant, micros};
use crate::store::{
    StoreError,
    sessions::{Session, SessionStore},
};

#[async_trait]
impl SessionStore for Sqlite {
    async fn begin(&self, id: [u8; 32], session: &Session) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sessions (id, user, expires_at, used_at) VALUES (?1, ?2, ?3, ?4)")
            .bind(id.as_slice())
            .bind(&session.user)
            .bind(micros(session.expires_at))
            .bind(micros(session.used_at))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn find(&self, id: [u8; 32]) -> Result<Option<Session>, StoreError> {
        let found: Option<(String, i64, i64)> = sqlx::query_as("SELECT user, expires_at, used_at FROM sessions WHERE id = ?1")
            .bind(id.as_slice())
            .fetch_optional(&self.reader)
            .await?;
        found
            .map(|(user, expires_at, used_at)| Ok(Session { user, expires_at: instant(expires_at)?, used_at: instant(used_at)? }))
            .transpose()
    }

    async fn touch(&self, id: [u8; 32], at: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET used_at = ?2 WHERE id = ?1 AND used_at < ?2")
            .bind(id.as_slice())
            .bind(micros(at))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn end(&self, id: [u8; 32]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE id = ?1").bind(id.as_slice()).execute(&self.writer).await?;
        Ok(())
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?1").bind(micros(now)).execute(&self.writer).await?;
        Ok(())
    }
}
