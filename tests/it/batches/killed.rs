//! A server that is killed with -9 again and again in the middle of a batch, with its Helms or without: nothing is done twice,
//! nothing is lost, and nothing fails for it.

use std::{path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Fleet,
    fleet::{act, made, over},
};
use crate::support::{App, env, until};

/// How often it is killed.
const KILLS: usize = 20;
/// A lease, and what the next server needs to take it up.
const TAKEN_UP: Duration = Duration::from_secs(20);

/// Numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

fn done(board: &Value) -> u64 {
    board["counts"]["done"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_of_forty_killed_twenty_times_changes_each_release_exactly_once() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let mut app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 40, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 40, "parallel": 2, "delay": 0, "soak": 0}))).await;
    act(&app, &path, "start", &json!({})).await;
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut progress = Vec::new();
    for kill in 0..KILLS {
        let before = done(&app.get(&path).await);
        // Every other server lives until it has brought something on, the others die while they look at what they found.
        let until = Instant::now() + TAKEN_UP;
        while kill % 2 == 0 && done(&app.get(&path).await) == before && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Not waiting for anything to be so: any moment is a good one to be killed at.
        tokio::time::sleep(Duration::from_millis(chance.below(if kill % 2 == 0 { 250 } else { 900 }))).await;
        let board = app.get(&path).await;
        assert!(board["finishedAt"].is_null(), "it is over before kill {kill}: {board}");
        progress.push(done(&board));
        let data = app.kill().await;
        app = App::child(&env, data).await;
    }
    progress.dedup();
    assert!(progress.len() > KILLS / 4, "it was killed in the middle of its work: {progress:?}");
    let over = over(&app, &path).await;
    assert_eq!((&over["state"], done(&over)), (&json!("finished"), 40), "{over}");
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 2); 40], "Helm outlives the server, and nothing is done twice");
    app.kill().await;
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
    // One failure would be one too many, and take everything back.
    let strategy =
        json!({"order": "rolling", "size": 8, "parallel": 3, "delay": 0, "soak": 0, "threshold": {"count": 1}, "rollback": "all"});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    let mut cut_short = 0;
    for _ in 0..2 {
        let pending = until("Helm is in the middle of a release", || async {
            let rows = app.get(&format!("/api/v1/helm/releases?chart={}&size=100", fleet.chart)).await;
            let pending = rows["items"].as_array().unwrap().iter().filter(|row| row["status"] == "PENDING_UPGRADE").count();
            if pending == 0 {
                return None;
            }
            // Held where they are, so that none of them gets done before the server is gone.
            signal(&helms(app.data.path()), Signal::STOP);
            Some(pending)
        });
        cut_short += pending.await;
        let helms = helms(app.data.path());
        let data = app.kill().await;
        signal(&helms, Signal::KILL);
        app = App::child(&env, data).await;
    }
    assert!(cut_short > 0);
    let over = over(&app, &path).await;
    assert_eq!((&over["state"], done(&over), &over["counts"]["failures"]), (&json!("finished"), 8, &json!(0)), "{over}");
    for (version, revision) in fleet.seen(&app).await {
        // Begun and set right, which takes two revisions each time, and then done.
        assert!(version == "1.1.0" && revision % 2 == 0, "{version} {revision}");
    }
    app.kill().await;
}
