//! One object at one moment: how it stands, by kstatus's rules where they fit (there a failed pod is as good as done; here
//! it is not), and what is in it, where it is a pod. Workloads are judged by [`crate::cluster::workloads`].

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::Any;
use crate::{
    cluster::{
        text::short,
        workloads::{
            judged,
            pods::{self, Status, Why, ended},
        },
    },
    domain::{
        release::Health,
        resource::{Container, ContainerState, Ended, Pod},
    },
};

/// How long a reason may be.
const REASON: usize = 300;
/// How long a name or an image may be.
const NAME: usize = 260;

type Standing = (Health, Option<String>);

/// An object that was found.
pub(super) struct Found {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) uid: String,
    /// The uids of what owns it.
    pub(super) owners: Vec<String>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) standing: Standing,
    pub(super) pod: Option<Pod>,
    idle: bool,
}

impl Found {
    /// Reads an object; `None` for one without a name.
    pub(super) fn of(api_version: &str, kind: &str, object: Any) -> Option<Self> {
        let pod: Option<(Status, Option<String>)> = (api_version == "v1" && kind == "Pod").then(|| {
            let status = object.status.clone().and_then(|status| Status::deserialize(status).ok()).unwrap_or_default();
            let node = object.spec.as_ref().and_then(|spec| spec.get("nodeName")?.as_str().map(str::to_owned));
            (status, node)
        });
        let standing = standing(api_version, kind, &object, pod.as_ref().map(|(status, _)| status));
        let number = |part: Option<&Value>, field: &str| part.and_then(|part| part.get(field)?.as_u64());
        let idle = number(object.spec.as_ref(), "replicas") == Some(0) && number(object.status.as_ref(), "replicas").unwrap_or(0) == 0;
        let meta = object.metadata;
        Some(Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            name: meta.name?,
            uid: meta.uid.unwrap_or_default(),
            owners: meta.owner_references.unwrap_or_default().into_iter().map(|owner| owner.uid).collect(),
            created_at: meta.creation_timestamp.and_then(|time| DateTime::from_timestamp(time.0.as_second(), 0)),
            standing: (standing.0, standing.1.map(|reason| short(&reason, REASON))),
            pod: pod.map(|(status, node)| read(status, node)),
            idle,
        })
    }

    /// Whether it wants nothing and has nothing: the traces of former revisions.
    pub(super) fn is_idle(&self) -> bool {
        self.idle
    }
}

fn standing(api_version: &str, kind: &str, object: &Any, pod: Option<&Status>) -> Standing {
    let progressing = |why: &str| (Health::Progressing, Some(why.to_owned()));
    if object.metadata.deletion_timestamp.is_some() {
        return progressing("it is being deleted");
    }
    if let Some(pod) = pod {
        return of_pod(pod);
    }
    let whole = serde_json::json!({"metadata": object.metadata, "spec": object.spec, "status": object.status});
    if let Some(judged) = judged(api_version, kind, &whole) {
        return judged;
    }
    let number = |path: &str| whole.pointer(path).and_then(Value::as_i64);
    let text = |path: &str| whole.pointer(path).and_then(Value::as_str).unwrap_or_default();
    if number("/status/observedGeneration").is_some_and(|seen| seen < number("/metadata/generation").unwrap_or(0)) {
        return progressing("its controller has not taken up the change yet");
    }
    match (api_version, kind) {
        ("apps/v1", "ReplicaSet") => {
            let (wanted, ready) = (number("/spec/replicas").unwrap_or(1), number("/status/readyReplicas").unwrap_or(0));
            if ready >= wanted { (Health::Healthy, None) } else { progressing(&format!("{ready} of {wanted} ready")) }
        }
        ("v1", "PersistentVolumeClaim") => match text("/status/phase") {
            "Bound" => (Health::Healthy, None),
            "Lost" => (Health::Degraded, Some("its volume is lost".into())),
            _ => progressing("it waits for a volume"),
        },
        ("v1", "Service") if text("/spec/type") == "LoadBalancer" && whole.pointer("/status/loadBalancer/ingress").is_none() => {
            progressing("it waits for an address")
        }
        _ => by_conditions(&whole),
    }
}

/// What kinds that nobody knows say of themselves in the words that all controllers share.
fn by_conditions(whole: &Value) -> Standing {
    let conditions = whole.pointer("/status/conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let condition = |kind: &str, status: &str| {
        let found = conditions
            .iter()
            .find(|one| one.get("type").and_then(Value::as_str) == Some(kind) && one.get("status").and_then(Value::as_str) == Some(status));
        found.map(|one| {
            ["message", "reason"]
                .into_iter()
                .find_map(|field| one.get(field)?.as_str().filter(|text| !text.is_empty()))
                .unwrap_or(kind)
                .to_owned()
        })
    };
    if let Some(why) = condition("Stalled", "True").or_else(|| condition("Failed", "True")) {
        return (Health::Degraded, Some(why));
    }
    match condition("Reconciling", "True").or_else(|| condition("Ready", "False")).or_else(|| condition("Available", "False")) {
        Some(why) => (Health::Progressing, Some(why)),
        None => (Health::Healthy, None),
    }
}

