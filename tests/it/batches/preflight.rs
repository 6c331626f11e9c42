//! What is found before a batch begins: who gets the same, who gets something else, and what cannot be done at all.

use serde_json::{Value, json};

use super::fleet::{act, made, over};
use crate::support::{
    App, Env, env,
    env::unique,
    shelf::{Edition, Shelf},
    until,
};

/// From 1.1.0 on it says the motto once more, which has to be a text.
const BEFORE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {motto: {{ .Values.motto | quote }}}\n";
const AFTER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n\
    data: {motto: {{ .Values.motto | quote }}, greeting: {{ .Values.motto | quote }}}\n";
const SCHEMA: &str = r#"{"type": "object", "properties": {"motto": {"type": "string"}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_change_is_one_group_another_one_another_and_what_fails_its_schema_never_begins() {
    let Some(env) = env() else { return };
    let chart = unique("greeting");
    let before = [("values.yaml", "motto: plain\n"), ("templates/all.yaml", BEFORE)];
    let after = [("values.yaml", "motto: plain\n"), ("templates/all.yaml", AFTER), ("values.schema.json", SCHEMA)];
    let edition = |version, files| Edition { name: &chart, version, about: "", files };
    let shelf = Shelf::editions(&[edition("1.1.0", &after), edition("1.0.0", &before)], None).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let overrides = [json!({}), json!({}), json!({"motto": "bold"}), json!({"motto": 5}), json!({})];
    let mut tenants = Vec::new();
    for values in &overrides {
        let tenant = app.tenant(&env).await;
        let done = app.change("/api/v1/helm/releases", &tenant.install("app", &chart, "1.0.0", values)).await;
        assert_eq!(done.body["status"], "succeeded", "{done:?}");
        tenants.push(tenant);
    }
    let pin = app.post(&format!("/api/v1/tenants/{}/pin", tenants[4].id), &json!({"reason": "under contract"})).await;
    assert!(pin.status.is_success(), "{pin:?}");
    let releases: Vec<String> = tenants.iter().map(|tenant| tenant.release("app")).collect();
    let wish = json!({"aim": {"kind": "upgrade", "chart": chart, "version": "1.1.0"}, "selection": {"releases": releases}});
    let path = made(&app, &wish).await;
    let ready = app.get(&path).await;
    let sizes: Vec<&Value> = ready["groups"].as_array().unwrap().iter().map(|group| &group["targets"]).collect();
    assert_eq!(sizes, [&json!(2), &json!(1)], "{ready}");
    let of = |at: usize| ready["targets"].as_array().unwrap().iter().find(|target| target["releaseId"] == releases[at].as_str()).unwrap();
    assert_eq!((&of(0)["alike"], &of(0)["state"]), (&of(1)["alike"], &json!("waiting")));
    assert_ne!(of(0)["alike"], of(2)["alike"]);
    assert!(of(3)["state"] == "setAside" && of(3)["why"].as_str().unwrap().contains("motto"), "{}", of(3));
    assert!(of(4)["state"] == "setAside" && of(4)["why"].as_str().unwrap().contains("under contract"), "{}", of(4));
    // A group opens to what it is.
    let sample = app.get(&format!("/api/v1/previews/{}", ready["groups"][1]["sample"].as_str().unwrap())).await;
    let shown = sample["manifest"].to_string();
    assert!(shown.contains("greeting") && shown.contains("bold"), "{shown}");

    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    assert_eq!((&done["counts"]["done"], &done["counts"]["setAside"]), (&json!(3), &json!(2)), "{done}");
    let row = app.get(&format!("/api/v1/helm/releases/{}", releases[3])).await;
    assert_eq!((&row["chartVersion"], &row["revision"]), (&json!("1.0.0"), &json!(1)), "nothing was begun");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_that_somebody_is_at_work_on_is_waited_for() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    // Never becomes ready, so that it is at work for a while.
    let asked = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 8, "atomic": true})).await;
    until("it is at work", || async { (app.get(&release).await["status"] == "PENDING_UPGRADE").then_some(()) }).await;
    let wish = json!({"aim": {"kind": "upgrade", "chart": "web", "version": "1.4.1"}, "selection": {"releases": [tenant.release("web")]}});
    let path = made(&app, &wish).await;
    assert_eq!(app.settled(&asked.body["id"]).await.body["status"], "failed");
    let ready = app.get(&path).await;
    let target = &ready["targets"][0];
    assert_eq!((&ready["state"], &target["state"], &target["why"]), (&json!("ready"), &json!("waiting"), &json!(null)), "{ready}");
    assert_eq!(target["baseRevision"], 3, "what that came to is what it starts from: {target}");
    app.stop().await;
}
