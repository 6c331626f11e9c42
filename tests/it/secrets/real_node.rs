//! What hooks, tests and pods write on a real node, and what the cluster says of them: none of the thirty secrets in any
//! of seven encodings. Run inside of the node's network namespace by `cargo xtask test`.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{
    outlet::{answer, insist_on_none_in_answers, insist_on_none_in_files, token},
    planted,
    trace::Traces,
};
use crate::{
    live::real_node::{node, told},
    support::{App, Env, Shelf, app::TOKEN, until},
};

/// A hook, a test and a pod that write all of it; and a pod that is to run a secret, which the node then speaks of.
const SPILL: &str = r#"{{- define "said" -}}
cat <<'SAID'
{{- range $secret := concat (list .Values.db.password .Values.db.replica.adminPassword .Values.auth.token .Values.auth.clientSecret
    .Values.auth.apiKey .Values.aws.secretAccessKey .Values.aws.accessKeyId .Values.smtp.credentials.pass .Values.oauth.cookieSecret
    .Values.oauth.signing_key (index .Values.env 0).value (index .Values.env 1).value (index .Values.stores 0).passphrase
    (index .Values.stores 1).passwd) (values .Values.data) .Values.tokens }}
plain {{ $secret }}
base64 {{ printf "app:%s@db" $secret | b64enc }}
url https://u:{{ $secret | urlquery }}@h/
json {{ dict "message" (dict "secret" $secret | toJson) | toJson }}
folded {{ substr 0 7 $secret }}
  {{ substr 7 999 $secret }}
hex {{ printf "%x" $secret }}
split
{{ regexReplaceAll "(.{5})" $secret "${1}\n" }}
{{- end }}
{{ .Values.tls.privateKey }}
{{ regexReplaceAll "(.{76})" (.Values.tls.privateKey | b64enc) "${1}\n" }}
that was all
SAID
{{- end }}
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}}
data:
{{- range $key, $value := .Values.data }}
  {{ $key }}: {{ $value | b64enc }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-before
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: before, image: 'localhost/busybox:1.35', command: [sh, -c, {{ include "said" . | quote }}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-check
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers:
  - {name: check, image: 'localhost/busybox:1.35', command: [sh, -c, {{ include "said" . | quote }}]}
{{- range $name, $command := dict "web" (list "sh" "-c" (printf "%s\nsleep 3600" (include "said" .))) "lost" (list .Values.auth.token) }}
---
apiVersion: v1
kind: Pod
metadata: {name: {{ $.Release.Name }}-{{ $name }}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: app, image: 'localhost/busybox:1.35', command: {{ $command | toJson }}}
{{- end }}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn none_of_thirty_secrets_is_in_what_is_shown_of_hooks_tests_and_pods() {
    let Some((env, _)) = node().await else { return };
    let shelf = Shelf::of(&[("spill", SPILL)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let traces = Traces::of(&planted::all());
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("server.log");
    let app = App::child_with(&env, data, "trace", Stdio::from(std::fs::File::create(&log).unwrap())).await;
    let tenant = app.tenant(&env).await;
    let mut wish = tenant.install("spill", "spill", "1.0.0", &planted::values());
    wish["wait"] = json!(false);
    let installed = app.change("/api/v1/helm/releases", &wish).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let id = tenant.release("spill");
    let release = format!("/api/v1/helm/releases/{id}");
    // One of its pods never runs, so that Helm's own wait would not end well.
    let lost = until("the node speaks of what it could not run", || async {
        let seen = app.look(&format!("{release}/events?pod=spill-lost")).await.body;
        seen.as_array()?.iter().any(|event| event["reason"] == "Failed").then_some(seen)
    })
    .await;
    assert!(lost.to_string().contains("hidden"), "{lost}");
    let written = format!("{release}/pods/spill-web/log?tail=5000");
    until("the pod has written all", || async {
        let log = app.look(&written).await.body;
        log["lines"].as_array()?.last().is_some_and(|line| line["line"] == "that was all").then_some(())
    })
    .await;
    let tested = app.change(&format!("{release}/test"), &json!({"timeout": 60})).await;
    assert_eq!(tested.body["status"], "succeeded", "{tested:?}");

    let page = format!("/tenants/{}/releases/{}/spill", tenant.slug, tenant.namespace);
    let place = format!("place[tenant]={}&place[namespace]={}&place[name]=spill", tenant.slug, tenant.namespace);
    let operations = [&installed.body, &tested.body].map(|operation: &Value| operation["id"].as_str().unwrap().to_owned());
    let mut paths = vec![
        written,
        format!("{release}/resources"),
        format!("{release}/events"),
        format!("{page}/resources"),
        format!("{page}/test"),
        format!("/api/fn/resources?{place}"),
        format!("/api/fn/test?{place}"),
    ];
    for pod in ["spill-web", "spill-lost"] {
        paths.push(format!("{page}/pods/{pod}"));
        paths.push(format!("/api/fn/pod?{place}&pod={pod}"));
    }
    for operation in &operations {
        paths.push(format!("/api/v1/operations/{operation}"));
        paths.push(format!("/api/v1/operations/{operation}/events"));
        paths.push(format!("/operations/{operation}"));
        paths.push(format!("/api/fn/operation?id={operation}"));
    }
    let (support, viewer) = (token(&app, "support", &tenant.id).await, token(&app, "viewer", &tenant.id).await);
    insist_on_none_in_answers(&app, [&support, &viewer], &paths, &traces).await;
    for operation in &operations {
        let (_, events) = answer(&app, TOKEN, &format!("/api/v1/operations/{operation}/events")).await;
        let events = String::from_utf8(events).unwrap();
        assert!(events.contains("hex hidden") && events.contains("that was all"), "the whole log was kept: {events}");
    }
    followed(&app, &format!("{release}/pods/spill-web/log/follow?tail=5000"), &viewer, &traces).await;

    insist_on_none_in_files(&app, &traces);
    app.kill().await;
}

/// The log as it is followed, line by line.
async fn followed(app: &App, path: &str, token: &str, traces: &Traces) {
    use futures::StreamExt;
    let mut stream = app.anonymous(reqwest::Method::GET, path).bearer_auth(token).send().await.unwrap().bytes_stream();
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains("that was all") {
        heard.extend(stream.next().await.expect("the stream goes on").unwrap());
    }
    let text = String::from_utf8(heard).unwrap();
    let lines: Vec<String> = told(&text).filter_map(|event| event["line"].as_str().map(str::to_owned)).collect();
    assert!(lines.len() > 200, "{lines:?}");
    traces.insist_on_none("the log as it is followed", lines.join("\n").as_bytes());
}
