//! A plain `helm` beside Pilothouse is normal life.

use std::time::Duration;

use serde_json::json;

use crate::support::{App, env, env::unique, wait::within};

#[tokio::test]
async fn a_plain_helm_upgrade_appears_within_two_seconds_as_made_elsewhere() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    let namespace = tenant.namespace.as_str();
    // An upgrade without labels inherits ours: the label alone must not make it ours.
    env.helm(&["upgrade", "-n", namespace, "web", "web", "--repo", &env.charts_url, "--version", "1.3.2", "--set", "replicaCount=3"]).await;
    let row = within(Duration::from_secs(2), "the plain upgrade appears", || async {
        let row = app.get(&release).await;
        (row["revision"] == 2 && row["status"] == "DEPLOYED").then_some(row)
    })
    .await;
    assert_eq!(row["performedBy"], json!(null));
    let history = app.get(&format!("{release}/history")).await;
    assert_eq!((&history[0]["operationId"], &history[1]["performedBy"]), (&json!(null), &json!("admin")), "{history}");

    env.helm(&["rollback", "-n", namespace, "web", "1"]).await;
    let row = within(Duration::from_secs(2), "the plain rollback appears", || async {
        let row = app.get(&release).await;
        (row["revision"] == 3 && row["status"] == "DEPLOYED").then_some(row)
    })
    .await;
    assert_eq!(row["performedBy"], json!(null), "its label is its target's, which was ours");

    env.helm(&["uninstall", "-n", namespace, "web"]).await;
    within(Duration::from_secs(2), "the plain uninstall appears", || async {
        (app.get(&release).await["status"] == "UNINSTALLED").then_some(())
    })
    .await;
    let told = app.get(&format!("/api/v1/audit?act=release.elsewhere&q={namespace}")).await;
    let last = &told["items"][0];
    assert_eq!(
        (&told["total"], &last["after"]["status"], &last["before"]["revision"]),
        (&json!(3), &json!("uninstalled"), &json!(3)),
        "{told}"
    );

    // What we uninstall ourselves is told of by its operation alone.
    app.change("/api/v1/helm/releases", &tenant.install("own", "web", "1.3.2", &json!({}))).await;
    let own = tenant.release("own");
    assert_eq!(app.uninstall(&own).await.body["status"], "succeeded");
    within(Duration::from_secs(2), "our uninstall appears", || async {
        (app.get(&format!("/api/v1/helm/releases/{own}")).await["status"] == "UNINSTALLED").then_some(())
    })
    .await;
    assert_eq!(app.get(&format!("/api/v1/audit?act=release.elsewhere&q={namespace}")).await["total"], 3);
    app.stop().await;
}

#[tokio::test]
async fn a_release_in_a_namespace_without_a_tenant_is_listed_as_unassigned() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let namespace = unique("nobodys");
    env.helm(&["install", "-n", &namespace, "--create-namespace", "stray", "cache", "--repo", &env.charts_url, "--version", "7.2.5"]).await;
    let row = within(Duration::from_secs(5), "the stray release appears", || async {
        let page = app.get(&format!("/api/v1/helm/releases?q={namespace}")).await;
        page["items"].get(0).cloned()
    })
    .await;
    assert_eq!((&row["tenantId"], &row["releaseName"]), (&json!(null), &json!("stray")));
    app.stop().await;
}

#[tokio::test]
async fn the_projection_is_rebuilt_from_nothing() {
    let Some(env) = env() else { return };
    let first = App::start(&env).await;
    let tenant = first.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    first.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    first.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    let before = first.get(&release).await;
    first.stop().await;
    // A second server with an empty database knows all that the cluster knows.
    let second = App::start(&env).await;
    let after = second.get(&release).await;
    for field in [
        "id",
        "tenant",
        "releaseName",
        "namespace",
        "chartName",
        "chartVersion",
        "appVersion",
        "revision",
        "status",
        "description",
        "createdAt",
    ] {
        assert_eq!(before[field], after[field], "{field}");
    }
    let diff = crate::support::until("older revisions are read at leisure", || async {
        let diff = second.look(&format!("{release}/diff?from=1&to=2&of=manifest")).await;
        diff.status.is_success().then_some(diff.body)
    })
    .await;
    assert!(diff["added"].as_u64().unwrap() > 0, "{diff}");
    second.stop().await;
}
