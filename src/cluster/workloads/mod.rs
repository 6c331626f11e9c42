//! The health of what releases run: Deployments, StatefulSets, DaemonSets and Jobs that Helm has labelled, watched and
//! kept as a few words each. Does not watch Pods, but asks them why when a workload is not ready for
//! seconds; says nothing of hooks, which Helm does not label.

mod index;
mod inquiries;
mod judge;
mod object;
pub(super) mod pods;
mod subscribers;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{
    Stream, StreamExt,
    stream::{BoxStream, FuturesUnordered},
};
use kube::Api;
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use self::{
    index::Index,
    object::{Kind, Place, Sighted, Workload},
    subscribers::Subscribers,
};
use super::{
    Cluster,
    error::ClusterError,
    follow::{Followed, Selection, follow},
};
use crate::domain::{clock::Clock, names::ReleaseKey, operation::Readiness, release::Health};

const LABELS: &str = "app.kubernetes.io/managed-by=Helm";
/// How often patience with workloads that do not get ready is looked at.
const TICK: Duration = Duration::from_secs(2);
/// Workloads whose pods are asked at a time: a cluster that is going down has thousands.
const ASKED: usize = 8;

/// The health of the workloads of all releases; cheap to clone. The watch ends with the last clone.
#[derive(Clone)]
pub struct Workloads {
    shared: Arc<Shared>,
    _watch: Arc<Watch>,
}

#[derive(Default)]
struct Shared {
    index: Mutex<Index>,
    subscribers: Subscribers,
}

struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Cluster {
    /// Begins to watch workloads. Until all kinds have been listed once, every health is unknown.
    pub fn workloads(&self, clock: Arc<dyn Clock>) -> Workloads {
        let shared = Arc::new(Shared::default());
        let kinds = Kind::ALL.map(|kind| self.follow_kind(kind));
        let watch = tokio::spawn(run(self.clone(), shared.clone(), clock, futures::stream::select_all(kinds)));
        Workloads { shared, _watch: Arc::new(Watch(watch)) }
    }

    fn follow_kind(&self, kind: Kind) -> BoxStream<'static, (Kind, Followed<Option<Sighted>>)> {
        let api: Api<Workload> = Api::all_with(self.client.clone(), &kind.resource());
        let selection = Selection { what: kind.as_str(), labels: LABELS, fields: "", page: 500 };
        follow(api, selection, None, move |object| Sighted::of(kind, &object)).map(move |seen| (kind, seen)).boxed()
    }
}

/// How one workload runs, looked at by itself; `None` where it is of no kind that is judged as one.
pub(super) fn judged(api_version: &str, kind: &str, object: &serde_json::Value) -> Option<(Health, Option<String>)> {
    let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind && known.resource().api_version == api_version)?;
    let verdict = judge::judge(kind, &serde_json::from_value(object.clone()).ok()?);
    let reason = verdict.reason.or_else(|| {
        (verdict.health != Health::Healthy)
            .then(|| format!("{} of {} {}", verdict.ready, verdict.wanted, if kind == Kind::Job { "done" } else { "ready" }))
    });
    Some((verdict.health, reason))
}

impl Workloads {
    /// How a release's workloads run, and in a few words why. Unknown where it has none.
    pub fn health(&self, key: &ReleaseKey) -> (Health, Option<String>) {
        self.shared.index().health(key)
    }

    /// Each workload of a release, by name.
    pub fn readiness(&self, key: &ReleaseKey) -> Vec<Readiness> {
        self.shared.index().readiness(key)
    }

    /// The releases whose health or readiness changed, from now on; never ends. Under load a release that changed
    /// often comes once: ask [`Workloads::health`] for what is true by then.
    pub fn changes(&self) -> impl Stream<Item = ReleaseKey> + Send + use<> {
        self.shared.subscribers.subscribe()
    }
}

impl Shared {
    fn index(&self) -> MutexGuard<'_, Index> {
        // Every change to the index leaves it whole.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(
    cluster: Cluster,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    mut seen: impl Stream<Item = (Kind, Followed<Option<Sighted>>)> + Unpin,
) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ask = |(place, selector): (Place, String)| {
        let cluster = &cluster;
        async move {
            let answer = pods::ask(cluster, &place, &selector).await;
            (place, answer)
        }
    };
    let mut asking = FuturesUnordered::new();
    loop {
        let changed = tokio::select! {
            next = seen.next() => {
                let Some((kind, followed)) = next else { return };
                take_in(&shared, kind, followed, &*clock)
            }
            Some((place, answer)) = asking.next() => match answer {
                Ok(reason) => shared.index().explain(&place, reason),
                Err(error) => {
                    tracing::debug!(%error, "pods could not be asked");
                    Vec::new()
                }
            },
            _ = tick.tick() => {
                let (now, mut index) = (clock.now(), shared.index());
                asking.extend(index.unexplained(now, ASKED.saturating_sub(asking.len())).into_iter().map(ask));
                index.grow_impatient(now)
            }
        };
        shared.subscribers.tell(changed);
    }
}

fn take_in(shared: &Shared, kind: Kind, followed: Followed<Option<Sighted>>, clock: &dyn Clock) -> Vec<ReleaseKey> {
    let now = clock.now();
    match followed {
        Followed::Listed(all) => shared.index().replace(kind, all.into_iter().flatten(), now),
        Followed::Applied(Some(sighted)) => shared.index().put(sighted, now),
        Followed::Deleted(Some(sighted)) => shared.index().remove(&sighted.place),
        // A kind that is closed to us is as if there were none, or no health would ever be known.
        Followed::Lost(ClusterError::Refused(_)) => shared.index().replace(kind, std::iter::empty(), now),
        Followed::Applied(None) | Followed::Deleted(None) | Followed::Alive | Followed::Lost(_) => Vec::new(),
    }
}
