//! Previews in SQLite, sealed as a whole, and which batch one is part of.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, json, micros, parsed,
    reach::{reach_of, reached_tenant},
};
use crate::{
    domain::{
        actor::{Actor, Reach},
        audit::NewAudit,
        ids::PreviewId,
        preview::PartOfBatch,
    },
    store::{
        StoreError,
        previews::{KeptPreview, PreviewStore},
    },
};

#[async_trait]
impl PreviewStore for Sqlite {
    async fn keep(&self, new: &KeptPreview, now: DateTime<Utc>, audit: &NewAudit) -> Result<(), StoreError> {
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
        audit::append(&mut tx, audit).await?;
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

    async fn part_of(&self, actor: &Actor, id: PreviewId) -> Result<Option<PartOfBatch>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(None);
        }
        let found: Option<(String, String, bool, u32)> = sqlx::query_as(
            "SELECT b.id, b.title, b.finished_at IS NOT NULL,
                    (SELECT count(*) FROM batch_targets o
                     WHERE o.batch_id = t.batch_id AND o.alike = t.alike AND o.preview_id IS NOT NULL)
             FROM batch_targets t JOIN batches b ON b.id = t.batch_id
             WHERE t.preview_id = ?1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.reader)
        .await?;
        let Some((batch, title, over, alike)) = found else { return Ok(None) };
        Ok(Some(PartOfBatch { batch: parsed(&batch)?, title, over, alike }))
    }
}

fn place(id: PreviewId) -> String {
    format!("preview:{id}")
}
