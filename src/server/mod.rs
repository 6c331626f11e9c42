//! The composition root: makes every part, joins them, serves until told to stop. The only place, with `main.rs`,
//! that names concrete implementations. Holds no rules of its own.

mod guard;
mod headers;
mod pages;
mod probes;
mod sign_in;
mod site;

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, anyhow};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware,
    serve::ListenerExt,
};
use leptos::config::{LeptosOptions, get_config_from_str};
use tokio::sync::watch;
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, trace::TraceLayer};

use crate::{
    api,
    auth::{self, Auth, address::Proxies},
    charts::ChartSources,
    cluster::Cluster,
    config::{self, Config},
    domain::{
        clock::{Clock, Entropy},
        drift::IgnoreRules,
        redact::Rules,
    },
    helm::Helm,
    manager::{Courier, DriftSettings, Parts, ReleaseManager, executor::LocalProcess},
    rest,
    store::{StoreError, seal::Sealer, sqlite::Sqlite},
};

/// The database's file in the data directory.
pub const DATABASE: &str = "pilothouse.db";
/// The most bytes of a request body: values of 1 MiB as a form, percent-encoded, with room to spare.
const MAX_BODY: usize = 4 * 1024 * 1024;
/// How long requests may take to end once the server stops.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// What handlers draw from.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The one door to change, and every look.
    pub manager: ReleaseManager,
    /// Who somebody is.
    pub auth: Auth,
    /// What pages are given.
    pub context: api::Context,
    /// How Leptos was built.
    pub leptos: LeptosOptions,
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::Utc::now()
    }
}

/// The machine's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "without randomness nothing here is safe to go on")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the system gives random bytes");
    }
}

/// A server that listens and works.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it manages.
    pub manager: ReleaseManager,
    /// Every route with its verbs, as the router itself tells them: what a test of access has to have a row for.
    pub surface: String,
    stop: watch::Sender<bool>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    worked: tokio::task::JoinHandle<()>,
    synced: tokio::task::JoinHandle<()>,
    batched: tokio::task::JoinHandle<()>,
    noticed: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Stops taking requests and operations, lets running operations end, and ends.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        // A client that never ends its request, or never reads its answer, does not keep the server.
        if tokio::time::timeout(PATIENCE, &mut self.served).await.is_err() {
            self.served.abort();
        }
        self.batched.abort();
        self.noticed.abort();
        self.worked.await?;
        self.synced.abort();
        Ok(())
    }
}

/// Starts everything.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let (oidc, bootstrap) = (config.oidc()?, config.bootstrap(&*entropy)?);
    let sealer = Sealer::new(&config::seal_key(&config.data, &*entropy)?, entropy.clone());
    let database = Sqlite::open(&config.data.join(DATABASE), sealer.clone()).await.map_err(|error| match error {
        StoreError::Seal => anyhow!(
            "the database was sealed with another key than the one in {}: restore that file from the backup of the database that is here",
            config.data.join("seal-key").display()
        ),
        error => anyhow::Error::new(error).context("the database cannot be opened"),
    })?;
    let stores = database.stores();
    let cluster = Cluster::connect(config.kubeconfig.clone()).await.context("the kubeconfig cannot be used")?;
    let helm = Helm::find(config.helm.as_deref()).await?;
    tracing::info!(helm.version = helm.version(), "helm found");
    let workloads = cluster.workloads(clock.clone());
    let charts = ChartSources::new(config.chart_sources.clone(), config.data.join("charts"), config.charts_allow_private)?;
    let executor = Arc::new(LocalProcess::new(helm, cluster.clone(), config.data.join("run")));
    let manager = ReleaseManager::new(Parts {
        stores: stores.clone(),
        cluster,
        workloads,
        charts,
        executor,
        rules: Rules::with(&config.secret_keys).map_err(anyhow::Error::msg).context("PILOTHOUSE_SECRET_KEYS")?,
        drift: DriftSettings {
            every: config.drift_every.0,
            rules: IgnoreRules::with(&config.drift_ignore).map_err(anyhow::Error::msg).context("PILOTHOUSE_DRIFT_IGNORE")?,
        },
        courier: Courier::new(config.webhooks_allow_private, config.webhook_delays())?,
        clock: clock.clone(),
        entropy: entropy.clone(),
    });
    manager.load_sources().await.context("the chart sources cannot be read")?;
    let proxies = Proxies(config.trusted_proxies.clone());
    let auth = Auth::new(auth::Parts { stores, sealer, clock, entropy: entropy.clone(), tls: config.tls, proxies, oidc })?;
    auth.bootstrap(&bootstrap).await.context("the first admin cannot be made")?;
    let context = pages::context(manager.clone(), auth.clone(), entropy);
    let state = AppState { manager: manager.clone(), auth, context, leptos: leptos_options()? };

    let listener = tokio::net::TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let synced = tokio::spawn(manager.clone().sync());
    let batched = tokio::spawn(manager.clone().run_batches());
    let noticed = tokio::spawn(manager.clone().send_notices());
    let owner = format!("{}@{address}", std::process::id());
    let worked = tokio::spawn(manager.clone().work(config.workers, owner, stopped(stopping.clone())));
    // Without this a streamed page over a kept-alive connection waits 40 ms for a delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let routes = routes(&state);
    let surface = format!("{routes:?}");
    let router = router(routes, state, stopping.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let served = tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped(stopping)).await });
    tracing::info!(%address, "listening");
    Ok(Running { address, manager, surface, stop, served, worked, synced, batched, noticed })
}

/// Every route there is.
fn routes(state: &AppState) -> Router<AppState> {
    Router::new().merge(rest::routes()).merge(pages::routes(state)).merge(sign_in::routes()).merge(probes::routes()).merge(site::routes())
}

/// All routes, each behind the guard but those that [`guard::is_open`] names.
fn router(routes: Router<AppState>, state: AppState, stopping: watch::Receiver<bool>) -> Router {
    routes
        .fallback(pages::missing)
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .layer(CsrfLayer::new().with_rejection_response(guard::cross_site))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(headers::headers))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(stopping, headers::let_go))
        .layer(TraceLayer::new_for_http().on_failure(()))
        .with_state(state)
}

/// The options that Leptos reads at run time, from the file that ships inside the binary.
pub fn leptos_options() -> anyhow::Result<LeptosOptions> {
    get_config_from_str(include_str!("../../Leptos.toml")).context("Leptos.toml cannot be read")
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop, too.
    let _ = stopping.wait_for(|stop| *stop).await;
}
