//! What workers do with operations: claim one, and write under its lease. Every write carries the lease and fails
//! when it is no longer the valid one. Runs nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, json, micros, nonsense,
    operation_rows::{append_events, load},
    operations::{opened, parse_id},
};
use crate::{
    domain::{
        audit::NewAudit,
        operation::{EventBody, Operation, OperationError, OperationEvent, OperationStatus},
        problem::Code,
    },
    store::{
        StoreError,
        operations::{Claim, Lease, Settlement},
    },
};

/// Holds for the one row that the lease is good for. A lease that ran out is good until somebody else claims: the
/// attempt number fences, not the clock.
macro_rules! under_lease {
    () => {
        "id = ?1 AND lease_owner = ?2 AND attempt = ?3 AND status = 'running'"
    };
}

pub(super) async fn claim(db: &Sqlite, owner: &str, now: DateTime<Utc>, lease: Duration) -> Result<Option<Claim>, StoreError> {
    while let Some((lease, operation, sealed)) = take_up(db, owner, now, lease).await? {
        match opened(db, lease.operation, &sealed) {
            Ok((change, options)) => return Ok(Some(Claim { lease, operation, change, options })),
            // Nobody will ever know what it was: it ends here, and its release can be changed again.
            Err(StoreError::Seal) => {
                settle(db, &lease, now, &unopened()).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// How an operation ends whose change cannot be opened.
fn unopened() -> Settlement {
    let message = "What was to be done cannot be read any more: it was sealed with another key, or the database is damaged. Look at the release's state, then ask again.";
    Settlement {
        status: OperationStatus::Interrupted,
        result_revision: None,
        error: Some(OperationError { code: Code::Interrupted, message: message.into() }),
    }
}

/// Takes up the next operation, as it is stored.
async fn take_up(db: &Sqlite, owner: &str, now: DateTime<Utc>, lease: Duration) -> Result<Option<(Lease, Operation, Vec<u8>)>, StoreError> {
    let mut tx = db.write().await?;
    let claimed: Option<(String, u32, Vec<u8>)> = sqlx::query_as(
        "UPDATE operations
         SET status = 'running', attempt = attempt + 1, lease_owner = ?1, lease_until = ?3, started_at = coalesce(started_at, ?2)
         WHERE id = (
             SELECT id FROM operations
             WHERE status IN ('queued', 'running') AND (status = 'queued' OR lease_until < ?2)
             ORDER BY created_at, id LIMIT 1
         )
         RETURNING id, attempt, sealed",
    )
    .bind(owner)
    .bind(micros(now))
    .bind(until(now, lease))
    .fetch_optional(&mut *tx)
    .await?;
    let Some((id, attempt, sealed)) = claimed else {
        return Ok(None);
    };
    let id = parse_id(&id)?;
    let operation = load(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Some((Lease { operation: id, owner: owner.to_owned(), attempt }, operation, sealed)))
}

pub(super) async fn renew(db: &Sqlite, lease: &Lease, now: DateTime<Utc>, by: Duration) -> Result<bool, StoreError> {
    sqlx::query_scalar(concat!("UPDATE operations SET lease_until = ?4 WHERE ", under_lease!(), " RETURNING cancel_requested"))
        .bind(lease.operation.to_string())
        .bind(&lease.owner)
        .bind(lease.attempt)
        .bind(until(now, by))
        .fetch_optional(&db.writer)
        .await?
        .ok_or(StoreError::LeaseLost)
}

pub(super) async fn set_deadline(db: &Sqlite, lease: &Lease, deadline: DateTime<Utc>) -> Result<(), StoreError> {
    let done = sqlx::query(concat!("UPDATE operations SET deadline_at = ?4 WHERE ", under_lease!()))
        .bind(lease.operation.to_string())
        .bind(&lease.owner)
        .bind(lease.attempt)
        .bind(micros(deadline))
        .execute(&db.writer)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

pub(super) async fn append(db: &Sqlite, lease: &Lease, at: DateTime<Utc>, bodies: &[EventBody]) -> Result<Vec<OperationEvent>, StoreError> {
    let mut tx = db.write().await?;
    sqlx::query(concat!("SELECT 1 FROM operations WHERE ", under_lease!()))
        .bind(lease.operation.to_string())
        .bind(&lease.owner)
        .bind(lease.attempt)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::LeaseLost)?;
    let events = append_events(&mut tx, lease.operation, at, bodies).await?;
    tx.commit().await?;
    Ok(events)
}

pub(super) async fn settle(
    db: &Sqlite,
    lease: &Lease,
    at: DateTime<Utc>,
    end: &Settlement,
) -> Result<(Operation, OperationEvent), StoreError> {
    if !end.status.is_settled() {
        return Err(StoreError::Database(format!("an operation cannot end as {}", end.status.as_str())));
    }
    let mut tx = db.write().await?;
    let done = sqlx::query(concat!(
        "UPDATE operations
         SET status = ?4, result_revision = ?5, error = ?6, finished_at = ?7, lease_owner = NULL, lease_until = NULL WHERE ",
        under_lease!()
    ))
    .bind(lease.operation.to_string())
    .bind(&lease.owner)
    .bind(lease.attempt)
    .bind(end.status.as_str())
    .bind(end.result_revision)
    .bind(end.error.as_ref().map(json).transpose()?)
    .bind(micros(at))
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::LeaseLost);
    }
    let last = EventBody::Settled { status: end.status, error: end.error.clone() };
    let event = append_events(&mut tx, lease.operation, at, &[last]).await?.pop().ok_or_else(nonsense)?;
    let operation = load(&mut tx, lease.operation).await?;
    audit::append(&mut tx, &NewAudit::of_end(&operation, at)).await?;
    tx.commit().await?;
    Ok((operation, event))
}

fn until(now: DateTime<Utc>, lease: Duration) -> i64 {
    micros(now).saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX))
}
