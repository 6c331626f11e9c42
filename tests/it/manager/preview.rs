//! Previews on the real control plane: what is shown before is what is stored after.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use pilothouse::{
    domain::{
        actor::{Actor, Door, Role},
        change::RunOptions,
        diff::Diff,
        names::ReleaseKey,
    },
    manager::{Submit, Target, Wish},
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    App, Env, Shelf,
    app::{Tenant, answer},
    env,
    shelf::Edition,
};

/// A chart whose objects are its values: every change of a release can be said with it.
const MIRROR: &str = "{{- range .Values.objects }}\n---\n{{ toYaml . }}\n{{- end }}\n";

fn config(name: &str, data: &Value) -> Value {
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
fn corpus() -> Vec<(&'static str, Vec<Value>, &'static [&'static str])> {
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
        ("a claim", vec![a("3"), claim("data")], &[]),
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

/// The objects of a manifest by kind and name.
fn objects(manifest: &str) -> BTreeMap<String, String> {
    // A line of its own, and not one that only a value holds.
    let mut texts = vec![String::new()];
    for line in manifest.split_inclusive('\n') {
        match line.trim_end() == "---" {
            true => texts.push(String::new()),
            false => texts.last_mut().unwrap().push_str(line),
        }
    }
    texts
        .into_iter()
        .filter(|text| text.contains("kind:"))
        .map(|text| {
            let value: Value = serde_saphyr::from_str(&text).unwrap();
            (format!("{} {}", value["kind"].as_str().unwrap(), value["metadata"]["name"].as_str().unwrap()), text)
        })
        .collect()
}

async fn mirrored(env: &Env) -> (Shelf, App, Tenant) {
    let shelf = Shelf::of(&[("mirror", MIRROR)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env.clone() };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    (shelf, app, tenant)
}

#[tokio::test]
async fn what_a_preview_shows_is_what_the_stored_manifests_differ_by() {
    let Some(env) = env() else { return };
    let (_shelf, app, tenant) = mirrored(&env).await;
    let first = json!({"objects": [config("a", &json!({"key": "1"}))]});
    let install = tenant.install("mirror", "mirror", "1.0.0", &first);
    let preview = app.post("/api/v1/helm/releases/preview", &install).await;
    assert_eq!(preview.status, 201, "{preview:?}");
    assert_eq!(preview.body["manifest"][0]["change"], "added");
    let applied = app.change(&format!("/api/v1/previews/{}/apply", preview.body["id"].as_str().unwrap()), &json!({})).await;
    assert_eq!(applied.body["status"], "succeeded", "{applied:?}");

    let release = format!("/api/v1/helm/releases/{}", tenant.release("mirror"));
    let manifest = async |revision: u32| {
        let answer = app.request(Method::GET, &format!("{release}/revisions/{revision}/manifest")).send().await.unwrap();
        objects(&answer.text().await.unwrap())
    };
    let corpus = corpus();
    assert!(corpus.len() >= 20);
    for (at, (what, wanted, risks)) in corpus.iter().enumerate() {
        let revision = u32::try_from(at).unwrap() + 2;
        let body = json!({"valuesOverride": {"objects": wanted}, "baseRevision": revision - 1, "wait": false});
        let preview = app.post(&format!("{release}/preview"), &body).await;
        assert_eq!(preview.status, 201, "{what}: {preview:?}");
        let applied = app.change(&format!("/api/v1/previews/{}/apply", preview.body["id"].as_str().unwrap()), &json!({})).await;
        assert_eq!(
            (&applied.body["status"], &applied.body["resultRevision"]),
            (&json!("succeeded"), &json!(revision)),
            "{what}: {applied:?}"
        );
        let (before, after) = (manifest(revision - 1).await, manifest(revision).await);
        let mut shown: BTreeMap<String, Value> = BTreeMap::new();
        for object in preview.body["manifest"].as_array().unwrap() {
            shown.insert(format!("{} {}", object["kind"].as_str().unwrap(), object["name"].as_str().unwrap()), object.clone());
        }
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (left, right) = (before.get(name).map_or("", String::as_str), after.get(name).map_or("", String::as_str));
            let real = Diff::of(left, right, Duration::from_secs(5));
            let hidden = what.contains("secret") && name.starts_with("Secret");
            match shown.remove(name) {
                Some(object) => {
                    let change = if left.is_empty() {
                        "added"
                    } else if right.is_empty() {
                        "removed"
                    } else {
                        "changed"
                    };
                    assert_eq!(object["change"], change, "{what}: {name}");
                    if !hidden {
                        assert_eq!(object["diff"], serde_json::to_value(&real).unwrap(), "{what}: {name}");
                    }
                }
                None => assert!(real.is_empty(), "{what}: {name} differs and was not shown\n{left}\n{right}"),
            }
        }
        assert!(shown.is_empty(), "{what}: shown and not true: {shown:?}");
        let found: Vec<&str> = preview.body["warnings"].as_array().unwrap().iter().map(|one| one["risk"].as_str().unwrap()).collect();
        assert_eq!(found, *risks, "{what}");
        assert!(!preview.body.to_string().contains("secret-token"), "{what}");
        let hooks: Vec<&str> = preview.body["hooks"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(hooks, if what.contains("hook") { vec!["migrate"] } else { vec![] }, "{what}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_preview_of_a_release_that_has_moved_on_is_refused_and_changes_nothing() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    let preview = app.post(&format!("{release}/preview"), &json!({"valuesOverride": {"replicaCount": 3}})).await;
    let apply = format!("/api/v1/previews/{}/apply", preview.body["id"].as_str().unwrap());
    env.helm(&[
        "upgrade",
        "-n",
        &tenant.namespace,
        "web",
        "web",
        "--repo",
        &env.charts_url,
        "--version",
        "1.3.2",
        "--set",
        "replicaCount=2",
    ])
    .await;
    crate::support::until("the plain upgrade appears", || async { (app.get(&release).await["revision"] == 2).then_some(()) }).await;
    let refused = app.post(&apply, &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("revision_moved")), "{refused:?}");
    assert_eq!(app.get(&release).await["revision"], 2);

    // Applied twice it is done once.
    let preview = app.post(&format!("{release}/preview"), &json!({"valuesOverride": {"replicaCount": 3}})).await;
    let apply = format!("/api/v1/previews/{}/apply", preview.body["id"].as_str().unwrap());
    let (first, second) = (app.post(&apply, &json!({})).await, app.post(&apply, &json!({})).await);
    assert_eq!(first.body["id"], second.body["id"]);
    assert_eq!(app.settled(&first.body["id"]).await.body["resultRevision"], 3);

    // Back again: hooks and data are named, and nothing is rendered anew.
    let back = app.post(&format!("{release}/rollback/preview"), &json!({"targetRevision": 1})).await;
    assert_eq!(back.status, 201, "{back:?}");
    assert!(!back.body["stays"].as_array().unwrap().is_empty());
    let diff = app.get(&format!("{release}/diff?from=3&to=1&of=override")).await;
    assert_eq!(back.body["values"], diff);
    app.stop().await;
}

#[tokio::test]
async fn an_archive_that_took_the_place_of_the_previewed_one_is_not_run() {
    let Some(env) = env() else { return };
    let (shelf, app, tenant) = mirrored(&env).await;
    let install = tenant.install("mirror", "mirror", "1.0.0", &json!({"objects": [config("a", &json!({"key": "1"}))]}));
    let preview = app.post("/api/v1/helm/releases/preview", &install).await;
    let another = [("values.yaml", "{}\n"), ("templates/all.yaml", "kind: List\napiVersion: v1\nitems: []\n")];
    shelf.replace(&Edition { name: "mirror", version: "1.0.0", about: "", files: &another });
    let refused = app.post(&format!("/api/v1/previews/{}/apply", preview.body["id"].as_str().unwrap()), &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("preview_stale")), "{refused:?}");

    // Replaced while the operation waits for its turn, which only its worker can see.
    let values = json!({"objects": []});
    let key = ReleaseKey { namespace: tenant.namespace.parse().unwrap(), name: "mirror".parse().unwrap() };
    let submit = Submit {
        target: Target::New { tenant: tenant.id.parse().unwrap(), key },
        change: Wish::Install {
            chart: "mirror".parse().unwrap(),
            version: "1.0.0".into(),
            app_version: None,
            values_override: values.as_object().unwrap().clone(),
        },
        options: RunOptions { archive: Some("0".repeat(64)), ..RunOptions::default() },
        base_revision: None,
        reason: None,
        idempotency: None,
    };
    let operation = app.manager().submit(&Actor::person("ada", Role::Admin, vec![], Door::Api), submit).await.unwrap();
    let ended = app.settled(&json!(operation.id.to_string())).await;
    assert_eq!((&ended.body["status"], &ended.body["error"]["code"]), (&json!("failed"), &json!("preview_stale")), "{ended:?}");
    assert!(env.helm_history(&tenant.namespace, "mirror").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_rendered_is_refused_before_anything_happens_and_in_words() {
    let Some(env) = env() else { return };
    let charts = [
        ("broken", "{{ fail (printf \"no host, and the password is %s\" .Values.password) }}\n"),
        ("endless", "{{- define \"loop\" }}{{ include \"loop\" . }}{{ end }}{{ include \"loop\" . }}\n"),
        ("large", "{{- range until 4000 }}{{ range until 10000 }}xxxxxxxxxx{{ end }}{{ end }}\n"),
    ];
    let shelf = Shelf::of(&charts).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    for (chart, _) in charts {
        let install = tenant.install(chart, chart, "1.0.0", &json!({"password": "the-password-of-all"}));
        let refused = app.post("/api/v1/helm/releases/preview", &install).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("render_failed")), "{chart}: {refused:?}");
        assert!(!refused.body.to_string().contains("the-password-of-all"), "{chart}: {refused:?}");
    }
    let renders = |data: &TempDir| std::fs::read_dir(data.path().join("run/renders")).map_or(0, Iterator::count);
    assert_eq!(renders(&app.data), 0, "nothing is left behind");
    assert!(env.helm_history(&tenant.namespace, "broken").await.is_empty());

    // What a server that was killed was rendering holds a way into the cluster.
    let data = app.stop().await;
    std::fs::create_dir_all(data.path().join("run/renders/killed")).unwrap();
    let app = App::with(&env, data, &[]).await;
    assert_eq!(renders(&app.data), 0);
    app.stop().await;
}

#[tokio::test]
async fn a_viewer_cannot_preview_and_another_tenants_preview_does_not_exist() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (own, other) = (app.tenant(&env).await, app.tenant(&env).await);
    let preview = app.post("/api/v1/helm/releases/preview", &own.install("web", "web", "1.3.2", &json!({}))).await;
    let path = format!("/api/v1/previews/{}", preview.body["id"].as_str().unwrap());
    let mut tokens = Vec::new();
    for (name, role, tenant) in [("viewer", "viewer", &own), ("elsewhere", "admin", &other)] {
        let wish = json!({"name": name, "role": role, "tenants": [tenant.id]});
        tokens.push(app.post("/api/v1/tokens", &wish).await.body["token"].as_str().unwrap().to_owned());
    }
    let ask = async |token: &str, path: &str| answer(app.anonymous(Method::GET, path).bearer_auth(token).send().await.unwrap()).await;
    assert_eq!(ask(&tokens[0], &path).await.body["code"], "forbidden");
    let (hidden, missing) = (ask(&tokens[1], &path).await, ask(&tokens[1], "/api/v1/previews/00000000-0000-7000-8000-000000000000").await);
    assert_eq!((hidden.status, &hidden.body), (missing.status, &missing.body));
    assert_eq!(hidden.body["code"], "preview_not_found");
    app.stop().await;
}
