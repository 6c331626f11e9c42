//! The audit: read here, and appended to by other transactions through [`append`]. Nothing changes a row.

use async_trait::async_trait;

use super::{
    Sqlite, Tx, from_json, instant, json, micros, parsed,
    reach::{reach_of, reached_tenant},
};
use crate::{
    domain::{
        actor::Actor,
        audit::{AuditRow, NewAudit},
        page::{Page, Paging},
    },
    store::{StoreError, audit::AuditStore},
};

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor: String,
    door: String,
    act: String,
    tenant_id: Option<String>,
    subject: String,
    operation_id: Option<String>,
    reason: Option<String>,
}

impl Row {
    fn into_domain(self) -> Result<AuditRow, StoreError> {
        let entry = NewAudit {
            at: instant(self.at)?,
            actor: self.actor,
            via: None,
            from: None,
            door: from_json(&self.door)?,
            act: self.act,
            tenant: self.tenant_id.as_deref().map(parsed).transpose()?,
            subject: self.subject,
            operation: self.operation_id.as_deref().map(parsed).transpose()?,
            reason: self.reason,
            before: None,
            after: None,
        };
        Ok(AuditRow { seq: self.seq, entry })
    }
}

/// Appends a row to the audit, in the transaction of what it tells of.
pub(super) async fn append(tx: &mut Tx, new: &NewAudit) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (at, actor, door, act, tenant_id, subject, operation_id, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(micros(new.at))
    .bind(&new.actor)
    .bind(json(&new.door)?)
    .bind(&new.act)
    .bind(new.tenant.map(|id| id.to_string()))
    .bind(&new.subject)
    .bind(new.operation.map(|id| id.to_string()))
    .bind(&new.reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl AuditStore for Sqlite {
    async fn list(&self, actor: &Actor, paging: Paging) -> Result<Page<AuditRow>, StoreError> {
        let reach = reach_of(actor);
        let mut tx = self.read().await?;
        let total: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM audit WHERE ", reached_tenant!("tenant_id")))
            .bind(&reach)
            .fetch_one(&mut *tx)
            .await?;
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT seq, at, actor, door, act, tenant_id, subject, operation_id, reason FROM audit WHERE ",
            reached_tenant!("tenant_id"),
            " ORDER BY seq DESC LIMIT ?2 OFFSET ?3"
        ))
        .bind(&reach)
        .bind(paging.size)
        .bind(paging.offset())
        .fetch_all(&mut *tx)
        .await?;
        let items = rows.into_iter().map(Row::into_domain).collect::<Result<_, _>>()?;
        Ok(Page { items, page: paging.page, size: paging.size, total: total.unsigned_abs() })
    }
}
