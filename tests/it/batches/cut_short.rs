//! What cuts a batch short and has nothing to do with its change: a machine that goes down, a supervisor that stops Helm together with
//! the server, an API server that does not answer. Nothing fails for it, and what was half done is taken back first.

use std::{path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, made, over},
};
use crate::support::{
    App, Env, env,
    line::{Line, Wire},
    until,
};

/// One failure would be one too many, and take everything back.
fn strict() -> Value {
    json!({"order": "rolling", "size": 8, "parallel": 3, "delay": 0, "soak": 0, "threshold": {"count": 1}, "rollback": "all"})
}

/// Waits until Helm is in the middle of a release, and holds all of them where they are.
async fn held(app: &App, chart: &str) -> Vec<Pid> {
    until("Helm is in the middle of a release", || async {
        let rows = app.get(&format!("/api/v1/helm/releases?chart={chart}&size=100")).await;
        let pending = rows["items"].as_array().unwrap().iter().any(|row| row["status"] == "PENDING_UPGRADE");
        pending.then(|| signal(&helms(app.data.path()), Signal::STOP))
    })
    .await;
    helms(app.data.path())
}

/// All of a batch came through, and each release in as many revisions as it takes: once, and two more for each time that it was begun
/// and taken back.
async fn came_through(app: &App, fleet: &Fleet, path: &str) {
    let over = over(app, path).await;
    assert_eq!(
        (&over["state"], &over["counts"]["done"], &over["counts"]["failures"]),
        (&json!("finished"), &json!(8), &json!(0)),
        "{over}"
    );
    for (version, revision) in fleet.seen(app).await {
        assert!(version == "1.1.0" && revision % 2 == 0, "{version} {revision}");
    }
}

/// The processes of Helm at work for that server.
fn helms(data: &Path) -> Vec<Pid> {
    let records = std::fs::read_dir(data.join("run")).into_iter().flatten().flatten();
    let pids = records.filter_map(|one| std::fs::read_to_string(one.path().join("helm.pid")).ok());
    pids.filter_map(|record| Pid::from_raw(record.split_whitespace().next()?.parse().ok()?)).collect()
}

/// Some of them may have ended.
fn signal(helms: &[Pid], signal: Signal) {
    for helm in helms {
        let _ = kill_process(*helm, signal);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_machine_that_goes_down_with_server_and_helm_fails_no_release_of_a_batch() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let mut app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 8, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &strict())).await;
    act(&app, &path, "start", &json!({})).await;
    for _ in 0..2 {
        let helms = held(&app, &fleet.chart).await;
        let data = app.kill().await;
        signal(&helms, Signal::KILL);
        app = App::child(&env, data).await;
    }
    came_through(&app, &fleet, &path).await;
    app.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_supervisor_that_stops_helm_together_with_the_server_fails_no_release_of_a_batch() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 8, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &strict())).await;
    act(&app, &path, "start", &json!({})).await;
    let helms = held(&app, &fleet.chart).await;
    signal(&helms, Signal::TERM);
    signal(&helms, Signal::CONT);
    let data = app.told_to_stop().await;
    let app = App::child(&env, data).await;
    came_through(&app, &fleet, &path).await;
    app.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_api_server_that_is_gone_for_a_while_fails_no_release_of_a_batch() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let (wire, kubeconfig) = Wire::to(&env.server_kubeconfig).await;
    let parts = tempfile::tempdir().unwrap();
    let server_kubeconfig = parts.path().join("kubeconfig");
    std::fs::write(&server_kubeconfig, kubeconfig.to_string()).unwrap();
    let env = Env { server_kubeconfig, ..env };
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 8, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &strict())).await;
    act(&app, &path, "start", &json!({})).await;
    let helms = held(&app, &fleet.chart).await;
    wire.set(Line::Cut);
    signal(&helms, Signal::CONT);
    // For longer than anybody asks again without a rest.
    tokio::time::sleep(Duration::from_secs(25)).await;
    wire.set(Line::Good);
    came_through(&app, &fleet, &path).await;
    app.stop().await;
}
