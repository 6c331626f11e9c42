//! What pods themselves do, on a real node: logs, crash loops, images that are not there, hooks, tests. Run inside of the
//! node's network namespace by `cargo xtask test`.

use std::time::Duration;

use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};

use super::{item, viewer};
use crate::support::{App, Env, Shelf, env, env::unique, until};

const POD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}}\nstringData: {password: correct-horse-battery}\n---\n\
    apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  progressDeadlineSeconds: 60\n  \
    selector: {matchLabels: {app: {{ .Release.Name }}}}\n  template:\n    metadata: {labels: {app: {{ .Release.Name }}}}\n    spec:\n      \
    terminationGracePeriodSeconds: 1\n      containers:\n      - name: app\n        image: {{ .Values.image | default \"localhost/busybox:1.35\" }}\n        \
    imagePullPolicy: IfNotPresent\n        command: [sh, -c, {{ .Values.script | quote }}]\n";
const HOOKED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}}\n\
    stringData: {password: correct-horse-battery}\n---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-migrate\n  \
    annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}\nspec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      \
    containers:\n      - {name: migrate, image: 'localhost/busybox:1.35', command: [sh, -c, 'echo migrating with correct-horse-battery; sleep 1; echo migrated']}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-check\n  annotations: {helm.sh/hook: test}\nspec:\n  restartPolicy: Never\n  containers:\n  \
    - {name: check, image: 'localhost/busybox:1.35', command: [sh, -c, 'echo it answers; exit {{ .Values.exit | default 0 }}']}\n";

/// The real node, or `None` where the tests are run without one.
pub async fn node() -> Option<(Env, Shelf)> {
    let told = std::env::var("PILOTHOUSE_TEST_REALNODE").is_ok_and(|told| !told.is_empty());
    let env = env().filter(|_| told)?;
    let shelf = Shelf::of(&[("pod", POD), ("hooked", HOOKED)]).await;
    Some((Env { charts_url: shelf.url.clone(), ..env }, shelf))
}

/// The lines of a log that can be had by now.
async fn log(app: &App, path: &str) -> Vec<String> {
    let log = app.look(path).await;
    let lines = log.body["lines"].as_array().cloned().unwrap_or_default();
    lines.iter().filter_map(|line| line["line"].as_str().map(str::to_owned)).collect()
}

/// What a stream of events has told, without its ids.
pub fn told(stream: &str) -> impl Iterator<Item = Value> {
    stream.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok())
}

