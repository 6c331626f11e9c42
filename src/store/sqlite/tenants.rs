//! Tenants and their namespaces. Does not watch the cluster: what it shows is handed in.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, Tx, from_json, json, json_list,
    reach::{reach_of, reached_namespace, reached_tenant},
    tenant_changes,
    tenant_rows::{Row, tenant_columns},
};
use crate::{
    domain::{
        actor::Actor,
        audit::NewAudit,
        ids::TenantId,
        names::{Namespace, TenantSlug},
        release::StateCounts,
        tenant::{SeenNamespace, Tenant, TenantRow},
    },
    store::{
        StoreError,
        tenants::{OpenChore, TenantChange, TenantStore, Written},
    },
};

#[derive(sqlx::FromRow)]
struct CountsRow {
    tenant_id: String,
    #[sqlx(flatten)]
    counts: Counts,
}

/// The columns that [`state_counts!`] makes.
#[derive(sqlx::FromRow)]
pub(super) struct Counts {
    deployed: i64,
    pending: i64,
    failed: i64,
    uninstalled: i64,
    degraded: i64,
    drifted: i64,
}

impl From<Counts> for StateCounts {
    fn from(row: Counts) -> Self {
        Self {
            deployed: row.deployed.unsigned_abs(),
            pending: row.pending.unsigned_abs(),
            failed: row.failed.unsigned_abs(),
            uninstalled: row.uninstalled.unsigned_abs(),
            degraded: row.degraded.unsigned_abs(),
            drifted: row.drifted.unsigned_abs(),
        }
    }
}

