//! The canary test, end to end: the real server with its log at its loudest, the real Helm, the real cluster.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{
    outlet::{Place, answer, insist_on_none_in_answers, insist_on_none_in_files, paths, token, watch_processes},
    planted::{self, CHART, secret},
    trace::Traces,
};
use crate::support::{App, Env, app::Tenant, env, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_of_thirty_secrets_is_in_any_answer_any_log_the_process_list_or_the_database() {
    let Some(env) = env() else { return };
    let env = Env { charts_url: planted::serve().await, ..env };
    let traces = Traces::of(&planted::all());
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("server.log");
    let app = App::child_with(&env, data, "trace", Stdio::from(std::fs::File::create(&log).unwrap())).await;
    let (stop, stopping) = tokio::sync::oneshot::channel();
    let processes = tokio::spawn(watch_processes(app.pid(), stopping));
    let tenant = app.tenant(&env).await;
    let id = tenant.release("leaky");
    let release = format!("/api/v1/helm/releases/{id}");

    let mut operations = Vec::new();
    let mut change = async |path: &str, body: Value, wanted: &str| {
        let done = app.change(path, &body).await;
        assert_eq!(done.body["status"], wanted, "{path} {done:?}");
        operations.push(done.body["id"].as_str().unwrap().to_owned());
        done.body
    };
    let mut install = tenant.install("leaky", CHART.0, CHART.1, &planted::values());
    install["description"] = json!(format!("with {} and {}", secret(0), secret(20)));
    change("/api/v1/helm/releases", install, "succeeded").await;
    let with = |path: &str, value: Value| {
        let mut values = planted::values();
        *values.pointer_mut(path).unwrap() = value;
        values
    };
    // Errors that quote what they could not use: a template's, the API server's, the schema's.
    let failed = change(&format!("{release}/upgrade"), json!({"valuesOverride": with("/boom", json!("template"))}), "failed").await;
    assert!(failed["error"]["message"].as_str().unwrap().contains("templates/fail.yaml"), "{failed}");
    change(&format!("{release}/upgrade"), json!({"valuesOverride": with("/boom", json!("object")), "atomic": false}), "failed").await;
    let mut strict = planted::values();
    strict["strict"] = json!({"secret": secret(4)});
    change(&format!("{release}/upgrade"), json!({"valuesOverride": strict}), "failed").await;
    // Another secret instead of one: what was there before is still one.
    change(&format!("{release}/upgrade"), json!({"valuesOverride": with("/db/password", json!("another-password-now"))}), "succeeded")
        .await;
    change(&format!("{release}/rollback"), json!({"targetRevision": 1, "description": format!("back to {}", secret(0))}), "succeeded")
        .await;
    let previews = previews(&app, &release, &traces, &with("/db/password", json!("another-password-now"))).await;
    let patch = json!({"db": {"password": secret(6)}, "extra": {"apiToken": secret(7)}});
    let wish = json!({"aim": {"kind": "values", "patch": patch}, "selection": {"releases": [id]}, "reason": format!("to {}", secret(6))});
    let made = app.post("/api/v1/batches", &wish).await;
    traces.insist_on_none("a batch", made.body.to_string().as_bytes());
    let batch = format!("/api/v1/batches/{}", made.body["id"].as_str().unwrap());
    until("the batch is rendered", || async { (app.get(&batch).await["state"] == "ready").then_some(()) }).await;
    stop.send(()).unwrap();
    let seen = processes.await.unwrap();
    assert!(String::from_utf8_lossy(&seen).contains("upgrade"), "helm was seen at work");
    traces.insist_on_none("the process list", &seen);

    // Beside Pilothouse, with words of its own.
    let namespace = tenant.namespace.as_str();
    let words = format!("rotated to {}, said {}", secret(0), secret(17));
    env.helm(&["upgrade", "-n", namespace, "leaky", "leaky", "--repo", &env.charts_url, "--reuse-values", "--description", &words]).await;
    let row = until("the plain upgrade appears", || async {
        let row = app.get(&release).await;
        row["description"].as_str().is_some_and(|text| text.starts_with("rotated")).then_some(row)
    })
    .await;
    assert_eq!(row["description"], "rotated to hidden, said hidden");
    let revisions = u32::try_from(row["revision"].as_u64().unwrap()).unwrap();

    drifted(&app, &env, &tenant, &traces).await;
    let (slug, name) = (tenant.slug.as_str(), "leaky");
    let place = Place {
        tenant: &tenant.id,
        slug,
        namespace,
        name,
        id: &id,
        revisions,
        operations: &operations,
        previews: &previews,
        batch: batch.rsplit('/').next().unwrap(),
    };
    let support = token(&app, "support", &tenant.id).await;
    let viewer = token(&app, "viewer", &tenant.id).await;
    insist_on_none_in_answers(&app, [&support, &viewer], &paths(&place), &traces).await;
    revealed_once(&app, &release, &support).await;
    revealed_by_form(&app, &format!("/tenants/{}/releases/{namespace}/leaky", tenant.slug)).await;

    let uninstalled = app.uninstall(&id).await;
    assert_eq!(uninstalled.body["status"], "succeeded", "{uninstalled:?}");
    let path = format!("/api/v1/operations/{}/events", uninstalled.body["id"].as_str().unwrap());
    traces.insist_on_none(&path, &answer(&app, crate::support::app::TOKEN, &path).await.1);
    insist_on_none_in_files(&app, &traces);
    let said = std::fs::read(&log).unwrap();
    assert!(said.len() > 10_000, "the log was loud: {} bytes", said.len());
    let audit = app.get("/api/v1/audit?act=value.reveal").await;
    assert_eq!(audit["items"][1]["after"], json!({"revision": 1, "of": "override", "path": "/db/password"}), "kept after the uninstall");
    app.kill().await;
}

/// Drift of the release once somebody has written its secrets over each other, by hand.
async fn drifted(app: &App, env: &Env, tenant: &Tenant, traces: &Traces) {
    let on = ["--namespace", tenant.namespace.as_str()];
    let names = env
        .kubectl(&[&["get", "secret,configmap", "--output=name", "--selector=app.kubernetes.io/managed-by=Helm"], &on[..]].concat())
        .await;
    let patch = json!({"stringData": {"by-hand": secret(12), "more": format!("{} {}", secret(0), secret(18))}}).to_string();
    let plain =
        json!({"data": {"by-hand": format!("{} and {}", secret(2), secret(16))}, "metadata": {"labels": {"hand": "yes"}}}).to_string();
    for name in names.lines() {
        let patch = if name.starts_with("secret/") { &patch } else { &plain };
        env.kubectl(&[&["patch", name, "--type=merge", "-p", patch], &on[..]].concat()).await;
    }
    let checked = app.post(&format!("/api/v1/helm/releases/{}/drift", tenant.release("leaky")), &json!({})).await;
    assert_eq!((checked.status.as_u16(), &checked.body["verdict"]), (200, &json!("drifted")), "{checked:?}");
    traces.insist_on_none("a check for drift", checked.body.to_string().as_bytes());
}

/// Previews of an upgrade, of one whose template quotes a secret, and of a rollback.
async fn previews(app: &App, release: &str, traces: &Traces, values: &Value) -> Vec<String> {
    let mut made = Vec::new();
    let said = |number: usize| format!("because of {}", secret(number));
    for (path, body) in [
        ("/preview", json!({"valuesOverride": values, "description": said(3)})),
        ("/rollback/preview", json!({"targetRevision": 1, "description": said(4)})),
    ] {
        let preview = app.post(&format!("{release}{path}"), &body).await;
        assert_eq!(preview.status.as_u16(), 201, "{preview:?}");
        traces.insist_on_none(path, preview.body.to_string().as_bytes());
        made.push(preview.body["id"].as_str().unwrap().to_owned());
    }
    let mut broken = values.clone();
    broken["boom"] = json!("template");
    let refused = app.post(&format!("{release}/preview"), &json!({ "valuesOverride": broken })).await;
    assert_eq!(refused.body["code"], "render_failed", "{refused:?}");
    traces.insist_on_none("a refused preview", refused.body.to_string().as_bytes());
    made
}

/// An admin sees one value, for a reason; nobody else does, and not without one.
async fn revealed_once(app: &App, release: &str, support: &str) {
    let path = format!("{release}/revisions/1/reveal");
    let wish = |reason: &str| json!({"of": "override", "path": "/db/password", "reason": reason});
    let refused = app.anonymous(reqwest::Method::POST, &path).bearer_auth(support).json(&wish("curious")).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 403);
    assert_eq!(app.post(&path, &wish("")).await.body["code"], "reason_missing");
    let nothing = app.post(&path, &json!({"of": "override", "path": "/motto", "reason": "x"})).await;
    assert_eq!((nothing.status.as_u16(), &nothing.body["code"]), (404, &json!("nothing_hidden")));
    assert_eq!(app.get("/api/v1/audit?act=value.reveal").await["total"], 0, "what was refused was not seen");
    let shown = app.post(&path, &wish("the database does not let us in")).await;
    assert_eq!(shown.body, json!({"value": secret(0)}), "{shown:?}");
    let rows = app.get("/api/v1/audit?act=value.reveal").await;
    assert_eq!((&rows["total"], &rows["items"][0]["reason"]), (&json!(1), &json!("the database does not let us in")));
    assert!(!rows.to_string().contains(&secret(0)));
}

/// The form does what the API does: shows the value once, in its answer, and asks for a reason first.
async fn revealed_by_form(app: &App, page: &str) {
    let cookie = app.sign_in().await;
    let path = format!("{page}/reveal");
    let mut fields = vec![("revision", "1"), ("of", "override"), ("path", "/db/password"), ("reason", "")];
    let refused = app.form(&cookie, &path, &fields).await;
    assert_eq!(refused.status().as_u16(), 422);
    assert!(!refused.text().await.unwrap().contains(&secret(0)));
    fields[3].1 = "asked by the tenant";
    let shown = app.form(&cookie, &path, &fields).await;
    assert_eq!((shown.status().as_u16(), &shown.headers()["cache-control"]), (200, &http::HeaderValue::from_static("no-store")));
    assert!(shown.text().await.unwrap().contains(&secret(0)));
    assert_eq!(app.get("/api/v1/audit?act=value.reveal").await["items"][0]["reason"], "asked by the tenant");
}
