//! One chart source and its index, as fresh as it needs to be. Asks for archives, and leaves what they hold to others.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use reqwest::{
    Response, StatusCode, Url,
    header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use tokio::time::{Instant, timeout};

use super::{
    Limits, SourceState,
    index::{File, Index},
    registry::{self, Registry},
    web::{Web, WebError, drain},
};
use crate::domain::{
    names::{ChartName, SourceName},
    problem::{Code, Problem},
    source::{Login, SourceConfig, SourceKind, SourceOrigin},
};

/// How long somebody waits for a source that has never been asked.
const FIRST: Duration = Duration::from_secs(5);

/// How much older than a repository's index a registry's lists may be: they take a question for each chart.
const SLOWER: u32 = 10;

pub(super) struct Source {
    config: SourceConfig,
    origin: SourceOrigin,
    /// Ends with a slash, so that relative addresses are taken from within.
    base: Url,
    web: Web,
    /// Where it is a registry.
    registry: Option<Registry>,
    limits: Limits,
    known: RwLock<Known>,
    /// Only one at a time asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    index: Option<Arc<Index>>,
    /// What to send along so that an unchanged index is not sent again.
    validators: HeaderMap,
    asked: Option<Instant>,
    answered: Option<Instant>,
    problem: Option<Problem>,
}

/// Why there is no new index.
enum Fault {
    Web(WebError),
    /// It is not an index; the text is for the log.
    NoIndex(String),
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        Self::Web(error)
    }
}

impl From<registry::Fault> for Fault {
    fn from(fault: registry::Fault) -> Self {
        match fault {
            registry::Fault::Web(error) => Self::Web(error),
            registry::Fault::Odd(why) => Self::NoIndex(why),
        }
    }
}

impl Source {
    pub(super) fn new(config: SourceConfig, origin: SourceOrigin, allow_private: bool, mut limits: Limits) -> Result<Self, Problem> {
        let unusable = |why: &str| Problem::new(Code::InvalidSource, format!("The chart source {} cannot be used: {why}.", config.name));
        let base = format!("{}/", config.url.http());
        let base: Url = base.parse().map_err(|_| unusable("its address cannot be read"))?;
        let web = Web::new(allow_private, config.access.ca.as_deref(), &limits);
        let web = web.map_err(|_| unusable("its certificates are none, as PEM"))?;
        // A registry's password is shown where the registry says.
        let (web, registry) = match (config.url.kind(), &config.access.login) {
            (SourceKind::Repository, login) => (web.signing_in(&base, login), None),
            (SourceKind::Registry, login) => {
                limits.fresh *= SLOWER;
                let web = if matches!(login, Login::Bearer { .. }) { web.signing_in(&base, login) } else { web };
                let registry = Registry::new(&base, &config.charts, login.clone(), web.clone());
                (web, Some(registry.ok_or_else(|| unusable("name its charts, or have its address end in one"))?))
            }
        };
        Ok(Self { config, origin, base, web, registry, limits, known: RwLock::default(), asking: tokio::sync::Mutex::default() })
    }

    pub(super) fn name(&self) -> &SourceName {
        &self.config.name
    }

    pub(super) fn origin(&self) -> SourceOrigin {
        self.origin
    }

    /// Whether there is an index, old or new.
    pub(super) fn is_known(&self) -> bool {
        self.known().index.is_some()
    }

    pub(super) fn state(&self) -> SourceState {
        let known = self.known();
        let index = known.index.as_ref();
        SourceState {
            config: self.config.clone(),
            origin: self.origin,
            charts: index.map_or(0, |index| index.charts.len()),
            versions: index.map_or(0, |index| index.charts.values().map(|entry| entry.files.len()).sum()),
            asked: known.asked.map(|at| at.elapsed()),
            answered: known.answered.map(|at| at.elapsed()),
            problem: known.problem,
        }
    }

    /// The index: at once where the source has been asked before, even while a newer is being fetched. One that is
    /// asked for the first time is waited for, but not for long: a page may be waiting.
    pub(super) async fn index(self: &Arc<Self>) -> Option<Arc<Index>> {
        let known = self.known();
        let patience = if known.problem.is_some() { self.limits.retry } else { self.limits.fresh };
        let due = known.asked.is_none_or(|asked| asked.elapsed() > patience);
        if due && (known.asked.is_none() || self.asking.try_lock().is_ok()) {
            let source = Arc::clone(self);
            let asking = tokio::spawn(async move { source.refresh(patience).await });
            if known.asked.is_none() {
                timeout(FIRST, asking).await.ok();
                return self.known().index;
            }
        }
        known.index
    }

