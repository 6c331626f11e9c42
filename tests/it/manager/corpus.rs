//! Releases that follow each other, each with what it changes and what is dangerous about that. Installs nothing.

use serde_json::{Value, json};

pub fn config(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

fn workload(kind: &str, name: &str, replicas: u32, image: &str) -> Value {
    let labels = json!({"app": name});
    let pod = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": image}]}});
    let mut spec = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod});
    if kind == "StatefulSet" {
        spec["serviceName"] = json!(name);
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn service(name: &str, port: u32) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{"port": port}]}})
}

fn secret(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": value}})
}

fn hook(name: &str, event: &str) -> Value {
    let mut hook = config(name, &json!({"ran": event}));
    hook["metadata"]["annotations"] = json!({"helm.sh/hook": event});
    hook
}

fn kept(mut object: Value) -> Value {
    object["metadata"]["annotations"] = json!({"helm.sh/resource-policy": "keep"});
    object
}

fn claim(name: &str) -> Value {
    let spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec})
}

/// One release after the other: each step is an upgrade from the one before. With what it is about and the risks that are
/// to be pointed out.
pub fn corpus() -> Vec<(&'static str, Vec<Value>, &'static [&'static str])> {
    let a = |value: &str| config("a", &json!({"key": value}));
    let web = |replicas, image| workload("Deployment", "web", replicas, image);
    vec![
        ("a value", vec![a("2")], &[]),
        ("a value of many lines", vec![a("one\ntwo\nthree\n")], &[]),
        ("a value that looks like YAML", vec![a("a: [1, 2]\n---\nb: 3\n")], &[]),
        ("another object", vec![a("2"), config("b", &json!({"x": "1"}))], &[]),
        ("two objects at once", vec![a("2"), config("b", &json!({"x": "1"})), service("s", 80), secret("t", "first-secret-token")], &[]),
        ("a secret's value", vec![a("2"), config("b", &json!({"x": "1"})), service("s", 80), secret("t", "second-secret-token")], &[]),
        ("an object less", vec![a("2"), service("s", 80)], &[]),
        ("another order", vec![service("s", 80), a("2")], &[]),
        ("a port", vec![service("s", 8080), a("2")], &[]),
        ("a workload", vec![a("2"), web(1, "app:1")], &[]),
        ("another image", vec![a("2"), web(1, "app:2")], &["image"]),
        ("more replicas", vec![a("2"), web(3, "app:2")], &[]),
        ("no replicas", vec![a("2"), web(0, "app:2")], &["scaled_to_zero"]),
        ("a renamed workload", vec![a("2"), workload("Deployment", "site", 1, "app:2")], &[]),
        ("another kind of workload", vec![a("2"), workload("StatefulSet", "site", 1, "app:2")], &[]),
        ("a hook", vec![a("2"), hook("migrate", "pre-upgrade")], &["data_loss"]),
        ("a changed hook", vec![a("3"), hook("migrate", "pre-upgrade,post-upgrade")], &[]),
        ("another hook beside it", vec![a("3"), hook("migrate", "pre-upgrade,post-upgrade"), hook("tidy", "post-delete")], &[]),
        ("a hook less", vec![a("3"), hook("migrate", "pre-upgrade,post-upgrade")], &[]),
        ("no hook any more, and a claim", vec![a("3"), claim("data")], &[]),
        ("a claim less", vec![a("3")], &["data_loss"]),
        ("an object that is kept", vec![a("3"), kept(config("kept", &json!({"x": "1"})))], &[]),
        ("a kept object less", vec![a("3")], &["kept"]),
        (
            "labels",
            vec![json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"x": "1"}}, "data": {"key": "3"}})],
            &[],
        ),
        (
            "nothing at all",
            vec![json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"x": "1"}}, "data": {"key": "3"}})],
            &[],
        ),
        ("a name that needs quotes", vec![config("a", &json!({"on": "yes", "1": "0x1f", "empty": ""}))], &[]),
    ]
}
