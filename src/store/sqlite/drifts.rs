//! Results of checks for drift in SQLite, sealed as a whole, and how a release's result is told to be of its present
//! revision.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, json, micros, parsed,
    reach::{reach_of, reached_namespace},
};
use crate::{
    domain::{actor::Actor, audit::NewAudit, drift::Drift, ids::ReleaseId},
    store::{
        StoreError,
        drifts::{DriftStore, Due},
    },
};

/// Holds for a release `r` that has drifted, by what was found of its present revision.
macro_rules! drifted {
    () => {
        "(r.state <> 'UNINSTALLED' AND EXISTS (
            SELECT 1 FROM drifts x
            WHERE x.release_id = r.id AND x.verdict = 'drifted' AND x.life = r.life AND x.revision = r.revision
        ))"
    };
}
pub(super) use drifted;

/// Holds for a release `r` that is checked by and by.
macro_rules! watched {
    () => {
        "r.state = 'DEPLOYED' AND r.namespace IN (SELECT name FROM namespaces)"
    };
}

#[async_trait]
impl DriftStore for Sqlite {
    async fn last(&self, actor: &Actor, id: ReleaseId) -> Result<Option<Drift>, StoreError> {
        let row: Option<(Vec<u8>, bool)> = sqlx::query_as(concat!(
            "SELECT d.sealed, d.life <> r.life OR d.revision <> r.revision OR r.state = 'UNINSTALLED'
             FROM drifts d JOIN releases r ON r.id = d.release_id
             WHERE d.release_id = ?2 AND d.sealed IS NOT NULL AND ",
            reached_namespace!("r.namespace")
        ))
        .bind(reach_of(actor))
        .bind(id.to_string())
        .fetch_optional(&self.reader)
        .await?;
        let Some((sealed, stale)) = row else { return Ok(None) };
        let plain = self.sealer.open(&place(id), &sealed)?;
        let found: Drift = serde_json::from_slice(&plain).map_err(|_| StoreError::Seal)?;
        Ok(Some(Drift { stale, ..found }))
    }

    async fn keep(&self, new: &Drift, born: DateTime<Utc>, audit: Option<&NewAudit>) -> Result<bool, StoreError> {
        let sealed = self.sealer.seal(&place(new.release_id), json(new)?.as_bytes())?;
        let mut tx = self.write().await?;
        let kept = sqlx::query(
            "INSERT INTO drifts (release_id, tried_at, life, revision, verdict, sealed)
             SELECT r.id, ?4, r.life, r.revision, ?5, ?6 FROM releases r
             WHERE r.id = ?1 AND r.revision = ?2 AND r.created_at = ?3 AND r.state <> 'UNINSTALLED'
             ON CONFLICT (release_id) DO UPDATE SET tried_at = excluded.tried_at, life = excluded.life, revision = excluded.revision,
                 verdict = excluded.verdict, sealed = excluded.sealed",
        )
        .bind(new.release_id.to_string())
        .bind(new.revision)
        .bind(micros(born))
        .bind(micros(new.checked_at))
        .bind(new.verdict.as_str())
        .bind(sealed)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if kept == 0 {
            return Ok(false);
        }
        if let Some(audit) = audit {
            audit::append(&mut tx, audit).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn due(&self, before: DateTime<Utc>, limit: u32) -> Result<Due, StoreError> {
        let mut tx = self.read().await?;
        let of: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM releases r WHERE ", watched!())).fetch_one(&mut *tx).await?;
        let ids: Vec<String> = sqlx::query_scalar(concat!(
            "SELECT r.id FROM releases r LEFT JOIN drifts d ON d.release_id = r.id
             WHERE coalesce(d.tried_at, r.revision_at) <= ?1 AND ",
            watched!(),
            " AND NOT EXISTS (
                SELECT 1 FROM operations o
                WHERE o.namespace = r.namespace AND o.release_name = r.name AND o.status IN ('queued', 'running')
             )
             ORDER BY coalesce(d.tried_at, r.revision_at), r.id LIMIT ?2"
        ))
        .bind(micros(before))
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let releases = ids.iter().map(|id| parsed(id)).collect::<Result<_, _>>()?;
        Ok(Due { releases, of: of.unsigned_abs() })
    }

    async fn tried(&self, id: ReleaseId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO drifts (release_id, tried_at) VALUES (?1, ?2) ON CONFLICT (release_id) DO UPDATE SET tried_at = excluded.tried_at",
        )
        .bind(id.to_string())
        .bind(micros(at))
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

fn place(id: ReleaseId) -> String {
    format!("drift:{id}")
}
