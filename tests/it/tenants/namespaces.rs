//! Namespaces given to tenants, with the releases in them, and let go.

use reqwest::Method;
use serde_json::json;

use super::{act, make, refusal, send};
use crate::support::{App, env, env::unique, until};

#[tokio::test]
async fn an_unassigned_release_cannot_be_changed_until_its_namespace_is_given_to_a_tenant() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({"labels": {"ring": "canary"}})).await;
    let namespace = unique("nobodys");
    let chart = ["web", "--repo", &env.charts_url, "--version", "1.3.2"];
    env.helm(&[&["install", "-n", &namespace, "--create-namespace", "stray"][..], &chart].concat()).await;
    let row = until("the stray release appears", || async {
        app.get(&format!("/api/v1/helm/releases?q={namespace}")).await["items"].get(0).cloned()
    })
    .await;
    let release = format!("/api/v1/helm/releases/{}", row["id"].as_str().unwrap());
    let refused = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!(refusal(&refused), (409, "release_unassigned"), "{refused:?}");
    assert!(refused.body["detail"].as_str().unwrap().contains("Give its namespace to a tenant first"));

    for (name, status, code) in [
        ("kube-system", 422, "namespace_reserved"),
        ("default", 422, "namespace_reserved"),
        ("pilothouse-system", 422, "namespace_reserved"),
    ] {
        assert_eq!(refusal(&act(&app, &tenant, "namespaces", &json!({"name": name})).await), (status, code));
    }
    let given = act(&app, &tenant, "namespaces", &json!({"name": namespace, "reason": "it was theirs all along"})).await;
    assert_eq!(given.body["namespaces"], json!([tenant.namespace, namespace]), "{given:?}");
    let labels = env.object("", "namespace", &namespace).await.unwrap()["metadata"]["labels"].clone();
    assert_eq!((&labels["pilothouse.dev/tenant"], &labels["tenant.pilothouse.dev/ring"]), (&json!(tenant.slug), &json!("canary")));
    assert_eq!(app.get(&release).await["tenant"], tenant.slug.as_str());
    let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");

    let other = make(&app, &json!({})).await;
    assert_eq!(refusal(&act(&app, &other, "namespaces", &json!({"name": namespace})).await), (409, "namespace_taken"));
    let path = format!("/api/v1/tenants/{}/namespaces/{namespace}", tenant.id);
    assert_eq!(refusal(&send(&app, Method::DELETE, &path, None, &json!({})).await), (409, "namespace_in_use"));
    app.uninstall(row["id"].as_str().unwrap()).await;
    let gone = send(&app, Method::DELETE, &path, None, &json!({})).await;
    assert_eq!(gone.status, 200, "{gone:?}");
    let labels = env.object("", "namespace", &namespace).await.unwrap()["metadata"]["labels"].clone();
    assert_eq!((labels.get("pilothouse.dev/tenant"), labels.get("tenant.pilothouse.dev/ring")), (None, None));
    assert_eq!(env.object(&namespace, "serviceaccount", "pilothouse-tenant").await, None);
    until("the watch sees that it is nobody's", || async {
        (app.get(&format!("/api/v1/tenants/{}", tenant.id)).await["namespaces"] == json!([tenant.namespace])).then_some(())
    })
    .await;
    assert_eq!(refusal(&send(&app, Method::DELETE, &path, None, &json!({})).await), (422, "namespace_not_of_tenant"));
    app.stop().await;
}

#[tokio::test]
async fn what_the_cluster_does_not_take_over_is_shown_and_done_once_it_can_be() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = make(&app, &json!({})).await;
    let namespace = unique("odd");
    env.kubectl(&["create", "namespace", &namespace]).await;
    // A binding of that name to another role, which nobody can change.
    env.kubectl(&["create", "rolebinding", "pilothouse-tenant", "--clusterrole=view", "--user=x", "--namespace", &namespace]).await;
    let given = act(&app, &tenant, "namespaces", &json!({"name": namespace})).await;
    let state = given.body["setup"].as_array().unwrap().iter().find(|setup| setup["namespace"] == namespace.as_str()).unwrap();
    assert_eq!(state["state"], "failed", "{given:?}");
    assert!(state["why"].as_str().is_some_and(|why| why.ends_with('.')), "{state}");
    env.kubectl(&["delete", "rolebinding", "pilothouse-tenant", "--namespace", &namespace]).await;
    let again = act(&app, &tenant, &format!("namespaces/{namespace}/set-up"), &json!({})).await;
    let state = again.body["setup"].as_array().unwrap().iter().find(|setup| setup["namespace"] == namespace.as_str()).unwrap();
    assert_eq!(state["state"], "ready", "{again:?}");
    app.stop().await;
}
