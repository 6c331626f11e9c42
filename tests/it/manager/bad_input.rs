//! Bad input: each a clear sentence, a stable code, the right status, and nothing changed.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{App, env};

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "a": inner }))
}

#[tokio::test]
async fn a_change_that_cannot_be_is_refused_and_changes_nothing() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let other = app.tenant(&env).await;
    let path = "/api/v1/helm/releases";
    let good = tenant.install("web", "web", "1.3.2", &json!({}));
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, status, code) in [
        (with("releaseName", json!("-web")), 422, "invalid_name"),
        (with("releaseName", json!("Web")), 422, "invalid_name"),
        (with("releaseName", json!("--post-renderer=x")), 422, "invalid_name"),
        (with("releaseName", json!("a".repeat(54))), 422, "invalid_name"),
        (with("namespace", json!("../x")), 422, "invalid_name"),
        (with("chartName", json!("-c")), 422, "invalid_name"),
        (with("namespace", json!("kube-system")), 422, "namespace_not_of_tenant"),
        (with("namespace", json!(other.namespace)), 422, "namespace_not_of_tenant"),
        (with("tenantId", json!("018f0000-0000-7000-8000-000000000000")), 404, "tenant_not_found"),
        (with("tenantId", json!("nonsense")), 404, "tenant_not_found"),
        (with("chartName", json!("nothing")), 404, "chart_not_found"),
        (with("chartName", json!("elsewhere/web")), 404, "chart_not_found"),
        (with("chartVersion", json!("9.9.9")), 404, "chart_version_not_found"),
        (with("chartVersion", json!("--version")), 404, "chart_version_not_found"),
        (with("valuesOverride", json!(["a"])), 422, "invalid_values"),
        (with("valuesOverride", json!("a: 1")), 422, "invalid_values"),
        (with("valuesOverride", deep(100)), 422, "invalid_values"),
        (with("valuesOverride", json!({"a": "x".repeat(1_100_000)})), 413, "values_too_large"),
        (with("valuesOverride", json!({"a": "x".repeat(5 << 20)})), 413, "payload_too_large"),
        (with("timeout", json!(0)), 400, "invalid_request"),
        (with("timeout", json!(100_000)), 400, "invalid_request"),
        (with("historyMax", json!(0)), 400, "invalid_request"),
        (with("description", json!("x".repeat(501))), 400, "invalid_request"),
        (json!([tenant.id, "web"]), 400, "invalid_request"),
    ] {
        let refused = app.post(path, &body).await;
        let shown = body.to_string().chars().take(200).collect::<String>();
        assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (status, Some(code)), "{shown}: {:?}", refused.body);
        assert!(refused.body["detail"].as_str().is_some_and(|text| text.ends_with('.') || text.ends_with('!')), "{refused:?}");
    }
    assert!(env.helm_history(&tenant.namespace, "web").await.is_empty());
    assert_eq!(app.get(&format!("/api/v1/operations?tenantId={}", tenant.id)).await["total"], 0, "nothing was enqueued");
    app.stop().await;
}

#[tokio::test]
async fn a_change_of_a_release_that_moved_or_is_not_there_is_refused() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let code = |answer: &crate::support::app::Answer| answer.body["code"].as_str().unwrap_or_default().to_owned();

    let exists = app.post("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!((exists.status, code(&exists).as_str()), (StatusCode::CONFLICT, "release_exists"));
    let list = app.post(&format!("{release}/upgrade"), &json!([])).await;
    assert_eq!((list.status, code(&list).as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "a list says nothing");
    let moved = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1", "baseRevision": 7})).await;
    assert_eq!((moved.status, code(&moved).as_str()), (StatusCode::CONFLICT, "revision_moved"));
    let revision = app.post(&format!("{release}/rollback"), &json!({"targetRevision": 9})).await;
    assert_eq!((revision.status, code(&revision).as_str()), (StatusCode::NOT_FOUND, "revision_not_found"));
    let nothing = app.post(&format!("{release}/rollback/last-successful"), &json!({})).await;
    assert_eq!((nothing.status, code(&nothing).as_str()), (StatusCode::CONFLICT, "nothing_to_roll_back_to"));
    let unknown = app.look(&format!("{release}/revisions/9/manifest")).await;
    assert_eq!((unknown.status, code(&unknown).as_str()), (StatusCode::NOT_FOUND, "revision_not_found"));

    app.uninstall(&tenant.release("web")).await;
    let gone = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!((gone.status, code(&gone).as_str()), (StatusCode::CONFLICT, "release_not_installed"));
    app.stop().await;
}

#[tokio::test]
async fn a_second_operation_beside_a_running_one_is_refused_with_a_link_to_the_first() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let first = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 5, "atomic": true})).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let second = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!((second.status, &second.body["code"]), (StatusCode::CONFLICT, &json!("operation_in_progress")), "{second:?}");
    assert_eq!(second.body["operation"]["id"], first.body["id"]);
    assert_eq!(app.get(second.body["operation"]["link"].as_str().unwrap()).await["id"], first.body["id"]);
    app.settled(&first.body["id"]).await;
    app.stop().await;
}

#[tokio::test]
async fn the_same_request_with_the_same_key_is_the_same_operation() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let send = |body: Value| {
        let request = app.request(reqwest::Method::POST, "/api/v1/helm/releases").header("idempotency-key", "key-1").json(&body);
        async move { crate::support::app::answer(request.send().await.unwrap()).await }
    };
    let install = tenant.install("web", "web", "1.3.2", &json!({}));
    let first = send(install.clone()).await;
    app.settled(&first.body["id"]).await;
    let again = send(install.clone()).await;
    assert_eq!(first.body["id"], again.body["id"], "also when the release is there by now");
    let other = send(tenant.install("web", "web", "1.4.1", &json!({}))).await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("idempotency_key_reused")));
    assert_eq!(env.helm_history(&tenant.namespace, "web").await.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_release_above_one_mebibyte_is_refused_in_words() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    // Random letters, so that compression does not help.
    let mut bytes = vec![0; 750_000];
    getrandom::fill(&mut bytes).unwrap();
    let noise: String = bytes
        .iter()
        .map(|byte| char::from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[usize::from(byte & 63)]))
        .collect();
    let values = json!({"podAnnotations": {"noise": noise}});
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &values)).await;
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!("release_too_large")), "{done:?}");
    assert!(done.body["error"]["message"].as_str().unwrap().contains("1 MiB"), "{done:?}");
    assert!(env.helm_history(&tenant.namespace, "web").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn prefer_wait_answers_with_the_release_when_it_is_done() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let install = tenant.install("web", "web", "1.3.2", &json!({}));
    let asked =
        app.request(reqwest::Method::POST, "/api/v1/helm/releases").header("prefer", "wait=60").json(&install).send().await.unwrap();
    let done = crate::support::app::answer(asked).await;
    assert_eq!(
        (done.status, &done.body["status"], &done.body["releaseName"]),
        (StatusCode::OK, &json!("DEPLOYED"), &json!("web")),
        "{done:?}"
    );
    app.stop().await;
}
