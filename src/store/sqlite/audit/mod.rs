//! The audit: read here, and appended to by other transactions through [`append`]. Nothing changes a row; [`chain`] makes
//! that provable.

pub(super) mod chain;
mod look;

use async_trait::async_trait;

use super::{Sqlite, Tx, from_json, instant, json, micros, parsed};
use crate::{
    domain::{
        actor::Actor,
        audit::{Anchor, AuditQuery, AuditRow, NewAudit, Verdict},
        page::Page,
    },
    store::{StoreError, audit::AuditStore},
};

/// The beginning of every query that reads rows.
macro_rules! select_rows {
    () => {
        "SELECT seq, at, actor, via, from_address, door, act, tenant_id, subject, operation_id, reason, before, after, previous, hash
         FROM audit "
    };
}
use select_rows;

/// A row as it is stored.
#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor: String,
    via: Option<String>,
    from_address: Option<String>,
    door: String,
    act: String,
    tenant_id: Option<String>,
    subject: String,
    operation_id: Option<String>,
    reason: Option<String>,
    before: Option<String>,
    after: Option<String>,
    previous: Option<Vec<u8>>,
    hash: Option<Vec<u8>>,
}

impl Row {
    fn of(new: &NewAudit) -> Result<Self, StoreError> {
        Ok(Self {
            seq: 0,
            at: micros(new.at),
            actor: new.actor.clone(),
            via: new.via.clone(),
            from_address: new.from.clone(),
            door: json(&new.door)?,
            act: new.act.clone(),
            tenant_id: new.tenant.map(|id| id.to_string()),
            subject: new.subject.clone(),
            operation_id: new.operation.map(|id| id.to_string()),
            reason: new.reason.clone(),
            before: new.before.as_ref().map(json).transpose()?,
            after: new.after.as_ref().map(json).transpose()?,
            previous: None,
            hash: None,
        })
    }

    fn into_domain(self) -> Result<AuditRow, StoreError> {
        let entry = NewAudit {
            at: instant(self.at)?,
            actor: self.actor,
            via: self.via,
            from: self.from_address,
            door: from_json(&self.door)?,
            act: self.act,
            tenant: self.tenant_id.as_deref().map(parsed).transpose()?,
            subject: self.subject,
            operation: self.operation_id.as_deref().map(parsed).transpose()?,
            reason: self.reason,
            before: self.before.as_deref().map(from_json).transpose()?,
            after: self.after.as_deref().map(from_json).transpose()?,
        };
        Ok(AuditRow { seq: self.seq, entry })
    }
}

/// Appends a row to the audit, in the transaction of what it tells of.
pub(super) async fn append(tx: &mut Tx, new: &NewAudit) -> Result<(), StoreError> {
    let row = Row::of(new)?;
    let (head, hash) = chain::follow(tx, &row).await?;
    sqlx::query(
        "INSERT INTO audit (at, actor, via, from_address, door, act, tenant_id, subject, operation_id, reason, before, after, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )
    .bind(row.at)
    .bind(row.actor)
    .bind(row.via)
    .bind(row.from_address)
    .bind(row.door)
    .bind(row.act)
    .bind(row.tenant_id)
    .bind(row.subject)
    .bind(row.operation_id)
    .bind(row.reason)
    .bind(row.before)
    .bind(row.after)
    .bind(head.hash)
    .bind(hash)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl AuditStore for Sqlite {
    async fn record(&self, new: &NewAudit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        append(&mut tx, new).await?;
        tx.commit().await
    }

    async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditRow>, StoreError> {
        look::page(self, actor, query).await
    }

    async fn after(&self, actor: &Actor, query: &AuditQuery, seq: Option<i64>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        look::after(self, actor, query, seq, limit).await
    }

    async fn verify(&self, anchor: Option<&Anchor>) -> Result<Verdict, StoreError> {
        chain::verify(self, anchor).await
    }
}