/// Counts rows of `releases r` by their state.
macro_rules! state_counts {
    () => {
        concat!(
            "count(*) FILTER (WHERE r.state = 'DEPLOYED') AS deployed,
         count(*) FILTER (WHERE r.state IN ('PENDING_INSTALL', 'PENDING_UPGRADE', 'PENDING_ROLLBACK')) AS pending,
         count(*) FILTER (WHERE r.state = 'FAILED') AS failed,
         count(*) FILTER (WHERE r.state = 'UNINSTALLED') AS uninstalled,
         count(*) FILTER (WHERE r.state <> 'UNINSTALLED' AND r.health = 'degraded') AS degraded,
         count(*) FILTER (WHERE ",
            $crate::store::sqlite::drifts::drifted!(),
            ") AS drifted"
        )
    };
}
pub(super) use state_counts;

#[async_trait]
impl TenantStore for Sqlite {
    async fn list(&self, actor: &Actor) -> Result<Vec<TenantRow>, StoreError> {
        let reach = reach_of(actor);
        let mut tx = self.read().await?;
        let tenants: Vec<Row> =
            sqlx::query_as(concat!("SELECT ", tenant_columns!(), " FROM tenants t WHERE ", reached_tenant!("t.id"), " ORDER BY t.slug"))
                .bind(&reach)
                .fetch_all(&mut *tx)
                .await?;
        let counts: Vec<CountsRow> = sqlx::query_as(concat!(
            "SELECT n.tenant_id, ",
            state_counts!(),
            " FROM releases r JOIN namespaces n ON n.name = r.namespace WHERE ",
            reached_namespace!("r.namespace"),
            " GROUP BY n.tenant_id"
        ))
        .bind(&reach)
        .fetch_all(&mut *tx)
        .await?;
        let mut counts: BTreeMap<String, StateCounts> = counts.into_iter().map(|row| (row.tenant_id, row.counts.into())).collect();
        let with_counts = |row: Row| {
            let counts = counts.remove(&row.id).unwrap_or_default();
            Ok(TenantRow { tenant: row.into_domain()?, counts })
        };
        tenants.into_iter().map(with_counts).collect()
    }

    async fn by_slug(&self, actor: &Actor, slug: &TenantSlug) -> Result<Option<Tenant>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as(concat!("SELECT ", tenant_columns!(), " FROM tenants t WHERE t.slug = ?2 AND ", reached_tenant!("t.id")))
                .bind(reach_of(actor))
                .bind(slug.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(Row::into_domain).transpose()
    }

    async fn by_id(&self, actor: &Actor, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        let row: Option<Row> =
            sqlx::query_as(concat!("SELECT ", tenant_columns!(), " FROM tenants t WHERE t.id = ?2 AND ", reached_tenant!("t.id")))
                .bind(reach_of(actor))
                .bind(id.to_string())
                .fetch_optional(&self.reader)
                .await?;
        row.map(Row::into_domain).transpose()
    }

    async fn of_namespace(&self, namespace: &Namespace) -> Result<Option<Tenant>, StoreError> {
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            tenant_columns!(),
            " FROM namespaces n0 JOIN tenants t ON t.id = n0.tenant_id WHERE n0.name = ?1"
        ))
        .bind(namespace.as_str())
        .fetch_optional(&self.reader)
        .await?;
        row.map(Row::into_domain).transpose()
    }

    async fn create(&self, new: &TenantChange, audit: &NewAudit) -> Result<Written, StoreError> {
        tenant_changes::create(self, new, audit).await
    }

    async fn change(&self, change: &TenantChange, audit: &NewAudit) -> Result<Written, StoreError> {
        tenant_changes::change(self, change, audit).await
    }

    async fn chores(&self, tenant: Option<TenantId>) -> Result<Vec<OpenChore>, StoreError> {
        tenant_changes::chores(self, tenant).await
    }

    async fn tried(&self, chore: &OpenChore, why: Option<&str>, at: DateTime<Utc>) -> Result<(), StoreError> {
        tenant_changes::tried(self, chore, why, at).await
    }

    async fn equipped(&self, namespace: &Namespace, at: DateTime<Utc>) -> Result<(), StoreError> {
        tenant_changes::equipped(self, namespace, at).await
    }

    async fn lost(&self, namespace: &Namespace, why: Option<&str>) -> Result<(), StoreError> {
        tenant_changes::lost(self, namespace, why).await
    }

    async fn unassigned(&self, actor: &Actor) -> Result<Vec<(Namespace, u64)>, StoreError> {
        tenant_changes::unassigned(self, actor).await
    }

    async fn observe(
        &self,
        seen: &[SeenNamespace],
        whole: bool,
        new_id: &(dyn Fn() -> TenantId + Send + Sync),
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let mut changed = false;
        for namespace in seen {
            changed |= match &namespace.tenant {
                Some(slug) => {
                    let (tenant, new) = tenant_of(&mut tx, slug, new_id).await?;
                    assign(&mut tx, namespace, tenant).await? || new
                }
                None => remove(&mut tx, &namespace.name).await?,
            };
        }
        if whole {
            let present = json_list(seen.iter().map(|namespace| &namespace.name));
            let gone = sqlx::query("DELETE FROM namespaces WHERE name NOT IN (SELECT value FROM json_each(?1))")
                .bind(present)
                .execute(&mut *tx)
                .await?;
            changed |= gone.rows_affected() > 0;
        }
        if changed {
            gather_labels(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    async fn forget(&self, namespace: &Namespace) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if remove(&mut tx, namespace).await? {
            gather_labels(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The tenant of that slug, made where it is new.
async fn tenant_of(tx: &mut Tx, slug: &TenantSlug, new_id: &(dyn Fn() -> TenantId + Send + Sync)) -> Result<(String, bool), StoreError> {
    let known = sqlx::query_scalar("SELECT id FROM tenants WHERE slug = ?1").bind(slug.as_str()).fetch_optional(&mut **tx).await?;
    if let Some(id) = known {
        return Ok((id, false));
    }
    let id = new_id().to_string();
    sqlx::query("INSERT INTO tenants (id, slug, name, labels) VALUES (?1, ?2, ?2, '{}')")
        .bind(&id)
        .bind(slug.as_str())
        .execute(&mut **tx)
        .await?;
    Ok((id, true))
}

/// Gives a namespace to a tenant. Answers whether that or its labels are new.
async fn assign(tx: &mut Tx, namespace: &SeenNamespace, tenant: String) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO namespaces (name, tenant_id, labels) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET
             tenant_id = excluded.tenant_id, labels = excluded.labels,
             equipped_at = CASE WHEN tenant_id = excluded.tenant_id THEN equipped_at END,
             lost = CASE WHEN tenant_id = excluded.tenant_id THEN lost END
         WHERE tenant_id <> excluded.tenant_id OR labels <> excluded.labels",
    )
    .bind(namespace.name.as_str())
    .bind(tenant)
    .bind(json(&namespace.labels)?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn remove(tx: &mut Tx, namespace: &Namespace) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM namespaces WHERE name = ?1").bind(namespace.as_str()).execute(&mut **tx).await?;
    Ok(done.rows_affected() > 0)
}

/// Makes the labels of each tenant from those of its namespaces; of two with the same key, that of the namespace
/// later in the alphabet wins. A tenant without a namespace keeps its last ones.
async fn gather_labels(tx: &mut Tx) -> Result<(), StoreError> {
    let parts: Vec<(String, String)> =
        sqlx::query_as("SELECT tenant_id, labels FROM namespaces ORDER BY tenant_id, name").fetch_all(&mut **tx).await?;
    let mut tenants: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (tenant, labels) in parts {
        let labels: BTreeMap<String, String> = from_json(&labels)?;
        tenants.entry(tenant).or_default().extend(labels);
    }
    for (tenant, labels) in tenants {
        sqlx::query("UPDATE tenants SET labels = ?2 WHERE id = ?1 AND labels <> ?2")
            .bind(tenant)
            .bind(json(&labels)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
