//! Previews in SQLite, sealed as a whole.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, json, micros,
    reach::{reach_of, reached_tenant},
};
use crate::{
    domain::{actor::Actor, ids::PreviewId},
    store::{
        StoreError,
        previews::{KeptPreview, PreviewStore},
    },
};

#[async_trait]
impl PreviewStore for Sqlite {
    async fn keep(&self, new: &KeptPreview, now: DateTime<Utc>) -> Result<(), StoreError> {
        let sealed = self.sealer.seal(&place(new.look.id), json(new)?.as_bytes())?;
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM previews WHERE expires_at < ?1").bind(micros(now)).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO previews (id, tenant_id, expires_at, sealed) VALUES (?1, ?2, ?3, ?4)")
            .bind(new.look.id.to_string())
            .bind(new.look.tenant_id.to_string())
            .bind(micros(new.look.expires_at))
            .bind(sealed)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    async fn by_id(&self, actor: &Actor, id: PreviewId, now: DateTime<Utc>) -> Result<Option<KeptPreview>, StoreError> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar(concat!(
            "SELECT sealed FROM previews WHERE id = ?2 AND expires_at >= ?3 AND ",
            reached_tenant!("tenant_id")
        ))
        .bind(reach_of(actor))
        .bind(id.to_string())
        .bind(micros(now))
        .fetch_optional(&self.reader)
        .await?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.sealer.open(&place(id), &sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(|_| StoreError::Seal)
    }
}

fn place(id: PreviewId) -> String {
    format!("preview:{id}")
}
