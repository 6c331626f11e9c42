//! What requests made, in SQLite.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Sqlite, micros, tx::Tx};
use crate::store::{
    StoreError,
    requests::{Earlier, Keyed, RequestStore},
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
        claim(&mut tx, &Keyed { requester, key, request, at, since }, made).await?;
        tx.commit().await
    }
}

/// Keeps what a request makes, in the transaction that makes it. Where an earlier one with that key has made something,
/// nothing is written and that is answered: then nothing else may be written either.
pub(super) async fn claim(tx: &mut Tx, asked: &Keyed<'_>, made: &str) -> Result<Option<Earlier>, StoreError> {
    let digest = tx.sealer().digest(PURPOSE, asked.request);
    let known: Option<(Vec<u8>, String)> = sqlx::query_as("SELECT digest, made FROM requests WHERE requester = ?1 AND key = ?2")
        .bind(asked.requester)
        .bind(asked.key)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some((of, made)) = known {
        return Ok(Some(if of == digest { Earlier::Same(made) } else { Earlier::Other }));
    }
    sqlx::query("DELETE FROM requests WHERE at < ?1").bind(micros(asked.since)).execute(&mut **tx).await?;
    sqlx::query("INSERT INTO requests (requester, key, digest, made, at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(asked.requester)
        .bind(asked.key)
        .bind(digest.as_slice())
        .bind(made)
        .bind(micros(asked.at))
        .execute(&mut **tx)
        .await?;
    Ok(None)
}
