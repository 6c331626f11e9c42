//! Batches in SQLite. Optimistic: a batch is written only at the version that its writer saw.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{
    Sqlite, audit,
    batch_rows::{BatchRow, batch_columns, counts},
    batch_targets, from_json, json, json_list, micros, nonsense, parsed, requests,
    tx::Tx,
    webhooks,
};
use crate::{
    domain::{
        actor::{Actor, Reach},
        audit::NewAudit,
        batch::{Batch, Definition, Selection, Target, step::Sight},
        ids::{BatchId, ReleaseId},
        page::{Page, Paging},
        release::ReleaseState,
        webhook::Notice,
    },
    store::{
        StoreError,
        batches::{BatchStore, Candidate},
        requests::{Earlier, Keyed},
    },
};

#[derive(sqlx::FromRow)]
struct CandidateRow {
    id: String,
    namespace: String,
    name: String,
    chart_name: String,
    chart_version: String,
    revision: u32,
    state: String,
    tenant_id: String,
    slug: String,
    labels: String,
    windows: String,
    pinned: Option<String>,
    frozen: Option<String>,
    retired: Option<String>,
}

#[async_trait]
impl BatchStore for Sqlite {
    async fn candidates(&self, actor: &Actor, selection: &Selection) -> Result<Vec<Candidate>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(Vec::new());
        }
        let list = |texts: Vec<String>| (!texts.is_empty()).then(|| json_list(texts.iter()));
        let states = list(selection.states.iter().map(|state| state.as_str().to_owned()).collect());
        let releases = list(selection.releases.iter().map(ToString::to_string).collect());
        let rows: Vec<CandidateRow> = sqlx::query_as(
            "SELECT r.id, r.namespace, r.name, r.chart_name, r.chart_version, r.revision, r.state, t.id AS tenant_id, t.slug, t.labels,
                    t.windows, t.pinned, t.frozen, t.retired
             FROM releases r
             JOIN namespaces n ON n.name = r.namespace
             JOIN tenants t ON t.id = n.tenant_id
             WHERE r.state <> ?1
               AND (?2 IS NULL OR r.chart_name = ?2)
               AND (?3 IS NULL OR r.state IN (SELECT value FROM json_each(?3)))
               AND (?4 IS NULL OR r.id IN (SELECT value FROM json_each(?4)))
             ORDER BY t.slug, r.namespace, r.name",
        )
        .bind(ReleaseState::Uninstalled.as_str())
        .bind(selection.chart_name())
        .bind(states)
        .bind(releases)
        .fetch_all(&self.reader)
        .await?;
        let mut found = Vec::new();
        for row in rows {
            let labels = from_json(&row.labels)?;
            if !selection.takes_version(&row.chart_version) || !selection.takes_labels(&labels) {
                continue;
            }
            found.push(Candidate {
                release: parsed(&row.id)?,
                namespace: parsed(&row.namespace)?,
                name: parsed(&row.name)?,
                chart: row.chart_name,
                version: row.chart_version,
                revision: row.revision,
                state: ReleaseState::parse(&row.state).ok_or_else(nonsense)?,
                tenant: parsed(&row.tenant_id)?,
                slug: parsed(&row.slug)?,
                labels,
                windows: from_json(&row.windows)?,
                held: super::batch_rows::held(&row.pinned, &row.frozen, &row.retired)?,
            });
        }
        Ok(found)
    }

    async fn make(
        &self,
        batch: &Batch,
        definition: &Definition,
        targets: &[Target],
        row: &NewAudit,
        asked: Option<&Keyed<'_>>,
    ) -> Result<Option<Earlier>, StoreError> {
        let sealed = self.sealer.seal(&place(batch.id), json(definition)?.as_bytes())?;
        let mut tx = self.write().await?;
        if let Some(asked) = asked
            && let Some(earlier) = requests::claim(&mut tx, asked, &batch.id.to_string()).await?
        {
            return Ok(Some(earlier));
        }
        sqlx::query(
            "INSERT INTO batches (id, title, state, why, strategy, waves, requested_by, reason, created_at, version, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )
        .bind(batch.id.to_string())
        .bind(&batch.title)
        .bind(batch.state.as_str())
        .bind(&batch.why)
        .bind(json(&batch.strategy)?)
        .bind(json(&batch.waves)?)
        .bind(&batch.requested_by)
        .bind(&batch.reason)
        .bind(micros(batch.created_at))
        .bind(batch.version)
        .bind(sealed)
        .execute(&mut *tx)
        .await?;
        batch_targets::put(&mut tx, batch.id, targets).await?;
        audit::append(&mut tx, row).await?;
        tx.commit().await?;
        Ok(None)
    }

    async fn list(&self, actor: &Actor, paging: Paging) -> Result<Page<Batch>, StoreError> {
        let Paging { page, size } = paging;
        if *actor.reach() != Reach::All {
            return Ok(Page { items: Vec::new(), page, size, total: 0 });
        }
        let mut tx = self.read().await?;
        let total: i64 = sqlx::query_scalar("SELECT count(*) FROM batches").fetch_one(&mut *tx).await?;
        let rows: Vec<BatchRow> = sqlx::query_as(concat!(
            "SELECT ",
            batch_columns!(),
            " FROM batches b ORDER BY b.created_at DESC, b.id DESC LIMIT ?1 OFFSET ?2"
        ))
        .bind(size)
        .bind(paging.offset())
        .fetch_all(&mut *tx)
        .await?;
        Ok(Page { items: counted(&mut tx, rows).await?, page, size, total: total.unsigned_abs() })
    }

    async fn unfinished(&self, actor: &Actor, most: u32) -> Result<Vec<Batch>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(Vec::new());
        }
        let mut tx = self.read().await?;
        let rows: Vec<BatchRow> = sqlx::query_as(concat!(
            "SELECT ",
            batch_columns!(),
            " FROM batches b WHERE b.finished_at IS NULL
             ORDER BY b.state IN ('preflight', 'ready'), b.created_at DESC, b.id DESC LIMIT ?1"
        ))
        .bind(most)
        .fetch_all(&mut *tx)
        .await?;
        counted(&mut tx, rows).await
    }

    async fn by_id(&self, actor: &Actor, id: BatchId) -> Result<Option<(Batch, Definition)>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(None);
        }
        let mut tx = self.read().await?;
        let row: Option<BatchRow> = sqlx::query_as(concat!("SELECT ", batch_columns!(), " FROM batches b WHERE b.id = ?1"))
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let counts = counts(&mut tx, &row.id).await?;
        let (batch, sealed) = row.into_domain(counts)?;
        let plain = self.sealer.open(&place(id), &sealed)?;
        Ok(Some((batch, serde_json::from_slice(&plain).map_err(|_| StoreError::Seal)?)))
    }

    async fn targets(&self, actor: &Actor, id: BatchId) -> Result<Vec<(Target, Sight)>, StoreError> {
        batch_targets::of(self, actor, id, None).await
    }

    async fn targets_of(&self, actor: &Actor, id: BatchId, releases: &BTreeSet<ReleaseId>) -> Result<Vec<(Target, Sight)>, StoreError> {
        batch_targets::of(self, actor, id, Some(json_list(releases.iter()))).await
    }

    async fn at_work(&self) -> Result<Vec<BatchId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM batches WHERE finished_at IS NULL AND state <> 'ready' ORDER BY id")
            .fetch_all(&self.reader)
            .await?;
        ids.iter().map(|id| parsed(id)).collect()
    }

    async fn write(&self, batch: &Batch, targets: &[Target], row: Option<&NewAudit>, told: &[Notice]) -> Result<bool, StoreError> {
        let mut tx = Sqlite::write(self).await?;
        let written = sqlx::query(
            "UPDATE batches SET state = ?3, why = ?4, waves = ?5, started_at = ?6, finished_at = ?7, forgiven = ?8, version = version + 1
             WHERE id = ?1 AND version = ?2",
        )
        .bind(batch.id.to_string())
        .bind(batch.version)
        .bind(batch.state.as_str())
        .bind(&batch.why)
        .bind(json(&batch.waves)?)
        .bind(batch.started_at.map(micros))
        .bind(batch.finished_at.map(micros))
        .bind(batch.forgiven)
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() != 1 {
            return Ok(false);
        }
        batch_targets::put(&mut tx, batch.id, targets).await?;
        if let Some(row) = row {
            audit::append(&mut tx, row).await?;
        }
        webhooks::queue(&mut tx, told).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The batches of these rows, each with how its targets stand.
async fn counted(tx: &mut Tx, rows: Vec<BatchRow>) -> Result<Vec<Batch>, StoreError> {
    let mut items = Vec::new();
    for row in rows {
        let counts = counts(tx, &row.id).await?;
        items.push(row.into_domain(counts)?.0);
    }
    Ok(items)
}

fn place(id: BatchId) -> String {
    format!("batch:{id}")
}
