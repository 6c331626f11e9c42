//! Which objects a manifest wants, each as Helm would apply it: with the label and the annotations by which Helm marks
//! what is its own, and without what only the cluster writes. Asks for nothing.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::domain::{manifest::Document, names::ReleaseKey};

/// What the cluster itself writes into an object's metadata.
pub(super) const SERVERS_OWN: [&str; 8] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "uid",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// An object that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where the manifest says one.
    pub namespace: Option<String>,
    /// What is to be applied; `None` where that cannot be read.
    pub object: Option<Value>,
}

/// The objects of a release's manifest, those of its lists included.
pub fn asked(manifest: &str, key: &ReleaseKey) -> Vec<Asked> {
    let mut found = Vec::new();
    for (at, document) in Document::all(manifest).into_iter().enumerate() {
        match document.value {
            Some(object) => note(Arc::unwrap_or_clone(object), key, at, &mut found),
            None => found.push(unreadable(at, document.kind)),
        }
    }
    found
}

fn note(object: Value, key: &ReleaseKey, at: usize, found: &mut Vec<Asked>) {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text("/metadata/name");
    if let (None, Some(items)) = (&name, object.get("items").and_then(Value::as_array)) {
        items.iter().filter(|item| item.get("items").is_none()).for_each(|item| note(item.clone(), key, at, found));
        return;
    }
    let (Some(api_version), Some(kind), Some(name)) = (text("/apiVersion"), text("/kind"), name) else {
        found.push(unreadable(at, text("/kind").unwrap_or_default()));
        return;
    };
    let asked = Asked { namespace: text("/metadata/namespace"), object: Some(as_helm_would(object, key)), api_version, kind, name };
    let same = |one: &Asked| {
        (&one.api_version, &one.kind, &one.name, &one.namespace) == (&asked.api_version, &asked.kind, &asked.name, &asked.namespace)
    };
    if !found.iter().any(same) {
        found.push(asked);
    }
}

fn unreadable(at: usize, kind: String) -> Asked {
    Asked { api_version: String::new(), kind, name: format!("document {} of the manifest", at + 1), namespace: None, object: None }
}

fn as_helm_would(mut object: Value, key: &ReleaseKey) -> Value {
    if let Some(whole) = object.as_object_mut() {
        whole.remove("status");
        in_child(whole, "metadata", |metadata| {
            SERVERS_OWN.iter().for_each(|field| drop(metadata.remove(*field)));
            in_child(metadata, "labels", |labels| drop(labels.insert("app.kubernetes.io/managed-by".into(), json!("Helm"))));
            in_child(metadata, "annotations", |annotations| {
                annotations.insert("meta.helm.sh/release-name".into(), json!(key.name.as_str()));
                annotations.insert("meta.helm.sh/release-namespace".into(), json!(key.namespace.as_str()));
            });
        });
        let core_secret = whole.get("kind") == Some(&json!("Secret")) && whole.get("apiVersion") == Some(&json!("v1"));
        if core_secret && let Some(Value::Object(texts)) = whole.remove("stringData") {
            // The cluster keeps them as data: said so at once, they can be compared with who owns what.
            in_child(whole, "data", |data| {
                let kept = |text: Value| text.as_str().map(|text| json!(STANDARD.encode(text))).unwrap_or(text);
                data.extend(texts.into_iter().map(|(name, text)| (name, kept(text))));
            });
        }
    }
    object
}

/// Changes the map under a key, made where there is none.
fn in_child(map: &mut Map<String, Value>, key: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let value = map.entry(key).or_insert(Value::Null);
    let mut child = match value.take() {
        Value::Object(child) => child,
        _ => Map::new(),
    };
    change(&mut child);
    *value = Value::Object(child);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(manifest: &str) -> Vec<Asked> {
        asked(manifest, &ReleaseKey { namespace: "acme".parse().unwrap(), name: "web".parse().unwrap() })
    }

    #[test]
    fn objects_are_asked_for_as_helm_marks_them_and_without_what_the_cluster_writes() {
        let found = of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, uid: x, creationTimestamp: null, labels: null}\nstatus: {}\n");
        let object = found[0].object.clone().unwrap();
        assert_eq!(
            object,
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                "name": "a", "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "acme"},
            }})
        );
    }

    #[test]
    fn what_a_secret_says_in_plain_words_is_said_as_the_cluster_keeps_it() {
        let found = of("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {b: eA==}\nstringData: {a: hi}\n");
        let object = found[0].object.as_ref().unwrap();
        assert_eq!((&object["data"], object.get("stringData")), (&json!({"a": "aGk=", "b": "eA=="}), None));
    }

    #[test]
    fn lists_are_taken_apart_and_what_cannot_be_read_is_said_to_be_there() {
        let found = of(
            "kind: [broken\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: other}}\n\
                        - {apiVersion: v1, kind: ConfigMap, metadata: {generateName: c}}\n",
        );
        let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.object.is_some())).collect();
        assert_eq!(names, [("document 1 of the manifest", false), ("b", true), ("document 2 of the manifest", false)]);
        assert_eq!(found[1].namespace.as_deref(), Some("other"));
    }
}
