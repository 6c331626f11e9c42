//! Release rows as they are read: the one query behind every page, table and summary, and its way into the domain's
//! types. Does not choose which releases are wanted.

use sqlx::SqliteConnection;

use super::{instant, json_list, nonsense, parsed, reach::reached_namespace};
use crate::{
    domain::{
        drift::DriftVerdict,
        operation::{OperationKind, OperationStatus},
        release::{ActiveOperation, Health, Release, ReleaseState},
    },
    store::StoreError,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    tenant_id: Option<String>,
    tenant: Option<String>,
    name: String,
    namespace: String,
    chart_name: String,
    chart_version: String,
    app_version: String,
    revision: u32,
    state: String,
    state_reason: Option<String>,
    health: String,
    health_detail: Option<String>,
    drift: Option<String>,
    description: String,
    performed_by: Option<String>,
    created_at: i64,
    updated_at: i64,
    active_id: Option<String>,
    active_kind: Option<String>,
    active_status: Option<String>,
    held: bool,
}

impl Row {
    fn into_domain(self) -> Result<Release, StoreError> {
        let active_operation = match (self.active_id, self.active_kind, self.active_status) {
            (Some(id), Some(kind), Some(status)) => Some(ActiveOperation {
                id: parsed(&id)?,
                kind: OperationKind::parse(&kind).ok_or_else(nonsense)?,
                status: OperationStatus::parse(&status).ok_or_else(nonsense)?,
            }),
            _ => None,
        };
        Ok(Release {
            id: parsed(&self.id)?,
            tenant_id: self.tenant_id.as_deref().map(parsed).transpose()?,
            tenant: self.tenant.as_deref().map(parsed).transpose()?,
            release_name: parsed(&self.name)?,
            namespace: parsed(&self.namespace)?,
            chart_name: self.chart_name,
            chart_version: self.chart_version,
            app_version: self.app_version,
            revision: self.revision,
            status: ReleaseState::parse(&self.state).ok_or_else(nonsense)?,
            status_reason: self.state_reason,
            health: Health::parse(&self.health),
            health_detail: self.health_detail,
            drift: self.drift.as_deref().map(|word| DriftVerdict::parse(word).ok_or_else(nonsense)).transpose()?,
            description: self.description,
            performed_by: self.performed_by,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
            active_operation,
            held: self.held,
        })
    }
}

/// The releases of these ids that are reached (`None` reaches all), in the order of the ids.
pub(super) async fn load(
    conn: &mut SqliteConnection,
    reach: &Option<String>,
    ids: impl Iterator<Item = impl ToString>,
) -> Result<Vec<Release>, StoreError> {
    // Who removed a release stands with the operation that did; who made a revision, with the one that made it.
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT r.id, n.tenant_id, t.slug AS tenant, r.name, r.namespace, r.chart_name, r.chart_version, r.app_version, r.revision,
                r.state, r.state_reason, r.health, r.health_detail, d.verdict AS drift, r.description,
                CASE WHEN r.state = 'UNINSTALLED' THEN (
                    SELECT u.requested_by FROM operations u
                    WHERE u.release_id = r.id AND u.kind = 'uninstall' AND u.status = 'succeeded' AND u.finished_at >= r.revision_at
                    ORDER BY u.created_at DESC LIMIT 1
                ) ELSE m.requested_by END AS performed_by,
                r.created_at, r.updated_at, a.id AS active_id, a.kind AS active_kind, a.status AS active_status,
                t.frozen IS NOT NULL OR t.retired IS NOT NULL AS held
         FROM json_each(?2) w
         CROSS JOIN releases r ON r.id = w.value
         LEFT JOIN namespaces n ON n.name = r.namespace
         LEFT JOIN tenants t ON t.id = n.tenant_id
         LEFT JOIN drifts d ON d.release_id = r.id AND d.life = r.life AND d.revision = r.revision AND r.state <> 'UNINSTALLED'
         LEFT JOIN operations m ON m.id = r.made_by
         LEFT JOIN operations a
             ON a.namespace = r.namespace AND a.release_name = r.name AND a.status IN ('queued', 'running')
         WHERE ",
        reached_namespace!("r.namespace"),
        " ORDER BY w.key",
    ))
    .bind(reach)
    .bind(json_list(ids))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::into_domain).collect()
}
