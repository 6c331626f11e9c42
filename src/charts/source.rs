//! One chart source and its index, as fresh as it needs to be. Does not fetch archives.

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
    Limits, SourceConfig, SourceState,
    index::Index,
    web::{Web, WebError, drain},
};
use crate::domain::{
    names::SourceName,
    problem::{Code, Problem},
};

pub(super) struct Source {
    name: SourceName,
    /// Ends with a slash, so that relative addresses are taken from within.
    base: Url,
    web: Web,
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

impl Source {
    pub(super) fn new(config: SourceConfig, web: Web, limits: Limits) -> Self {
        let mut base = config.url;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Self { name: config.name, base, web, limits, known: RwLock::default(), asking: tokio::sync::Mutex::default() }
    }

    pub(super) fn name(&self) -> &SourceName {
        &self.name
    }

    /// Whether there is an index, old or new.
    pub(super) fn is_known(&self) -> bool {
        self.known().index.is_some()
    }

    pub(super) fn state(&self) -> SourceState {
        let known = self.known();
        let mut url = self.base.clone();
        // Neither can fail for an address with a host.
        url.set_username("").ok();
        url.set_password(None).ok();
        SourceState {
            name: self.name.clone(),
            url: url.to_string(),
            charts: known.index.map_or(0, |index| index.charts.len()),
            problem: known.problem,
        }
    }

    /// The index: at once where there is one, even while a newer is being fetched.
    pub(super) async fn index(self: &Arc<Self>) -> Option<Arc<Index>> {
        let known = self.known();
        if known.index.is_none() {
            self.refresh(self.limits.retry).await;
            return self.known().index;
        }
        let patience = if known.problem.is_some() { self.limits.retry } else { self.limits.fresh };
        if known.asked.is_none_or(|asked| asked.elapsed() > patience) && self.asking.try_lock().is_ok() {
            let source = Arc::clone(self);
            tokio::spawn(async move { source.refresh(patience).await });
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
        let outcome = self.ask(&known).await;
        let asked = Some(Instant::now());
        let new = match outcome {
            Ok(Some((index, validators))) => Known { index: Some(Arc::new(index)), validators, asked, problem: None },
            Ok(None) => Known { asked, problem: None, ..known },
            Err(fault) => Known { asked, problem: Some(self.problem(fault)), ..known },
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = new;
    }

    /// A new index, or `None` where the one that is known still holds.
    async fn ask(&self, known: &Known) -> Result<Option<(Index, HeaderMap)>, Fault> {
        let downloaded = timeout(self.limits.index_time, self.download(known)).await;
        let Some((text, validators)) = downloaded.map_err(|_| WebError::Timeout)?? else { return Ok(None) };
        let (name, base) = (self.name.clone(), self.base.clone());
        let index = tokio::task::spawn_blocking(move || Index::parse(&text, &name, &base)).await;
        let index = index.map_err(|error| Fault::NoIndex(error.to_string()))?.map_err(Fault::NoIndex)?;
        Ok(Some((index, validators)))
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
                tracing::warn!(source = %self.name, error, "an index could not be read");
                "its index.yaml is not a chart index".into()
            }
        };
        tracing::warn!(source = %self.name, why, "a chart source is of no use");
        Problem::new(
            Code::ChartSourceUnreachable,
            format!(
                "The chart source {} is of no use at present: {why}. Other sources go on working; check its address, or try again later.",
                self.name
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
