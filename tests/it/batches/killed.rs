//! A server that is killed with -9 again and again in the middle of a batch: nothing is done twice, and nothing is lost.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Fleet,
    fleet::{act, made, over},
};
use crate::support::{App, env};

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
