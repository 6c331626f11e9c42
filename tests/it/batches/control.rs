//! People in between: pausing, ending, leaving out, holds and plain helm while a batch is under way, who may do what.

use serde_json::json;

use super::{
    Fleet,
    fleet::{act, board, made, over},
};
use crate::support::{App, env};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_moved_since_the_preview_is_set_aside_and_a_tenant_frozen_in_between_is_left_alone() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 4, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    let (moved, frozen) = (&fleet.tenants[0], &fleet.tenants[1]);
    env.helm(&[
        "upgrade",
        "-n",
        &moved.namespace,
        "app",
        &fleet.chart,
        "--repo",
        &env.charts_url,
        "--version",
        "1.0.0",
        "--set",
        "motto=mine",
    ])
    .await;
    let hold = format!("/api/v1/tenants/{}/freeze", frozen.id);
    assert!(app.post(&hold, &json!({"reason": "an audit is under way"})).await.status.is_success());
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    let of = |release: &str| done["targets"].as_array().unwrap().iter().find(|target| target["releaseId"] == release).unwrap().clone();
    let (moved, frozen) = (of(&moved.release("app")), of(&frozen.release("app")));
    assert_eq!((&moved["state"], &frozen["state"]), (&json!("setAside"), &json!("setAside")), "{done}");
    assert!(moved["why"].as_str().unwrap().contains("revision"), "{moved}");
    assert!(frozen["why"].as_str().unwrap().contains("an audit is under way"), "{frozen}");
    assert_eq!(done["counts"]["done"], 2);
    // Who is held from the start is listed with the reason and takes no part.
    let path = made(&app, &fleet.upgrade("1.2.0", &json!({"order": "sequential"}))).await;
    let ready = app.get(&path).await;
    assert_eq!((&ready["counts"]["setAside"], &ready["counts"]["waiting"]), (&json!(1), &json!(3)), "{ready}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batch_is_paused_outlives_its_server_is_resumed_and_ended_in_mid_wave() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 9, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 9, "parallel": 1, "delay": 0, "soak": 0}))).await;
    act(&app, &path, "start", &json!({})).await;
    board(&app, &path, "two are done", |board| board["counts"]["done"].as_u64() >= Some(2)).await;
    act(&app, &path, "pause", &json!({"reason": "lunch"})).await;
    let paused = board(&app, &path, "what ran is over", |board| board["counts"]["running"] == 0).await;
    assert!(paused["why"].as_str().unwrap().contains("lunch"), "{paused}");
    let done = paused["counts"]["done"].clone();

    let data = app.stop().await;
    let app = App::with(&env, data, &[]).await;
    let still = app.get(&path).await;
    assert_eq!((&still["state"], &still["counts"]["done"]), (&json!("paused"), &done), "{still}");
    let skipped = still["targets"].as_array().unwrap().iter().rfind(|target| target["state"] == "waiting").unwrap()["ord"].clone();
    let refused = app.post(&format!("{path}/skip"), &json!({"target": skipped})).await;
    assert_eq!(refused.body["code"], "reason_missing", "{refused:?}");
    act(&app, &path, "skip", &json!({"target": skipped, "reason": "asked to wait"})).await;
    act(&app, &path, "resume", &json!({})).await;
    board(&app, &path, "it goes on", |board| board["counts"]["done"].as_u64() > done.as_u64()).await;
    act(&app, &path, "abort", &json!({"reason": "wrong version"})).await;
    let ended = over(&app, &path).await;
    assert_eq!(ended["state"], "aborted", "{ended}");
    let (waiting, seen) = (ended["counts"]["waiting"].as_u64().unwrap(), fleet.seen(&app).await);
    assert!(waiting >= 1, "{ended}");
    assert_eq!(
        seen.iter().filter(|seen| seen.1 == 1).count() as u64,
        waiting + 1,
        "what waits was not touched, nor what was skipped: {seen:?}"
    );
    let refused = app.post(&format!("{path}/resume"), &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("batch_moved")), "{refused:?}");
    // What was changed can be taken back.
    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "wrong version"})).await;
    let back = over(&app, &path).await;
    assert_eq!((back["counts"]["done"].as_u64(), back["counts"]["rolledBack"].as_u64()), (Some(0), Some(8 - waiting)), "{back}");
    let audit = app.get("/api/v1/audit?size=500").await;
    let acts: Vec<_> = audit["items"].as_array().unwrap().iter().filter_map(|row| row["act"].as_str()).collect();
    for act in ["batch.make", "batch.start", "batch.pause", "batch.skip", "batch.resume", "batch.abort", "batch.roll-back"] {
        assert!(acts.contains(&act), "{act} is in the audit");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_left_out_while_everything_is_being_rendered_stays_out() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 6, &[]).await;
    let made = app.post("/api/v1/batches", &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 6, "delay": 0, "soak": 0}))).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    let path = format!("/api/v1/batches/{}", made.body["id"].as_str().unwrap());
    // One of those that are rendered first, and one that has to wait for its turn.
    for target in [0, 5] {
        act(&app, &path, "skip", &json!({"target": target, "reason": "asked to wait"})).await;
    }
    let ready = board(&app, &path, "rendered", |board| board["state"] == "ready").await;
    assert_eq!((&ready["counts"]["setAside"], &ready["counts"]["waiting"]), (&json!(2), &json!(4)), "{ready}");
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    for target in done["targets"].as_array().unwrap() {
        let out = [0, 5].contains(&target["ord"].as_u64().unwrap());
        assert_eq!(target["state"], if out { "setAside" } else { "done" }, "{target}");
        assert!(!out || target["why"].as_str().unwrap().contains("asked to wait"), "{target}");
    }
    assert_eq!(fleet.seen(&app).await.iter().filter(|seen| seen.1 == 1).count(), 2, "their releases were not touched");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn viewers_know_no_batches_support_looks_and_only_admins_run_them() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    let (support, viewer) = (
        crate::secrets::outlet::token(&app, "support", &fleet.tenants[0].id).await,
        crate::secrets::outlet::token(&app, "viewer", &fleet.tenants[0].id).await,
    );
    let ask = async |token: &str, method: reqwest::Method, path: &str, body: serde_json::Value| {
        app.ask(method, token, path, Some(&body)).await.status.as_u16()
    };
    assert_eq!(ask(&support, reqwest::Method::GET, &path, json!({})).await, 200);
    assert_eq!(ask(&support, reqwest::Method::POST, &format!("{path}/start"), json!({})).await, 403);
    assert_eq!(ask(&viewer, reqwest::Method::GET, &path, json!({})).await, 403);
    assert_eq!(ask(&viewer, reqwest::Method::GET, "/api/v1/batches/018f0000-0000-7000-8000-000000000000", json!({})).await, 403);
    assert_eq!(ask(&viewer, reqwest::Method::GET, "/api/v1/batches", json!({})).await, 403);
    // A patch with a secret is not shown as it is.
    let wish = json!({"aim": {"kind": "values", "patch": {"db": {"password": "correct-horse-battery"}}}, "selection": {"releases": fleet.releases()}});
    let made = app.post("/api/v1/batches", &wish).await;
    assert!(made.body["aim"].as_str().unwrap().contains("password: hidden"), "{made:?}");
    let nobody = app.post("/api/v1/batches", &json!({"aim": {"kind": "restart"}})).await;
    assert_eq!(nobody.status.as_u16(), 422, "all of everything is never meant: {nobody:?}");
    app.stop().await;
}
