//! What a check finds of a release that somebody has changed by hand.

use serde_json::{Value, json};

use super::{check, fields, object, with_web};
use crate::support::{App, Env, Shelf, app::Tenant, env, until};

/// A Deployment with an autoscaler, a Secret, and what the tenant may not see.
const SCALED: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled}
spec:
  replicas: 2
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec: {containers: [{name: a, image: 'a:1', env: [{name: MODE, value: quiet}]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaled}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}
  minReplicas: 1
  maxReplicas: 9
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: correct-horse-battery, user: app}
";

/// A tenant with the release `scaled`.
async fn with_scaled(app: &App, env: &Env) -> (Tenant, String) {
    let tenant = app.tenant(env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("scaled", "scaled", "1.0.0", &json!({}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let path = format!("/api/v1/helm/releases/{}", tenant.release("scaled"));
    (tenant, path)
}

async fn serve(env: &Env) -> (App, Shelf) {
    let shelf = Shelf::of(&[("scaled", SCALED)]).await;
    let app = App::with(env, tempfile::tempdir().unwrap(), &[format!("--chart-sources=made={}", shelf.url)]).await;
    (app, shelf)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_that_nobody_touched_has_not_drifted_and_a_check_changes_nothing() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    let kinds = ["deployment", "configmap", "service", "ingress", "networkpolicy", "poddisruptionbudget"];
    let all = async || {
        let mut found = Vec::new();
        for kind in kinds {
            let list: Value = serde_json::from_str(
                &env.kubectl(&["get", kind, "--namespace", &tenant.namespace, "--output=json", "--show-managed-fields"]).await,
            )
            .unwrap();
            assert!(!list["items"].as_array().unwrap().is_empty(), "{kind}");
            found.push(list["items"].clone());
        }
        found
    };
    let unknown = app.look(&format!("{release}/drift")).await;
    assert_eq!((unknown.status.as_u16(), &unknown.body["code"]), (404, &json!("drift_unknown")));
    // Once its pods are there, nobody writes into its objects any more.
    let before = until("the objects are at rest", || async {
        let (one, other) = (all().await, all().await);
        let ready = one[0][0]["status"]["readyReplicas"] == 1;
        (ready && one == other).then_some(one)
    })
    .await;
    let drift = check(&app, &release).await;
    assert_eq!((&drift["verdict"], &drift["stale"], &drift["manifestOf"]), (&json!("same"), &json!(false), &json!(1)), "{drift:#}");
    assert_eq!(drift["objects"].as_array().unwrap().len(), kinds.len(), "{drift:#}");
    assert!(drift["objects"].as_array().unwrap().iter().all(|object| object["state"] == "same"), "{drift:#}");
    assert_eq!(drift["ignored"], json!([]), "{drift:#}");
    assert_eq!(all().await, before, "resource versions and owners of fields included");
    assert_eq!(app.get(&format!("{release}/drift")).await, drift);
    assert_eq!(app.get(&release).await["drift"], "same");
    let audit = app.get("/api/v1/audit?act=drift.check").await;
    assert_eq!((&audit["total"], &audit["items"][0]["after"]), (&json!(1), &json!({"revision": 1, "verdict": "same"})), "{audit:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_changed_added_and_removed_by_hand_is_found_with_who_did_it() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    let on = ["--namespace", tenant.namespace.as_str()];
    let kubectl = async |words: &[&str]| env.kubectl(&[words, &on].concat()).await;
    kubectl(&["patch", "configmap", "web", "--type=merge", "-p", r#"{"data":{"LOG_LEVEL":"debug","EXTRA":"1","SITE_TITLE":null}}"#]).await;
    kubectl(&["label", "service", "web", "by-hand=yes"]).await;
    kubectl(&["scale", "deployment", "web", "--replicas=3"]).await;
    kubectl(&["delete", "poddisruptionbudget", "web"]).await;
    let drift = check(&app, &release).await;
    assert_eq!(drift["verdict"], "drifted");
    let map = object(&drift, "ConfigMap");
    let by = "kubectl-patch";
    assert_eq!(
        fields(map),
        [("/data/EXTRA", "added", by), ("/data/LOG_LEVEL", "changed", by), ("/data/SITE_TITLE", "removed", "")],
        "{map:#}"
    );
    assert_eq!((&map["diff"]["added"], &map["diff"]["removed"]), (&json!(2), &json!(2)), "{map:#}");
    assert_eq!(fields(object(&drift, "Service")), [("/metadata/labels/by-hand", "added", "kubectl-label")]);
    assert_eq!(fields(object(&drift, "Deployment")), [("/spec/replicas", "changed", "kubectl")]);
    assert_eq!(object(&drift, "PodDisruptionBudget")["state"], "missing");
    assert_eq!(object(&drift, "Ingress")["state"], "same");
    let places: Vec<&str> = drift["objects"].as_array().unwrap().iter().filter_map(|object| object["state"].as_str()).collect();
    assert_eq!(places, ["changed", "changed", "changed", "missing", "same", "same"], "what differs comes first");

    // Put back by hand, it is as it should be, whoever owns it now.
    kubectl(&[
        "patch",
        "configmap",
        "web",
        "--type=merge",
        "-p",
        r#"{"data":{"LOG_LEVEL":"info","EXTRA":null,"SITE_TITLE":"Storefront"}}"#,
    ])
    .await;
    kubectl(&["scale", "deployment", "web", "--replicas=1"]).await;
    let drift = check(&app, &release).await;
    let left: Vec<_> = drift["objects"].as_array().unwrap().iter().flat_map(fields).collect();
    assert_eq!(left, [("/metadata/labels/by-hand", "added", "kubectl-label")], "{drift:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_an_autoscaler_scales_is_ignored_by_rule_and_a_secret_says_no_more_than_that_it_has_changed() {
    let Some(env) = env() else { return };
    let (app, _shelf) = serve(&env).await;
    let (tenant, release) = with_scaled(&app, &env).await;
    let on = ["--namespace", tenant.namespace.as_str()];
    let kubectl = async |words: &[&str]| env.kubectl(&[words, &on].concat()).await;
    assert_eq!(check(&app, &release).await["verdict"], "same");
    kubectl(&["scale", "deployment", "scaled", "--replicas=4"]).await;
    let drift = check(&app, &release).await;
    assert_eq!((&drift["verdict"], &object(&drift, "Deployment")["state"]), (&json!("same"), &json!("same")), "{drift:#}");
    let ignored = &drift["ignored"][0];
    assert_eq!((&ignored["count"], &ignored["fields"]), (&json!(1), &json!(["Deployment scaled: /spec/replicas"])), "{drift:#}");
    assert!(ignored["rule"].as_str().unwrap().contains("HorizontalPodAutoscaler"));

    // battery-staple-horse, and under a key that no manifest has.
    kubectl(&[
        "patch",
        "secret",
        "db",
        "--type=merge",
        "-p",
        r#"{"stringData":{"password":"battery-staple-horse","added":"another-word-here"}}"#,
    ])
    .await;
    kubectl(&["set", "env", "deployment/scaled", "MODE=battery-staple-horse", "MORE=loud"]).await;
    let drift = check(&app, &release).await;
    let secret = object(&drift, "Secret");
    assert_eq!(fields(secret), [("/data/added", "added", "kubectl-patch"), ("/data/password", "changed", "kubectl-patch")]);
    let text = drift.to_string();
    assert!(secret["diff"].to_string().contains("changed, hidden"), "{secret:#}");
    for trace in ["battery-staple", "YmF0dGVyeS1zdGFwbG", "correct-horse", "another-word", "YW5vdGhlci13b3Jk"] {
        assert!(!text.contains(trace), "{trace} in {drift:#}");
    }
    let env_fields = fields(object(&drift, "Deployment"));
    let at = "/spec/template/spec/containers/0/env";
    assert_eq!(env_fields, [(&*format!("{at}/0/value"), "changed", "kubectl-set"), (&*format!("{at}/1"), "added", "kubectl-set")]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_platform_s_own_rule_is_obeyed_and_named() {
    let Some(env) = env() else { return };
    let rule = "ConfigMap/w*:/data/LOG_*";
    let app = App::with(&env, tempfile::tempdir().unwrap(), &[format!("--drift-ignore={rule},Service@kubectl-label")]).await;
    let (tenant, release) = with_web(&app, &env).await;
    let on = ["--namespace", tenant.namespace.as_str()];
    env.kubectl(&[&["patch", "configmap", "web", "--type=merge", "-p", r#"{"data":{"LOG_LEVEL":"debug"}}"#], &on[..]].concat()).await;
    env.kubectl(&[&["label", "service", "web", "by-hand=yes"], &on[..]].concat()).await;
    let drift = check(&app, &release).await;
    assert_eq!(drift["verdict"], "same", "{drift:#}");
    assert_eq!(
        drift["ignored"],
        json!([
            {"rule": rule, "count": 1, "fields": ["ConfigMap web: /data/LOG_LEVEL"]},
            {"rule": "Service@kubectl-label", "count": 1, "fields": ["Service web: /metadata/labels/by-hand"]},
        ])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_cluster_refuses_is_said_of_the_object_and_hides_nothing_else() {
    let Some(env) = env() else { return };
    let (app, _shelf) = serve(&env).await;
    let (tenant, release) = with_scaled(&app, &env).await;
    let on = ["--namespace", tenant.namespace.as_str()];
    env.kubectl(&[&["delete", "deployment", "scaled"], &on[..]].concat()).await;
    // Another one of its name, whose selector cannot be changed.
    env.apply(&json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "scaled", "namespace": tenant.namespace},
        "spec": {"selector": {"matchLabels": {"app": "else"}}, "template": {
            "metadata": {"labels": {"app": "else"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]},
        }},
    }))
    .await;
    let drift = check(&app, &release).await;
    let deployment = object(&drift, "Deployment");
    assert_eq!(deployment["state"], "unknown", "{deployment:#}");
    let why = deployment["reason"].as_str().unwrap();
    assert!(why.starts_with("the dry run was refused") && why.contains("immutable"), "{why}");
    assert_eq!((&drift["verdict"], &object(&drift, "Secret")["state"]), (&json!("unknown"), &json!("same")), "{drift:#}");
    app.stop().await;
}

/// What reaches outside of its namespace, and what is of a kind that comes and goes.
const WIDE: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: own}
data: {a: '1'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: '{{ .Release.Namespace }}-elsewhere', namespace: default}
data: {token: not-the-tenants}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: '{{ .Release.Namespace }}-wide'}
rules: []
---
apiVersion: '{{ .Values.group }}/v1'
kind: Passing
metadata: {name: thing}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_tenant_may_not_see_and_what_the_cluster_no_longer_serves_is_said_to_be_unknown() {
    let Some(env) = env() else { return };
    let shelf = Shelf::of(&[("wide", WIDE)]).await;
    let app = App::start(&env).await;
    // Its first release sets the namespace up; the wide one is made by somebody who may do more than the tenant.
    let (tenant, _) = with_web(&app, &env).await;
    let namespace = tenant.namespace.as_str();
    let group = format!("{namespace}.example.com");
    let name = format!("passings.{group}");
    env.apply(&json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "passings", "kind": "Passing"}, "versions": [
            {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
        ]},
    }))
    .await;
    env.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "customresourcedefinition", &name]).await;
    env.helm(&["install", "-n", namespace, "wide", "wide", "--repo", &shelf.url, "--set", &format!("group={group}")]).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("wide"));
    until("the release is seen", || async { (app.look(&release).await.body["status"] == "DEPLOYED").then_some(()) }).await;
    let reasons = |drift: &Value| -> Vec<(String, String)> {
        let objects = drift["objects"].as_array().unwrap().iter().filter(|object| object["state"] == "unknown");
        objects.map(|object| (object["kind"].as_str().unwrap().to_owned(), object["reason"].as_str().unwrap().to_owned())).collect()
    };
    let refused = |kind: &str| (kind.to_owned(), "the tenant's service account may not look at it".to_owned());
    let drift = check(&app, &release).await;
    assert_eq!(reasons(&drift), [refused("ClusterRole"), refused("ConfigMap"), refused("Passing")], "{drift:#}");
    assert_eq!(drift["verdict"], "unknown");
    let own = drift["objects"].as_array().unwrap().iter().find(|object| object["name"] == "own").unwrap();
    assert_eq!(own["state"], "same", "{drift:#}");

    env.kubectl(&["delete", "customresourcedefinition", &name]).await;
    let drift = until("the kind is gone", || async {
        let drift = check(&app, &release).await;
        reasons(&drift).last().is_some_and(|(_, why)| why.contains("serves no such kind")).then_some(drift)
    })
    .await;
    assert_eq!(reasons(&drift)[2].0, "Passing");
    env.kubectl(&["delete", "clusterrole", &format!("{namespace}-wide")]).await;
    app.stop().await;
}
