//! The database is locked for longer than a lease while Helm is at work: Helm goes on, and how it ended is on record
//! afterwards, whichever attempt it is that writes it.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};

use crate::support::{App, env, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_outlives_a_database_that_is_locked_for_longer_than_its_lease() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({}))).await;
    // Never becomes ready: Helm waits for it for a while.
    let asked = app.post(&format!("{release}/upgrade"), &json!({"chartVersion": "1.4.0", "timeout": 25})).await;
    let id = asked.body["id"].as_str().unwrap().to_owned();
    let record = app.data.path().join("run").join(&id).join("helm.pid");
    until("helm is at work", || async { record.exists().then_some(()) }).await;
    until("the upgrade is pending", || async { (app.get(&release).await["status"] == "PENDING_UPGRADE").then_some(()) }).await;
    let helm = std::fs::read_to_string(&record).unwrap();

    let mut lock = SqliteConnectOptions::new().filename(app.data.path().join("pilothouse.db")).connect().await.unwrap();
    lock.execute("BEGIN IMMEDIATE").await.unwrap();
    let locked = Instant::now();
    until("the lease has run out, and the wait for the database with it", || async {
        assert_eq!(std::fs::read_to_string(&record).ok().as_ref(), Some(&helm), "helm goes on");
        (locked.elapsed() > Duration::from_secs(14)).then_some(())
    })
    .await;
    lock.execute("ROLLBACK").await.unwrap();
    lock.close().await.unwrap();

    let settled = app.settled(&asked.body["id"]).await;
    assert_eq!((&settled.body["status"], &settled.body["error"]["code"]), (&json!("failed"), &json!("not_ready")), "{settled:?}");
    app.stop().await;
}
