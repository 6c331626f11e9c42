//! A registry of the OCI kind as a chart source: charts are repositories, their versions are tags, an archive is a layer.
//! Speaks as much of the distribution protocol as that takes, through [`super::web`], so that its limits hold here, too.
//! Does not fetch archives.

mod challenge;
mod wire;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::{
    Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde::de::DeserializeOwned;

use self::wire::{About, MOST, MOST_OF_TAGS, Manifest, Tags, following, plain, read, succeeded, tag_of, version_of};
use super::{
    about::lines,
    index::{Entry, File, Index},
    text::short,
    web::{Web, WebError},
};
use crate::domain::{
    chart::{self, ChartVersion},
    names::{ChartName, SourceName},
    source::Login,
};

/// What a manifest is.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What the archive's layer is.
const ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The most pages of a chart's tags. With more of them nothing is listed: pages are in the order of letters, and the newest
/// version may be on any.
pub(super) const PAGES: usize = 100;
/// How many tags a page is asked to have.
const PAGE: usize = 1_000;
/// The most versions that are listed, over all charts.
pub(super) const VERSIONS: usize = 100_000;
/// How many versions of a chart, newest first, are looked at before anybody asks for them.
const LOOKED_AT: usize = 20;
/// Questions at a time.
const AT_ONCE: usize = 4;

/// A registry, below a path of it.
pub(super) struct Registry {
    web: Web,
    /// `https://host/v2/`
    root: Url,
    /// Each chart's repository.
    charts: BTreeMap<ChartName, String>,
    login: Login,
    /// Tokens that the registry gave out, by what they are for.
    tokens: Mutex<HashMap<String, HeaderValue>>,
    /// What is known of tags, by chart and tag. Asked for anew by a refresh that somebody wants.
    seen: Mutex<HashMap<(ChartName, String), Seen>>,
}

/// What a manifest and the description in it say of a version.
#[derive(Clone)]
struct Seen {
    version: ChartVersion,
    digest: String,
    changes: String,
}

/// Why there is no answer of use.
pub(super) enum Fault {
    Web(WebError),
    /// It is not a registry's; the text is for the log.
    Odd(String),
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

impl Registry {
    /// The charts below an address; without any, the address is a chart's own.
    pub(super) fn new(address: &Url, charts: &[ChartName], login: Login, web: Web) -> Option<Self> {
        let path = address.path().trim_matches('/');
        let root = address.join("/v2/").ok()?;
        let joined = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let charts = match charts {
            [] => [(path.rsplit('/').next()?.parse().ok()?, path.to_owned())].into(),
            charts => charts.iter().map(|chart| (chart.clone(), joined(chart.as_str()))).collect(),
        };
        Some(Self { web, root, charts, login, tokens: Mutex::default(), seen: Mutex::default() })
    }

    /// What the registry offers. With `anew`, nothing that is known of tags counts.
    pub(super) async fn index(&self, source: &SourceName, anew: bool) -> Result<Index, Fault> {
        if anew {
            self.seen().clear();
        }
        let listed = &AtomicUsize::new(0);
        let entries = stream::iter(self.charts.keys().cloned()).map(|name| self.entry(source, name, listed)).buffer_unordered(AT_ONCE);
        let charts: Vec<_> = entries.try_collect().await?;
        Ok(Index { charts: charts.into_iter().flatten().collect() })
    }

    async fn entry(&self, source: &SourceName, name: ChartName, listed: &AtomicUsize) -> Result<Option<(ChartName, Arc<Entry>)>, Fault> {
        let mut tags = self.tags(&name, listed).await?;
        tags.sort_by(|a, b| chart::compare(&version_of(b), &version_of(a)));
        tags.dedup();
        let unseen: Vec<String> =
            tags.iter().take(LOOKED_AT).filter(|tag| !self.seen().contains_key(&(name.clone(), (*tag).clone()))).cloned().collect();
        let looks = stream::iter(unseen).map(|tag| {
            let name = name.clone();
            async move {
                // One that cannot be read is listed all the same, and told of when it is chosen.
                if let Err(Fault::Odd(why)) = self.look(&name, &tag).await {
                    tracing::debug!(chart = %name, tag, why, "a version in a registry is no chart");
                }
            }
        });
        looks.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
        let listed = tags.iter().filter_map(|tag| {
            let seen = self.seen().get(&(name.clone(), tag.clone())).cloned();
            let (version, changes) = seen.map_or_else(|| (plain(tag), String::new()), |seen| (seen.version, seen.changes));
            Some((version, File { url: self.manifest_url(&name, tag)?, digest: None, changes: changes.into() }))
        });
        let (versions, files): (Vec<_>, Vec<_>) = listed.unzip();
        let entry = Entry::of(source.clone(), name.clone(), versions, files);
        Ok((!entry.files.is_empty()).then(|| (name, Arc::new(entry))))
    }

