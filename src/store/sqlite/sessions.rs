//! Browser sessions. Does not judge whether one is still good: `auth` does.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, instant, micros,
    users::{UserRow, end_sessions, user_columns},
};
use crate::{
    domain::{audit::NewAudit, ids::UserId, people::User},
    store::{
        StoreError,
        sessions::{Session, SessionStore},
    },
};

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: UserRow,
    expires_at: i64,
    used_at: i64,
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn begin(&self, id: [u8; 32], session: &Session, audit: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let noted = sqlx::query("UPDATE users SET signed_in_at = ?2 WHERE id = ?1 AND disabled = 0")
            .bind(session.user.to_string())
            .bind(micros(session.used_at))
            .execute(&mut *tx)
            .await?;
        if noted.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO sessions (id, user_id, expires_at, used_at) VALUES (?1, ?2, ?3, ?4)")
            .bind(id.as_slice())
            .bind(session.user.to_string())
            .bind(micros(session.expires_at))
            .bind(micros(session.used_at))
            .execute(&mut *tx)
            .await?;
        audit::append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn find(&self, id: [u8; 32]) -> Result<Option<(Session, User)>, StoreError> {
        let found: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            user_columns!(),
            ", s.expires_at, s.used_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?1"
        ))
        .bind(id.as_slice())
        .fetch_optional(&self.reader)
        .await?;
        found
            .map(|row| {
                let user = row.user.into_domain()?;
                Ok((Session { user: user.id, expires_at: instant(row.expires_at)?, used_at: instant(row.used_at)? }, user))
            })
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

    async fn end(&self, id: [u8; 32], audit: Option<&NewAudit>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let gone = sqlx::query("DELETE FROM sessions WHERE id = ?1").bind(id.as_slice()).execute(&mut *tx).await?;
        if let Some(audit) = audit.filter(|_| gone.rows_affected() > 0) {
            audit::append(&mut tx, audit).await?;
        }
        tx.commit().await
    }

    async fn end_all(&self, user: UserId, audit: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let there: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM users WHERE id = ?1").bind(user.to_string()).fetch_optional(&mut *tx).await?;
        if there.is_none() {
            return Ok(false);
        }
        end_sessions(&mut tx, user, None).await?;
        audit::append(&mut tx, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= ?1").bind(micros(now)).execute(&self.writer).await?;
        Ok(())
    }
}
