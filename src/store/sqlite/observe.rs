//! Taking over what the watch has seen of revisions, and what it no longer sees. Release rows follow by
//! [`super::projection`]; which life a revision belongs to is decided in [`super::lives`].

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{
    Sqlite, Tx, elsewhere, json, json_list,
    lives::{Kept, Lives, Place},
    micros, projection, revisions,
};
use crate::{
    domain::{
        names::ReleaseKey,
        seen::{DecodedRevision, SeenRevision},
    },
    store::{StoreError, releases::Changed, seal::Sealer},
};

/// How many releases are worked on at a time, which bounds the memory that a large listing takes.
const RELEASES_AT_ONCE: usize = 250;
/// How many bodies are sealed ahead of the one that is being written.
const SEALED_AHEAD: usize = 4;

/// A revision's row, as JSON for the statement that writes many of them.
#[derive(Serialize)]
struct Record<'a> {
    release_id: &'a str,
    namespace: &'a str,
    name: &'a str,
    #[serde(flatten)]
    kept: &'a Kept,
}

/// What reading a body adds to a revision's row.
#[derive(Serialize)]
struct Read<'a> {
    release_id: &'a str,
    life: u32,
    revision: u32,
    chart_name: String,
    chart_version: String,
    app_version: String,
    description: String,
    first_deployed: Option<i64>,
    override_digest: String,
}

type Group<'a> = (&'a ReleaseKey, Vec<&'a SeenRevision>);

/// Takes over what was seen; `late` says that only bodies are added to what was seen before.
pub(super) async fn observe(db: &Sqlite, seen: &[SeenRevision], late: bool, now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
    let mut by_release: BTreeMap<&ReleaseKey, Vec<&SeenRevision>> = BTreeMap::new();
    for one in seen {
        by_release.entry(&one.sight.key).or_default().push(one);
    }
    for group in by_release.values_mut() {
        group.sort_by_key(|one| (one.sight.created_at, one.sight.revision));
    }
    let groups: Vec<Group> = by_release.into_iter().collect();
    let mut tx = db.write().await?;
    elsewhere::tell(&mut tx, seen, now).await?;
    let mut changed = Vec::new();
    for some in groups.chunks(RELEASES_AT_ONCE) {
        changed.extend(take_over(&mut tx, some, late, now).await?);
    }
    tx.commit().await?;
    Ok(changed)
}

/// Takes over the revisions of some releases.
async fn take_over(tx: &mut Tx, groups: &[Group<'_>], late: bool, now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
    let sealer = &tx.sealer().clone();
    let ids: Vec<String> = groups.iter().map(|(key, _)| key.id().to_string()).collect();
    let mut known = known(tx, &ids).await?;
    let (mut touched, mut seen_changed) = (Vec::new(), Vec::new());
    let (mut rows, mut reads, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for ((key, seen), id) in groups.iter().zip(&ids) {
        let mut lives = known.remove(id).unwrap_or_default();
        let mut news: BTreeMap<Place, &DecodedRevision> = BTreeMap::new();
        for one in seen {
            let place = if late { lives.take_late(one) } else { lives.take(one) };
            news.extend(place.zip(one.decoded.as_ref()));
        }
        for place in &lives.left {
            forget(tx, id, *place).await?;
        }
        for kept in lives.dirty.iter().filter_map(|place| lives.at(*place)) {
            rows.push(serde_json::to_value(Record { release_id: id, namespace: key.namespace.as_str(), name: key.name.as_str(), kept }));
        }
        for (place, decoded) in news {
            reads.push(read(sealer, id, place, decoded));
            bodies.push((id.as_str(), place, &decoded.body));
        }
        if !lives.dirty.is_empty() {
            touched.push(id.as_str());
        }
        if lives.visible {
            seen_changed.push((*key).clone());
        }
    }
    let rows = rows.into_iter().collect::<Result<Value, _>>().map_err(|error| StoreError::Database(error.to_string()))?;
    write_rows(tx, &json(&rows)?).await?;
    write_reads(tx, &json(&reads)?).await?;
    write_bodies(sealer, tx, &bodies).await?;

    let mut changed = projection::project(tx, &touched, now).await?;
    changed.extend(seen_changed);
    changed.sort();
    changed.dedup();
    Ok(changed.into_iter().map(|key| Changed { id: key.id(), key }).collect())
}

pub(super) async fn retain(db: &Sqlite, key: &ReleaseKey, present: &[u32], now: DateTime<Utc>) -> Result<Option<Changed>, StoreError> {
    let id = key.id().to_string();
    let mut tx = db.write().await?;
    let pruned = sqlx::query(
        "UPDATE revisions SET pruned = 1
         WHERE release_id = ?1 AND pruned = 0 AND revision NOT IN (SELECT value FROM json_each(?2))",
    )
    .bind(&id)
    .bind(json(&present)?)
    .execute(&mut *tx)
    .await?;
    let row = projection::project(&mut tx, &[&id], now).await?;
    tx.commit().await?;
    let changed = pruned.rows_affected() > 0 || !row.is_empty();
    Ok(changed.then(|| Changed { id: key.id(), key: key.clone() }))
}

/// Notes that these revisions cannot be decoded as they are.
pub(super) async fn unreadable(db: &Sqlite, revisions: &[(ReleaseKey, u32)]) -> Result<(), StoreError> {
    let rows: Vec<_> = revisions.iter().map(|(key, revision)| (&key.namespace, &key.name, revision)).collect();
    sqlx::query(
        "UPDATE revisions SET unreadable_version = resource_version
         FROM json_each(?1) w
         WHERE namespace = w.value ->> 0 AND name = w.value ->> 1 AND revision = w.value ->> 2 AND pruned = 0",
    )
    .bind(json(&rows)?)
    .execute(&db.writer)
    .await?;
    Ok(())
}

/// What is known of these releases.
async fn known(tx: &mut Tx, ids: &[String]) -> Result<BTreeMap<String, Lives>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        release_id: String,
        #[sqlx(flatten)]
        kept: Kept,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.release_id, v.life, v.revision, v.uid, v.resource_version, v.read_version, v.status, v.created_at, v.modified_at,
                v.made_by, v.pruned
         FROM json_each(?1) w CROSS JOIN revisions v ON v.release_id = w.value",
    )
    .bind(json_list(ids.iter()))
    .fetch_all(&mut **tx)
    .await?;
    let mut known: BTreeMap<String, Lives> = BTreeMap::new();
    for row in rows {
        known.entry(row.release_id).or_default().add(row.kept);
    }
    Ok(known)
}

