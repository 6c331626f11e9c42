//! `helm test` as an operation.

use serde_json::json;

use crate::support::{App, Env, app::answer, env, shelf::Shelf};

const TESTED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n---\napiVersion: batch/v1\nkind: Job\n\
    metadata:\n  name: {{ .Release.Name }}-test\n  annotations: {helm.sh/hook: test}\nspec:\n  activeDeadlineSeconds: {{ .Values.deadline | default 60 }}\n  template:\n    spec:\n      \
    restartPolicy: Never\n      {{- if .Values.nowhere }}\n      nodeSelector: {there: is-none}\n      {{- end }}\n      containers: [{name: a, image: 'a:1'}]\n";
const UNTESTED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_tests_of_a_chart_are_an_operation_that_leaves_the_release_as_it_is() {
    let Some(env) = env() else { return };
    let shelf = Shelf::of(&[("tested", TESTED), ("untested", UNTESTED)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    for (name, chart, values) in
        [("good", "tested", json!({})), ("bad", "tested", json!({"nowhere": true, "deadline": 2})), ("none", "untested", json!({}))]
    {
        let installed = app.change("/api/v1/helm/releases", &tenant.install(name, chart, "1.0.0", &values)).await;
        assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    }
    let path = |name: &str| format!("/api/v1/helm/releases/{}/test", tenant.release(name));
    let good = app.change(&path("good"), &json!({"baseRevision": 1, "timeout": 30})).await;
    assert_eq!((&good.body["kind"], &good.body["status"]), (&json!("test"), &json!("succeeded")), "{good:?}");
    assert_eq!((&good.body["baseRevision"], &good.body["resultRevision"]), (&json!(1), &json!(null)));
    assert_eq!(app.get(path("good").trim_end_matches("/test")).await["revision"], 1, "no revision was made");

    let bad = app.change(&path("bad"), &json!({"timeout": 30})).await;
    assert_eq!((&bad.body["status"], &bad.body["error"]["code"]), (&json!("failed"), &json!("test_failed")), "{bad:?}");
    assert_eq!(app.get(path("bad").trim_end_matches("/test")).await["status"], "DEPLOYED");

    let none = app.post(&path("none"), &json!({})).await;
    assert_eq!((none.status.as_u16(), &none.body["code"]), (409, &json!("no_tests")));
    let moved = app.post(&path("good"), &json!({"baseRevision": 7})).await;
    assert_eq!((moved.status.as_u16(), &moved.body["code"]), (409, &json!("revision_moved")));

    let cookie = app.sign_in().await;
    let page = format!("/tenants/{}/releases/{}/good/test", tenant.slug, tenant.namespace);
    let (status, html) = app.page(&cookie, &page).await;
    assert!(status == 200 && html.contains("Job/good-test"), "{html}");
    let sent = answer(app.form(&cookie, &page, &[("base", "1"), ("timeout", "30"), ("reason", "before the weekend")]).await).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    app.stop().await;
}
