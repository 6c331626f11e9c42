//! Looks: everything that screens and the API read, each with the actor who asks, each redacted. Changes nothing.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{ReleaseManager, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    diff::Diff,
    ids::{OperationId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, TenantSlug},
    operation::{Operation, OperationEvent, OperationQuery},
    page::{Page, Paging},
    problem::{Code, Problem},
    provenance::{self, Provenance, SetValue, Step, ValueSearch},
    redact::Rules,
    release::{Release, ReleaseQuery, ReleaseState},
    revision::{BodyPart, Revision, RevisionBody},
    tenant::{Tenant, TenantRow},
    window::Opening,
};

/// How long a diff may take before it becomes coarse.
pub const DIFF_DEADLINE: Duration = Duration::from_millis(500);

/// For how many looks at the same time secrets are hidden.
pub(super) const HIDING_AT_ONCE: usize = 4;
/// How long that may take for one, its turn included.
const HIDING_LIMIT: Duration = Duration::from_secs(10);

/// How many revisions are looked through for when a value was set.
const LOOK_BACK: usize = 50;

/// How many releases are read at a time when values are searched, and how many times at most.
const PAGE: u32 = 500;
const MOST_PAGES: u32 = 10;
/// How long the fleet is searched for a value.
const LONGEST_SEARCH: Duration = Duration::from_secs(30);

type Look<T> = Result<T, Problem>;

impl ReleaseManager {
    /// The tenants that the actor reaches, by slug; the retired ones are left out unless they are asked for.
    pub async fn tenants(&self, actor: &Actor, retired: bool) -> Look<Vec<TenantRow>> {
        actor.demand(Act::Read)?;
        let mut rows = self.inner.stores.tenants.list(actor).await.map_err(store_problem)?;
        rows.retain(|row| retired || row.tenant.retired.is_none());
        Ok(rows)
    }

    /// Namespaces of no tenant that hold releases, with how many; none for those who may not see them.
    pub async fn unassigned(&self, actor: &Actor) -> Look<Vec<(Namespace, u64)>> {
        if !actor.may(Act::SeeUnassigned) {
            return Ok(vec![]);
        }
        self.inner.stores.tenants.unassigned(actor).await.map_err(store_problem)
    }

    /// A tenant by slug.
    pub async fn tenant(&self, actor: &Actor, slug: &TenantSlug) -> Look<Tenant> {
        actor.demand(Act::Read)?;
        self.inner.stores.tenants.by_slug(actor, slug).await.map_err(store_problem)?.ok_or_else(Problem::tenant_not_found)
    }

    /// A tenant by id.
    pub async fn tenant_by_id(&self, actor: &Actor, id: TenantId) -> Look<Tenant> {
        actor.demand(Act::Read)?;
        self.inner.stores.tenants.by_id(actor, id).await.map_err(store_problem)?.ok_or_else(Problem::tenant_not_found)
    }

    /// How a tenant's maintenance windows stand now.
    pub fn opening(&self, tenant: &Tenant) -> Opening {
        Opening::of(&tenant.windows, self.now())
    }

    /// A page of releases.
    pub async fn releases(&self, actor: &Actor, query: &ReleaseQuery) -> Look<Page<Release>> {
        actor.demand(Act::Read)?;
        self.inner.stores.releases.list(actor, query).await.map_err(store_problem)
    }

    /// A release by id.
    pub async fn release(&self, actor: &Actor, id: ReleaseId) -> Look<Release> {
        actor.demand(Act::Read)?;
        self.inner.stores.releases.by_id(actor, id).await.map_err(store_problem)?.ok_or_else(Problem::release_not_found)
    }

    /// A release by its place in a tenant; `None` is for releases of no tenant. A place of another tenant does not
    /// exist.
    pub async fn release_at(&self, actor: &Actor, tenant: Option<&TenantSlug>, key: &ReleaseKey) -> Look<Release> {
        actor.demand(Act::Read)?;
        let found = self.inner.stores.releases.by_key(actor, key).await.map_err(store_problem)?;
        found.filter(|release| release.tenant.as_ref() == tenant).ok_or_else(Problem::release_not_found)
    }

