//! The release manager: the one door to change, and the looks that pages and the API share.
//!
//! ```text
//!  submit ─ authorize, validate, enqueue + audit ─┐        watch ─ sync ─ projection ─ live hints
//!                                                 ▼                        ▲
//!                  worker ─ claim, run helm, recover, settle when the projection has seen it
//! ```
//!
//! May use: `domain`, store traits, `helm`, `cluster`, `charts`. Knows no axum and no leptos.

mod admit;
mod apply;
mod audit;
pub mod batches;
mod chores;
mod command;
mod counted;
mod desk;
mod drift;
pub mod executor;
mod facts;
mod health;
mod hooks;
mod judge;
mod keep;
mod learn;
mod live;
mod look;
mod matrix;
mod notices;
mod offers;
mod preview;
mod recover;
mod renders;
mod requests;
mod resolve;
mod secrets;
mod sources;
pub mod submit;
mod sync;
mod tenant_namespaces;
mod tenant_words;
pub mod tenants;
mod versions;
mod webhooks;
mod witness;
mod worker;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast, watch};

pub use self::{
    apply::Previewed,
    audit::Reveal,
    drift::DriftSettings,
    look::DIFF_DEADLINE,
    notices::Courier,
    requests::Repeat,
    submit::{Submit, Target, Wish},
    tenants::{NewTenant, TenantEdit},
};
use crate::{
    charts::ChartSources,
    cluster::{Cluster, workloads::Workloads},
    domain::{
        clock::{Clock, Entropy},
        ids::ReleaseId,
        live::Live,
        problem::{Code, Problem},
        redact,
    },
    store::{StoreError, Stores},
};

/// How many hints a slow reader may lag behind before it is told to ask for everything again.
const LIVE_BACKLOG: usize = 1024;
/// How many values are checked against schemas at the same time.
const CHECKS: usize = 2;

/// What a release manager is made of.
pub struct Parts {
    /// What is kept.
    pub stores: Stores,
    /// The cluster that holds the releases.
    pub cluster: Cluster,
    /// How the releases' workloads run.
    pub workloads: Workloads,
    /// Where charts come from.
    pub charts: ChartSources,
    /// Where Helm runs.
    pub executor: Arc<dyn executor::Executor>,
    /// What is hidden.
    pub rules: redact::Rules,
    /// How drift is looked for.
    pub drift: DriftSettings,
    /// Who brings notices to webhooks.
    pub courier: Courier,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
}

/// The release manager; cheap to clone.
#[derive(Clone)]
pub struct ReleaseManager {
    inner: Arc<Inner>,
}

struct Inner {
    stores: Stores,
    cluster: Cluster,
    workloads: Workloads,
    charts: ChartSources,
    executor: Arc<dyn executor::Executor>,
    rules: redact::Rules,
    drift: drift::Checks,
    looks: live::Looks,
    courier: Courier,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    live: broadcast::Sender<Live>,
    /// The releases of which an operation has ended, for whoever waits for its place.
    ended: broadcast::Sender<ReleaseId>,
    /// An operation was enqueued.
    wake: Notify,
    /// A batch was made or changed by a person.
    batches: Notify,
    /// The same, or its targets were rendered: kept for the driver of batches until it comes to it.
    driver: Notify,
    /// Held by whoever has the cluster take over changes of tenants.
    chores: Mutex<()>,
    /// Held by whoever writes the health of releases.
    health: Mutex<()>,
    /// Held by who checks values against a chart's schema.
    checks: Semaphore,
    /// States are to be worked out anew.
    refresh: Notify,
    /// Bounds how many previews are rendered at the same time, and who waits for it.
    renders: renders::Renders,
    /// Bounds how many looks may have the secrets of revisions hidden at the same time.
    hiding: Arc<Semaphore>,
    /// The projection has taken over a full listing.
    synced: watch::Sender<bool>,
    /// When the watch last gave a sign of life, in milliseconds since the epoch; 0 for never.
    seen_at: AtomicI64,
}

impl ReleaseManager {
    /// A manager of these parts; nothing runs yet.
    pub fn new(parts: Parts) -> Self {
        let Parts { stores, cluster, workloads, charts, executor, rules, drift, courier, clock, entropy } = parts;
        Self {
            inner: Arc::new(Inner {
                stores,
                cluster,
                workloads,
                charts,
                executor,
                rules,
                drift: drift::Checks::new(drift),
                looks: live::Looks::new(),
                courier,
                clock,
                entropy,
                live: broadcast::Sender::new(LIVE_BACKLOG),
                ended: broadcast::Sender::new(LIVE_BACKLOG),
                wake: Notify::new(),
                batches: Notify::new(),
                driver: Notify::new(),
                chores: Mutex::new(()),
                health: Mutex::new(()),
                checks: Semaphore::new(CHECKS),
                refresh: Notify::new(),
                renders: renders::Renders::new(renders::Bounds::default()),
                hiding: Arc::new(Semaphore::new(look::HIDING_AT_ONCE)),
                synced: watch::Sender::new(false),
                seen_at: AtomicI64::new(0),
            }),
        }
    }

    /// Hints that something changed, from now on. Whoever passes them on filters them by the reader's reach.
    pub fn live(&self) -> broadcast::Receiver<Live> {
        self.inner.live.subscribe()
    }

    /// Whether the projection has taken over a full listing since the start.
    pub fn synced(&self) -> watch::Receiver<bool> {
        self.inner.synced.subscribe()
    }

    /// When the watch last gave a sign of life.
    pub fn seen_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.inner.seen_at.load(Ordering::Relaxed)).filter(|at| at.timestamp_millis() > 0)
    }

    /// Whether the cluster's API server answers now.
    pub async fn cluster_answers(&self) -> bool {
        self.inner.cluster.ping().await.is_ok()
    }

    /// The present instant, by the clock that everything here goes by.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    fn hint(&self, live: Live) {
        // Nobody listening is fine.
        let _ = self.inner.live.send(live);
    }
}

/// Logs what the database said and answers with what a client may know.
fn store_problem(error: StoreError) -> Problem {
    tracing::error!(%error, "a store did not answer");
    match error {
        StoreError::Database(_) => {
            Problem::new(Code::StoreUnavailable, "The database did not answer. Try again; the server's log has the details.")
        }
        StoreError::Seal | StoreError::LeaseLost => Problem::internal(),
    }
}
