//! The life of a release, step by step; after each, Helm's own history and ours agree.

use serde_json::{Value, json};

use crate::support::{App, Env, Shelf, app::Tenant, env};

/// Helm's history and ours have the same revisions with the same status, chart and description.
async fn histories_agree(app: &App, env: &Env, tenant: &Tenant, name: &str) {
    let helm = env.helm_history(&tenant.namespace, name).await;
    let ours = app.get(&format!("/api/v1/helm/releases/{}/history", tenant.release(name))).await;
    let mut ours: Vec<Value> = ours.as_array().unwrap().clone();
    ours.reverse();
    let kept: Vec<&Value> = ours.iter().filter(|entry| entry["pruned"] == false).collect();
    assert_eq!(helm.len(), kept.len(), "helm: {helm:#?}\nours: {ours:#?}");
    for (theirs, ours) in helm.iter().zip(kept) {
        assert_eq!(theirs["revision"], ours["revision"]);
        assert_eq!(theirs["status"], ours["status"], "{theirs} {ours}");
        // Ours is one line.
        let words = |entry: &Value| entry["description"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(theirs), words(ours));
        assert_eq!(theirs["app_version"], ours["appVersion"]);
        let chart = format!("{}-{}", ours["chartName"].as_str().unwrap(), ours["chartVersion"].as_str().unwrap());
        assert_eq!(theirs["chart"], chart);
    }
}

#[tokio::test]
async fn a_release_is_installed_upgraded_rolled_back_and_uninstalled_and_its_history_agrees_with_helms() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));

    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    assert_eq!(done.body["resultRevision"], 1);
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"], &row["performedBy"]), (&json!("DEPLOYED"), &json!(1), &json!("admin")));
    assert_eq!(row["tenant"], tenant.slug.as_str());
    histories_agree(&app, &env, &tenant, "web").await;

    let change = json!({"chartVersion": "1.4.1", "valuesOverride": {"replicaCount": 2}, "description": "two replicas", "baseRevision": 1});
    let done = app.change(&format!("{release}/upgrade"), &change).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"], &row["chartVersion"]), (&json!("DEPLOYED"), &json!(2), &json!("1.4.1")));
    histories_agree(&app, &env, &tenant, "web").await;
    let diff = app.get(&format!("{release}/diff?from=1&to=2")).await;
    assert_eq!((&diff["added"], &diff["removed"]), (&json!(1), &json!(1)), "{diff}");

    let change = json!({"chartVersion": "1.4.0", "atomic": true, "timeout": 4, "description": "never gets ready"});
    let done = app.change(&format!("{release}/upgrade"), &change).await;
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!("not_ready")), "{done:?}");
    assert!(done.body["error"]["message"].as_str().unwrap().contains("rolled back to revision 2"), "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"], &row["chartVersion"]), (&json!("DEPLOYED"), &json!(4), &json!("1.4.1")));
    assert_eq!(row["performedBy"], "admin", "the atomic answer is ours, too");
    histories_agree(&app, &env, &tenant, "web").await;

    let done = app.change(&format!("{release}/rollback"), &json!({"targetRevision": 1})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["revision"], &row["chartVersion"], &row["performedBy"]), (&json!(5), &json!("1.3.2"), &json!("admin")));
    histories_agree(&app, &env, &tenant, "web").await;
    let history = app.get(&format!("{release}/history")).await;
    assert_eq!(history[0]["change"], json!({"kind": "rolledBack", "to": 1}), "{history}");

    let done = app.uninstall(&tenant.release("web")).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    assert_eq!(app.get(&release).await["status"], "UNINSTALLED");
    let history = app.get(&format!("{release}/history")).await;
    assert_eq!(history.as_array().unwrap().len(), 5, "the history stays");
    assert!(history.as_array().unwrap().iter().all(|entry| entry["pruned"] == true));
    histories_agree(&app, &env, &tenant, "web").await;

    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"]), (&json!("DEPLOYED"), &json!(1)), "a second life");
    let history = app.get(&format!("{release}/history")).await;
    assert_eq!(history.as_array().unwrap().len(), 6);
    app.stop().await;
}

#[tokio::test]
async fn a_failed_upgrade_that_is_not_atomic_stays_failed_until_it_is_rolled_back_to_the_last_successful() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("query"));
    let done = app.change("/api/v1/helm/releases", &tenant.install("query", "query-engine", "2.1.0", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");

    let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "2.2.0", "timeout": 30})).await;
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!("hook_failed")), "{done:?}");
    assert!(done.body["error"]["message"].as_str().unwrap().contains("migrate-schema"), "names the hook: {done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"]), (&json!("FAILED"), &json!(2)));

    let done = app.change(&format!("{release}/rollback/last-successful"), &json!({})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"], &row["chartVersion"]), (&json!("DEPLOYED"), &json!(3), &json!("2.1.0")));
    histories_agree(&app, &env, &tenant, "query").await;
    app.stop().await;
}

