//! Changes of tenants made through Pilothouse, and what the cluster still has to take over. Does not judge them, and
//! does not say whose a namespace is: the watch does.

use chrono::{DateTime, Utc};

use super::{
    Sqlite, Tx, audit, from_json, json, micros, nonsense, parsed,
    reach::{reach_of, reached_namespace},
};
use crate::{
    domain::{
        actor::Actor,
        audit::NewAudit,
        hold::Hold,
        ids::TenantId,
        names::Namespace,
        setup::{Chore, Errand},
    },
    store::{
        StoreError,
        tenants::{Idle, OpenChore, TenantChange, Written},
    },
};

pub(super) async fn create(db: &Sqlite, new: &TenantChange, row: &NewAudit) -> Result<Written, StoreError> {
    let (mut tx, tenant) = (db.write().await?, &new.tenant);
    let made = sqlx::query(
        "INSERT INTO tenants (id, slug, name, labels, limits, windows) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (slug) DO NOTHING",
    )
    .bind(tenant.id.to_string())
    .bind(tenant.slug.as_str())
    .bind(&tenant.name)
    .bind(json(&tenant.labels)?)
    .bind(json(&tenant.limits)?)
    .bind(json(&tenant.windows)?)
    .execute(&mut *tx)
    .await?;
    if made.rows_affected() == 0 {
        return Ok(Written::SlugTaken);
    }
    finish(tx, new, row).await
}

pub(super) async fn change(db: &Sqlite, change: &TenantChange, row: &NewAudit) -> Result<Written, StoreError> {
    let (mut tx, tenant) = (db.write().await?, &change.tenant);
    if !idle(&mut tx, tenant.id, change.idle.as_ref()).await? {
        return Ok(Written::Busy);
    }
    let hold = |hold: &Option<Hold>| hold.as_ref().map(json).transpose();
    let done = sqlx::query(
        "UPDATE tenants SET
             name = ?3, limits = ?4, pinned = ?5, frozen = ?6, retired = ?7, windows = ?9, version = version + 1,
             labels = CASE WHEN EXISTS (SELECT 1 FROM namespaces n WHERE n.tenant_id = id) THEN labels ELSE ?8 END
         WHERE id = ?1 AND version = ?2",
    )
    .bind(tenant.id.to_string())
    .bind(tenant.version)
    .bind(&tenant.name)
    .bind(json(&tenant.limits)?)
    .bind(hold(&tenant.pinned)?)
    .bind(hold(&tenant.frozen)?)
    .bind(hold(&tenant.retired)?)
    .bind(json(&tenant.labels)?)
    .bind(json(&tenant.windows)?)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Written::Moved);
    }
    finish(tx, change, row).await
}

/// Writes the chores and the audit row, and ends the transaction.
async fn finish(mut tx: Tx, change: &TenantChange, row: &NewAudit) -> Result<Written, StoreError> {
    for chore in &change.chores {
        // What is brought up to date has to be made or adopted first, if it was not yet.
        let done = sqlx::query(
            "INSERT INTO chores (namespace, tenant_id, errand, labels) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (namespace) DO UPDATE SET
                 errand = CASE WHEN excluded.errand = 'equip' AND errand IN ('make', 'adopt') THEN errand ELSE excluded.errand END,
                 labels = coalesce(excluded.labels, labels), edition = edition + 1, why = NULL
             WHERE tenant_id = excluded.tenant_id",
        )
        .bind(chore.namespace.as_str())
        .bind(chore.tenant.to_string())
        .bind(chore.errand.as_str())
        .bind(chore.labels.as_ref().map(json).transpose()?)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Written::NamespaceTaken);
        }
    }
    audit::append(&mut tx, row).await?;
    tx.commit().await?;
    Ok(Written::Done)
}

