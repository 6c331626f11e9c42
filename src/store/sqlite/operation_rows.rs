//! Operations and events as rows: reading them into the domain's types, appending events. Opens no sealed column
//! and decides nothing.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::{from_json, instant, json, micros, nonsense, parsed};
use crate::{
    domain::{
        ids::OperationId,
        operation::{EventBody, Operation, OperationEvent, OperationKind, OperationStatus},
    },
    store::StoreError,
};

/// The beginning of every query that reads operations; `o` is the operation, `t` its tenant.
macro_rules! select_operations {
    () => {
        "SELECT o.id, o.kind, o.status, o.release_id, o.tenant_id, t.slug AS tenant, o.namespace, o.release_name, o.target,
                o.base_revision, o.result_revision, o.requested_by, o.reason, o.created_at, o.started_at, o.finished_at,
                o.deadline_at, o.attempt, o.cancel_requested, o.error
         FROM operations o LEFT JOIN tenants t ON t.id = o.tenant_id "
    };
}
pub(super) use select_operations;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    kind: String,
    status: String,
    release_id: String,
    tenant_id: Option<String>,
    tenant: Option<String>,
    namespace: String,
    release_name: String,
    target: String,
    base_revision: Option<u32>,
    result_revision: Option<u32>,
    requested_by: String,
    reason: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    deadline_at: Option<i64>,
    attempt: u32,
    cancel_requested: bool,
    error: Option<String>,
}

impl Row {
    pub(super) fn into_domain(self) -> Result<Operation, StoreError> {
        Ok(Operation {
            id: parsed(&self.id)?,
            kind: OperationKind::parse(&self.kind).ok_or_else(nonsense)?,
            status: OperationStatus::parse(&self.status).ok_or_else(nonsense)?,
            release_id: parsed(&self.release_id)?,
            tenant_id: self.tenant_id.as_deref().map(parsed).transpose()?,
            tenant: self.tenant.as_deref().map(parsed).transpose()?,
            namespace: parsed(&self.namespace)?,
            release_name: parsed(&self.release_name)?,
            target: self.target,
            base_revision: self.base_revision,
            result_revision: self.result_revision,
            requested_by: self.requested_by,
            reason: self.reason,
            created_at: instant(self.created_at)?,
            started_at: self.started_at.map(instant).transpose()?,
            finished_at: self.finished_at.map(instant).transpose()?,
            deadline_at: self.deadline_at.map(instant).transpose()?,
            attempt: self.attempt,
            cancel_requested: self.cancel_requested,
            error: self.error.as_deref().map(from_json).transpose()?,
        })
    }
}

/// An operation by id, whoever asks; for use inside a transaction that has checked who does.
pub(super) async fn load(conn: &mut SqliteConnection, id: OperationId) -> Result<Operation, StoreError> {
    let row: Option<Row> =
        sqlx::query_as(concat!(select_operations!(), "WHERE o.id = ?1")).bind(id.to_string()).fetch_optional(conn).await?;
    row.ok_or_else(nonsense)?.into_domain()
}

/// Appends events after those that are there.
pub(super) async fn append_events(
    conn: &mut SqliteConnection,
    id: OperationId,
    at: DateTime<Utc>,
    bodies: &[EventBody],
) -> Result<Vec<OperationEvent>, StoreError> {
    let last: u32 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM operation_events WHERE operation_id = ?1")
        .bind(id.to_string())
        .fetch_one(&mut *conn)
        .await?;
    let mut events = Vec::with_capacity(bodies.len());
    for (seq, body) in (last + 1..).zip(bodies) {
        sqlx::query("INSERT INTO operation_events (operation_id, seq, at, body) VALUES (?1, ?2, ?3, ?4)")
            .bind(id.to_string())
            .bind(seq)
            .bind(micros(at))
            .bind(json(body)?)
            .execute(&mut *conn)
            .await?;
        // As it will be read: to the microsecond.
        events.push(OperationEvent { seq, at: instant(micros(at))?, body: body.clone() });
    }
    Ok(events)
}