    /// All revisions of a release, newest first, those that Helm pruned included.
    pub async fn revisions(&self, actor: &Actor, id: ReleaseId) -> Look<Vec<Revision>> {
        self.release(actor, id).await?;
        self.inner.stores.releases.revisions(actor, id).await.map_err(store_problem)
    }

    /// A part of a revision's body, redacted.
    pub async fn part(&self, actor: &Actor, id: ReleaseId, revision: u32, part: BodyPart) -> Look<String> {
        let body = self.body(actor, id, revision).await?;
        self.hiding(move |rules| rules.part_text(&body, part)).await
    }

    /// Where the values of the newest revision come from, redacted. Looks back over the release's present life, as far as
    /// its revisions have been read.
    pub async fn provenance(&self, actor: &Actor, id: ReleaseId) -> Look<Provenance> {
        let release = self.release(actor, id).await?;
        let mut bodies = Vec::new();
        for Revision { revision, .. } in self.life(actor, &release).await?.into_iter().take(LOOK_BACK) {
            let body = self.inner.stores.releases.body(actor, id, revision).await.map_err(store_problem)?;
            let Some(body) = body else { break };
            // Of older ones the values are all that is asked for; fifty manifests would take a lot of memory.
            let values = |body: RevisionBody| RevisionBody {
                values_override: body.values_override,
                defaults: body.defaults,
                ..RevisionBody::default()
            };
            bodies.push((revision, if bodies.is_empty() { body } else { values(body) }));
        }
        let found = self.hiding(move |rules| {
            let steps: Vec<Step> = bodies.into_iter().map(|(revision, body)| Step::of(revision, body)).collect();
            rules.provenance(&steps)
        });
        found.await?.ok_or_else(|| Problem::revision_not_found(release.revision))
    }

    /// Which releases that the actor reaches set a key of their values, and to what, redacted. Of that chart alone where one
    /// is named.
    pub async fn search_values(&self, actor: &Actor, key: &str, chart: Option<&str>) -> Look<ValueSearch> {
        actor.demand(Act::Read)?;
        let keys = provenance::keys(key)?;
        let _turn = self.inner.looks.turn(actor).await?;
        let began = Instant::now();
        let mut found = ValueSearch { set: Vec::new(), searched: 0, releases: 0, unread: 0 };
        for page in 0..MOST_PAGES {
            let query = ReleaseQuery { chart: chart.map(str::to_owned), paging: Paging::new(page, PAGE), ..ReleaseQuery::default() };
            let releases = self.releases(actor, &query).await?;
            found.releases = releases.total;
            let last = releases.items.len() < PAGE as usize;
            for release in releases.items {
                // What was found until now is shown, with how much was looked through.
                if began.elapsed() > LONGEST_SEARCH {
                    return Ok(found);
                }
                found.searched += 1;
                if release.status == ReleaseState::Uninstalled {
                    continue;
                }
                let body = self.inner.stores.releases.body(actor, release.id, release.revision).await.map_err(store_problem)?;
                let Some(body) = body else {
                    found.unread += 1;
                    continue;
                };
                // Most do not set it; only what is shown has to be redacted, which takes time.
                if provenance::set_at(&body, &keys).is_some() {
                    let (manager, keys) = (self.clone(), keys.clone());
                    let shown = off_thread(move || manager.inner.rules.set_at(&body, &keys)).await?;
                    found.set.extend(shown.map(|(value, default)| SetValue::of(&release, value, default)));
                }
            }
            if last {
                break;
            }
        }
        Ok(found)
    }

