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

use super::corpus::{config, corpus};
use crate::support::{
    App, Env, Shelf,
    app::{Tenant, answer},
    env,
    shelf::Edition,
};

/// A chart whose objects are its values: every change of a release can be said with it.
const MIRROR: &str = "{{- range .Values.objects }}\n---\n{{ toYaml . }}\n{{- end }}\n";

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

/// The hooks of a revision, as Helm itself keeps them, without the file that they come from.
async fn hooks(env: &Env, tenant: &Tenant, revision: u32) -> BTreeMap<String, String> {
    let said = env.helm(&["get", "hooks", "-n", &tenant.namespace, "mirror", "--revision", &revision.to_string()]).await;
    let plain = |text: &str| text.lines().filter(|line| !line.starts_with("# Source: ")).collect::<Vec<_>>().join("\n");
    objects(&said).into_iter().map(|(name, text)| (name, plain(text.trim_end()))).collect()
}

/// Insists that what was shown of objects is what their stored texts differ by.
fn same_as_stored(what: &str, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>, shown: &[&Value]) {
    let name = |object: &Value| format!("{} {}", object["kind"].as_str().unwrap(), object["name"].as_str().unwrap());
    let mut shown: BTreeMap<String, &Value> = shown.iter().map(|object| (name(object), *object)).collect();
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
        let (of_hooks, of_objects): (Vec<&Value>, Vec<&Value>) =
            preview.body["manifest"].as_array().unwrap().iter().partition(|object| object["hook"].is_array());
        same_as_stored(what, &manifest(revision - 1).await, &manifest(revision).await, &of_objects);
        same_as_stored(what, &hooks(&env, &tenant, revision - 1).await, &hooks(&env, &tenant, revision).await, &of_hooks);
        assert_eq!(what.contains("hook"), !of_hooks.is_empty(), "{what}: {of_hooks:?}");
        let found: Vec<&str> = preview.body["warnings"].as_array().unwrap().iter().map(|one| one["risk"].as_str().unwrap()).collect();
        assert_eq!(found, *risks, "{what}");
        assert!(!preview.body.to_string().contains("secret-token"), "{what}");
        let hooks: Vec<&str> = preview.body["hooks"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(hooks, if what.contains("hook") && !what.starts_with("no hook") { vec!["migrate"] } else { vec![] }, "{what}");
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
async fn an_upgrade_that_goes_back_to_an_older_version_of_its_chart_is_warned_of() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let goes_back = async |version: &str| {
        let preview = app.post(&format!("{release}/preview"), &json!({"chartVersion": version})).await;
        assert_eq!(preview.status, 201, "{version}: {preview:?}");
        preview.body["warnings"].as_array().unwrap().iter().find(|one| one["risk"] == "older_chart").cloned()
    };
    let back = goes_back("1.2.0").await.unwrap();
    assert_eq!(back["subject"], "web");
    assert!(back["text"].as_str().unwrap().contains("goes back from 1.3.2 to 1.2.0"), "{back}");
    assert_eq!((goes_back("1.3.2").await, goes_back("1.4.1").await), (None, None));
    let upgraded = app.change(&format!("{release}/upgrade"), &json!({"valuesOverride": {"replicaCount": 2}})).await;
    assert_eq!(upgraded.body["status"], "succeeded", "{upgraded:?}");
    let rollback = app.post(&format!("{release}/rollback/preview"), &json!({"targetRevision": 1})).await;
    assert_eq!(rollback.status, 201, "{rollback:?}");
    assert!(!rollback.body.to_string().contains("older_chart"), "of a rollback that goes without saying: {rollback:?}");
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