/// Whether nothing lives and nothing is under way there.
async fn idle(tx: &mut Tx, tenant: TenantId, what: Option<&Idle>) -> Result<bool, StoreError> {
    let namespace = match what {
        None => return Ok(true),
        Some(Idle::Tenant) => None,
        Some(Idle::Namespace(namespace)) => Some(namespace.as_str()),
    };
    let busy: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM releases r JOIN namespaces n ON n.name = r.namespace
                        WHERE n.tenant_id = ?1 AND r.state <> 'UNINSTALLED' AND (?2 IS NULL OR n.name = ?2))
             OR EXISTS (SELECT 1 FROM operations o
                        WHERE o.tenant_id = ?1 AND o.status IN ('queued', 'running') AND (?2 IS NULL OR o.namespace = ?2))",
    )
    .bind(tenant.to_string())
    .bind(namespace)
    .fetch_one(&mut **tx)
    .await?;
    Ok(!busy)
}

pub(super) async fn chores(db: &Sqlite, tenant: Option<TenantId>) -> Result<Vec<OpenChore>, StoreError> {
    let rows: Vec<(String, String, String, Option<String>, i64)> = sqlx::query_as(
        "SELECT namespace, tenant_id, errand, labels, edition FROM chores WHERE ?1 IS NULL OR tenant_id = ?1 ORDER BY namespace",
    )
    .bind(tenant.map(|id| id.to_string()))
    .fetch_all(&db.reader)
    .await?;
    let open = |(namespace, tenant, errand, labels, edition): (String, String, String, Option<String>, i64)| {
        let chore = Chore {
            namespace: parsed(&namespace)?,
            tenant: parsed(&tenant)?,
            errand: Errand::parse(&errand).ok_or_else(nonsense)?,
            labels: labels.as_deref().map(from_json).transpose()?,
        };
        Ok(OpenChore { chore, edition })
    };
    rows.into_iter().map(open).collect()
}

pub(super) async fn tried(db: &Sqlite, open: &OpenChore, why: Option<&str>, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (mut tx, chore) = (db.write().await?, &open.chore);
    let query = match why {
        Some(_) => sqlx::query("UPDATE chores SET why = ?3 WHERE namespace = ?1 AND edition = ?2"),
        None => sqlx::query("DELETE FROM chores WHERE namespace = ?1 AND edition = ?2"),
    };
    let query = query.bind(chore.namespace.as_str()).bind(open.edition);
    let query = if let Some(why) = why { query.bind(why) } else { query };
    let current = query.execute(&mut *tx).await?.rows_affected() > 0;
    if current && why.is_none() {
        let equipped_at = matches!(chore.errand, Errand::Make | Errand::Adopt | Errand::Equip).then(|| micros(at));
        sqlx::query("UPDATE namespaces SET equipped_at = ?2, lost = NULL WHERE name = ?1")
            .bind(chore.namespace.as_str())
            .bind(equipped_at)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

pub(super) async fn equipped(db: &Sqlite, namespace: &Namespace, at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("UPDATE namespaces SET equipped_at = ?2, lost = NULL WHERE name = ?1")
        .bind(namespace.as_str())
        .bind(micros(at))
        .execute(&db.writer)
        .await?;
    Ok(())
}

pub(super) async fn lost(db: &Sqlite, namespace: &Namespace, why: Option<&str>) -> Result<(), StoreError> {
    sqlx::query("UPDATE namespaces SET lost = ?2 WHERE name = ?1").bind(namespace.as_str()).bind(why).execute(&db.writer).await?;
    Ok(())
}

pub(super) async fn unassigned(db: &Sqlite, actor: &Actor) -> Result<Vec<(Namespace, u64)>, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(concat!(
        "SELECT r.namespace, count(*) FROM releases r
         WHERE r.state <> 'UNINSTALLED' AND r.namespace NOT IN (SELECT name FROM namespaces) AND ",
        reached_namespace!("r.namespace"),
        " GROUP BY r.namespace ORDER BY r.namespace"
    ))
    .bind(reach_of(actor))
    .fetch_all(&db.reader)
    .await?;
    rows.into_iter().map(|(name, count)| Ok((parsed(&name)?, count.unsigned_abs()))).collect()
}
