//! What is dangerous in the change of one object, told from how it is now and how it is to be: by the API server's own
//! rules on what may change, and by what people are surprised by; and in the change of the chart's version. Knows nothing of
//! the live object; hides nothing.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::Value;

use super::{
    super::{chart::parse, manifest::is_kept},
    Risk, Warning,
};

/// What is dangerous about an object that changes, goes or comes; `subject` is what it is called.
pub fn of(subject: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<Warning> {
    let warn = |risk, text: String| Warning { risk, subject: subject.to_owned(), text };
    match (before, after) {
        (Some(before), None) => removed(before).map(|(risk, text)| warn(risk, text)).into_iter().collect(),
        (Some(before), Some(after)) => {
            let mut found: Vec<Warning> = immutable(before, after).into_iter().map(|text| warn(Risk::Immutable, text)).collect();
            found.extend(scaled_to_zero(before, after).map(|text| warn(Risk::ScaledToZero, text)));
            found.extend(images(before, after).into_iter().map(|text| warn(Risk::Image, text)));
            found
        }
        _ => Vec::new(),
    }
}

/// That a chart goes back to an older version; nothing where it does not, or where one of the two is no version.
pub fn older_chart(chart: &str, now: &str, then: &str) -> Option<Warning> {
    let back = parse(now)?.cmp_precedence(&parse(then)?) == Ordering::Greater;
    back.then(|| Warning {
        risk: Risk::OlderChart,
        subject: chart.to_owned(),
        text: format!("It goes back from {now} to {then}. What the newer version did, such as a migration of data, is not undone."),
    })
}

fn kind(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}

fn removed(before: &Value) -> Option<(Risk, String)> {
    if is_kept(before) {
        return Some((Risk::Kept, "The chart asks Helm to leave it: it stays in the cluster and belongs to no release.".into()));
    }
    let text = match kind(before) {
        "PersistentVolumeClaim" => "It is deleted, and the data on its volume with it unless the storage class keeps volumes.",
        "CustomResourceDefinition" => "It is deleted, and every object of its kind in the whole cluster with it.",
        "Namespace" => "It is deleted with everything in it.",
        "StatefulSet" => "Its pods are deleted; the claims made for them stay with their data and belong to nobody.",
        _ => return None,
    };
    Some((Risk::DataLoss, text.into()))
}

/// Fields that the API server does not let change, by kind.
fn immutable(before: &Value, after: &Value) -> Vec<String> {
    let differs = |path: &str| before.pointer(path) != after.pointer(path);
    let both = |path: &str| before.pointer(path).is_some() && after.pointer(path).is_some();
    let fields: Vec<String> = match kind(after) {
        "Deployment" | "DaemonSet" | "ReplicaSet" => vec!["spec.selector".into()],
        "StatefulSet" => {
            let may = [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ];
            other_keys(before, after, "/spec", &may)
        }
        "Job" => vec!["spec.selector".into(), "spec.template".into(), "spec.completionMode".into()],
        "PersistentVolumeClaim" => other_keys(before, after, "/spec", &["resources", "volumeAttributesClassName"]),
        "RoleBinding" | "ClusterRoleBinding" => vec!["roleRef".into()],
        "Secret" => vec!["type".into()],
        "StorageClass" => vec!["provisioner".into(), "parameters".into(), "reclaimPolicy".into()],
        "PriorityClass" => vec!["value".into()],
        "Service" if both("/spec/clusterIP") => vec!["spec.clusterIP".into()],
        _ => vec![],
    };
    let mut found: Vec<String> = fields.into_iter().filter(|field| differs(&format!("/{}", field.replace('.', "/")))).collect();
    let sealed = |object: &Value| object.get("immutable").and_then(Value::as_bool) == Some(true);
    if matches!(kind(after), "Secret" | "ConfigMap") && sealed(before) {
        found.extend(
            ["data", "stringData", "binaryData", "immutable"].into_iter().filter(|field| differs(&format!("/{field}"))).map(Into::into),
        );
    }
    let sentence = |field: String| {
        format!("{field} cannot be changed once the object is there: the cluster will refuse it. It has to be deleted first.")
    };
    found.into_iter().map(sentence).collect()
}

/// The keys under a path that either side has, but for some.
fn other_keys(before: &Value, after: &Value, path: &str, but: &[&str]) -> Vec<String> {
    let keys = |object: &Value| object.pointer(path).and_then(Value::as_object).map(|map| map.keys().cloned().collect::<Vec<_>>());
    let mut all: Vec<String> = [keys(before), keys(after)].into_iter().flatten().flatten().collect();
    all.sort();
    all.dedup();
    let dotted = path.trim_start_matches('/').replace('/', ".");
    all.into_iter().filter(|key| !but.contains(&key.as_str())).map(|key| format!("{dotted}.{key}")).collect()
}

fn scaled_to_zero(before: &Value, after: &Value) -> Option<String> {
    if !matches!(kind(after), "Deployment" | "StatefulSet" | "ReplicaSet") {
        return None;
    }
    let replicas = |object: &Value| object.pointer("/spec/replicas").map_or(Some(1), Value::as_u64);
    match (replicas(before)?, replicas(after)?) {
        (some @ 1.., 0) => Some(format!("It goes from {some} to no replicas: nothing of it runs afterwards.")),
        _ => None,
    }
}

/// Containers whose image changes.
fn images(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (containers(before), containers(after));
    let changed = after.iter().filter_map(|(name, image)| {
        let was = before.get(name).filter(|was| *was != image)?;
        Some(format!("{name} runs {image} instead of {was}."))
    });
    changed.collect()
}

/// The images of a workload's containers, by the container's name.
fn containers(object: &Value) -> BTreeMap<&str, &str> {
    let specs = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
    let pod = specs.into_iter().filter_map(|path| object.pointer(path)?.as_object()).find(|spec| spec.contains_key("containers"));
    let all = ["initContainers", "containers"].into_iter().filter_map(|key| pod?.get(key)?.as_array()).flatten();
    all.filter_map(|container| Some((container.get("name")?.as_str()?, container.get("image")?.as_str()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn risks(before: Value, after: Value) -> Vec<Risk> {
        let side = |value: &Value| (!value.is_null()).then(|| value.clone());
        of("x", side(&before).as_ref(), side(&after).as_ref()).into_iter().map(|warning| warning.risk).collect()
    }

    #[test]
    fn a_changed_selector_is_refused_and_a_changed_label_is_not() {
        let deployment = |app: &str, label: &str| json!({"kind": "Deployment", "metadata": {"labels": {"l": label}}, "spec": {"selector": {"matchLabels": {"app": app}}}});
        assert_eq!(risks(deployment("a", "1"), deployment("b", "1")), [Risk::Immutable]);
        assert!(risks(deployment("a", "1"), deployment("a", "2")).is_empty());
    }

    #[test]
    fn of_a_stateful_set_only_a_few_fields_may_change() {
        let set = |service: &str, replicas: u32| json!({"kind": "StatefulSet", "spec": {"serviceName": service, "replicas": replicas}});
        assert_eq!(risks(set("a", 1), set("b", 1)), [Risk::Immutable]);
        assert!(risks(set("a", 1), set("a", 3)).is_empty());
        let claims = json!({"kind": "StatefulSet", "spec": {"serviceName": "a", "replicas": 1, "volumeClaimTemplates": [{}]}});
        assert_eq!(risks(set("a", 1), claims), [Risk::Immutable], "a field that was not there counts, too");
    }

    #[test]
    fn a_service_gets_its_first_address_without_a_warning() {
        let service = |spec: Value| json!({"kind": "Service", "spec": spec});
        assert!(risks(service(json!({})), service(json!({"clusterIP": "None"}))).is_empty());
        assert_eq!(risks(service(json!({"clusterIP": "10.0.0.1"})), service(json!({"clusterIP": "None"}))), [Risk::Immutable]);
    }

    #[test]
    fn what_is_sealed_by_its_author_cannot_change() {
        let config = |value: &str| json!({"kind": "ConfigMap", "immutable": true, "data": {"a": value}});
        assert_eq!(risks(config("1"), config("2")), [Risk::Immutable]);
        assert!(risks(config("1"), config("1")).is_empty());
    }

    #[test]
    fn removed_claims_and_definitions_are_a_loss_unless_the_chart_keeps_them() {
        let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}});
        assert_eq!(risks(claim, Value::Null), [Risk::DataLoss]);
        let kept = json!({"kind": "PersistentVolumeClaim", "metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}});
        assert_eq!(risks(kept, Value::Null), [Risk::Kept]);
        assert_eq!(risks(json!({"kind": "CustomResourceDefinition"}), Value::Null), [Risk::DataLoss]);
        assert!(risks(json!({"kind": "ConfigMap"}), Value::Null).is_empty());
        assert!(risks(Value::Null, json!({"kind": "PersistentVolumeClaim"})).is_empty());
    }

    #[test]
    fn no_replicas_and_other_images_are_pointed_out() {
        let web = |replicas: Value, image: &str| {
            let pod = json!({"initContainers": [{"name": "init", "image": "init:1"}], "containers": [{"name": "web", "image": image}]});
            json!({"kind": "Deployment", "spec": {"replicas": replicas, "template": {"spec": pod}}})
        };
        assert_eq!(risks(web(json!(2), "web:1"), web(json!(0), "web:1")), [Risk::ScaledToZero]);
        assert!(risks(web(json!(0), "web:1"), web(json!(0), "web:1")).is_empty());
        let found = of("Deployment/web", Some(&web(json!(1), "web:1")), Some(&web(json!(1), "web:2")));
        assert_eq!(found[0].text, "web runs web:2 instead of web:1.");
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_chart_that_goes_back_is_pointed_out_and_one_that_goes_on_or_stays_is_not() {
        let back = older_chart("web", "1.5.0", "1.4.0").unwrap();
        assert_eq!((back.risk, back.subject.as_str()), (Risk::OlderChart, "web"));
        assert!(back.text.contains("goes back from 1.5.0 to 1.4.0"), "{}", back.text);
        assert!(!Risk::OlderChart.is_grave());
        for (now, then) in [("1.10.0", "1.9.9"), ("v2", "1.9.0"), ("1.4.0", "1.4.0-rc.1")] {
            assert!(older_chart("web", now, then).is_some(), "{now} to {then}");
        }
        for (now, then) in [("1.4.0", "1.5.0"), ("1.4.0", "1.4.0"), ("1.4.0+a", "1.4.0+b"), ("latest", "1.4.0"), ("1.4.0", "latest")] {
            assert_eq!(older_chart("web", now, then), None, "{now} to {then}");
        }
    }

    #[test]
    fn nonsense_is_no_danger() {
        for odd in [json!(null), json!([]), json!("x"), json!({"kind": 1}), json!({"kind": "Deployment", "spec": []})] {
            assert!(of("x", Some(&odd), Some(&odd)).is_empty());
        }
    }
}
