//! Objects, events and pods on the real API server; what pods themselves do is `real_node`'s.

use reqwest::Method;
use serde_json::{Value, json};

use super::{item, viewer};
use crate::support::{App, env, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_viewer_sees_the_objects_of_a_release_with_what_they_own_and_what_is_missing() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.4.1", &json!({"replicaCount": 2}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let path = format!("/api/v1/helm/releases/{}/resources", tenant.release("web"));
    let token = viewer(&app, &tenant).await;
    let seen = app.ask(Method::GET, &token, &path, None).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let deployment = item(&seen.body, "Deployment");
    assert_eq!((&deployment["health"], &deployment["depth"]), (&json!("healthy"), &json!(0)), "{deployment}");
    let set = item(&seen.body, "ReplicaSet");
    assert_eq!(set["owner"], format!("Deployment/{}", deployment["name"].as_str().unwrap()));
    let items = seen.body["items"].as_array().unwrap();
    let pods: Vec<&Value> = items.iter().filter(|item| item["kind"] == "Pod").collect();
    assert_eq!(pods.len(), 2, "{items:#?}");
    assert!(
        pods.iter().all(|pod| pod["depth"] == 2 && pod["health"] == "healthy" && pod["pod"]["containers"][0]["ready"] == true),
        "{pods:#?}"
    );
    assert_eq!(item(&seen.body, "EndpointSlice")["depth"], 1, "what a Service owns stands below it");
    let at = |kind: &str| items.iter().position(|item| item["kind"] == kind).unwrap();
    assert!(at("Deployment") < at("ReplicaSet") && at("ReplicaSet") < at("Pod"));

    let config = item(&seen.body, "ConfigMap")["name"].as_str().unwrap();
    env.kubectl(&["delete", "configmap", config, "--namespace", &tenant.namespace]).await;
    let seen = app.get(&path).await;
    let missing = item(&seen, "ConfigMap");
    assert_eq!((&missing["health"], &missing["createdAt"]), (&json!("degraded"), &Value::Null), "{missing}");

    let cookie = app.sign_in().await;
    let page = format!("/tenants/{}/releases/{}/web", tenant.slug, tenant.namespace);
    let (status, html) = app.page(&cookie, &format!("{page}/resources")).await;
    let pod = pods[0]["name"].as_str().unwrap();
    assert!(status == 200 && html.contains(&format!("{page}/pods/{pod}")) && html.contains("the cluster does not"), "{html}");
    let (status, html) = app.page(&cookie, &format!("{page}/pods/{pod}")).await;
    assert!(status == 200 && html.contains("Containers") && html.contains("kwok-1"), "{html}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_of_a_release_are_shown_without_its_secrets_and_those_of_strangers_not_at_all() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let values = json!({"replicaCount": 1, "config": {"password": "correct-horse-battery"}});
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.4.1", &values)).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let pod = item(&app.get(&format!("{release}/resources")).await, "Pod")["name"].as_str().unwrap().to_owned();
    for (name, of) in [("ours", pod.as_str()), ("a-strangers", "stranger")] {
        env.apply(&json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": tenant.namespace}, "type": "Warning",
            "reason": "Unhealthy", "message": format!("probe of {name} said correct-horse-battery"), "count": 3,
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": tenant.namespace, "name": of},
        }))
        .await;
    }
    let token = viewer(&app, &tenant).await;
    let events = app.ask(Method::GET, &token, &format!("{release}/events?pod={pod}"), None).await.body;
    let ours = events.as_array().unwrap().iter().find(|event| event["reason"] == "Unhealthy").unwrap();
    assert_eq!(ours["message"], "probe of ours said hidden", "{events}");
    assert_eq!((&ours["count"], &ours["warning"]), (&json!(3), &json!(true)));
    let all = app.get(&format!("{release}/events")).await;
    let reasons: Vec<&str> = all.as_array().unwrap().iter().filter_map(|event| event["reason"].as_str()).collect();
    assert!(reasons.contains(&"ScalingReplicaSet"), "{all}");
    assert!(!all.to_string().contains("stranger"), "{all}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_log_is_given_out_of_pods_of_the_release_alone_and_within_bounds() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.4.1", &json!({"replicaCount": 1}))).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    env.apply(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stranger", "namespace": tenant.namespace},
        "spec": {"containers": [{"name": "a", "image": "a:1"}]},
    }))
    .await;
    let pod = item(&app.get(&format!("{release}/resources")).await, "Pod")["name"].as_str().unwrap().to_owned();
    for (path, wanted) in [
        (format!("{release}/pods/stranger/log"), "pod_not_found"),
        (format!("{release}/pods/stranger/log/follow"), "pod_not_found"),
        (format!("{release}/pods/..%2f..%2fsecrets/log"), "pod_not_found"),
        (format!("{release}/pods/{pod}/log?tail=0"), "invalid_request"),
        (format!("{release}/pods/{pod}/log?tail=5001"), "invalid_request"),
        (format!("{release}/pods/{pod}/log?container=nobody"), "log_missing"),
        // The node is simulated: nobody answers for it.
        (format!("{release}/pods/{pod}/log"), "node_unreachable"),
    ] {
        let refused = app.look(&path).await;
        assert_eq!(refused.body["code"], wanted, "{path}: {refused:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_namespace_without_the_tenant_s_account_is_not_looked_into() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    env.helm(&["install", "-n", &tenant.namespace, "plain", "web", "--repo", &env.charts_url, "--version", "1.4.1"]).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("plain"));
    until("the release is seen", || async { app.look(&release).await.status.is_success().then_some(()) }).await;
    let refused = app.look(&format!("{release}/resources")).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("tenant_access_missing")), "{refused:?}");
    let cookie = app.sign_in().await;
    let page = format!("/tenants/{}/releases/{}/plain/resources", tenant.slug, tenant.namespace);
    let (status, html) = app.page(&cookie, &page).await;
    assert!(status == 200 && html.contains("cannot be used yet"), "{html}");
    app.stop().await;
}
