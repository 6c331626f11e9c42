//! Pods of hooks while Helm is at work: how they stand, and what they write from their first line on, since Helm may
//! remove a hook the moment it has ended. Which pods are hooks' is asked of whoever knows; nothing is redacted.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, future::BoxFuture};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    core::{ApiResource, Object},
};
use serde::de::IgnoredAny;
use tokio::sync::{mpsc::Sender, oneshot};

use super::Sighting;
use crate::{
    cluster::{
        follow::{Followed, Selection, follow},
        text::short,
        workloads::pods::{Status, reason},
    },
    domain::{
        operation::HookState,
        pod_log::{LogLine, LogQuery},
    },
};

/// Pods that can be a hook's: such a pod, or a Job's.
type Seen = Object<Option<IgnoredAny>, Status>;

/// Whether there is a hook of that kind and name.
pub type IsHook = Box<dyn Fn(String, String) -> BoxFuture<'static, bool> + Send + Sync>;

/// How many pods are followed in one run.
const PODS: usize = 50;
/// The most lines of one container.
const LINES: usize = 500;
/// The longest reason.
const REASON: usize = 200;

/// What a hook did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookNews {
    /// It stands so.
    State {
        /// Kind and name of its object.
        object: String,
        /// How.
        state: HookState,
        /// Why.
        reason: Option<String>,
    },
    /// It wrote a line.
    Line {
        /// Kind and name of its object.
        object: String,
        /// Which container of which pod of it, as a text of no further meaning.
        writer: String,
        /// What.
        line: String,
    },
}

impl Sighting {
    /// Tells of the hooks' pods that are made once `begin` was told, for ever. It is told when the pods that are there are known,
    /// and dropped where they cannot be: what is there before Helm begins is nothing that Helm will have done. `is_hook` knows
    /// hooks by kind and name.
    pub async fn follow_hooks(self, begin: oneshot::Sender<()>, is_hook: IsHook, tell: Sender<HookNews>) {
        let api: Api<Seen> = Api::namespaced_with(self.cluster.client.clone(), self.namespace.as_str(), &ApiResource::erase::<Pod>(&()));
        let selection = Selection { what: "pods of hooks", labels: "", fields: "", page: 500 };
        let mut seen = Box::pin(follow(api, selection, None, |pod: Seen| pod));
        let (mut begin, mut old) = (Some(begin), HashSet::<String>::new());
        let (mut hooks, mut told, mut logs) = (HashMap::<String, String>::new(), HashMap::new(), HashSet::new());
        while let Some(news) = seen.next().await {
            let pods = match news {
                Followed::Listed(all) => match begin.take().filter(|begin| !begin.is_closed()) {
                    Some(begin) => {
                        old.extend(all.into_iter().filter_map(|pod| pod.metadata.uid));
                        let _ = begin.send(());
                        continue;
                    }
                    // Helm has begun without waiting any longer.
                    None => all,
                },
                Followed::Applied(pod) | Followed::Deleted(pod) => vec![pod],
                Followed::Lost(error) => {
                    if !error.is_transient() {
                        begin = None;
                    }
                    continue;
                }
                Followed::Alive => continue,
            };
            for pod in pods {
                let (Some(uid), Some(name)) = (pod.metadata.uid.clone(), pod.metadata.name.clone()) else { continue };
                if old.contains(&uid) {
                    continue;
                }
                if !hooks.contains_key(&uid) {
                    let owners = pod.metadata.owner_references.clone().unwrap_or_default();
                    let (kind, of) = match owners.first() {
                        Some(owner) if owner.kind == "Job" => ("Job", owner.name.clone()),
                        Some(_) => ("", String::new()),
                        None => ("Pod", name.clone()),
                    };
                    if kind.is_empty() || hooks.len() >= PODS || !is_hook(kind.to_owned(), of.clone()).await {
                        old.insert(uid);
                        continue;
                    }
                    hooks.insert(uid.clone(), short(&format!("{kind}/{of}"), 300));
                }
                let Some(object) = hooks.get(&uid) else { continue };
                let status = pod.status.unwrap_or_default();
                let now = (state(&status), reason(&status).map(|(_, why)| short(&why, REASON)));
                if told.get(object) != Some(&now) {
                    told.insert(object.clone(), now.clone());
                    let news = HookNews::State { object: object.clone(), state: now.0, reason: now.1 };
                    if tell.send(news).await.is_err() {
                        return;
                    }
                }
                for container in status.init_container_statuses.iter().chain(&status.container_statuses) {
                    let begun = container.state.running.is_some() || container.state.terminated.is_some();
                    if begun && logs.insert((uid.clone(), container.name.clone())) {
                        let query = LogQuery { pod: name.clone(), container: Some(container.name.clone()), previous: false, tail: 5_000 };
                        tokio::spawn(pass_on(self.clone(), query, object.clone(), tell.clone()));
                    }
                }
            }
        }
    }
}

/// Passes on what a container writes, until it ends.
async fn pass_on(sighting: Sighting, query: LogQuery, object: String, tell: Sender<HookNews>) {
    let Ok(lines) = sighting.follow(&query).await else { return };
    let writer = format!("{}/{}", query.pod, query.container.unwrap_or_default());
    let mut lines = lines.take(LINES);
    while let Some(LogLine { line, .. }) = lines.next().await {
        if tell.send(HookNews::Line { object: object.clone(), writer: writer.clone(), line }).await.is_err() {
            return;
        }
    }
}

fn state(status: &Status) -> HookState {
    match status.phase.as_str() {
        "Succeeded" => HookState::Succeeded,
        "Failed" => HookState::Failed,
        "Running" => HookState::Running,
        _ => HookState::Waiting,
    }
}
