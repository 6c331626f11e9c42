//! The projection of releases, written by the watch alone, and their revisions, which stay when Helm prunes them
//! or an uninstall takes them. Bodies (values, manifests, notes) are sealed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    actor::Actor,
    fleet::Fleet,
    ids::ReleaseId,
    matrix::{ChartRun, MatrixGroup, MatrixQuery, MatrixRow},
    names::ReleaseKey,
    page::Page,
    release::{Health, Release, ReleaseQuery},
    revision::{Revision, RevisionBody},
    seen::SeenRevision,
};

/// What a write to the projection changed, for live pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The release.
    pub id: ReleaseId,
    /// Its place.
    pub key: ReleaseKey,
}

/// A part of the matrix: its columns are known to who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRows {
    /// The labels that tenants can be grouped by.
    pub labels: Vec<String>,
    /// The label that they are grouped by.
    pub group: Option<String>,
    /// The groups, in their order.
    pub groups: Vec<MatrixGroup>,
    /// A page of tenants.
    pub tenants: Page<MatrixRow>,
}

/// Releases and revisions.
#[async_trait]
pub trait ReleaseStore: Send + Sync {
    /// A page of the releases that the actor reaches.
    async fn list(&self, actor: &Actor, query: &ReleaseQuery) -> Result<Page<Release>, StoreError>;

    /// A release by id, if the actor reaches it.
    async fn by_id(&self, actor: &Actor, id: ReleaseId) -> Result<Option<Release>, StoreError>;

    /// A release by place, if the actor reaches it.
    async fn by_key(&self, actor: &Actor, key: &ReleaseKey) -> Result<Option<Release>, StoreError>;

    /// All revisions of all lives of a release, newest first; empty where the actor does not reach it.
    async fn revisions(&self, actor: &Actor, id: ReleaseId) -> Result<Vec<Revision>, StoreError>;

    /// The body of a revision of the newest life that has one of that number.
    async fn body(&self, actor: &Actor, id: ReleaseId, revision: u32) -> Result<Option<RevisionBody>, StoreError>;

    /// The platform at a glance, as far as the actor reaches; who is behind is not known here.
    async fn fleet(&self, actor: &Actor) -> Result<Fleet, StoreError>;

    /// How many living releases of tenants run each version of each chart, as far as the actor reaches: by chart.
    async fn chart_runs(&self, actor: &Actor) -> Result<Vec<ChartRun>, StoreError>;

    /// A page of tenants that the actor reaches (the retired ones left out), with what they run; `newest` tells the newest
    /// version of each chart.
    async fn matrix(&self, actor: &Actor, query: &MatrixQuery, newest: &BTreeMap<String, String>) -> Result<MatrixRows, StoreError>;

    /// How many living releases run each version of a chart.
    async fn chart_versions(&self, actor: &Actor, chart: &str) -> Result<BTreeMap<String, u64>, StoreError>;

    /// The names of the charts in use, sorted.
    async fn charts_in_use(&self, actor: &Actor) -> Result<Vec<String>, StoreError>;

    /// Takes over revisions that the watch has seen, in one transaction; release rows follow from the newest revision
    /// of each release's present life, and the audit tells once of those made elsewhere. Idempotent. Answers what changed. What one listing shows of a release is best
    /// handed over at once, since the order in which revisions were made tells its lives apart.
    async fn observe(&self, seen: &[SeenRevision], now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError>;

    /// Adds the bodies of revisions that were seen before and read later: what was pruned meanwhile stays pruned, what is
    /// not known is left out. Answers what changed.
    async fn observe_late(&self, seen: &[SeenRevision], now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError>;

    /// Notes that these revisions cannot be decoded as they are in the cluster now, so that they are not asked for again.
    async fn unreadable(&self, revisions: &[(ReleaseKey, u32)]) -> Result<(), StoreError>;

    /// Says that the cluster has been listed to the end: from now on, what was made elsewhere is told of in the audit.
    async fn listed(&self) -> Result<(), StoreError>;

    /// Says which revisions of a release the cluster still holds: others are marked pruned; when none is left the
    /// release is uninstalled. Called after a checked delete and at the end of a full listing.
    async fn retain(&self, key: &ReleaseKey, present: &[u32], now: DateTime<Utc>) -> Result<Option<Changed>, StoreError>;

    /// Every release that the cluster holds revisions of, with these revisions and their resource versions: what a
    /// full listing is compared with. An uninstalled release whose history Helm was told to keep is among them.
    async fn known(&self) -> Result<BTreeMap<ReleaseKey, BTreeMap<u32, String>>, StoreError>;

    /// Up to `limit` revisions in the cluster whose bodies have not been read, or not since they changed (one that was
    /// merely superseded says nothing new), newest first.
    async fn without_body(&self, limit: u32) -> Result<Vec<(ReleaseKey, u32)>, StoreError>;

    /// Writes the health of releases. Answers what changed.
    async fn set_health(&self, health: &[(ReleaseKey, Health, Option<String>)]) -> Result<Vec<Changed>, StoreError>;

    /// Works out anew the states that depend on time or on operations (pending or stuck). Answers what changed.
    async fn refresh_states(&self, now: DateTime<Utc>) -> Result<Vec<Changed>, StoreError>;
}
