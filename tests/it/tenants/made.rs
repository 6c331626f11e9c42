//! Tenants made and edited through the API, as the cluster then has them.

use reqwest::Method;
use serde_json::json;

use super::{make, refusal, send};
use crate::support::{App, env, env::unique, until};

#[tokio::test]
async fn a_tenant_made_here_has_a_namespace_an_account_bindings_and_bounds_and_is_usable_at_once() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let limits = json!({"podSecurity": "baseline", "cpu": "4", "memory": "8Gi", "pods": 20});
    let tenant = make(&app, &json!({"name": "Acme & Sons", "labels": {"ring": "canary"}, "limits": limits})).await;
    let namespace = tenant.namespace.as_str();

    let made = env.object("", "namespace", namespace).await.expect("the namespace");
    let labels = &made["metadata"]["labels"];
    assert_eq!(labels["pilothouse.dev/tenant"], tenant.slug.as_str());
    assert_eq!(labels["tenant.pilothouse.dev/ring"], "canary");
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "baseline");
    assert!(env.object(namespace, "serviceaccount", "pilothouse-tenant").await.is_some());
    let binding = env.object(namespace, "rolebinding", "pilothouse-tenant").await.expect("the tenant's rights");
    assert_eq!(binding["roleRef"]["name"], "pilothouse-tenant");
    assert_eq!(binding["subjects"], json!([{"kind": "ServiceAccount", "name": "pilothouse-tenant", "namespace": namespace}]));
    let binding = env.object(namespace, "rolebinding", "pilothouse-impersonator").await.expect("our right to act as it");
    assert_eq!(binding["roleRef"]["name"], "pilothouse-impersonator");
    assert_eq!(binding["subjects"], json!([{"kind": "ServiceAccount", "name": "pilothouse", "namespace": "pilothouse-system"}]));
    let quota = env.object(namespace, "resourcequota", "pilothouse").await.expect("the quota");
    assert_eq!(quota["spec"]["hard"], json!({"requests.cpu": "4", "requests.memory": "8Gi", "pods": "20"}));
    let range = env.object(namespace, "limitrange", "pilothouse").await.expect("the defaults of containers");
    assert_eq!(range["spec"]["limits"][0]["defaultRequest"], json!({"cpu": "100m", "memory": "128Mi"}));

    let row = app.get(&format!("/api/v1/tenants/{}", tenant.id)).await;
    assert_eq!((&row["name"], &row["namespaces"]), (&json!("Acme & Sons"), &json!([namespace])));
    assert_eq!((&row["version"], &row["limits"]["memory"], &row["frozen"]), (&json!(1), &json!("8Gi"), &json!(null)));
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    app.stop().await;
}

#[tokio::test]
async fn labels_and_bounds_that_are_edited_go_to_the_cluster_and_come_back_from_it() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({"labels": {"ring": "canary", "tier": "gold"}, "limits": {"pods": 5}})).await;
    let path = format!("/api/v1/tenants/{}", tenant.id);
    let look = app.request(Method::GET, &path).send().await.unwrap();
    let tag = look.headers()["etag"].to_str().unwrap().to_owned();
    let edit = json!({"name": "New name", "labels": {"ring": "late"}, "limits": {"cpu": "2"}, "reason": "moved rings"});
    let edited = send(&app, Method::PATCH, &path, Some(&tag), &edit).await;
    assert_eq!((edited.status.as_u16(), &edited.body["name"], &edited.body["version"]), (200, &json!("New name"), &json!(2)), "{edited:?}");
    until("the watch brings the labels back", || async { (app.get(&path).await["labels"] == json!({"ring": "late"})).then_some(()) }).await;
    let namespace = env.object("", "namespace", &tenant.namespace).await.unwrap();
    assert_eq!(namespace["metadata"]["labels"].get("tenant.pilothouse.dev/tier"), None);
    let quota = env.object(&tenant.namespace, "resourcequota", "pilothouse").await.unwrap();
    assert_eq!(quota["spec"]["hard"], json!({"requests.cpu": "2"}));

    let stale = send(&app, Method::PATCH, &path, Some(&tag), &json!({"name": "Another"})).await;
    assert_eq!(refusal(&stale), (412, "precondition_failed"), "{stale:?}");
    for (edit, status, code) in [
        (json!({"labels": {"a b": "c"}}), 422, "invalid_name"),
        (json!({"labels": {"a": "<script>"}}), 422, "invalid_name"),
        (json!({"name": "x".repeat(101)}), 422, "invalid_name"),
        (json!({"limits": {"cpu": "-1"}}), 400, "invalid_request"),
        (json!({"reason": "x".repeat(501)}), 400, "invalid_request"),
    ] {
        let refused = send(&app, Method::PATCH, &path, None, &edit).await;
        assert_eq!(refusal(&refused), (status, code), "{edit}: {refused:?}");
    }
    assert_eq!(app.get(&path).await["version"], 2, "a refusal changes nothing");
    let bare = send(&app, Method::PATCH, &path, None, &json!({"limits": {}})).await;
    assert_eq!(bare.status, 200);
    assert_eq!(env.object(&tenant.namespace, "resourcequota", "pilothouse").await, None, "bounds that are none are taken away");
    app.stop().await;
}

#[tokio::test]
async fn a_tenant_that_cannot_be_is_refused_and_nothing_is_made() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let there = make(&app, &json!({})).await;
    let slug = unique("never");
    let stray = unique("stray");
    env.kubectl(&["create", "namespace", &stray]).await;
    for (body, status, code) in [
        (json!({"slug": "Not A Slug"}), 422, "invalid_name"),
        (json!({"slug": "new"}), 422, "invalid_name"),
        (json!({"slug": there.slug, "namespaces": [unique("ns")]}), 409, "tenant_exists"),
        (json!({"slug": slug, "namespaces": ["kube-system"]}), 422, "namespace_reserved"),
        (json!({"slug": slug, "namespaces": ["default"]}), 422, "namespace_reserved"),
        (json!({"slug": slug, "namespaces": ["pilothouse-system"]}), 422, "namespace_reserved"),
        (json!({"slug": slug, "namespaces": [there.namespace]}), 409, "namespace_taken"),
        (json!({"slug": slug, "namespaces": [stray]}), 409, "namespace_taken"),
        (json!({"slug": slug, "limits": {"memory": "lots"}}), 400, "invalid_request"),
    ] {
        let refused = app.post("/api/v1/tenants", &body).await;
        assert_eq!(refusal(&refused), (status, code), "{body}: {refused:?}");
    }
    let tenants = app.get("/api/v1/tenants?retired=1").await;
    assert!(tenants.as_array().unwrap().iter().all(|tenant| tenant["slug"] != slug.as_str()));
    assert_eq!(env.object("", "namespace", &slug).await, None);
    app.stop().await;
}
