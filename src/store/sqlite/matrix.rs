//! The matrix: tenants in the order of a label, and what each runs. Does not know which version is the newest: it is told.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Sqlite, Tx, json, json_list, nonsense, parsed,
    reach::{reach_of, reached_namespace, reached_tenant},
    version_key::version_key,
};
use crate::{
    domain::{
        actor::Actor,
        lag::Lag,
        matrix::{ChartRun, MatrixCell, MatrixGroup, MatrixQuery, MatrixRow},
        page::Page,
        release::{Health, ReleaseState},
    },
    store::{StoreError, releases::MatrixRows},
};

/// Holds for the tenants `t` that are meant, by the values 1 to 4: reach, text, the newest versions by chart, and the label
/// that they are grouped by, whose value is `g.value`.
macro_rules! meant {
    () => {
        concat!(
            " FROM tenants t LEFT JOIN json_each(t.labels) g ON g.key = ?4 WHERE t.retired IS NULL AND ",
            reached_tenant!("t.id"),
            " AND (?2 IS NULL OR instr(t.slug, ?2) OR instr(lower(t.name), ?2) OR EXISTS (
                  SELECT 1 FROM json_each(t.labels) l WHERE instr(lower(l.key || '=' || l.value), ?2)))
              AND (?3 IS NULL OR t.id IN (
                  SELECT n.tenant_id FROM json_each(?3) w
                  JOIN releases r ON r.chart_name = w.value ->> 0
                  JOIN namespaces n ON n.name = r.namespace
                  WHERE r.state <> 'UNINSTALLED' AND r.version_key >= '1' AND r.version_key < w.value ->> 1))"
        )
    };
}

#[derive(sqlx::FromRow)]
struct TenantRow {
    id: String,
    slug: String,
    name: String,
    value: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CellRow {
    tenant_id: String,
    id: String,
    namespace: String,
    name: String,
    chart_name: String,
    chart_version: String,
    state: String,
    state_reason: Option<String>,
    health: String,
}

/// How many living releases of tenants run each version of each chart, by chart.
pub(super) async fn runs(db: &Sqlite, actor: &Actor) -> Result<Vec<ChartRun>, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(concat!(
        "SELECT r.chart_name, r.chart_version, count(*) FROM releases r WHERE ",
        reached_namespace!("r.namespace"),
        " AND r.namespace IN (SELECT name FROM namespaces) AND r.state <> 'UNINSTALLED' AND r.chart_name <> ''
          GROUP BY r.chart_name, r.chart_version ORDER BY r.chart_name, r.version_key DESC"
    ))
    .bind(reach_of(actor))
    .fetch_all(&db.reader)
    .await?;
    Ok(rows.into_iter().map(|(chart, version, count)| ChartRun { chart, version, releases: count.unsigned_abs() }).collect())
}

pub(super) async fn rows(
    db: &Sqlite,
    actor: &Actor,
    query: &MatrixQuery,
    newest: &BTreeMap<String, String>,
) -> Result<MatrixRows, StoreError> {
    let reach = reach_of(actor);
    let mut tx = db.read().await?;
    let labels: Vec<String> = sqlx::query_scalar(concat!(
        "SELECT DISTINCT l.key FROM tenants t, json_each(t.labels) l WHERE t.retired IS NULL AND ",
        reached_tenant!("t.id"),
        " ORDER BY l.key"
    ))
    .bind(&reach)
    .fetch_all(&mut *tx)
    .await?;
    let group = query.group.clone().filter(|group| labels.contains(group));
    let text = query.text.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let keys: Vec<(&String, String)> = newest.iter().map(|(chart, version)| (chart, version_key(version))).collect();
    let keys = query.behind.then(|| json(&keys)).transpose()?;

    let groups: Vec<(Option<String>, i64)> =
        sqlx::query_as(concat!("SELECT g.value, count(*)", meant!(), " GROUP BY g.value ORDER BY g.value IS NULL, g.value"))
            .bind(&reach)
            .bind(&text)
            .bind(&keys)
            .bind(&group)
            .fetch_all(&mut *tx)
            .await?;
    let groups: Vec<_> = groups.into_iter().map(|(value, count)| MatrixGroup { value, tenants: count.unsigned_abs() }).collect();
    let tenants: Vec<TenantRow> = sqlx::query_as(concat!(
        "SELECT t.id, t.slug, t.name, g.value",
        meant!(),
        " ORDER BY g.value IS NULL, g.value, t.slug LIMIT ?5 OFFSET ?6"
    ))
    .bind(&reach)
    .bind(&text)
    .bind(&keys)
    .bind(&group)
    .bind(query.paging.size)
    .bind(query.paging.offset())
    .fetch_all(&mut *tx)
    .await?;

    let mut cells = cells(&mut tx, &reach, &tenants, newest).await?;
    let items = tenants.into_iter().map(|row| {
        let releases = cells.remove(&row.id).unwrap_or_default();
        Ok(MatrixRow { tenant: parsed(&row.slug)?, name: row.name, group: row.value, releases })
    });
    let items = items.collect::<Result<_, StoreError>>()?;
    let total = groups.iter().map(|group| group.tenants).sum();
    Ok(MatrixRows { labels, group, groups, tenants: Page { items, page: query.paging.page, size: query.paging.size, total } })
}

/// What these tenants run, by their ids.
async fn cells(
    tx: &mut Tx,
    reach: &Option<String>,
    tenants: &[TenantRow],
    newest: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Vec<MatrixCell>>, StoreError> {
    let rows: Vec<CellRow> = sqlx::query_as(concat!(
        "SELECT n.tenant_id, r.id, r.namespace, r.name, r.chart_name, r.chart_version, r.state, r.state_reason, r.health
         FROM json_each(?2) w
         CROSS JOIN namespaces n ON n.tenant_id = w.value
         CROSS JOIN releases r ON r.namespace = n.name
         WHERE r.chart_name <> '' AND ",
        reached_namespace!("r.namespace"),
        " ORDER BY n.tenant_id, r.chart_name, r.name, r.namespace"
    ))
    .bind(reach)
    .bind(json_list(tenants.iter().map(|tenant| &tenant.id)))
    .fetch_all(&mut **tx)
    .await?;
    let mut found: BTreeMap<String, Vec<MatrixCell>> = BTreeMap::new();
    for row in rows {
        let status = ReleaseState::parse(&row.state).ok_or_else(nonsense)?;
        let newest = newest.get(&row.chart_name).filter(|_| status != ReleaseState::Uninstalled);
        let cell = MatrixCell {
            id: parsed(&row.id)?,
            namespace: parsed(&row.namespace)?,
            release_name: parsed(&row.name)?,
            lag: newest.map(|newest| Lag::of(&row.chart_version, newest)).unwrap_or_default(),
            health: Health::parse(&row.health),
            chart: row.chart_name,
            version: row.chart_version,
            status_reason: row.state_reason,
            status,
        };
        found.entry(row.tenant_id).or_default().push(cell);
    }
    for cells in found.values_mut() {
        let lives = |cell: &MatrixCell| cell.status != ReleaseState::Uninstalled;
        let living: BTreeSet<String> = cells.iter().filter(|cell| lives(cell)).map(|cell| cell.chart.clone()).collect();
        cells.retain(|cell| lives(cell) || !living.contains(&cell.chart));
    }
    Ok(found)
}
