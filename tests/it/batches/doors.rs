//! The doors of batches: requests that are sent twice, people who act on what has moved since they looked, what is looked at again
//! before it begins, and leaving a release out on the page.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, board, made, over},
};
use crate::support::{
    App,
    app::{Answer, answer},
    env,
    wait::within,
};

/// Asks with a key.
async fn keyed(app: &App, path: &str, key: &str, body: &Value) -> Answer {
    answer(app.request(Method::POST, path).header("idempotency-key", key).json(body).send().await.unwrap()).await
}

/// The value of a page's hidden field.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_sent_again_and_again_at_the_same_time_makes_one_batch() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let wish = fleet.upgrade("1.1.0", &json!({"order": "sequential"}));
    let path = "/api/v1/batches";
    let all = join_all((0..6).map(|_| keyed(&app, path, "once", &wish))).await;
    assert!(all.iter().all(|one| one.status.as_u16() == 201 && one.body["id"] == all[0].body["id"]), "{all:?}");
    assert_eq!(app.get(path).await["total"], 1);
    let other = keyed(&app, path, "once", &fleet.upgrade("1.2.0", &json!({"order": "sequential"}))).await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("idempotency_key_reused")), "{other:?}");

    // The form of the page, sent by a double click and once more.
    let cookie = app.sign_in().await;
    let releases = fleet.releases().join(",");
    let (_, page) = app.page(&cookie, &format!("/batches/new?kind=restart&releases={releases}")).await;
    let key = hidden(&page, "key");
    let fields = [("key", key.as_str()), ("kind", "restart"), ("releases", &releases), ("order", "sequential")];
    let (first, second) = tokio::join!(app.form(&cookie, "/batches/new", &fields), app.form(&cookie, "/batches/new", &fields));
    let third = app.form(&cookie, "/batches/new", &fields).await;
    let places: Vec<String> =
        [first, second, third].iter().map(|answer| answer.headers()["location"].to_str().unwrap().to_owned()).collect();
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    assert_eq!(app.get(path).await["total"], 2);
    let (_, page) = app.page(&cookie, &format!("/batches/new?kind=restart&releases={releases}")).await;
    assert_ne!(hidden(&page, "key"), key, "each page has a key of its own");

    let upgrade = |version: &str| format!("/api/v1/helm/releases/chart/{}/batch-upgrade?targetVersion={version}", fleet.chart);
    let once = keyed(&app, &upgrade("1.1.0"), "all-of-them", &json!({})).await;
    let again = keyed(&app, &upgrade("1.1.0"), "all-of-them", &json!({})).await;
    assert_eq!((once.status.as_u16(), &once.body["id"]), (202, &again.body["id"]), "{once:?} {again:?}");
    let other = keyed(&app, &upgrade("1.2.0"), "all-of-them", &json!({})).await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("idempotency_key_reused")), "{other:?}");
    let made = once.body["id"].as_str().unwrap();
    over(&app, &format!("{path}/{made}")).await;
    assert_eq!(app.get(path).await["total"], 3);
    // Nothing is behind any more: a request that was answered is still answered.
    let late = keyed(&app, &upgrade("1.1.0"), "all-of-them", &json!({})).await;
    assert_eq!((late.status.as_u16(), &late.body["id"]), (200, &once.body["id"]), "{late:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_looked_at_something_else_is_refused_and_one_is_left_out_on_the_page() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    let strategy = json!({"order": "rolling", "size": 1, "delay": 0, "soak": 0, "approval": true});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    let looked = app.get(&path).await;
    let cookie = app.sign_in().await;
    let place = path.trim_start_matches("/api/v1");
    let (_, page) = app.page(&cookie, place).await;
    assert_eq!(hidden(&page, "seen"), looked["seen"], "{page}");
    let last = &looked["targets"][2];
    let option = format!("{}: {}/app", last["tenant"].as_str().unwrap(), last["namespace"].as_str().unwrap());
    assert!(page.contains("Leave one out…") && page.contains(&option), "{page}");
    let nothing = app.form(&cookie, &format!("{place}/skip"), &[("target", ""), ("reason", "asked to wait")]).await;
    assert_eq!(nothing.status().as_u16(), 400);
    let seen = looked["seen"].as_str().unwrap();
    let left = app.form(&cookie, &format!("{place}/skip"), &[("target", "2"), ("reason", "asked to wait"), ("seen", seen)]).await;
    assert_eq!(left.status().as_u16(), 303);
    assert_eq!(app.get(&path).await["targets"][2]["state"], "setAside");

    // What would be started is not what was looked at, by page and by API.
    let refused = app.form(&cookie, &format!("{place}/start"), &[("seen", seen)]).await;
    assert_eq!(refused.status().as_u16(), 409);
    let refused = app.post(&format!("{path}/start"), &json!({"seen": seen})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("batch_moved")), "{refused:?}");
    let odd = app.post(&format!("{path}/start"), &json!({"seen": "yesterday"})).await;
    assert_eq!((odd.status.as_u16(), &odd.body["code"]), (400, &json!("invalid_request")), "{odd:?}");
    act(&app, &path, "start", &json!({"seen": app.get(&path).await["seen"]})).await;

    let waits = board(&app, &path, "the second wave waits", |board| !board["waves"][0]["overAt"].is_null()).await;
    act(&app, &path, "go-ahead", &json!({"wave": 1, "seen": waits["seen"]})).await;
    board(&app, &path, "everything is over", |board| board["counts"]["done"] == 2).await;
    // Another wave was let go ahead, and the batch is over by now.
    let refused = app.post(&format!("{path}/roll-back"), &json!({"wave": 0, "reason": "late", "seen": waits["seen"]})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("batch_moved")), "{refused:?}");
    // Who says nothing of what was seen, or what is so, is heard.
    let now = over(&app, &path).await;
    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "late", "seen": now["seen"]})).await;
    over(&app, &path).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_few_operations_are_queued_at_a_time_and_a_hold_stops_what_was_told_to_begin() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 16, &[]).await;
    let strategy = json!({"order": "rolling", "size": 16, "parallel": 16, "delay": 0, "soak": 0});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    let last = app.get(&path).await["targets"][15].clone();
    act(&app, &path, "start", &json!({})).await;
    let waits = |board: &Value| board["targets"][15]["state"] == "running" && board["targets"][15]["operationId"].is_null();
    board(&app, &path, "the last one is told to begin and has not been asked for", waits).await;
    let hold = format!("/api/v1/tenants/{}/freeze", last["tenantId"].as_str().unwrap());
    assert!(app.post(&hold, &json!({"reason": "an audit is under way"})).await.status.is_success());
    let most = AtomicU64::new(0);
    let look = || async {
        let queued = app.get("/api/v1/operations?status=queued").await["total"].as_u64().unwrap();
        most.fetch_max(queued, Ordering::Relaxed);
        Some(app.get(&path).await).filter(|board| !board["finishedAt"].is_null())
    };
    let done = within(Duration::from_secs(300), "the batch is over", look).await;
    let most = most.load(Ordering::Relaxed);
    assert!(most <= 4, "{most} were queued at once");
    let frozen = &done["targets"][15];
    assert_eq!((&frozen["state"], &done["counts"]["done"]), (&json!("setAside"), &json!(15)), "{done}");
    assert!(frozen["why"].as_str().unwrap().contains("an audit is under way"), "{frozen}");
    let release = app.get(&format!("/api/v1/helm/releases/{}", last["releaseId"].as_str().unwrap())).await;
    assert_eq!(release["revision"], 1, "it was not touched");
    app.stop().await;
}
