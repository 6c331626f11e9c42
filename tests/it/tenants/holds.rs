//! Pins, freezes and retirement.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{act, make, refusal};
use crate::support::{App, env};

const RELEASES: &str = "/api/v1/helm/releases";

#[tokio::test]
async fn a_frozen_tenant_refuses_every_change_and_says_who_froze_it_and_why() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({})).await;
    app.change(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(refusal(&act(&app, &tenant, "freeze", &json!({})).await), (422, "reason_missing"), "a hold wants a reason");
    let frozen = act(&app, &tenant, "freeze", &json!({"reason": "quarter end"})).await;
    assert_eq!(
        (frozen.status, &frozen.body["frozen"]["reason"], &frozen.body["frozen"]["by"]),
        (StatusCode::OK, &json!("quarter end"), &json!("admin"))
    );

    let release = format!("{RELEASES}/{}", tenant.release("web"));
    let upgrade = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!(refusal(&upgrade), (409, "tenant_frozen"));
    let text = upgrade.body["detail"].as_str().unwrap();
    assert!(text.contains("admin") && text.contains("quarter end"), "{text}");
    assert_eq!(refusal(&app.post(RELEASES, &tenant.install("b", "web", "1.3.2", &json!({}))).await), (409, "tenant_frozen"));
    assert_eq!(refusal(&app.post(&format!("{release}/rollback"), &json!({"targetRevision": 1})).await), (409, "tenant_frozen"));
    assert_eq!(refusal(&app.uninstall(&tenant.release("web")).await), (409, "tenant_frozen"));
    assert_eq!(env.helm_history(&tenant.namespace, "web").await.len(), 1);

    assert_eq!(act(&app, &tenant, "thaw", &json!({})).await.body["frozen"], Value::Null);
    let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    app.stop().await;
}

#[tokio::test]
async fn an_operation_that_waits_when_its_tenant_is_frozen_does_not_run() {
    let Some(env) = env() else { return };
    // Nobody works on operations at first.
    let app = App::with(&env, tempfile::tempdir().unwrap(), &["--workers=0".into()]).await;
    let tenant = make(&app, &json!({})).await;
    let queued = app.post(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(queued.status, StatusCode::ACCEPTED, "{queued:?}");
    act(&app, &tenant, "freeze", &json!({"reason": "an incident"})).await;
    let app = App::with(&env, app.stop().await, &[]).await;
    let ended = app.settled(&queued.body["id"]).await;
    assert_eq!((&ended.body["status"], &ended.body["error"]["code"]), (&json!("failed"), &json!("tenant_frozen")), "{ended:?}");
    assert!(env.helm_history(&tenant.namespace, "web").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_pinned_tenant_is_shown_as_pinned_and_can_be_changed_by_hand() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({})).await;
    let pinned = act(&app, &tenant, "pin", &json!({"reason": "their own tests first"})).await;
    assert_eq!((&pinned.body["pinned"]["reason"], &pinned.body["version"]), (&json!("their own tests first"), &json!(2)));
    let again = act(&app, &tenant, "pin", &json!({"reason": "another"})).await;
    assert_eq!((&again.body["pinned"]["reason"], &again.body["version"]), (&json!("their own tests first"), &json!(2)));
    let done = app.change(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    assert_eq!(act(&app, &tenant, "unpin", &json!({})).await.body["pinned"], Value::Null);
    assert_eq!(refusal(&act(&app, &tenant, "explode", &json!({})).await), (404, "not_found"));
    app.stop().await;
}

#[tokio::test]
async fn a_retired_tenant_keeps_its_history_loses_its_access_and_can_be_brought_back() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({})).await;
    app.change(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let why = json!({"reason": "they left"});
    assert_eq!(refusal(&act(&app, &tenant, "retire", &why).await), (409, "tenant_in_use"));
    assert!(env.object(&tenant.namespace, "serviceaccount", "pilothouse-tenant").await.is_some());
    app.uninstall(&tenant.release("web")).await;
    let retired = act(&app, &tenant, "retire", &why).await;
    assert_eq!((retired.status, &retired.body["retired"]["reason"]), (StatusCode::OK, &json!("they left")), "{retired:?}");
    for (kind, name) in
        [("serviceaccount", "pilothouse-tenant"), ("rolebinding", "pilothouse-tenant"), ("rolebinding", "pilothouse-impersonator")]
    {
        assert_eq!(env.object(&tenant.namespace, kind, name).await, None, "{kind} {name}");
    }
    let listed = |tenants: Value| tenants.as_array().unwrap().iter().any(|row| row["slug"] == tenant.slug.as_str());
    assert!(!listed(app.get("/api/v1/tenants").await) && listed(app.get("/api/v1/tenants?retired=1").await));
    assert_eq!(refusal(&app.post(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await), (409, "tenant_retired"));
    let history = app.get(&format!("{RELEASES}/{}/history", tenant.release("web"))).await;
    assert_eq!(history.as_array().unwrap().len(), 1);

    let back = act(&app, &tenant, "restore", &json!({})).await;
    assert_eq!((&back.body["retired"], &back.body["setup"][0]["state"]), (&Value::Null, &json!("ready")), "{back:?}");
    let done = app.change(RELEASES, &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    app.stop().await;
}