    /// Where a version's archive is, by its digest.
    pub(super) async fn resolve(&self, chart: &ChartName, version: &str) -> Result<File, Fault> {
        let seen = self.look(chart, &tag_of(version)).await?;
        let url = self.blob_url(chart, &seen.digest).ok_or(WebError::Scheme)?;
        let digest = seen.digest.strip_prefix("sha256:").map(str::to_owned);
        let digest = digest.ok_or_else(|| Fault::Odd("its digest is not one of SHA-256".into()))?;
        Ok(File { url, digest: Some(digest), changes: seen.changes.into() })
    }

    /// Asks for an archive.
    pub(super) async fn archive(&self, url: &Url) -> Result<Response, WebError> {
        self.ask(url, "*/*", true).await
    }

    /// Reads a version's manifest and description, and keeps what they say.
    async fn look(&self, chart: &ChartName, tag: &str) -> Result<Seen, Fault> {
        let manifest: Manifest = self.json(&self.manifest_url(chart, tag).ok_or(WebError::Scheme)?, MANIFEST).await?;
        let layer = manifest.layers.iter().find(|layer| layer.media_type == ARCHIVE);
        let layer = layer.ok_or_else(|| Fault::Odd("its manifest names no chart archive".into()))?;
        // Of a registry that is odd about the description, the archive is still good.
        let about: About = match self.blob_url(chart, &manifest.config.digest) {
            Some(url) => self.json(&url, "*/*").await.unwrap_or_default(),
            None => About::default(),
        };
        let created = manifest.annotations.created.as_deref();
        let version = ChartVersion {
            app_version: short(&about.app_version, 100),
            description: short(&about.description, super::index::DESCRIPTION),
            created: created.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.with_timezone(&Utc)),
            deprecated: about.deprecated,
            kube_version: short(&about.kube_version, 100),
            digest: Some(layer.digest.clone()),
            ..plain(tag)
        };
        let seen = Seen { version, digest: layer.digest.clone(), changes: lines(&about.annotations.changes) };
        self.seen().insert((chart.clone(), tag.to_owned()), seen.clone());
        Ok(seen)
    }

    /// A chart's tags that are versions; `listed` counts those of all charts.
    async fn tags(&self, chart: &ChartName, listed: &AtomicUsize) -> Result<Vec<String>, Fault> {
        let mut next = self.root.join(&format!("{}/tags/list?n={PAGE}", self.charts.get(chart).ok_or(WebError::Scheme)?)).ok();
        let mut tags = Vec::new();
        for _ in 0..PAGES {
            let Some(url) = next.take() else { return Ok(tags) };
            let answer = self.ask(&url, "application/json", false).await?;
            next = following(&answer, &url);
            let page = read::<Tags>(answer, MOST_OF_TAGS).await?.tags;
            if listed.fetch_add(page.len(), Ordering::Relaxed) + page.len() > VERSIONS {
                return Err(WebError::TooManyVersions(VERSIONS).into());
            }
            tags.extend(page);
        }
        if next.is_some() { Err(WebError::TooManyPages(PAGES).into()) } else { Ok(tags) }
    }

    async fn json<T: DeserializeOwned>(&self, url: &Url, accept: &'static str) -> Result<T, Fault> {
        read(self.ask(url, accept, false).await?, MOST).await
    }

    /// Asks, and once more with a token where the registry wants one.
    async fn ask(&self, url: &Url, accept: &'static str, archive: bool) -> Result<Response, WebError> {
        let scope = self.scope(url);
        let known = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned();
        let headers = |token: Option<HeaderValue>| {
            let accept = (ACCEPT, HeaderValue::from_static(accept));
            [Some(accept), token.map(|token| (AUTHORIZATION, token))].into_iter().flatten().collect::<HeaderMap>()
        };
        let answer = self.web.ask(url, headers(known), archive).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return succeeded(answer);
        }
        let token = self.token(answer, &scope).await?;
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(scope, token.clone());
        succeeded(self.web.ask(url, headers(Some(token)), archive).await?)
    }

    fn scope(&self, url: &Url) -> String {
        let path = url.path().trim_start_matches("/v2/");
        let repository = ["/tags/", "/manifests/", "/blobs/"].iter().find_map(|part| path.split_once(part)).map_or(path, |(name, _)| name);
        format!("repository:{repository}:pull")
    }

    fn manifest_url(&self, chart: &ChartName, tag: &str) -> Option<Url> {
        self.root.join(&format!("{}/manifests/{tag}", self.charts.get(chart)?)).ok()
    }

    fn blob_url(&self, chart: &ChartName, digest: &str) -> Option<Url> {
        let hex = digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.root.join(&format!("{}/blobs/sha256:{hex}", self.charts.get(chart)?)).ok()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<(ChartName, String), Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
