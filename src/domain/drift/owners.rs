//! Who owns which field of an object, as the cluster notes it (`metadata.managedFields`). Judges nothing.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The name under which Helm writes.
pub(super) const HELM: &str = "helm";
/// The part of the API through which controllers say how an object stands.
const STATUS: &str = "status";
/// By what Helm marks an object as its release's: whoever wrote it did what Helm does.
const MARK: [&str; 3] = ["f:metadata", "f:annotations", "f:meta.helm.sh/release-name"];
/// The longest name of a manager, which is the cluster's own bound.
const LONGEST: usize = 128;

/// Somebody who owns fields.
pub(super) struct Owner {
    pub manager: String,
    /// Through which part of the API, such as `scale`; empty for the object itself.
    pub subresource: String,
    pub at: Option<DateTime<Utc>>,
    /// Whether they do for the release what Helm does.
    pub own: bool,
    fields: Value,
}

/// The owners of an object's fields.
pub(super) struct Owners(Vec<Owner>);

impl Owners {
    /// Reads them.
    pub fn of(object: &Value) -> Self {
        let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
        let owner = |entry: &Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let manager: String = text("manager").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            let fields = entry.get("fieldsV1").cloned().unwrap_or_default();
            let marked = MARK.iter().try_fold(&fields, |at, key| at.get(key)).is_some();
            Owner {
                own: manager == HELM || marked,
                at: text("time").parse().ok(),
                subresource: text("subresource").to_owned(),
                manager,
                fields,
            }
        };
        Self(entries.into_iter().flatten().map(owner).collect())
    }

    /// From the top of the object.
    pub fn trails(&self) -> Vec<Trail<'_>> {
        self.0.iter().map(|owner| Trail { owner, node: &owner.fields }).collect()
    }

    /// The same, where whoever did what Helm does is known from another look at the object.
    pub fn with_own_of(mut self, other: &Self) -> Self {
        for owner in &mut self.0 {
            owner.own |= other.0.iter().any(|one| one.own && one.manager == owner.manager);
        }
        self
    }
}

/// An owner with what they own at one place of an object.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    pub owner: &'a Owner,
    node: &'a Value,
}

impl<'a> Trail<'a> {
    /// Whether they own all that is here, and not some of it.
    pub fn is_whole(&self) -> bool {
        self.node.as_object().is_some_and(Map::is_empty)
    }
}

/// Who owns what is under a key.
pub(super) fn under<'a>(trails: &[Trail<'a>], key: &str) -> Vec<Trail<'a>> {
    stepped(trails, |node| node.get(&format!("f:{key}")))
}

/// Who owns an item of a list.
pub(super) fn within<'a>(trails: &[Trail<'a>], at: usize, item: &Value) -> Vec<Trail<'a>> {
    stepped(trails, |node| {
        let (_, found) = node.iter().find(|(key, _)| match key.split_once(':') {
            Some(("k", keys)) => serde_json::from_str::<Map<String, Value>>(keys)
                .is_ok_and(|keys| !keys.is_empty() && keys.iter().all(|(key, value)| item.get(key) == Some(value))),
            Some(("v", value)) => serde_json::from_str::<Value>(value).is_ok_and(|value| value == *item),
            Some(("i", index)) => index.parse() == Ok(at),
            _ => false,
        })?;
        Some(found)
    })
}

fn stepped<'a>(trails: &[Trail<'a>], step: impl Fn(&'a Map<String, Value>) -> Option<&'a Value>) -> Vec<Trail<'a>> {
    let go = |trail: &Trail<'a>| match trail.node.as_object() {
        // Nothing is said of what is below: all of it is theirs.
        Some(node) if node.is_empty() => Some(*trail),
        Some(node) => step(node).map(|node| Trail { node, ..*trail }),
        None => None,
    };
    trails.iter().filter_map(go).collect()
}

/// Whether what is here is somebody else's alone: nobody who does what Helm does has said it. What controllers write with
/// an object's status is part of that, wherever it stands.
pub(super) fn is_foreign(trails: &[Trail<'_>]) -> bool {
    trails.iter().any(|trail| trail.owner.subresource != STATUS) && trails.iter().all(|trail| !trail.owner.own)
}

/// Who of them wrote last, somebody else rather than Helm.
pub(super) fn last<'a>(trails: &[Trail<'a>]) -> Option<&'a Owner> {
    trails.iter().map(|trail| trail.owner).max_by_key(|owner| (!owner.own, owner.at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_maps_and_of_lists_have_their_owners() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "helm", "fieldsV1": {"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}}}}},
            {"manager": "kubectl-edit", "time": "2026-11-23T07:00:00Z", "fieldsV1": {"f:spec": {"f:args": {}, "f:names": {"v:\"a\"": {}}}}},
        ]}});
        let owners = Owners::of(&object);
        let spec = under(&owners.trails(), "spec");
        let managers = |trails: &[Trail]| trails.iter().map(|trail| trail.owner.manager.clone()).collect::<Vec<_>>();
        let ports = within(&under(&spec, "ports"), 0, &json!({"port": 80, "protocol": "TCP"}));
        assert_eq!(managers(&under(&ports, "port")), ["helm"]);
        assert!(under(&ports, "targetPort").is_empty(), "a default is nobody's");
        assert!(is_foreign(&within(&under(&spec, "args"), 3, &json!("x"))), "a list that is owned as a whole");
        assert_eq!(managers(&within(&under(&spec, "names"), 9, &json!("a"))), ["kubectl-edit"]);
        assert!(within(&under(&spec, "names"), 0, &json!("b")).is_empty());
    }

    #[test]
    fn whoever_marks_an_object_as_helm_does_is_no_stranger() {
        let fields = json!({"f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}}, "f:spec": {"f:replicas": {}}});
        let object = json!({"metadata": {"managedFields": [{"manager": "helm-controller", "fieldsV1": fields}]}});
        let owners = Owners::of(&object);
        assert!(!is_foreign(&under(&under(&owners.trails(), "spec"), "replicas")));
        assert!(!is_foreign(&[]), "what nobody owns is the cluster's default");
        let fields = json!({"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}});
        let entry = json!({"manager": "kube-controller-manager", "subresource": "status", "fieldsV1": fields});
        let owners = Owners::of(&json!({"metadata": {"managedFields": [entry]}}));
        assert!(!is_foreign(&under(&owners.trails(), "metadata")), "written with the status");
    }
}