    /// What differs between two revisions, redacted before it is compared.
    pub async fn diff(&self, actor: &Actor, id: ReleaseId, from: u32, to: u32, part: BodyPart) -> Look<Diff> {
        let (left, right) = (self.body(actor, id, from).await?, self.body(actor, id, to).await?);
        self.hiding(move |rules| {
            let (left, right) = rules.part_texts(&left, &right, part);
            Diff::of(&left, &right, DIFF_DEADLINE)
        })
        .await
    }

    /// Hides what is secret in what somebody looks at: off the threads that answer requests, a few at a time, and nobody
    /// waits for ever. What nobody waits for any more keeps its place until it has come to its end.
    pub(super) async fn hiding<T: Send + 'static>(&self, work: impl FnOnce(&Rules) -> T + Send + 'static) -> Look<T> {
        let manager = self.clone();
        let shown = async {
            let place = self.inner.hiding.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
            off_thread(move || {
                let shown = work(&manager.inner.rules);
                drop(place);
                shown
            })
            .await
        };
        tokio::time::timeout(HIDING_LIMIT, shown).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// A page of operations, newest first.
    pub async fn operations(&self, actor: &Actor, query: &OperationQuery) -> Look<Page<Operation>> {
        actor.demand(Act::Read)?;
        self.inner.stores.operations.list(actor, query).await.map_err(store_problem)
    }

    /// An operation.
    pub async fn operation(&self, actor: &Actor, id: OperationId) -> Look<Operation> {
        actor.demand(Act::Read)?;
        self.inner.stores.operations.by_id(actor, id).await.map_err(store_problem)?.ok_or_else(Problem::operation_not_found)
    }

    /// Events of an operation after that number, at most 500 at a time.
    pub async fn operation_events(&self, actor: &Actor, id: OperationId, after: u32) -> Look<Vec<OperationEvent>> {
        self.operation(actor, id).await?;
        self.inner.stores.operations.events(actor, id, after, 500).await.map_err(store_problem)
    }

    /// An operation once it is settled, or as it stands when the time is over.
    pub async fn settled_within(&self, actor: &Actor, id: OperationId, span: Duration) -> Look<Operation> {
        let mut live = self.live();
        let settled = async {
            loop {
                let operation = self.operation(actor, id).await?;
                if operation.status.is_settled() {
                    return Ok(operation);
                }
                // Any hint will do, and a missed one is made up for by looking again.
                let _ = tokio::time::timeout(Duration::from_secs(1), live.recv()).await;
            }
        };
        match tokio::time::timeout(span, settled).await {
            Ok(operation) => operation,
            Err(_) => self.operation(actor, id).await,
        }
    }

    /// How many living releases run each version of a chart.
    pub async fn versions_in_use(&self, actor: &Actor, chart: &str) -> Look<BTreeMap<String, u64>> {
        actor.demand(Act::Read)?;
        self.inner.stores.releases.chart_versions(actor, chart).await.map_err(store_problem)
    }

    /// The names of the charts in use, sorted.
    pub async fn charts_in_use(&self, actor: &Actor) -> Look<Vec<String>> {
        actor.demand(Act::Read)?;
        self.inner.stores.releases.charts_in_use(actor).await.map_err(store_problem)
    }

    /// A revision's body as it is; it leaves the process through the rules alone.
    pub(super) async fn body(&self, actor: &Actor, id: ReleaseId, revision: u32) -> Look<RevisionBody> {
        self.release(actor, id).await?;
        let body = self.inner.stores.releases.body(actor, id, revision).await.map_err(store_problem)?;
        body.ok_or_else(|| Problem::revision_not_found(revision))
    }
}

/// Nothing is shown whose secrets are not all hidden.
fn too_slow() -> Problem {
    let text = "What is secret could not be hidden in time, so that nothing is shown. The server is busy, or the release is very large: try again in a moment, or look at a smaller part of it.";
    Problem::new(Code::HidingTooSlow, text)
}

/// Runs what may take long outside the threads that answer requests.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Look<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "work off the request threads failed");
        Problem::internal()
    })
}