    /// Asks for the index, unless that was done less than `age` ago.
    pub(super) async fn refresh(&self, age: Duration) {
        let called = Instant::now();
        let _asking = self.asking.lock().await;
        let known = self.known();
        // Somebody may have asked while we waited for our turn.
        if known.asked.is_some_and(|asked| asked > called || asked.elapsed() < age) {
            return;
        }
        let outcome = self.ask(&known, age.is_zero()).await;
        let asked = Some(Instant::now());
        let new = match outcome {
            Ok(Some((index, validators))) => Known { index: Some(Arc::new(index)), validators, asked, answered: asked, problem: None },
            Ok(None) => Known { asked, answered: asked, problem: None, ..known },
            Err(fault) => Known { asked, problem: Some(self.problem(fault)), ..known },
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// A new index, or `None` where the one that is known still holds.
    async fn ask(&self, known: &Known, anew: bool) -> Result<Option<(Index, HeaderMap)>, Fault> {
        if let Some(registry) = &self.registry {
            let index = timeout(self.limits.index_time, registry.index(self.name(), anew)).await.map_err(|_| WebError::Timeout)??;
            return Ok(Some((index, HeaderMap::new())));
        }
        let downloaded = timeout(self.limits.index_time, self.download(known)).await;
        let Some((text, validators)) = downloaded.map_err(|_| WebError::Timeout)?? else { return Ok(None) };
        let (name, base) = (self.name().clone(), self.base.clone());
        let index = tokio::task::spawn_blocking(move || Index::parse(&text, &name, &base)).await;
        let index = index.map_err(|error| Fault::NoIndex(error.to_string()))?.map_err(Fault::NoIndex)?;
        Ok(Some((index, validators)))
    }

    /// What a version's archive really is, where the index does not tell.
    pub(super) async fn resolve(&self, chart: &ChartName, version: &str, file: &File) -> Result<File, Problem> {
        match &self.registry {
            None => Ok(file.clone()),
            Some(registry) => {
                let resolved = timeout(self.limits.index_time, registry.resolve(chart, version)).await;
                resolved.unwrap_or(Err(WebError::Timeout.into())).map_err(|fault| self.problem(fault.into()))
            }
        }
    }

    /// Asks for an archive.
    pub(super) async fn archive(&self, url: &Url) -> Result<Response, WebError> {
        match &self.registry {
            None => self.web.archive(url).await,
            Some(registry) => registry.archive(url).await,
        }
    }

    async fn download(&self, known: &Known) -> Result<Option<(Vec<u8>, HeaderMap)>, WebError> {
        let url = self.base.join("index.yaml").map_err(|_| WebError::Scheme)?;
        let answer = self.web.index(&url, known.validators.clone()).await?;
        if answer.status() == StatusCode::NOT_MODIFIED {
            return if known.index.is_some() { Ok(None) } else { Err(WebError::Status(304)) };
        }
        let validators = validators_of(&answer);
        let mut text = Vec::new();
        drain::<WebError>(answer, self.limits.index_bytes, |piece| {
            text.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(Some((text, validators)))
    }

    fn problem(&self, fault: Fault) -> Problem {
        let why = match fault {
            Fault::Web(error) => error.to_string(),
            Fault::NoIndex(error) => {
                tracing::warn!(source = %self.name(), error, "what a chart source offers could not be read");
                let what = if self.registry.is_some() {
                    "it does not answer as a registry of charts"
                } else {
                    "its index.yaml is not a chart index"
                };
                what.into()
            }
        };
        tracing::warn!(source = %self.name(), why, "a chart source is of no use");
        Problem::new(
            Code::ChartSourceUnreachable,
            format!(
                "The chart source {} is of no use at present: {why}. Other sources go on working; check its address, or try again later.",
                self.name()
            ),
        )
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn validators_of(answer: &Response) -> HeaderMap {
    let pairs: [(HeaderName, HeaderName); 2] = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
    let value = |name: &HeaderName| -> Option<HeaderValue> { answer.headers().get(name).cloned() };
    pairs.into_iter().filter_map(|(name, condition)| Some((condition, value(&name)?))).collect()
}