async fn forget(tx: &mut Tx, release: &str, (life, revision): Place) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM revisions WHERE release_id = ?1 AND life = ?2 AND revision = ?3")
        .bind(release)
        .bind(life)
        .bind(revision)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn write_rows(tx: &mut Tx, rows: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revisions (release_id, namespace, name, life, revision, uid, resource_version, read_version, status,
                                created_at, modified_at, made_by, pruned)
         SELECT value ->> 'release_id', value ->> 'namespace', value ->> 'name', value ->> 'life', value ->> 'revision',
                value ->> 'uid', value ->> 'resource_version', value ->> 'read_version', value ->> 'status',
                value ->> 'created_at', value ->> 'modified_at', value ->> 'made_by', value ->> 'pruned'
         FROM json_each(?1) WHERE true
         ON CONFLICT (release_id, life, revision) DO UPDATE
         SET uid = excluded.uid, resource_version = excluded.resource_version, read_version = excluded.read_version,
             status = excluded.status, created_at = excluded.created_at, modified_at = excluded.modified_at,
             made_by = excluded.made_by, pruned = excluded.pruned",
    )
    .bind(rows)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read<'a>(sealer: &Sealer, release: &'a str, (life, revision): Place, decoded: &DecodedRevision) -> Read<'a> {
    let mut text = String::new();
    canonical(&Value::Object(decoded.body.values_override.clone()), &mut text);
    let digest = sealer.digest(&format!("override:{release}"), text.as_bytes());
    Read {
        release_id: release,
        life,
        revision,
        chart_name: clean(&decoded.chart_name),
        chart_version: clean(&decoded.chart_version),
        app_version: clean(&decoded.app_version),
        description: clean(&decoded.description),
        first_deployed: decoded.first_deployed.map(micros),
        override_digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

async fn write_reads(tx: &mut Tx, reads: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE revisions
         SET chart_name = w.value ->> 'chart_name', chart_version = w.value ->> 'chart_version',
             app_version = w.value ->> 'app_version', description = w.value ->> 'description',
             first_deployed = w.value ->> 'first_deployed', override_digest = unhex(w.value ->> 'override_digest')
         FROM json_each(?1) w
         WHERE release_id = w.value ->> 'release_id' AND life = w.value ->> 'life' AND revision = w.value ->> 'revision'",
    )
    .bind(reads)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Seals bodies on other threads and writes them in their order; no more than a few are in memory twice.
async fn write_bodies(sealer: &Sealer, tx: &mut Tx, bodies: &[(&str, Place, &impl Serialize)]) -> Result<(), StoreError> {
    let mut ahead: VecDeque<JoinHandle<Result<Vec<u8>, StoreError>>> = VecDeque::new();
    let mut to_seal = bodies.iter();
    for (release, (life, revision), _) in bodies {
        while ahead.len() < SEALED_AHEAD
            && let Some((release, (life, revision), body)) = to_seal.next()
        {
            let place = revisions::place(release, *life, *revision);
            let (plain, sealer) = (json(body)?, sealer.clone());
            ahead.push_back(tokio::task::spawn_blocking(move || sealer.seal(&place, plain.as_bytes())));
        }
        let Some(sealing) = ahead.pop_front() else {
            break;
        };
        let sealed = sealing.await.map_err(|_| StoreError::Seal)??;
        sqlx::query(
            "INSERT INTO revision_bodies (release_id, life, revision, sealed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (release_id, life, revision) DO UPDATE SET sealed = excluded.sealed",
        )
        .bind(*release)
        .bind(life)
        .bind(revision)
        .bind(sealed)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Writes a value so that equal values are equal texts: the keys of maps in their order.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&Value::from(key.as_str()).to_string());
                canonical(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Without the one character that no database takes in a text.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}
