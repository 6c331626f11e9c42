//! Why pods are not ready, in a sentence: asked for only while a workload is not healthy, so that pods need not be
//! watched. Does not decide when to ask.

use chrono::{DateTime, Utc};
use kube::{
    Api,
    api::ListParams,
    core::{ApiResource, Object},
};
use serde::Deserialize;

use super::object::{Condition, Place};
use crate::cluster::{Cluster, ClusterError, text::short};

/// Pods looked at: one that is in trouble is seldom alone.
const PODS: u32 = 20;
/// How long a reason may be.
const REASON: usize = 200;

type Pod = Object<Option<serde::de::IgnoredAny>, Status>;

/// What a pod says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cluster) struct Status {
    pub(in crate::cluster) phase: String,
    pub(in crate::cluster) conditions: Vec<Condition>,
    pub(in crate::cluster) init_container_statuses: Vec<Container>,
    pub(in crate::cluster) container_statuses: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cluster) struct Container {
    pub(in crate::cluster) name: String,
    pub(in crate::cluster) image: String,
    pub(in crate::cluster) ready: bool,
    pub(in crate::cluster) restart_count: u32,
    pub(in crate::cluster) state: State,
    pub(in crate::cluster) last_state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::cluster) struct State {
    pub(in crate::cluster) waiting: Option<Why>,
    pub(in crate::cluster) running: Option<Why>,
    pub(in crate::cluster) terminated: Option<Why>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cluster) struct Why {
    pub(in crate::cluster) reason: String,
    pub(in crate::cluster) message: String,
    pub(in crate::cluster) exit_code: i32,
    pub(in crate::cluster) started_at: Option<DateTime<Utc>>,
    pub(in crate::cluster) finished_at: Option<DateTime<Utc>>,
}

/// Why the pods of a workload are not ready; `None` where they are, or do not say.
pub(super) async fn ask(cluster: &Cluster, place: &Place, selector: &str) -> Result<Option<String>, ClusterError> {
    let resource = ApiResource::erase::<k8s_openapi::api::core::v1::Pod>(&());
    let api: Api<Pod> = Api::namespaced_with(cluster.client.clone(), place.namespace.as_str(), &resource);
    let some = ListParams::default().labels(selector).limit(PODS);
    let pods = cluster.read(|| api.list(&some)).await?;
    Ok(why(&pods.items))
}

fn why(pods: &[Pod]) -> Option<String> {
    let unready = |pod: &&Pod| {
        pod.metadata.deletion_timestamp.is_none()
            && !pod
                .status
                .iter()
                .flat_map(|status| &status.conditions)
                .any(|condition| condition.r#type == "Ready" && condition.status == "True")
    };
    let reasons = pods.iter().filter(unready).filter_map(|pod| reason(pod.status.as_ref()?));
    // The gravest first; of equals the first.
    let gravest = reasons.reduce(|a, b| if b.0 > a.0 { b } else { a });
    gravest.map(|(_, text)| short(&text, REASON))
}

/// Why a pod is not ready, and how grave that is: from 3 on it is in trouble and does not only wait.
pub(in crate::cluster) fn reason(status: &Status) -> Option<(u8, String)> {
    for container in status.init_container_statuses.iter().chain(&status.container_statuses) {
        let name = &container.name;
        if let Some(waiting) =
            container.state.waiting.as_ref().filter(|why| !matches!(why.reason.as_str(), "" | "ContainerCreating" | "PodInitializing"))
        {
            let text = match &container.last_state.terminated {
                Some(last) => format!("container {name}: {} ({})", waiting.reason, ended(last)),
                None if waiting.message.is_empty() => format!("container {name}: {}", waiting.reason),
                None => format!("container {name}: {}: {}", waiting.reason, waiting.message),
            };
            return Some((3, text));
        }
        if let Some(end) = container.state.terminated.as_ref().filter(|end| end.exit_code != 0) {
            return Some((3, format!("container {name} ended: {}", ended(end))));
        }
    }
    let scheduled = status.conditions.iter().find(|condition| condition.r#type == "PodScheduled" && condition.status == "False");
    if let Some(condition) = scheduled {
        return Some((2, format!("a pod cannot be scheduled: {}", condition.message)));
    }
    let running = |container: &&Container| !container.ready && container.state.waiting.is_none() && container.state.terminated.is_none();
    status.container_statuses.iter().find(running).map(|container| (1, format!("container {} runs but is not ready", container.name)))
}

/// The exit code and, where it says more than that there was an error, the reason. Not the message: the program wrote it.
pub(in crate::cluster) fn ended(why: &Why) -> String {
    match why.reason.as_str() {
        "" | "Error" => format!("exit code {}", why.exit_code),
        reason => format!("{reason}, exit code {}", why.exit_code),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(statuses: &[Value]) -> Option<String> {
        let pod = |status: &Value| {
            serde_json::from_value(json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": status})).unwrap()
        };
        why(&statuses.iter().map(pod).collect::<Vec<_>>())
    }

    #[test]
    fn a_pod_that_cannot_be_scheduled_says_why() {
        let conditions =
            json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}]);
        assert_eq!(told(&[json!({ "conditions": conditions })]).as_deref(), Some("a pod cannot be scheduled: 0/1 nodes are available"));
    }

    #[test]
    fn a_container_in_trouble_counts_more_than_one_that_waits() {
        let crash = json!({"containerStatuses": [{"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                           "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "message": "secret"}}}]});
        let slow = json!({"containerStatuses": [{"name": "app", "ready": false, "state": {"running": {}}}]});
        assert_eq!(told(&[slow.clone(), crash]).as_deref(), Some("container app: CrashLoopBackOff (OOMKilled, exit code 137)"));
        assert_eq!(told(&[slow]).as_deref(), Some("container app runs but is not ready"));
    }

    #[test]
    fn an_image_that_cannot_be_pulled_says_so_and_a_container_being_created_says_nothing() {
        let waiting =
            |reason: &str| json!({"containerStatuses": [{"name": "app", "state": {"waiting": {"reason": reason, "message": "m\u{7}"}}}]});
        assert_eq!(told(&[waiting("ImagePullBackOff")]).as_deref(), Some("container app: ImagePullBackOff: m"));
        assert_eq!(told(&[waiting("ContainerCreating")]), None);
    }

    #[test]
    fn pods_that_are_ready_or_leaving_say_nothing() {
        let ready =
            json!({"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "a", "state": {"running": {}}}]});
        assert_eq!(told(&[ready, json!(null)]), None);
    }
}
