//! The server is killed with -9 in the middle of an operation and started again: the operation is settled, the
//! release usable.

use serde_json::json;

use crate::support::{App, env, until};

#[tokio::test]
async fn an_upgrade_whose_server_was_killed_is_settled_by_the_next_and_the_release_is_usable() {
    let Some(env) = env() else { return };
    let app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    let done = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    assert_eq!(done.body["status"], "succeeded", "{done:?}");
    // Never becomes ready, so that Helm is surely at work when the server dies; it goes on by itself for a while.
    let asked = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 8, "atomic": true})).await;
    until("the upgrade is pending", || async { (app.get(&release).await["status"] == "PENDING_UPGRADE").then_some(()) }).await;

    let data = app.kill().await;
    let app = App::child(&env, data).await;
    let settled = app.settled(&asked.body["id"]).await;
    assert!(matches!(settled.body["status"].as_str(), Some("failed" | "interrupted")), "{settled:?}");
    let events = app.anonymous(reqwest::Method::GET, &format!("/api/v1/operations/{}/events", asked.body["id"].as_str().unwrap()));
    let events = events.bearer_auth(crate::support::app::TOKEN).send().await.unwrap().text().await.unwrap();
    assert!(events.contains("\"recover\""), "the look at what was left is on record: {events}");
    let row = app.get(&release).await;
    assert_eq!(
        (&row["status"], &row["chartVersion"], &row["activeOperation"]),
        (&json!("DEPLOYED"), &json!("1.3.2"), &json!(null)),
        "{row}"
    );

    let done = app.change(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.1"})).await;
    assert_eq!(done.body["status"], "succeeded", "usable again: {done:?}");
    app.kill().await;
}

#[tokio::test]
async fn an_upgrade_whose_server_and_helm_were_both_killed_is_rolled_back_by_the_next() {
    let Some(env) = env() else { return };
    let app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    let asked = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 300})).await;
    let id = asked.body["id"].as_str().unwrap().to_owned();
    until("the upgrade is pending", || async { (app.get(&release).await["status"] == "PENDING_UPGRADE").then_some(()) }).await;
    let record = std::fs::read_to_string(app.data.path().join("run").join(&id).join("helm.pid")).unwrap();
    let helm: i32 = record.split_whitespace().next().unwrap().parse().unwrap();
    let data = app.kill().await;
    rustix::process::kill_process(rustix::process::Pid::from_raw(helm).unwrap(), rustix::process::Signal::KILL).unwrap();

    let app = App::child(&env, data).await;
    let settled = app.settled(&asked.body["id"]).await;
    assert_eq!((&settled.body["status"], &settled.body["error"]["code"]), (&json!("interrupted"), &json!("interrupted")), "{settled:?}");
    assert!(settled.body["error"]["message"].as_str().unwrap().contains("rolled back to revision 1"), "{settled:?}");
    let row = app.get(&release).await;
    assert_eq!((&row["status"], &row["revision"], &row["chartVersion"]), (&json!("DEPLOYED"), &json!(3), &json!("1.3.2")), "{row}");
    app.kill().await;
}
