//! Revisions as they are read: timelines, bodies, and what the watch compares a listing with. What a revision did is
//! worked out here from its neighbours. Writes nothing.

use std::collections::BTreeMap;

use super::{
    Sqlite, instant, parsed,
    reach::{reach_of, reached_namespace},
};
use crate::{
    domain::{
        actor::Actor,
        ids::ReleaseId,
        names::ReleaseKey,
        revision::{HelmStatus, Revision, RevisionBody, RevisionChange},
    },
    store::StoreError,
};

#[derive(sqlx::FromRow)]
struct Row {
    life: u32,
    revision: u32,
    status: String,
    chart_name: String,
    chart_version: String,
    app_version: String,
    description: String,
    created_at: i64,
    pruned: bool,
    has_body: bool,
    override_digest: Option<Vec<u8>>,
    performed_by: Option<String>,
    reason: Option<String>,
    operation_id: Option<String>,
}

impl Row {
    /// What this revision did, told from the one before it.
    fn change(&self, before: Option<&Self>) -> RevisionChange {
        if let Some(to) = RevisionChange::rollback_target(&self.description) {
            return RevisionChange::RolledBack { to };
        }
        match before {
            _ if self.revision == 1 => RevisionChange::Installed,
            // An install over a release whose history was kept counts on.
            Some(before) if before.life < self.life => RevisionChange::Installed,
            Some(before) if !(before.has_body && self.has_body) => RevisionChange::Unknown,
            Some(before) if before.chart_version != self.chart_version => RevisionChange::Upgraded { from: before.chart_version.clone() },
            Some(before) if before.override_digest != self.override_digest => RevisionChange::ValuesChanged,
            Some(_) => RevisionChange::Reapplied,
            None => RevisionChange::Unknown,
        }
    }

    fn into_domain(self, change: RevisionChange) -> Result<Revision, StoreError> {
        Ok(Revision {
            revision: self.revision,
            life: self.life,
            status: HelmStatus::parse(&self.status),
            chart_name: self.chart_name,
            chart_version: self.chart_version,
            app_version: self.app_version,
            description: self.description,
            performed_by: self.performed_by,
            reason: self.reason,
            operation_id: self.operation_id.as_deref().map(parsed).transpose()?,
            created_at: instant(self.created_at)?,
            change,
            pruned: self.pruned,
            has_body: self.has_body,
        })
    }
}

/// The timeline of a release, newest first.
pub(super) async fn all(db: &Sqlite, actor: &Actor, id: ReleaseId) -> Result<Vec<Revision>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT v.life, v.revision, v.status, v.chart_name, v.chart_version, v.app_version, v.description, v.created_at, v.pruned,
                v.read_version IS NOT NULL AS has_body, v.override_digest,
                m.requested_by AS performed_by, m.reason, m.id AS operation_id
         FROM revisions v
         LEFT JOIN operations m ON m.id = v.made_by
         WHERE v.release_id = ?2 AND ",
        reached_namespace!("v.namespace"),
        " ORDER BY v.life DESC, v.revision DESC"
    ))
    .bind(reach_of(actor))
    .bind(id.to_string())
    .fetch_all(&db.reader)
    .await?;
    let changes: Vec<RevisionChange> = rows
        .iter()
        .enumerate()
        // A number left out is one that was never seen: then nobody knows what came before.
        .map(|(i, row)| row.change(rows.get(i + 1).filter(|before| before.revision + 1 == row.revision)))
        .collect();
    rows.into_iter().zip(changes).map(|(row, change)| row.into_domain(change)).collect()
}

/// The body of a revision of the newest life that has one of that number.
pub(super) async fn body(db: &Sqlite, actor: &Actor, id: ReleaseId, revision: u32) -> Result<Option<RevisionBody>, StoreError> {
    let newest: Option<(u32, Option<Vec<u8>>)> = sqlx::query_as(concat!(
        "SELECT v.life, b.sealed
         FROM revisions v
         LEFT JOIN revision_bodies b ON b.release_id = v.release_id AND b.life = v.life AND b.revision = v.revision
         WHERE v.release_id = ?2 AND v.revision = ?3 AND ",
        reached_namespace!("v.namespace"),
        " ORDER BY v.life DESC LIMIT 1"
    ))
    .bind(reach_of(actor))
    .bind(id.to_string())
    .bind(revision)
    .fetch_optional(&db.reader)
    .await?;
    let Some((life, Some(sealed))) = newest else {
        return Ok(None);
    };
    // Some bodies are large: opening them is no work for the threads that answer requests.
    let sealer = db.sealer.clone();
    let open = move || {
        let plain = sealer.open(&place(&id.to_string(), life, revision), &sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Seal)
    };
    tokio::task::spawn_blocking(open).await.map_err(|_| StoreError::Seal)?.map(Some)
}

/// Where a revision's body belongs.
pub(super) fn place(release: &str, life: u32, revision: u32) -> String {
    format!("revision:{release}:{life}:{revision}")
}

/// The revisions that are in the cluster as far as is known, with their resource versions.
pub(super) async fn in_cluster(db: &Sqlite) -> Result<BTreeMap<ReleaseKey, BTreeMap<u32, String>>, StoreError> {
    let rows: Vec<(String, String, u32, String)> = sqlx::query_as(
        "SELECT namespace, name, revision, resource_version FROM revisions WHERE pruned = 0 ORDER BY namespace, name, revision",
    )
    .fetch_all(&db.reader)
    .await?;
    let mut known: BTreeMap<ReleaseKey, BTreeMap<u32, String>> = BTreeMap::new();
    for (namespace, name, revision, version) in rows {
        let key = ReleaseKey { namespace: parsed(&namespace)?, name: parsed(&name)? };
        known.entry(key).or_default().insert(revision, version);
    }
    Ok(known)
}

/// Revisions in the cluster whose bodies have not been read, or not since they changed; newest first.
pub(super) async fn without_body(db: &Sqlite, limit: u32) -> Result<Vec<(ReleaseKey, u32)>, StoreError> {
    let rows: Vec<(String, String, u32)> = sqlx::query_as(
        "SELECT namespace, name, revision FROM revisions
         WHERE pruned = 0 AND (read_version IS NULL OR (read_version <> resource_version AND status <> 'superseded'))
           AND unreadable_version IS NOT resource_version
         ORDER BY created_at DESC LIMIT ?1",
    )
    .bind(limit)
    .fetch_all(&db.reader)
    .await?;
    rows.into_iter()
        .map(|(namespace, name, revision)| Ok((ReleaseKey { namespace: parsed(&namespace)?, name: parsed(&name)? }, revision)))
        .collect()
}
