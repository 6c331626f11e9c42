//! A server that is killed with -9 again and again in the middle of a batch: nothing is done twice, nothing is lost.

use std::time::Duration;

use serde_json::json;

use super::{
    Fleet,
    fleet::{act, made, over},
};
use crate::support::{App, env};

/// How often it is killed.
const KILLS: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_of_forty_killed_twenty_times_changes_each_release_exactly_once() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let mut app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 40, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 40, "parallel": 4, "delay": 0, "soak": 0}))).await;
    act(&app, &path, "start", &json!({})).await;
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..KILLS {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        // Not waiting for anything to be so: any moment is a good one to be killed at.
        tokio::time::sleep(Duration::from_millis(chance % 900)).await;
        let data = app.kill().await;
        app = App::child(&env, data).await;
    }
    let over = over(&app, &path).await;
    let seen = fleet.seen(&app).await;
    for (target, (version, revision)) in over["targets"].as_array().unwrap().iter().map(|target| {
        let at = fleet.tenants.iter().position(|tenant| target["releaseId"] == tenant.release("app").as_str()).unwrap();
        (target, &seen[at])
    }) {
        match target["state"].as_str() {
            Some("done") => assert_eq!((version.as_str(), *revision), ("1.1.0", 2), "{target}"),
            // Killed in the middle of Helm's own work: one revision, and it says so.
            Some("failed") => assert!(*revision <= 2, "{target} {revision}"),
            other => panic!("{other:?}: {target}"),
        }
    }
    let done = over["counts"]["done"].as_u64().unwrap();
    assert!(done >= 30, "most come through: {over}");
    app.kill().await;
}
