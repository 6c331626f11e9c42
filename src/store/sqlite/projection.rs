//! Release rows: worked out from the newest revision that is in the cluster (or the last that was), and written only
//! where they differ from what is there. Whether a state is stuck is the domain's rule.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Sqlite, Tx, elsewhere, instant, json, json_list, micros, parsed, version_key::version_key};
use crate::{
    domain::{
        names::ReleaseKey,
        release::{Health, ReleaseState, Sight},
        revision::HelmStatus,
    },
    store::{StoreError, releases::Changed},
};

/// A release's row, as it is stored and as it is written.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, Serialize)]
struct Row {
    id: String,
    namespace: String,
    name: String,
    chart_name: String,
    chart_version: String,
    version_key: String,
    app_version: String,
    life: u32,
    revision: u32,
    description: String,
    helm_status: String,
    since: i64,
    state: String,
    state_reason: Option<String>,
    health: String,
    health_detail: Option<String>,
    made_by: Option<String>,
    created_at: i64,
    updated_at: i64,
    revision_at: i64,
    gone_at: Option<i64>,
    search: String,
}

/// The revision that stands for its release, and what else the row depends on.
#[derive(sqlx::FromRow)]
struct Head {
    release_id: String,
    namespace: String,
    name: String,
    life: u32,
    revision: u32,
    status: String,
    created_at: i64,
    modified_at: i64,
    made_by: Option<String>,
    pruned: bool,
    chart_name: String,
    chart_version: String,
    app_version: String,
    description: String,
    first_at: i64,
    at_work: bool,
}

impl Head {
    /// The row that follows from it; `old` is the one so far.
    fn row(self, old: Option<&Row>, now: DateTime<Utc>) -> Result<Row, StoreError> {
        let gone_at = self.pruned.then(|| old.and_then(|old| old.gone_at).unwrap_or_else(|| micros(now)));
        let (state, reason) = if self.pruned {
            (ReleaseState::Uninstalled, None)
        } else {
            let sight = Sight {
                status: HelmStatus::parse(&self.status),
                since: instant(self.modified_at)?,
                at_work: self.at_work,
                ours: self.made_by.is_some(),
            };
            sight.state(now)
        };
        // What is uninstalled has nothing that could be well or ill.
        let health = old.filter(|_| state != ReleaseState::Uninstalled);
        Ok(Row {
            version_key: version_key(&self.chart_version),
            search: format!("{}\n{}\n{}", self.namespace, self.name, self.chart_name).to_lowercase(),
            state: state.as_str().to_owned(),
            state_reason: reason.map(str::to_owned),
            health: health.map_or(Health::Unknown.as_str(), |old| &old.health).to_owned(),
            health_detail: health.and_then(|old| old.health_detail.clone()),
            id: self.release_id,
            namespace: self.namespace,
            name: self.name,
            chart_name: self.chart_name,
            chart_version: self.chart_version,
            app_version: self.app_version,
            life: self.life,
            revision: self.revision,
            description: self.description,
            helm_status: self.status,
            since: self.modified_at,
            made_by: self.made_by,
            created_at: self.first_at,
            updated_at: gone_at.unwrap_or(self.modified_at),
            revision_at: self.created_at,
            gone_at,
        })
    }
}

/// Works out the rows of these releases anew. Answers which of them changed.
pub(super) async fn project(tx: &mut Tx, ids: &[&str], now: DateTime<Utc>) -> Result<Vec<ReleaseKey>, StoreError> {
    let ids = json_list(ids.iter());
    let before: Vec<Row> =
        sqlx::query_as("SELECT r.* FROM json_each(?1) w CROSS JOIN releases r ON r.id = w.value").bind(&ids).fetch_all(&mut **tx).await?;
    let before: BTreeMap<&str, &Row> = before.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut changed = Vec::new();
    for head in heads(tx, &ids).await? {
        let old = before.get(head.release_id.as_str()).copied();
        let row = head.row(old, now)?;
        if old != Some(&row) {
            changed.push(row);
        }
    }
    if !changed.is_empty() {
        write(tx, &json(&changed)?).await?;
    }
    for row in changed.iter().filter(|row| row.state == ReleaseState::Uninstalled.as_str()) {
        if let Some(old) = before.get(row.id.as_str()).filter(|old| old.state != row.state) {
            let was = elsewhere::release_facts(old.revision, &old.chart_name, &old.chart_version);
            elsewhere::tell_uninstalled(tx, &key(&row.namespace, &row.name)?, was, now).await?;
        }
    }
    changed.iter().map(|row| key(&row.namespace, &row.name)).collect()
}

