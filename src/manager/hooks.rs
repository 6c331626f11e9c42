//! Watching the chart's hooks while Helm is at work: what they do goes to the operation's events. Decides nothing by it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::{
    ReleaseManager,
    desk::{Desk, Lost},
};
use crate::{
    cluster::{HookNews, Verified},
    domain::{names::ReleaseKey, operation::EventBody},
};

/// How long Helm waits until it is known which pods are there before it.
const BEFORE: Duration = Duration::from_secs(15);
/// How long logs that are being read may take after Helm has ended.
const LAST_LINES: Duration = Duration::from_secs(2);

/// A watch of hooks; ends when it is dropped.
pub(super) struct Hooks {
    pub(super) news: mpsc::Receiver<HookNews>,
    watch: JoinHandle<()>,
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Hooks {
    /// Watches from now on, as whom `access` was proven. Where that is not possible nothing is told, which is no reason not to
    /// run Helm.
    pub(super) async fn watch(desk: &Desk, access: &Verified) -> Self {
        let ((tell, news), (begin, begun)) = (mpsc::channel(256), oneshot::channel());
        let (manager, key) = (desk.manager.clone(), desk.operation().key());
        let known = Arc::new(Known { manager, key, names: Mutex::default() });
        let is_hook = Box::new(move |kind: String, name: String| {
            let known = known.clone();
            async move { known.is_hook(&kind, &name).await }.boxed()
        });
        let watch = tokio::spawn(access.look().follow_hooks(begin, is_hook, tell));
        let hooks = Self { news, watch };
        let _ = timeout(BEFORE, begun).await;
        hooks
    }

    /// What came with that, and what is still to come once Helm has ended.
    pub(super) async fn rest(mut self, desk: &Desk) -> Result<(), Lost> {
        self.watch.abort();
        let all = async {
            let mut all = Vec::new();
            // Ends when the last log has.
            while let Ok(Some(news)) = timeout(LAST_LINES, self.news.recv()).await {
                all.push(news);
            }
            all
        };
        for news in all.await {
            record(desk, news).await?;
        }
        Ok(())
    }
}

/// Writes down what a hook did.
pub(super) async fn record(desk: &Desk, news: HookNews) -> Result<(), Lost> {
    match news {
        HookNews::State { object, state, reason } => desk.append(EventBody::Hook { object, state, reason }).await,
        HookNews::Line { object, writer, line } => desk.hook_line(object, &writer, &line).await,
    }
}

/// The hooks of the newest revision, which is on record before any of them runs.
struct Known {
    manager: ReleaseManager,
    key: ReleaseKey,
    names: Mutex<Vec<(String, String)>>,
}

impl Known {
    async fn is_hook(&self, kind: &str, name: &str) -> bool {
        let has = |names: &[(String, String)]| names.iter().any(|(one, other)| one == kind && other == name);
        let before = self.names.lock().map(|names| has(&names)).unwrap_or_default();
        before || {
            let names = self.read().await.unwrap_or_default();
            let found = has(&names);
            if let Ok(mut known) = self.names.lock() {
                known.extend(names);
            }
            found
        }
    }

    async fn read(&self) -> Option<Vec<(String, String)>> {
        let cluster = &self.manager.inner.cluster;
        let newest = cluster.newest(&self.key).await.ok()??;
        let body = cluster.decode(&self.key, newest.revision).await.ok()??.body;
        Some(body.hooks.into_iter().map(|hook| (hook.kind, hook.name)).collect())
    }
}
