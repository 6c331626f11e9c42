//! Following a kind of object without end: list, then watch from there, over errors, dropped streams and expired
//! versions. kube's own watcher does the same, but keeps bookmarks to itself, waits for a list without limit and
//! notices a dead connection after five minutes. Does not keep objects: each is mapped as it arrives.

use std::{fmt::Debug, time::Duration};

use futures::{Stream, StreamExt, stream::BoxStream};
use kube::{
    Api,
    api::{ListParams, WatchEvent, WatchParams},
    core::Resource,
};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout};

use super::{
    Cluster,
    error::{ClusterError, Fault},
};

/// How long a page of a list may take.
const LIST: Duration = Duration::from_secs(30);
/// How long the API server may take to begin a watch.
const BEGIN: Duration = Duration::from_secs(10);
/// How long a watch is asked to last; the server sends a bookmark shortly before its end.
const WATCH: Duration = Duration::from_secs(60);
/// A watch that outlives its time by so much is dead.
const GRACE: Duration = Duration::from_secs(5);
/// After so long without a word the API server is asked whether it is there.
const QUIET: Duration = Duration::from_secs(3);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A watch that lived so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// After so many attempts in vain to go on from a version, everything is listed again.
const RELIST_AFTER: u32 = 4;

/// What there is to follow.
#[derive(Clone, Copy)]
pub(super) struct Selection {
    /// Label selector.
    pub(super) labels: &'static str,
    /// Field selector.
    pub(super) fields: &'static str,
    /// Objects per page of a list.
    pub(super) page: u32,
}

/// What was seen.
pub(super) enum Followed<T> {
    /// Everything that there is: the whole truth.
    Listed(Vec<T>),
    /// Made or changed.
    Applied(T),
    /// Removed, as it was.
    Deleted(T),
    /// Nothing new, and the line is good.
    Alive,
    /// The line is not good; it is tried again after a pause.
    Lost(ClusterError),
}

/// Follows what the selection selects, each object mapped at once; never ends. With a `probe`, silence is broken by
/// asking the API server whether it is there.
pub(super) fn follow<K, T, F>(api: Api<K>, selection: Selection, probe: Option<Cluster>, map: F) -> impl Stream<Item = Followed<T>> + Send
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    T: Send,
    F: Fn(K) -> T + Send,
{
    let follower = Follower { api, selection, probe, map, stage: Stage::List, failures: 0, pause: None };
    futures::stream::unfold(follower, |mut follower| async {
        let seen = follower.next().await;
        Some((seen, follower))
    })
}

struct Follower<K, F> {
    api: Api<K>,
    selection: Selection,
    probe: Option<Cluster>,
    map: F,
    stage: Stage<K>,
    failures: u32,
    pause: Option<Duration>,
}

enum Stage<K> {
    /// Nothing is known.
    List,
    /// Everything up to this version is known.
    Resume(String),
    /// Events flow.
    Flow { events: BoxStream<'static, kube::Result<WatchEvent<K>>>, version: String, since: Instant },
}

impl<K, T, F> Follower<K, F>
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    F: Fn(K) -> T,
{
    async fn next(&mut self) -> Followed<T> {
        loop {
            if let Some(pause) = self.pause.take() {
                tokio::time::sleep(pause).await;
            }
            let seen = match std::mem::replace(&mut self.stage, Stage::List) {
                Stage::List => self.list().await,
                Stage::Resume(version) => self.resume(version).await,
                Stage::Flow { events, version, since } => self.flow(events, version, since).await,
            };
            if let Some(seen) = seen {
                return seen;
            }
        }
    }

    async fn list(&mut self) -> Option<Followed<T>> {
        let mut seen = Vec::new();
        let mut page = ListParams::default().labels(self.selection.labels).fields(self.selection.fields).limit(self.selection.page);
        loop {
            let list = match within(LIST, self.api.list(&page)).await {
                Ok(list) => list,
                Err(fault) => return self.failed(fault),
            };
            seen.extend(list.items.into_iter().map(&self.map));
            match list.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page.continue_token = Some(token),
                None => {
                    self.stage = Stage::Resume(list.metadata.resource_version.unwrap_or_default());
                    return Some(Followed::Listed(seen));
                }
            }
        }
    }

