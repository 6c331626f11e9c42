//! The targets of batches in SQLite: read with what is seen of each, and written. Does not write batches.

use super::{
    Sqlite,
    batch_rows::{SightRow, target_columns},
    micros, nonsense,
    tx::Tx,
};
use crate::{
    domain::{
        actor::{Actor, Reach},
        batch::{Target, step::Sight},
        ids::BatchId,
    },
    store::StoreError,
};

/// The targets of a batch, or those of its targets that a JSON list of releases names, each with what is seen of it.
pub(super) async fn of(db: &Sqlite, actor: &Actor, id: BatchId, releases: Option<String>) -> Result<Vec<(Target, Sight)>, StoreError> {
    if *actor.reach() != Reach::All {
        return Ok(Vec::new());
    }
    let rows: Vec<SightRow> = sqlx::query_as(concat!(
        "SELECT ",
        target_columns!(),
        ", s.slug, s.windows, s.pinned, s.frozen, s.retired, n.tenant_id IS NOT b.tenant_id AS moved,
           coalesce(r.life > b.life, 0) AS reborn,
           o.kind, o.status, o.result_revision AS made, o.finished_at AS ended, o.error,
           r.revision, r.state AS release_state, r.health, r.health_detail
         FROM batch_targets b
         JOIN tenants s ON s.id = b.tenant_id
         LEFT JOIN namespaces n ON n.name = b.namespace
         LEFT JOIN operations o ON o.id = b.operation_id
         LEFT JOIN releases r ON r.id = b.release_id
         WHERE b.batch_id = ?1 AND (?2 IS NULL OR b.release_id IN (SELECT value FROM json_each(?2))) ORDER BY b.ord"
    ))
    .bind(id.to_string())
    .bind(releases)
    .fetch_all(&db.reader)
    .await?;
    rows.into_iter().map(SightRow::into_domain).collect()
}

/// Writes targets, those that are there and those that are not. Which life of its release a target is of is written once.
pub(super) async fn put(tx: &mut Tx, batch: BatchId, targets: &[Target]) -> Result<(), StoreError> {
    for target in targets {
        let written = sqlx::query(
            "INSERT INTO batch_targets (batch_id, ord, wave, release_id, tenant_id, namespace, release_name, from_version, state, since,
                                        why, base_revision, home_revision, result_revision, preview_id, alike, operation_id, attempt, failed, back,
                                        begun_at, over_at, made_revision, forgiven, failed_operation_id, interrupted, again, life)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,
                     ?27,
                     (SELECT life FROM releases WHERE id = ?4))
             ON CONFLICT (batch_id, ord) DO UPDATE SET
                 wave = excluded.wave, state = excluded.state, since = excluded.since, why = excluded.why, base_revision = excluded.base_revision,
                 home_revision = excluded.home_revision,
                 result_revision = excluded.result_revision, preview_id = excluded.preview_id, alike = excluded.alike,
                 operation_id = excluded.operation_id, attempt = excluded.attempt, failed = excluded.failed, back = excluded.back,
                 begun_at = excluded.begun_at, over_at = excluded.over_at, made_revision = excluded.made_revision,
                 forgiven = excluded.forgiven, failed_operation_id = excluded.failed_operation_id, interrupted = excluded.interrupted,
                 again = excluded.again",
        )
        .bind(batch.to_string())
        .bind(target.ord)
        .bind(target.wave)
        .bind(target.release_id.to_string())
        .bind(target.tenant_id.to_string())
        .bind(target.namespace.as_str())
        .bind(target.release_name.as_str())
        .bind(&target.from_version)
        .bind(target.state.as_str())
        .bind(micros(target.since))
        .bind(&target.why)
        .bind(target.base_revision)
        .bind(target.home_revision)
        .bind(target.result_revision)
        .bind(target.preview_id.map(|id| id.to_string()))
        .bind(&target.alike)
        .bind(target.operation_id.map(|id| id.to_string()))
        .bind(target.attempt)
        .bind(target.failed)
        .bind(target.back)
        .bind(target.begun_at.map(micros))
        .bind(target.over_at.map(micros))
        .bind(target.made_revision)
        .bind(target.forgiven)
        .bind(target.failed_operation_id.map(|id| id.to_string()))
        .bind(target.interrupted)
        .bind(target.again)
        .execute(&mut **tx)
        .await?;
        if written.rows_affected() != 1 {
            return Err(nonsense());
        }
    }
    Ok(())
}
