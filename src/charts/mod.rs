//! Chart sources: what charts there are, and their archives, fetched and looked through before anybody else opens
//! them. Speaks HTTP; registries of the OCI kind will come beside it.
//!
//! May use: `domain`. Does not render and does not unpack: Helm gets a file that has been checked.

mod address;
mod archive;
mod cache;
mod choose;
mod index;
mod schema;
mod source;
mod text;
mod validate;
mod web;

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures::future::join_all;
use reqwest::Url;

pub use self::{archive::ChartDetails, validate::validate};
use self::{cache::Archives, source::Source, web::Web};
use crate::domain::{
    chart::Chart,
    names::{ChartRef, SourceName},
    problem::{Code, Problem},
};

/// A chart source as configured.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its name, as clients write it before the chart's.
    pub name: SourceName,
    /// Where its `index.yaml` is, without that name.
    pub url: Url,
}

/// How a source stands.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// Its name.
    pub name: SourceName,
    /// Its address, without a user or a password.
    pub url: String,
    /// How many charts are known from it.
    pub charts: usize,
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
    sources: Vec<Arc<Source>>,
    archives: Archives,
}

impl ChartSources {
    /// Over these sources, with archives kept in that directory. Asks nobody yet. Addresses of this machine and of
    /// private networks are refused unless `allow_private`. A process-wide TLS provider must have been installed.
    pub fn new(sources: Vec<SourceConfig>, cache_dir: PathBuf, allow_private: bool) -> Result<Self, Problem> {
        Self::limited(sources, cache_dir, allow_private, Limits::default())
    }

    fn limited(sources: Vec<SourceConfig>, cache_dir: PathBuf, allow_private: bool, limits: Limits) -> Result<Self, Problem> {
        let web = Web::new(allow_private).map_err(|error| {
            tracing::error!(%error, "the client for chart sources cannot be made");
            Problem::internal()
        })?;
        let archives = Archives::new(cache_dir, web.clone(), limits).map_err(|error| {
            tracing::error!(%error, "the chart cache cannot be made");
            Problem::new(
                Code::Internal,
                "The directory for chart archives cannot be made. An administrator has to look at its path and rights.",
            )
        })?;
        let sources = sources.into_iter().map(|config| Arc::new(Source::new(config, web.clone(), limits))).collect();
        Ok(Self { inner: Arc::new(Inner { sources, archives }) })
    }

    /// All charts of all sources, by name. A source that does not answer has those that are known from before; an
    /// index that is too old is returned and asked for again beside.
    pub async fn list(&self) -> Vec<Chart> {
        let indexes = join_all(self.inner.sources.iter().map(|source| source.index())).await;
        let mut charts: Vec<Chart> =
            indexes.iter().flatten().flat_map(|index| index.charts.values()).map(|entry| entry.chart.clone()).collect();
        charts.sort_by(|a, b| (&a.name, &a.source).cmp(&(&b.name, &b.source)));
        charts
    }

    /// How each source stands, as of the last time it was asked.
    pub fn sources(&self) -> Vec<SourceState> {
        self.inner.sources.iter().map(|source| source.state()).collect()
    }

    /// Asks all sources now.
    pub async fn refresh(&self) {
        join_all(self.inner.sources.iter().map(|source| source.refresh(Duration::ZERO))).await;
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
mod tests;
