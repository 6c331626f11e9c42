//! The way back when it is not a straight one: rollbacks that fail and are asked for again, and what somebody else has made
//! since, which is not taken back.

use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, allow, forbid, made, over, states},
};
use crate::support::{App, env, until};

/// Two releases at once, without pauses.
fn both() -> Value {
    json!({"order": "rolling", "size": 2, "delay": 0, "soak": 0})
}

/// The target of a release.
fn of<'a>(board: &'a Value, release: &str) -> &'a Value {
    board["targets"].as_array().unwrap().iter().find(|target| target["releaseId"] == release).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rollback_that_failed_is_done_when_it_is_asked_for_again() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &both())).await;
    act(&app, &path, "start", &json!({})).await;
    assert_eq!(states(&over(&app, &path).await), ["done"; 2]);

    let (stuck, free) = (&fleet.tenants[0], &fleet.tenants[1]);
    forbid(&env, stuck).await;
    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "wrong version"})).await;
    let board = over(&app, &path).await;
    let target = of(&board, &stuck.release("app"));
    assert_eq!((&target["state"], &target["resultRevision"]), (&json!("failed"), &json!(3)), "{board}");
    assert!(target["why"].as_str().unwrap().starts_with("It could not be rolled back."), "{target}");
    assert_eq!(of(&board, &free.release("app"))["state"], "rolledBack", "{board}");
    let first = target["operationId"].clone();

    allow(&env, stuck).await;
    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "what was in the way is gone"})).await;
    let board = over(&app, &path).await;
    assert_eq!(states(&board), ["rolledBack"; 2], "{board}");
    assert_ne!(of(&board, &stuck.release("app"))["operationId"], first, "another operation, and not the one that failed");
    let history = env.helm_history(&stuck.namespace, "app").await;
    let told: Vec<&str> = history.iter().map(|revision| revision["status"].as_str().unwrap()).collect();
    assert_eq!(told.last_chunk::<2>(), Some(&["failed", "deployed"]), "{history:?}");
    assert_eq!(fleet.seen(&app).await, [("1.0.0".to_owned(), 4), ("1.0.0".to_owned(), 3)]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_somebody_else_has_made_since_is_not_rolled_back_with_the_rest() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &both())).await;
    act(&app, &path, "start", &json!({})).await;
    assert_eq!(states(&over(&app, &path).await), ["done"; 2]);

    let (theirs, ours) = (&fleet.tenants[0], &fleet.tenants[1]);
    let (place, source) = (["upgrade", "-n", &theirs.namespace, "app"], ["--repo", &env.charts_url, "--version", "1.2.0"]);
    env.helm(&[&place[..], &[fleet.chart.as_str()], &source[..]].concat()).await;
    let row = format!("/api/v1/helm/releases/{}", theirs.release("app"));
    until("their revision is seen", || async { (app.get(&row).await["revision"] == 3).then_some(()) }).await;

    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "wrong version"})).await;
    let board = over(&app, &path).await;
    let target = of(&board, &theirs.release("app"));
    assert_eq!((&target["state"], &target["failed"]), (&json!("setAside"), &json!(false)), "it is theirs: {board}");
    assert!(target["why"].as_str().unwrap().starts_with("It was not rolled back."), "{target}");
    assert_eq!(of(&board, &ours.release("app"))["state"], "rolledBack", "{board}");
    assert_eq!(fleet.seen(&app).await, [("1.2.0".to_owned(), 3), ("1.0.0".to_owned(), 3)]);
    assert_eq!(env.helm_history(&theirs.namespace, "app").await.len(), 3, "nothing was made on top of theirs");
    app.stop().await;
}