/// For each release the newest revision in the cluster, or else the newest of all.
async fn heads(tx: &mut Tx, ids: &str) -> Result<Vec<Head>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT v.release_id, v.namespace, v.name, v.life, v.revision, v.status, v.created_at, v.modified_at, v.made_by, v.pruned,
                v.chart_name, v.chart_version, v.app_version, v.description,
                coalesce(v.first_deployed, (
                    SELECT min(f.created_at) FROM revisions f WHERE f.release_id = v.release_id AND f.life = v.life
                )) AS first_at,
                EXISTS (
                    SELECT 1 FROM operations a
                    WHERE a.namespace = v.namespace AND a.release_name = v.name AND a.status IN ('queued', 'running')
                ) AS at_work
         FROM json_each(?1) w CROSS JOIN revisions v ON v.release_id = w.value
         WHERE (v.life, v.revision) = (
             SELECT h.life, h.revision FROM revisions h WHERE h.release_id = w.value
             ORDER BY h.pruned, h.life DESC, h.revision DESC LIMIT 1
         )",
    )
    .bind(ids)
    .fetch_all(&mut **tx)
    .await?)
}

async fn write(tx: &mut Tx, rows: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO releases (id, namespace, name, chart_name, chart_version, version_key, app_version, life, revision,
                               description, helm_status, since, state, state_reason, health, health_detail, made_by,
                               created_at, updated_at, revision_at, gone_at, search)
         SELECT value ->> 'id', value ->> 'namespace', value ->> 'name', value ->> 'chart_name', value ->> 'chart_version',
                value ->> 'version_key', value ->> 'app_version', value ->> 'life', value ->> 'revision',
                value ->> 'description', value ->> 'helm_status', value ->> 'since', value ->> 'state',
                value ->> 'state_reason', value ->> 'health', value ->> 'health_detail', value ->> 'made_by',
                value ->> 'created_at', value ->> 'updated_at', value ->> 'revision_at', value ->> 'gone_at', value ->> 'search'
         FROM json_each(?1) WHERE true
         ON CONFLICT (id) DO UPDATE
         SET chart_name = excluded.chart_name, chart_version = excluded.chart_version, version_key = excluded.version_key,
             app_version = excluded.app_version, life = excluded.life, revision = excluded.revision,
             description = excluded.description, helm_status = excluded.helm_status, since = excluded.since,
             state = excluded.state, state_reason = excluded.state_reason, health = excluded.health,
             health_detail = excluded.health_detail, made_by = excluded.made_by, created_at = excluded.created_at,
             updated_at = excluded.updated_at, revision_at = excluded.revision_at, gone_at = excluded.gone_at,
             search = excluded.search",
    )
    .bind(rows)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the health of releases that are there.
pub(super) async fn set_health(db: &Sqlite, health: &[(ReleaseKey, Health, Option<String>)]) -> Result<Vec<Changed>, StoreError> {
    let rows: Vec<_> = health.iter().map(|(key, health, detail)| (&key.namespace, &key.name, health, detail)).collect();
    let changed: Vec<(String, String)> = sqlx::query_as(
        "UPDATE releases SET health = w.value ->> 2, health_detail = w.value ->> 3
         FROM json_each(?1) w
         WHERE namespace = w.value ->> 0 AND name = w.value ->> 1 AND state <> 'UNINSTALLED'
           AND (health <> w.value ->> 2 OR health_detail IS NOT w.value ->> 3)
         RETURNING namespace, name",
    )
    .bind(json(&rows)?)
    .fetch_all(&db.writer)
    .await?;
    changed.iter().map(|(namespace, name)| key(namespace, name).map(|key| Changed { id: key.id(), key })).collect()
}

/// Works out anew what depends on time or on operations. Where nothing is in motion the writer is not troubled.
pub(super) async fn refresh_states(db: &Sqlite, now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
    let moving: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM releases
         WHERE gone_at IS NULL AND helm_status IN ('pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling')",
    )
    .fetch_all(&db.reader)
    .await?;
    if moving.is_empty() {
        return Ok(Vec::new());
    }
    let moving: Vec<&str> = moving.iter().map(String::as_str).collect();
    let mut tx = db.write().await?;
    let changed = project(&mut tx, &moving, now).await?;
    tx.commit().await?;
    Ok(changed.into_iter().map(|key| Changed { id: key.id(), key }).collect())
}

fn key(namespace: &str, name: &str) -> Result<ReleaseKey, StoreError> {
    Ok(ReleaseKey { namespace: parsed(namespace)?, name: parsed(name)? })
}