fn of_pod(status: &Status) -> Standing {
    let ready = status.conditions.iter().any(|condition| condition.r#type == "Ready" && condition.status == "True");
    match status.phase.as_str() {
        "Succeeded" => (Health::Healthy, None),
        "Running" if ready => (Health::Healthy, None),
        phase => match pods::reason(status) {
            Some((gravity, why)) if gravity >= 3 || phase == "Failed" => (Health::Degraded, Some(why)),
            Some((_, why)) => (Health::Progressing, Some(why)),
            None if phase == "Failed" => (Health::Degraded, Some("it has failed".into())),
            None => (Health::Progressing, Some("it is being started".into())),
        },
    }
}

fn read(status: Status, node: Option<String>) -> Pod {
    let init = status.init_container_statuses.into_iter().map(|one| (true, one));
    let all = init.chain(status.container_statuses.into_iter().map(|one| (false, one)));
    let containers = all.map(|(init, one)| {
        let (state, reason, since) = match (one.state.running, one.state.terminated, one.state.waiting) {
            (Some(run), ..) => (ContainerState::Running, None, run.started_at),
            (None, Some(end), _) => (ContainerState::Ended, Some(ended(&end)), end.finished_at),
            (None, None, waiting) => (ContainerState::Waiting, waiting.map(|why| sentence(&why)), None),
        };
        let last =
            one.last_state.terminated.map(|end| Ended { reason: short(&end.reason, NAME), exit_code: end.exit_code, at: end.finished_at });
        Container {
            name: short(&one.name, NAME),
            image: short(&one.image, NAME),
            init,
            state,
            reason: reason.map(|reason| short(&reason, REASON)).filter(|reason| !reason.is_empty()),
            ready: one.ready,
            restarts: one.restart_count,
            since,
            last,
        }
    });
    Pod { phase: short(&status.phase, 40), node: node.map(|node| short(&node, NAME)), containers: containers.collect() }
}

fn sentence(why: &Why) -> String {
    if why.message.is_empty() { why.reason.clone() } else { format!("{}: {}", why.reason, why.message) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stands(api_version: &str, kind: &str, object: Value) -> (Health, String) {
        let object = serde_json::from_value(object).unwrap();
        let (health, why) = Found::of(api_version, kind, object).unwrap().standing;
        (health, why.unwrap_or_default())
    }

    #[test]
    fn what_only_has_to_be_there_is_healthy_and_what_is_being_deleted_is_not() {
        assert_eq!(stands("v1", "ConfigMap", json!({"metadata": {"name": "a"}})).0, Health::Healthy);
        let leaving = json!({"metadata": {"name": "a", "deletionTimestamp": "2026-11-23T07:00:00Z"}});
        assert_eq!(stands("v1", "ConfigMap", leaving), (Health::Progressing, "it is being deleted".into()));
    }

    #[test]
    fn kinds_that_nobody_knows_are_judged_by_the_words_that_all_controllers_share() {
        let with = |kind: &str, status: &str| {
            json!({"metadata": {"name": "a", "generation": 2}, "status": {"observedGeneration": 2,
                   "conditions": [{"type": kind, "status": status, "message": "because"}]}})
        };
        assert_eq!(stands("example.test/v1", "Thing", with("Ready", "True")).0, Health::Healthy);
        assert_eq!(stands("example.test/v1", "Thing", with("Ready", "False")), (Health::Progressing, "because".into()));
        assert_eq!(stands("example.test/v1", "Thing", with("Stalled", "True")), (Health::Degraded, "because".into()));
        let stale = json!({"metadata": {"name": "a", "generation": 3}, "status": {"observedGeneration": 2}});
        assert_eq!(stands("example.test/v1", "Thing", stale).0, Health::Progressing);
        // A Job of somebody else's group is none of ours.
        assert_eq!(stands("example.test/v1", "Job", with("Failed", "True")).0, Health::Degraded);
    }

    #[test]
    fn a_crash_loop_tells_how_often_it_was_started_and_how_it_ended() {
        let pod = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"phase": "Running", "containerStatuses": [
            {"name": "app", "image": "a:1", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
             "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "message": "private", "finishedAt": "2026-11-23T07:00:00Z"}}}]}});
        assert_eq!(stands("v1", "Pod", pod.clone()).0, Health::Degraded);
        let pod = Found::of("v1", "Pod", serde_json::from_value(pod).unwrap()).unwrap().pod.unwrap();
        let container = &pod.containers[0];
        assert_eq!((pod.node.as_deref(), container.restarts, container.state), (Some("n"), 4, ContainerState::Waiting));
        assert_eq!(container.reason.as_deref(), Some("CrashLoopBackOff: back-off"));
        assert_eq!(container.last.as_ref().map(|last| (last.reason.as_str(), last.exit_code)), Some(("OOMKilled", 137)));
    }

    #[test]
    fn a_volume_that_is_not_bound_and_a_service_without_its_address_are_on_their_way() {
        let claim = |phase: &str| json!({"metadata": {"name": "a"}, "status": {"phase": phase}});
        assert_eq!(stands("v1", "PersistentVolumeClaim", claim("Bound")).0, Health::Healthy);
        assert_eq!(stands("v1", "PersistentVolumeClaim", claim("Pending")).0, Health::Progressing);
        assert_eq!(stands("v1", "PersistentVolumeClaim", claim("Lost")).0, Health::Degraded);
        let service = |kind: &str| json!({"metadata": {"name": "a"}, "spec": {"type": kind}, "status": {"loadBalancer": {}}});
        assert_eq!(stands("v1", "Service", service("LoadBalancer")).0, Health::Progressing);
        assert_eq!(stands("v1", "Service", service("ClusterIP")).0, Health::Healthy);
    }
}
