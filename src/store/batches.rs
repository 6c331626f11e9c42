//! Batches and their targets. Batches reach over tenants: they exist for those alone who reach every tenant.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{
    StoreError,
    requests::{Earlier, Keyed},
};
use crate::domain::{
    actor::Actor,
    audit::NewAudit,
    batch::{Batch, Definition, Selection, Target, step::Sight},
    ids::{BatchId, ReleaseId, TenantId},
    names::{Namespace, ReleaseName, TenantSlug},
    page::{Page, Paging},
    release::ReleaseState,
    webhook::Notice,
    window::Window,
};

/// A release that a selection takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub release: ReleaseId,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ReleaseName,
    /// Its chart's name.
    pub chart: String,
    /// The version that it runs.
    pub version: String,
    /// Its newest revision.
    pub revision: u32,
    /// Its state.
    pub state: ReleaseState,
    /// Its tenant.
    pub tenant: TenantId,
    /// That tenant's slug.
    pub slug: TenantSlug,
    /// That tenant's labels.
    pub labels: BTreeMap<String, String>,
    /// That tenant's maintenance windows.
    pub windows: Vec<Window>,
    /// Why it may not be changed by a batch.
    pub held: Option<String>,
}

/// Batches.
#[async_trait]
pub trait BatchStore: Send + Sync {
    /// The releases that a selection takes, by tenant, namespace and name; those of no tenant are nobody's to change.
    async fn candidates(&self, actor: &Actor, selection: &Selection) -> Result<Vec<Candidate>, StoreError>;

    /// Keeps a new batch with its audit row, and in the same transaction the request that it is made for. Answers what an earlier
    /// request with that key was, where there was one: then nothing is kept.
    async fn make(
        &self,
        batch: &Batch,
        definition: &Definition,
        targets: &[Target],
        audit: &NewAudit,
        asked: Option<&Keyed<'_>>,
    ) -> Result<Option<Earlier>, StoreError>;

    /// A page of the batches, newest first.
    async fn list(&self, actor: &Actor, paging: Paging) -> Result<Page<Batch>, StoreError>;

    /// Those that are not over, newest first, and no more than that many.
    async fn unfinished(&self, actor: &Actor, most: u32) -> Result<Vec<Batch>, StoreError>;

    /// One of them, with what it is made of.
    async fn by_id(&self, actor: &Actor, id: BatchId) -> Result<Option<(Batch, Definition)>, StoreError>;

    /// Its targets in order, each with what is seen of it.
    async fn targets(&self, actor: &Actor, id: BatchId) -> Result<Vec<(Target, Sight)>, StoreError>;

    /// The same of those releases alone.
    async fn targets_of(&self, actor: &Actor, id: BatchId, releases: &BTreeSet<ReleaseId>) -> Result<Vec<(Target, Sight)>, StoreError>;

    /// Those with something left to do, oldest first.
    async fn at_work(&self) -> Result<Vec<BatchId>, StoreError>;

    /// Writes a batch and some of its targets, with an audit row where a person did it and with what webhooks are to be told of
    /// it, if nobody else wrote since it was at the version that it carries. Answers whether it was written.
    async fn write(&self, batch: &Batch, targets: &[Target], audit: Option<&NewAudit>, told: &[Notice]) -> Result<bool, StoreError>;
}