/// The events of an operation, of one type.
async fn events(app: &App, operation: &Value, kind: &str) -> Vec<Value> {
    let path = format!("/api/v1/operations/{}/events", operation["id"].as_str().unwrap());
    let text = app.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    told(&text).filter(|event| event["type"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_is_read_and_followed_without_its_secrets() {
    let Some((env, _shelf)) = node().await else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let script = "echo with correct-horse-battery; n=0; while true; do n=$((n+1)); echo line $n; sleep 1; done";
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "pod", "1.0.0", &json!({"script": script}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let pod = item(&app.get(&format!("{release}/resources")).await, "Pod")["name"].as_str().unwrap().to_owned();
    let path = format!("{release}/pods/{pod}/log");
    let lines = until("two lines", || async { Some(log(&app, &path).await).filter(|lines| lines.len() > 2) }).await;
    assert_eq!(lines[..2], ["with hidden", "line 1"]);
    assert_eq!(log(&app, &format!("{path}?tail=1")).await.len(), 1);

    let token = viewer(&app, &tenant).await;
    let follow = || app.anonymous(Method::GET, &format!("{path}/follow?tail=100")).bearer_auth(&token);
    let mut stream = follow().send().await.unwrap().bytes_stream();
    let mut heard = String::new();
    let last = lines.len() + 2;
    while !heard.contains(&format!("line {last}\"")) {
        heard += &String::from_utf8_lossy(&stream.next().await.expect("the stream goes on").unwrap());
    }
    assert!(heard.contains("with hidden") && !heard.contains("correct-horse"), "{heard}");
    // Taken up again where it was left off.
    let id = heard.lines().filter_map(|line| line.strip_prefix("id:")).next_back().unwrap().trim().to_owned();
    let mut again = follow().header("last-event-id", id).send().await.unwrap().bytes_stream();
    let first = String::from_utf8_lossy(&again.next().await.unwrap().unwrap()).into_owned();
    assert!(!first.contains("\"line 1\"") && !first.contains("with hidden"), "{first}");

    let cookie = app.sign_in().await;
    let page = format!("/tenants/{}/releases/{}/web/pods/{pod}", tenant.slug, tenant.namespace);
    let (status, html) = app.page(&cookie, &page).await;
    assert!(status == 200 && html.contains("with hidden") && !html.contains("correct-horse"), "{html}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_followed_log_ends_with_the_reach_of_its_reader_and_nobody_follows_too_many() {
    let Some((env, _shelf)) = node().await else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let wish = tenant.install("quiet", "pod", "1.0.0", &json!({"script": "echo quiet; sleep 3600"}));
    let installed = app.change("/api/v1/helm/releases", &wish).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("quiet"));
    let pod = item(&app.get(&format!("{release}/resources")).await, "Pod")["name"].as_str().unwrap().to_owned();
    let path = format!("{release}/pods/{pod}/log");
    until("the one line", || async { Some(log(&app, &path).await).filter(|lines| !lines.is_empty()) }).await;

    let wish = json!({"name": unique("viewer"), "role": "viewer", "tenants": [tenant.id], "expiresInSeconds": 3600});
    let made = app.post("/api/v1/tokens", &wish).await.body;
    let (token, id) = (made["token"].as_str().unwrap(), made["id"].as_str().unwrap());
    let follow = || app.anonymous(Method::GET, &format!("{path}/follow")).bearer_auth(token).send();
    let mut followed = Vec::new();
    for _ in 0..4 {
        let answer = follow().await.unwrap();
        assert_eq!(answer.status(), 200);
        followed.push(answer);
    }
    let refused = follow().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    followed.truncate(1);
    until("room for another", || async { follow().await.ok().filter(|answer| answer.status() == 200) }).await;

    let revoked = app.request(Method::DELETE, &format!("/api/v1/tokens/{id}")).send().await.unwrap();
    assert!(revoked.status().is_success(), "{revoked:?}");
    let mut stream = followed.remove(0).bytes_stream();
    let ended = async {
        while let Some(piece) = stream.next().await {
            drop(piece.unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("it ends although nothing is written");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crash_loop_tells_how_often_it_began_how_it_ended_and_what_it_wrote_before() {
    let Some((env, _shelf)) = node().await else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let mut wish = tenant.install("loop", "pod", "1.0.0", &json!({"script": "echo about to fall; exit 3"}));
    wish["wait"] = json!(false);
    app.change("/api/v1/helm/releases", &wish).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("loop"));
    // Right after it was started anew it runs for a moment.
    let pod = until("it was started anew and fell again", || async {
        let seen = app.look(&format!("{release}/resources")).await.body;
        let pod = seen["items"].as_array()?.iter().find(|item| item["kind"] == "Pod")?.clone();
        (pod["pod"]["containers"][0]["restarts"].as_u64()? >= 1 && pod["health"] == "degraded").then_some(pod)
    })
    .await;
    let name = pod["name"].as_str().unwrap();
    let ended = until("how it ended before is known", || async {
        let seen = app.look(&format!("{release}/resources")).await.body;
        Some(item(&seen, "Pod")["pod"]["containers"][0]["last"].clone()).filter(|last| !last.is_null())
    })
    .await;
    assert_eq!(ended["exitCode"], 3, "{ended}");
    let path = format!("{release}/pods/{name}/log?previous=true");
    // A node soon removes what is left of a container; then there is none, until the next one has fallen.
    let lines = until("the log before", || async { Some(log(&app, &path).await).filter(|lines| !lines.is_empty()) }).await;
    assert_eq!(lines, ["about to fall"]);
    until("the event", || async {
        let events = app.look(&format!("{release}/events?pod={name}")).await.body;
        events.as_array()?.iter().any(|event| event["reason"] == "BackOff" && event["warning"] == true).then_some(())
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_image_that_is_not_there_is_told_and_there_is_no_log() {
    let Some((env, _shelf)) = node().await else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let mut wish = tenant.install("none", "pod", "1.0.0", &json!({"image": "localhost/nothing:1", "script": "true"}));
    wish["wait"] = json!(false);
    app.change("/api/v1/helm/releases", &wish).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("none"));
    let pod = until("the image is not there", || async {
        let seen = app.look(&format!("{release}/resources")).await.body;
        let pod = seen["items"].as_array()?.iter().find(|item| item["kind"] == "Pod")?.clone();
        let reason = pod["pod"]["containers"][0]["reason"].as_str()?.to_owned();
        (reason.starts_with("ErrImagePull") || reason.starts_with("ImagePullBackOff")).then_some(pod)
    })
    .await;
    assert_eq!(pod["health"], "degraded", "{pod}");
    let refused = app.look(&format!("{release}/pods/{}/log", pod["name"].as_str().unwrap())).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("log_missing")), "{refused:?}");
    let events = app.get(&format!("{release}/events")).await;
    assert!(events.as_array().unwrap().iter().any(|event| event["reason"] == "Failed"), "{events}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_hooks_and_tests_write_is_in_the_operation_also_when_helm_has_removed_them() {
    let Some((env, _shelf)) = node().await else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    for (name, exit) in [("good", 0), ("bad", 4)] {
        let installed = app.change("/api/v1/helm/releases", &tenant.install(name, "hooked", "1.0.0", &json!({"exit": exit}))).await;
        assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
        let lines: Vec<_> = events(&app, &installed.body, "hookLog").await.iter().map(|event| event["line"].clone()).collect();
        assert_eq!(lines, ["migrating with hidden", "migrated"]);
        let hooks = events(&app, &installed.body, "hook").await;
        assert_eq!(
            hooks.last().map(|hook| (&hook["object"], &hook["state"])),
            Some((&json!(format!("Job/{name}-migrate")), &json!("succeeded"))),
            "{hooks:?}"
        );
        assert_eq!(env.object(&tenant.namespace, "job", &format!("{name}-migrate")).await, None, "the hook is gone");

        let tested = app.change(&format!("/api/v1/helm/releases/{}/test", tenant.release(name)), &json!({"timeout": 60})).await;
        let wanted = if exit == 0 { "succeeded" } else { "failed" };
        assert_eq!(tested.body["status"], wanted, "{tested:?}");
        let lines = events(&app, &tested.body, "hookLog").await;
        assert_eq!(lines.iter().map(|event| &event["line"]).collect::<Vec<_>>(), ["it answers"]);
    }
    app.stop().await;
}
