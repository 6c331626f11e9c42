//! Operations as they are asked for and looked at: enqueue, cancel, read. What workers do is in
//! [`super::operation_work`].

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, Tx, audit, from_json, json, micros,
    operation_rows::{Row, append_events, load, select_operations},
    operation_work, parsed,
    reach::{reach_of, reached_tenant},
};
use crate::{
    domain::{
        actor::Actor,
        audit::NewAudit,
        change::{Change, RunOptions},
        ids::OperationId,
        names::ReleaseKey,
        operation::{EventBody, Operation, OperationEvent, OperationQuery, OperationStatus},
        page::Page,
    },
    store::{
        StoreError,
        operations::{BatchStand, Claim, Enqueued, Lease, NewOperation, OperationStore, Settlement},
    },
};

/// What a look at operations is narrowed to: reach, tenant, release, status.
macro_rules! wanted {
    () => {
        concat!(
            "WHERE ",
            reached_tenant!("o.tenant_id"),
            "
           AND (?2 IS NULL OR o.tenant_id = ?2)
           AND (?3 IS NULL OR o.release_id = ?3)
           AND (?4 IS NULL OR o.status = ?4)"
        )
    };
}

#[async_trait]
impl OperationStore for Sqlite {
    async fn enqueue(&self, new: &NewOperation, audit: &NewAudit) -> Result<Enqueued, StoreError> {
        let mut tx = self.write().await?;
        if let Some(before) = before(&mut tx, new).await? {
            return Ok(before);
        }
        if let Some(BatchStand { batch, version }) = new.stand {
            let stands = sqlx::query("SELECT 1 FROM batches WHERE id = ?1 AND version = ?2").bind(batch.to_string()).bind(version);
            if stands.fetch_optional(&mut *tx).await?.is_none() {
                return Ok(Enqueued::BatchMoved);
            }
        }
        let sealed = self.sealer.seal(&place(new.id), json(&(&new.change, &new.options))?.as_bytes())?;
        match insert(&mut tx, new, sealed).await {
            Ok(()) => {}
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                let busy = active(&mut tx, &new.key).await?;
                return busy.map(|operation| Enqueued::Busy(operation.id)).ok_or(StoreError::Database(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
        audit::append(&mut tx, audit).await?;
        let operation = load(&mut tx, new.id).await?;
        tx.commit().await?;
        Ok(Enqueued::New(operation))
    }

    async fn by_key(&self, requester: &str, key: &str) -> Result<Option<(Operation, [u8; 32])>, StoreError> {
        by_key(&mut *self.reader.acquire().await?, requester, key).await
    }

    async fn at_work(&self, key: &ReleaseKey, revision: u32, at: DateTime<Utc>) -> Result<Option<Operation>, StoreError> {
        let row: Option<Row> = sqlx::query_as(concat!(
            select_operations!(),
            "WHERE o.release_id = ?1 AND coalesce(o.base_revision, 0) < ?2
               AND (o.status = 'running' OR (o.started_at - 1000000 <= ?3 AND o.finished_at >= ?3))
             ORDER BY o.created_at DESC LIMIT 1"
        ))
        .bind(key.id().to_string())
        .bind(revision)
        .bind(micros(at))
        .fetch_optional(&self.reader)
        .await?;
        row.map(Row::into_domain).transpose()
    }

    async fn claim(&self, owner: &str, now: DateTime<Utc>, lease: Duration) -> Result<Option<Claim>, StoreError> {
        operation_work::claim(self, owner, now, lease).await
    }

    async fn renew(&self, lease: &Lease, now: DateTime<Utc>, by: Duration) -> Result<bool, StoreError> {
        operation_work::renew(self, lease, now, by).await
    }

    async fn set_deadline(&self, lease: &Lease, deadline: DateTime<Utc>) -> Result<(), StoreError> {
        operation_work::set_deadline(self, lease, deadline).await
    }

    async fn append(&self, lease: &Lease, at: DateTime<Utc>, bodies: &[EventBody]) -> Result<Vec<OperationEvent>, StoreError> {
        operation_work::append(self, lease, at, bodies).await
    }

    async fn settle(&self, lease: &Lease, at: DateTime<Utc>, end: &Settlement) -> Result<(Operation, OperationEvent), StoreError> {
        operation_work::settle(self, lease, at, end).await
    }

    async fn request_cancel(
        &self,
        actor: &Actor,
        id: OperationId,
        at: DateTime<Utc>,
        audit: &NewAudit,
    ) -> Result<Option<Operation>, StoreError> {
        let mut tx = self.write().await?;
        let Some(operation) = reached(&mut tx, actor, id).await? else {
            return Ok(None);
        };
        if operation.status.is_settled() || operation.cancel_requested {
            return Ok(Some(operation));
        }
        if operation.status == OperationStatus::Queued {
            sqlx::query("UPDATE operations SET status = 'cancelled', cancel_requested = 1, finished_at = ?2 WHERE id = ?1")
                .bind(id.to_string())
                .bind(micros(at))
                .execute(&mut *tx)
                .await?;
            let last = EventBody::Settled { status: OperationStatus::Cancelled, error: None };
            append_events(&mut tx, id, at, &[last]).await?;
        } else {
            sqlx::query("UPDATE operations SET cancel_requested = 1 WHERE id = ?1").bind(id.to_string()).execute(&mut *tx).await?;
        }
        audit::append(&mut tx, audit).await?;
        let operation = load(&mut tx, id).await?;
        if operation.status.is_settled() {
            audit::append(&mut tx, &NewAudit::of_end(&operation, at)).await?;
        }
        tx.commit().await?;
        Ok(Some(operation))
    }

    async fn by_id(&self, actor: &Actor, id: OperationId) -> Result<Option<Operation>, StoreError> {
        reached(&mut *self.reader.acquire().await?, actor, id).await
    }

    async fn list(&self, actor: &Actor, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
        let mut tx = self.read().await?;
        page(&mut tx, actor, query).await
    }

    async fn events(&self, actor: &Actor, id: OperationId, after: u32, limit: u32) -> Result<Vec<OperationEvent>, StoreError> {
        let rows: Vec<(u32, i64, String)> = sqlx::query_as(concat!(
            "SELECT e.seq, e.at, e.body FROM operation_events e JOIN operations o ON o.id = e.operation_id
             WHERE e.operation_id = ?2 AND e.seq > ?3 AND ",
            reached_tenant!("o.tenant_id"),
            " ORDER BY e.seq LIMIT ?4"
        ))
        .bind(reach_of(actor))
        .bind(id.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter().map(|(seq, at, body)| Ok(OperationEvent { seq, at: super::instant(at)?, body: from_json(&body)? })).collect()
    }

    async fn active(&self, key: &ReleaseKey) -> Result<Option<Operation>, StoreError> {
        active(&mut *self.reader.acquire().await?, key).await
    }
}

/// A page of operations, newest first.
pub(super) async fn page(tx: &mut Tx, actor: &Actor, query: &OperationQuery) -> Result<Page<Operation>, StoreError> {
    let reach = reach_of(actor);
    let (tenant, release) = (query.tenant.map(|id| id.to_string()), query.release.map(|id| id.to_string()));
    let status = query.status.map(OperationStatus::as_str);
    let total: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM operations o ", wanted!()))
        .bind(&reach)
        .bind(&tenant)
        .bind(&release)
        .bind(status)
        .fetch_one(&mut **tx)
        .await?;
    let rows: Vec<Row> =
        sqlx::query_as(concat!(select_operations!(), wanted!(), " ORDER BY o.created_at DESC, o.id DESC LIMIT ?5 OFFSET ?6"))
            .bind(&reach)
            .bind(&tenant)
            .bind(&release)
            .bind(status)
            .bind(query.paging.size)
            .bind(query.paging.offset())
            .fetch_all(&mut **tx)
            .await?;
    let items = rows.into_iter().map(Row::into_domain).collect::<Result<_, _>>()?;
    Ok(Page { items, page: query.paging.page, size: query.paging.size, total: total.unsigned_abs() })
}

/// Reads what [`OperationStore::enqueue`] sealed.
pub(super) fn opened(db: &Sqlite, id: OperationId, sealed: &[u8]) -> Result<(Change, RunOptions), StoreError> {
    let plain = db.sealer.open(&place(id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::Seal)
}

/// Reads an id that was written by us.
pub(super) fn parse_id(text: &str) -> Result<OperationId, StoreError> {
    parsed(text)
}

/// Where an operation's change belongs.
pub(super) fn place(id: OperationId) -> String {
    format!("operation:{id}")
}

/// What became of an earlier request with the same key of the same person.
async fn before(tx: &mut Tx, new: &NewOperation) -> Result<Option<Enqueued>, StoreError> {
    let Some((key, digest)) = &new.idempotency else {
        return Ok(None);
    };
    Ok(by_key(tx, &new.requested_by, key).await?.map(|(operation, known)| match known == *digest {
        true => Enqueued::Same(operation),
        false => Enqueued::KeyReused,
    }))
}

async fn by_key(conn: &mut sqlx::SqliteConnection, requester: &str, key: &str) -> Result<Option<(Operation, [u8; 32])>, StoreError> {
    let known: Option<(String, Vec<u8>)> =
        sqlx::query_as("SELECT id, request_digest FROM operations WHERE requested_by = ?1 AND idempotency_key = ?2")
            .bind(requester)
            .bind(key)
            .fetch_optional(&mut *conn)
            .await?;
    let Some((id, digest)) = known else { return Ok(None) };
    let digest = digest.try_into().map_err(|_| super::nonsense())?;
    Ok(Some((load(conn, parsed(&id)?).await?, digest)))
}

async fn insert(tx: &mut Tx, new: &NewOperation, sealed: Vec<u8>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO operations (id, kind, status, release_id, namespace, release_name, tenant_id, target, base_revision,
                                 requested_by, reason, idempotency_key, request_digest, created_at, sealed)
         VALUES (?1, ?2, 'queued', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )
    .bind(new.id.to_string())
    .bind(new.change.kind().as_str())
    .bind(new.key.id().to_string())
    .bind(new.key.namespace.as_str())
    .bind(new.key.name.as_str())
    .bind(new.tenant.map(|id| id.to_string()))
    .bind(new.change.target())
    .bind(new.base_revision)
    .bind(&new.requested_by)
    .bind(&new.reason)
    .bind(new.idempotency.as_ref().map(|(key, _)| key))
    .bind(new.idempotency.as_ref().map(|(_, digest)| digest.as_slice()))
    .bind(micros(new.at))
    .bind(sealed)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn active(conn: &mut sqlx::SqliteConnection, key: &ReleaseKey) -> Result<Option<Operation>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        select_operations!(),
        "WHERE o.namespace = ?1 AND o.release_name = ?2 AND o.status IN ('queued', 'running')"
    ))
    .bind(key.namespace.as_str())
    .bind(key.name.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(Row::into_domain).transpose()
}

async fn reached(conn: &mut sqlx::SqliteConnection, actor: &Actor, id: OperationId) -> Result<Option<Operation>, StoreError> {
    let row: Option<Row> = sqlx::query_as(concat!(select_operations!(), "WHERE o.id = ?2 AND ", reached_tenant!("o.tenant_id")))
        .bind(reach_of(actor))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Row::into_domain).transpose()
}