    async fn resume(&mut self, version: String) -> Option<Followed<T>> {
        let mut wanted = WatchParams::default().labels(self.selection.labels).fields(self.selection.fields);
        wanted.timeout = u32::try_from(WATCH.as_secs()).ok();
        match within(BEGIN, self.api.watch(&wanted, &version)).await {
            Ok(events) => {
                self.stage = Stage::Flow { events: events.boxed(), version, since: Instant::now() };
                Some(Followed::Alive)
            }
            Err(fault) => {
                // A version from the future (a restored backup) is never reached: after a few attempts begin anew.
                if self.failures < RELIST_AFTER {
                    self.stage = Stage::Resume(version);
                }
                self.failed(fault)
            }
        }
    }

    async fn flow(
        &mut self,
        mut events: BoxStream<'static, kube::Result<WatchEvent<K>>>,
        version: String,
        since: Instant,
    ) -> Option<Followed<T>> {
        let Ok(event) = timeout(QUIET, events.next()).await else {
            if since.elapsed() > WATCH + GRACE {
                self.stage = Stage::Resume(version);
                return None;
            }
            self.stage = Stage::Flow { events, version, since };
            return self.break_silence().await;
        };
        if since.elapsed() > GOOD {
            self.failures = 0;
        }
        let (seen, next) = match event {
            Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object))) => {
                let next = object.meta().resource_version.clone();
                (Followed::Applied((self.map)(object)), next)
            }
            Some(Ok(WatchEvent::Deleted(object))) => {
                let next = object.meta().resource_version.clone();
                (Followed::Deleted((self.map)(object)), next)
            }
            Some(Ok(WatchEvent::Bookmark(bookmark))) => (Followed::Alive, Some(bookmark.metadata.resource_version)),
            Some(Ok(WatchEvent::Error(status))) => {
                self.stage = Stage::Resume(version);
                return self.failed(Fault::from(&*status));
            }
            // Streams end in the ordinary course of life. Whether the line is lost shows when it is taken up again;
            // one that ends as soon as it begins must not keep the API server busy.
            Some(Err(_)) | None => {
                if since.elapsed() < GOOD {
                    self.back_off();
                }
                self.stage = Stage::Resume(version);
                return None;
            }
        };
        self.failures = 0;
        self.stage = Stage::Flow { events, version: next.unwrap_or(version), since };
        Some(seen)
    }

    async fn break_silence(&mut self) -> Option<Followed<T>> {
        let probe = self.probe.as_ref()?;
        Some(match probe.ping().await {
            Ok(()) => Followed::Alive,
            Err(error) => Followed::Lost(error),
        })
    }

    /// Notes a failure and pauses before the next attempt. That a version expired is no news to anybody.
    fn failed(&mut self, fault: Fault) -> Option<Followed<T>> {
        self.back_off();
        match fault {
            Fault::Expired => {
                self.stage = Stage::List;
                None
            }
            Fault::Error(error) => Some(Followed::Lost(error)),
        }
    }

    fn back_off(&mut self) {
        self.pause = Some((Duration::from_millis(100) * 2u32.pow(self.failures.min(6))).min(LONGEST_PAUSE));
        self.failures = self.failures.saturating_add(1);
    }
}

async fn within<A>(limit: Duration, call: impl Future<Output = kube::Result<A>>) -> Result<A, Fault> {
    match timeout(limit, call).await {
        Ok(answer) => answer.map_err(Fault::from),
        Err(_) => Err(Fault::Error(ClusterError::Unreachable(format!("no answer within {limit:?}")))),
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