#[tokio::test]
async fn a_failed_first_install_that_is_atomic_leaves_nothing_behind() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let mut install = tenant.install("web", "web", "1.4.0", &json!({}));
    install["atomic"] = json!(true);
    install["timeout"] = json!(4);
    let done = app.change("/api/v1/helm/releases", &install).await;
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!("not_ready")), "{done:?}");
    assert!(env.helm_history(&tenant.namespace, "web").await.is_empty());
    assert_eq!(app.get(&format!("/api/v1/helm/releases/{}", tenant.release("web"))).await["status"], "UNINSTALLED");
    app.stop().await;
}

#[tokio::test]
async fn secrets_are_hidden_in_values_manifests_and_diffs_and_an_upgrade_without_values_keeps_them() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("cache"));
    let secret = "canary-7f3a9c-password";
    let done =
        app.change("/api/v1/helm/releases", &tenant.install("cache", "cache", "7.2.1", &json!({"auth": {"password": secret}}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "7.2.5"})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let stored = env.helm(&["get", "values", "-n", &tenant.namespace, "cache", "-o", "json"]).await;
    assert!(stored.contains(secret), "the upgrade kept the override: {stored}");
    for path in [
        "revisions/2/values",
        "revisions/2/values?of=computed",
        "revisions/2/manifest",
        "diff?from=1&to=2&of=manifest",
        "diff?from=1&to=2&of=notes",
        "history",
    ] {
        let text = app.get(&format!("{release}/{path}")).await.to_string();
        assert!(!text.contains(secret), "{path}: {text}");
    }
    assert!(app.get(&format!("{release}/revisions/2/values")).await.as_str().unwrap().contains("password: hidden"));
    let operation = done.body["id"].as_str().unwrap();
    assert!(!app.get(&format!("/api/v1/operations/{operation}")).await.to_string().contains(secret));
    app.stop().await;
}

#[tokio::test]
async fn a_running_operation_can_be_cancelled() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let asked = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 120, "atomic": true})).await;
    crate::support::until("the upgrade is pending", || async { (app.get(&release).await["status"] == "PENDING_UPGRADE").then_some(()) })
        .await;
    let id = asked.body["id"].as_str().unwrap();
    let cancelled = app.post(&format!("/api/v1/operations/{id}/cancel"), &json!({"reason": "wrong version"})).await;
    assert_eq!(cancelled.status, 202, "{cancelled:?}");
    let done = app.settled(&asked.body["id"]).await;
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("cancelled"), &json!("cancelled")), "{done:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["chartVersion"]), (&json!("DEPLOYED"), &json!("1.3.2")), "atomic set it right: {row}");
    let again = app.post(&format!("/api/v1/operations/{id}/cancel"), &json!({})).await;
    assert_eq!(again.body["code"], "operation_settled");
    app.stop().await;
}

/// A ConfigMap, and a hook before each rollback that fails.
const UNWILLING: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {motto: {{ .Values.motto | default \"none\" | quote }}}\n---\n\
    apiVersion: batch/v1\nkind: Job\nmetadata: {name: before, annotations: {helm.sh/hook: pre-rollback}}\nspec:\n  backoffLimit: 0\n  template:\n    \
    metadata: {annotations: {demo.pilothouse.dev/outcome: fail}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: x}]}\n";

#[tokio::test]
async fn a_rollback_whose_hook_fails_is_told_as_that_although_helm_leaves_it_pending() {
    let Some(env) = env() else { return };
    let shelf = Shelf::of(&[("unwilling", UNWILLING)]).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("app"));
    let done = app.change("/api/v1/helm/releases", &tenant.install("app", "unwilling", "1.0.0", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let done = app.change(&format!("{release}/upgrade"), &json!({"valuesOverride": {"motto": "more"}})).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");

    let done = app.change(&format!("{release}/rollback"), &json!({"targetRevision": 1})).await;
    let told = done.body["error"]["message"].as_str().unwrap_or_default();
    assert_eq!((&done.body["status"], &done.body["error"]["code"]), (&json!("failed"), &json!("hook_failed")), "{done:?}");
    assert!(told.contains("before") && told.contains("Revision 3 was left as pending-rollback"), "{done:?}");
    app.stop().await;
}
