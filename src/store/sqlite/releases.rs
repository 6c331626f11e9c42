//! Releases: the trait, and the summaries over many of them. Lists are in [`super::release_list`], revisions in
//! [`super::revisions`], what writes the projection in [`super::observe`] and [`super::projection`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite,
    drifts::drifted,
    landmarks, matrix, observe, operations, projection,
    reach::{reach_of, reached_namespace, reached_tenant},
    release_list, release_rows, revisions,
    tenants::{Counts, state_counts},
};
use crate::{
    domain::{
        actor::Actor,
        fleet::Fleet,
        ids::ReleaseId,
        matrix::{ChartRun, MatrixQuery},
        names::ReleaseKey,
        operation::OperationQuery,
        page::{Page, Paging},
        release::{Health, Release, ReleaseQuery},
        revision::{Revision, RevisionBody},
        seen::SeenRevision,
    },
    store::{
        StoreError,
        releases::{Changed, MatrixRows, ReleaseStore},
    },
};

/// The most releases that the fleet names as needing a person.
const NEEDING: u32 = 20;
/// The most operations that the fleet tells of.
const LATEST: u32 = 10;

/// Holds for a release `r` that needs a person.
macro_rules! needs_person {
    () => {
        concat!("(r.state = 'FAILED' OR (r.health = 'degraded' AND r.state <> 'UNINSTALLED') OR ", drifted!(), ")")
    };
}

/// Releases as far as the actor reaches.
macro_rules! reached {
    () => {
        concat!(" FROM releases r WHERE ", reached_namespace!("r.namespace"))
    };
}

#[derive(sqlx::FromRow)]
struct Glance {
    tenants: i64,
    charts: i64,
    unassigned: i64,
    needing: i64,
    #[sqlx(flatten)]
    counts: Counts,
}

#[async_trait]
impl ReleaseStore for Sqlite {
    async fn list(&self, actor: &Actor, query: &ReleaseQuery) -> Result<Page<Release>, StoreError> {
        let mut tx = self.read().await?;
        release_list::page(&mut tx, actor, query).await
    }

    async fn by_id(&self, actor: &Actor, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        let mut conn = self.reader.acquire().await?;
        Ok(release_rows::load(&mut conn, &reach_of(actor), [id].iter()).await?.pop())
    }

    async fn by_key(&self, actor: &Actor, key: &ReleaseKey) -> Result<Option<Release>, StoreError> {
        self.by_id(actor, key.id()).await
    }

    async fn revisions(&self, actor: &Actor, id: ReleaseId) -> Result<Vec<Revision>, StoreError> {
        revisions::all(self, actor, id).await
    }

    async fn body(&self, actor: &Actor, id: ReleaseId, revision: u32) -> Result<Option<RevisionBody>, StoreError> {
        revisions::body(self, actor, id, revision).await
    }

    async fn fleet(&self, actor: &Actor) -> Result<Fleet, StoreError> {
        let reach = reach_of(actor);
        let mut tx = self.read().await?;
        let glance: Glance = sqlx::query_as(concat!(
            "SELECT (SELECT count(*) FROM tenants t WHERE ",
            reached_tenant!("t.id"),
            ") AS tenants,
                    count(DISTINCT r.chart_name) FILTER (WHERE r.state <> 'UNINSTALLED' AND r.chart_name <> '') AS charts,
                    count(*) FILTER (WHERE r.namespace NOT IN (SELECT name FROM namespaces)) AS unassigned,
                    count(*) FILTER (WHERE ",
            needs_person!(),
            ") AS needing, ",
            state_counts!(),
            reached!()
        ))
        .bind(&reach)
        .fetch_one(&mut *tx)
        .await?;
        let needing: Vec<String> = sqlx::query_scalar(concat!(
            "SELECT r.id",
            reached!(),
            " AND ",
            needs_person!(),
            " ORDER BY CASE WHEN r.state_reason = 'stuck' THEN 0 WHEN r.state = 'FAILED' THEN 1
                            WHEN r.health = 'degraded' THEN 2 ELSE 3 END,
                       r.updated_at DESC, r.namespace, r.name LIMIT ?2"
        ))
        .bind(&reach)
        .bind(NEEDING)
        .fetch_all(&mut *tx)
        .await?;
        let latest = OperationQuery { paging: Paging::new(0, LATEST), ..OperationQuery::default() };
        Ok(Fleet {
            tenants: glance.tenants.unsigned_abs(),
            charts: glance.charts.unsigned_abs(),
            counts: glance.counts.into(),
            behind: 0,
            unassigned: glance.unassigned.unsigned_abs(),
            needs_person: release_rows::load(&mut tx, &reach, needing.iter()).await?,
            needs_person_total: glance.needing.unsigned_abs(),
            operations: operations::page(&mut tx, actor, &latest).await?.items,
        })
    }

    async fn chart_runs(&self, actor: &Actor) -> Result<Vec<ChartRun>, StoreError> {
        matrix::runs(self, actor).await
    }

    async fn matrix(&self, actor: &Actor, query: &MatrixQuery, newest: &BTreeMap<String, String>) -> Result<MatrixRows, StoreError> {
        matrix::rows(self, actor, query, newest).await
    }

    async fn chart_versions(&self, actor: &Actor, chart: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(concat!(
            "SELECT r.chart_version, count(*)",
            reached!(),
            " AND r.chart_name = ?2 AND r.state <> 'UNINSTALLED' GROUP BY r.chart_version"
        ))
        .bind(reach_of(actor))
        .bind(chart)
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(|(version, count)| (version, count.unsigned_abs())).collect())
    }

    async fn charts_in_use(&self, actor: &Actor) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(concat!(
            "SELECT DISTINCT r.chart_name",
            reached!(),
            " AND r.chart_name <> '' AND r.state <> 'UNINSTALLED' ORDER BY r.chart_name"
        ))
        .bind(reach_of(actor))
        .fetch_all(&self.reader)
        .await?)
    }

    async fn observe(&self, seen: &[SeenRevision], now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
        observe::observe(self, seen, false, now).await
    }

    async fn observe_late(&self, seen: &[SeenRevision], now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
        observe::observe(self, seen, true, now).await
    }

    async fn unreadable(&self, revisions: &[(ReleaseKey, u32)]) -> Result<(), StoreError> {
        observe::unreadable(self, revisions).await
    }

    async fn listed(&self) -> Result<(), StoreError> {
        landmarks::listed(self).await
    }

    async fn retain(&self, key: &ReleaseKey, present: &[u32], now: DateTime<Utc>) -> Result<Option<Changed>, StoreError> {
        observe::retain(self, key, present, now).await
    }

    async fn known(&self) -> Result<BTreeMap<ReleaseKey, BTreeMap<u32, String>>, StoreError> {
        revisions::in_cluster(self).await
    }

    async fn without_body(&self, limit: u32) -> Result<Vec<(ReleaseKey, u32)>, StoreError> {
        revisions::without_body(self, limit).await
    }

    async fn set_health(&self, health: &[(ReleaseKey, Health, Option<String>)]) -> Result<Vec<Changed>, StoreError> {
        projection::set_health(self, health).await
    }

    async fn refresh_states(&self, now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError> {
        projection::refresh_states(self, now).await
    }
}
