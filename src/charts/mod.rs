//! Chart sources: what charts there are, and their archives, fetched and looked through before anybody else opens
//! them. Speaks HTTP, to repositories and to registries of the OCI kind.
//!
//! May use: `domain`. Does not render and does not unpack: Helm gets a file that has been checked. Keeps no source:
//! who names them does.

mod about;
pub(crate) mod address;
mod archive;
mod cache;
mod choose;
mod index;
mod newest;
mod readme;
mod registry;
mod schema;
mod source;
mod text;
mod validate;
mod web;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures::future::join_all;

pub use self::{archive::ChartDetails, readme::readme, validate::validate};
use self::{cache::Archives, source::Source};
use crate::domain::{
    chart::{Chart, ChartVersion},
    names::{ChartRef, SourceName},
    problem::{Code, Problem},
    source::{SourceConfig, SourceOrigin},
};

/// How many versions of each chart a list of charts has.
pub const NEWEST: usize = 5;

/// How a source stands.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// What it was named as; holds how we sign in.
    pub config: SourceConfig,
    /// Who named it.
    pub origin: SourceOrigin,
    /// How many charts are known from it.
    pub charts: usize,
    /// How many versions of them.
    pub versions: usize,
    /// How long ago it was asked last.
    pub asked: Option<Duration>,
    /// How long ago it last answered.
    pub answered: Option<Duration>,
    /// Why its last answer could not be had; what is known is then as of the one before.
    pub problem: Option<Problem>,
}

/// What is allowed; tests allow less.
#[derive(Clone, Copy, Debug)]
struct Limits {
    index_bytes: u64,
    index_time: Duration,
    archive_bytes: u64,
    archive_time: Duration,
    /// Finding a chart and a version of it, over all sources that are asked.
    choose_time: Duration,
    /// An index older than this is asked for again.
    fresh: Duration,
    /// A source that failed is left alone for so long.
    retry: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            index_bytes: 64 << 20,
            index_time: Duration::from_secs(30),
            archive_bytes: 100 << 20,
            archive_time: Duration::from_secs(120),
            choose_time: Duration::from_secs(60),
            fresh: Duration::from_secs(30),
            retry: Duration::from_secs(10),
        }
    }
}

/// All chart sources; cheap to clone.
#[derive(Clone)]
pub struct ChartSources {
    inner: Arc<Inner>,
}

struct Inner {
    sources: RwLock<Vec<Arc<Source>>>,
    archives: Archives,
    allow_private: bool,
    limits: Limits,
}

impl ChartSources {
    /// Over these sources of the configuration, with archives kept in that directory. Asks nobody yet. Addresses of this
    /// machine and of private networks are refused unless `allow_private`. A process-wide TLS provider must have been
    /// installed.
    pub fn new(sources: Vec<SourceConfig>, cache_dir: PathBuf, allow_private: bool) -> Result<Self, Problem> {
        Self::limited(sources, cache_dir, allow_private, Limits::default())
    }

    fn limited(sources: Vec<SourceConfig>, cache_dir: PathBuf, allow_private: bool, limits: Limits) -> Result<Self, Problem> {
        let archives = Archives::new(cache_dir, limits).map_err(|error| {
            tracing::error!(%error, "the chart cache cannot be made");
            Problem::new(
                Code::Internal,
                "The directory for chart archives cannot be made. An administrator has to look at its path and rights.",
            )
        })?;
        let charts = Self { inner: Arc::new(Inner { sources: RwLock::default(), archives, allow_private, limits }) };
        let made = sources.into_iter().map(|config| charts.source(config, SourceOrigin::Configuration));
        *charts.inner.sources.write().unwrap_or_else(PoisonError::into_inner) = made.collect::<Result<_, _>>()?;
        Ok(charts)
    }

    fn source(&self, config: SourceConfig, origin: SourceOrigin) -> Result<Arc<Source>, Problem> {
        Source::new(config, origin, self.inner.allow_private, self.inner.limits).map(Arc::new)
    }

    /// Adds a source of the settings to those that are asked; one of that name that is there already stays.
    pub fn add(&self, config: SourceConfig) -> Result<(), Problem> {
        let source = self.source(config, SourceOrigin::Settings)?;
        let mut sources = self.inner.sources.write().unwrap_or_else(PoisonError::into_inner);
        if !sources.iter().any(|known| known.name() == source.name()) {
            sources.push(source);
        }
        Ok(())
    }

    /// Asks a source of the settings no more.
    pub fn remove(&self, name: &SourceName) {
        let mut sources = self.inner.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|source| source.name() != name || source.origin() == SourceOrigin::Configuration);
    }

    /// Asks a source that is not among ours, and answers how it stands.
    pub async fn probe(&self, config: SourceConfig) -> Result<SourceState, Problem> {
        let source = self.source(config, SourceOrigin::Settings)?;
        source.refresh(Duration::ZERO).await;
        Ok(source.state())
    }

    fn all(&self) -> Vec<Arc<Source>> {
        self.inner.sources.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All charts of all sources, by name, with the newest few versions of each. A source that does not answer has those
    /// that are known from before; an index that is too old is returned and asked for again beside.
    pub async fn list(&self) -> Vec<Chart> {
        let sources = self.all();
        let indexes = join_all(sources.iter().map(|source| source.index())).await;
        let newest = |chart: &Chart| {
            let versions: Vec<ChartVersion> = chart.versions.iter().take(NEWEST).cloned().collect();
            Chart { source: chart.source.clone(), name: chart.name.clone(), versions, total: chart.total }
        };
        let mut charts: Vec<Chart> =
            indexes.iter().flatten().flat_map(|index| index.charts.values()).map(|entry| newest(&entry.chart)).collect();
        charts.sort_by(|a, b| (&a.name, &a.source).cmp(&(&b.name, &b.source)));
        charts
    }

    /// How each source stands, as of the last time it was asked.
    pub fn sources(&self) -> Vec<SourceState> {
        self.all().iter().map(|source| source.state()).collect()
    }

    /// Asks a source now, and answers how it stands then; `None` where there is none of that name.
    pub async fn refresh(&self, name: &SourceName) -> Option<SourceState> {
        let source = self.all().into_iter().find(|source| source.name() == name)?;
        source.refresh(Duration::ZERO).await;
        Some(source.state())
    }

    /// The archive of a chart version, downloaded, verified and looked through; a file that Helm may be given. Not
    /// downloaded again where the source's index names its digest.
    pub async fn fetch(&self, chart: &ChartRef, version: &str) -> Result<PathBuf, Problem> {
        let chosen = self.choose(chart, version).await?;
        self.inner.archives.fetch(&chosen).await.map(|(path, _)| path)
    }

    /// What a chart version holds that a person who installs it wants to see. Fetches it where needed.
    pub async fn details(&self, chart: &ChartRef, version: &str) -> Result<ChartDetails, Problem> {
        let chosen = self.choose(chart, version).await?;
        self.inner.archives.fetch(&chosen).await.map(|(_, details)| details)
    }
}

#[cfg(test)]
#[path = "hostile_tests.rs"]
mod hostile;
#[cfg(test)]
mod tests;
