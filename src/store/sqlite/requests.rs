//! What requests made, in SQLite.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Sqlite, micros};
use crate::store::{
    StoreError,
    requests::{Earlier, RequestStore},
};

/// What the digests are keyed for.
const PURPOSE: &str = "request";

#[async_trait]
impl RequestStore for Sqlite {
    async fn earlier(&self, requester: &str, key: &str, request: &[u8]) -> Result<Option<Earlier>, StoreError> {
        let known: Option<(Vec<u8>, String)> = sqlx::query_as("SELECT digest, made FROM requests WHERE requester = ?1 AND key = ?2")
            .bind(requester)
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        let same = |digest: &[u8]| digest == self.sealer.digest(PURPOSE, request);
        Ok(known.map(|(digest, made)| if same(&digest) { Earlier::Same(made) } else { Earlier::Other }))
    }

    async fn keep(
        &self,
        requester: &str,
        key: &str,
        request: &[u8],
        made: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM requests WHERE at < ?1").bind(micros(since)).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO requests (requester, key, digest, made, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
            .bind(requester)
            .bind(key)
            .bind(self.sealer.digest(PURPOSE, request).as_slice())
            .bind(made)
            .bind(micros(at))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}
