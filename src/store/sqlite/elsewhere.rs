//! What was done elsewhere, told of in the audit: revisions, each once, in the transaction in which the projection takes
//! it over, and none of those that were there when the cluster was first listed; and uninstalls.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Tx, audit, json_list, micros, parsed};
use crate::{
    domain::{
        actor::Door,
        audit::{Facts, NewAudit},
        ids::TenantId,
        names::ReleaseKey,
        seen::SeenRevision,
    },
    store::StoreError,
};

/// For so long after an operation of ours a release may be seen to be gone because of it.
const OURS_FOR: TimeDelta = TimeDelta::minutes(1);
/// Whose act it is, as far as anybody knows.
const ACTOR: &str = "helm";

/// Tells of those among them that are news and were made elsewhere.
pub(super) async fn tell(tx: &mut Tx, seen: &[SeenRevision], now: DateTime<Utc>) -> Result<(), StoreError> {
    let listed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM landmarks WHERE name = 'listed')").fetch_one(&mut **tx).await?;
    // Only its body tells whether a rollback was ours.
    let certain = |one: &&SeenRevision| !listed || one.decoded.is_some() || one.made_by.is_some();
    let news = witnessed(tx, seen.iter().filter(certain)).await?;
    if !listed {
        return Ok(());
    }
    let mut news: Vec<&SeenRevision> = seen.iter().filter(|one| one.made_by.is_none() && news.contains(&one.sight.uid)).collect();
    news.sort_by_key(|one| (one.sight.created_at, one.sight.revision));
    let mut former: BTreeMap<ReleaseKey, Option<Facts>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for one in news {
        let (Some(decoded), true) = (&one.decoded, told.insert(&one.sight.uid)) else { continue };
        let key = &one.sight.key;
        let before = match former.get(key) {
            Some(before) => before.clone(),
            None => before(tx, key).await?,
        };
        let after = facts(json!({
            "revision": one.sight.revision, "chart": decoded.chart_name, "version": decoded.chart_version,
            "madeAt": one.sight.created_at, "status": one.sight.status.as_str(),
        }));
        let changed = before.filter(|before| before.get("revision") != after.get("revision"));
        let row = row(tx, key, changed, after.clone(), now).await?;
        audit::append(tx, &row).await?;
        former.insert(
            key.clone(),
            Some(after.into_iter().filter(|(fact, _)| ["revision", "chart", "version"].contains(&fact.as_str())).collect()),
        );
    }
    Ok(())
}

/// Tells of an uninstall that no operation of ours did, or undid an install by.
pub(super) async fn tell_uninstalled(tx: &mut Tx, key: &ReleaseKey, before: Facts, now: DateTime<Utc>) -> Result<(), StoreError> {
    let ours: bool = sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT 1 FROM operations
             WHERE release_id = ?1 AND (kind = 'uninstall' OR (kind = 'install' AND status <> 'succeeded'))
               AND (status = 'running' OR finished_at >= ?2)
         )",
    )
    .bind(key.id().to_string())
    .bind(micros(now - OURS_FOR))
    .fetch_one(&mut **tx)
    .await?;
    if !ours {
        let row = row(tx, key, Some(before), facts(json!({"status": "uninstalled"})), now).await?;
        audit::append(tx, &row).await?;
    }
    Ok(())
}

async fn row(tx: &mut Tx, key: &ReleaseKey, before: Option<Facts>, after: Facts, now: DateTime<Utc>) -> Result<NewAudit, StoreError> {
    Ok(NewAudit {
        at: now,
        actor: ACTOR.into(),
        via: None,
        from: None,
        door: Door::Elsewhere,
        act: "release.elsewhere".into(),
        tenant: tenant(tx, key).await?,
        subject: key.to_string(),
        operation: None,
        reason: None,
        before,
        after: Some(after),
    })
}

/// Takes note of these revisions; answers the uids of those that nobody had taken note of.
async fn witnessed(tx: &mut Tx, seen: impl Iterator<Item = &SeenRevision>) -> Result<BTreeSet<String>, StoreError> {
    let uids = json_list(seen.map(|one| &one.sight.uid));
    let new: Vec<String> =
        sqlx::query_scalar("INSERT INTO witnessed (uid) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING RETURNING uid")
            .bind(uids)
            .fetch_all(&mut **tx)
            .await?;
    Ok(new.into_iter().collect())
}

/// How the release was until now.
async fn before(tx: &mut Tx, key: &ReleaseKey) -> Result<Option<Facts>, StoreError> {
    let row: Option<(u32, String, String)> =
        sqlx::query_as("SELECT revision, chart_name, chart_version FROM releases WHERE id = ?1 AND gone_at IS NULL")
            .bind(key.id().to_string())
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.map(|(revision, chart, version)| release_facts(revision, &chart, &version)))
}

/// How a release was.
pub(super) fn release_facts(revision: u32, chart: &str, version: &str) -> Facts {
    facts(json!({"revision": revision, "chart": chart, "version": version}))
}

async fn tenant(tx: &mut Tx, key: &ReleaseKey) -> Result<Option<TenantId>, StoreError> {
    let id: Option<String> = sqlx::query_scalar("SELECT tenant_id FROM namespaces WHERE name = ?1")
        .bind(key.namespace.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    id.as_deref().map(parsed).transpose()
}

fn facts(value: serde_json::Value) -> Facts {
    match value {
        serde_json::Value::Object(facts) => facts,
        _ => Facts::new(),
    }
}
