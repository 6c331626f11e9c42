//! What a receiver is told of batches on the real cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Receiver, delivery, hooked, near, receiver::Got};
use crate::{
    batches::{
        Fleet,
        fleet::{act, board, made, over},
    },
    support::{App, env},
};

fn kinds(got: &[Got]) -> Vec<&str> {
    got.iter().map(Got::kind).collect()
}

fn ended(got: &[Got]) -> bool {
    got.iter().any(|got| got.kind() == "batch.ended")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_batchs_start_each_wave_and_its_end_are_told_once_signed_and_without_values_or_words_of_people() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::with(&env, tempfile::tempdir().unwrap(), &near()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 4, &[]).await;
    let receiver = Receiver::answering(&[]).await;
    let hook = hooked(&app, &receiver).await;
    let strategy = json!({"order": "rolling", "size": 2, "delay": 0, "soak": 0});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    assert!(receiver.got().is_empty(), "nothing was started yet");
    act(&app, &path, "start", &json!({"reason": "telltale-reason"})).await;
    let got = receiver.taken("the end is told", ended).await;
    assert_eq!(kinds(&got), ["batch.started", "batch.wave_done", "batch.wave_done", "batch.ended"], "{got:?}");
    assert_eq!(got.iter().map(|got| &got.id).collect::<BTreeSet<_>>().len(), 4, "an id each");
    let waves: Vec<&Value> = got.iter().map(|got| &got.body["data"]["wave"]).collect();
    assert_eq!(waves, [&Value::Null, &json!({"number": 1, "of": 2}), &json!({"number": 2, "of": 2}), &Value::Null]);
    let (first, wave, last) = (&got[0].body["data"], &got[1].body["data"], &got[3].body["data"]);
    assert_eq!((&first["state"], &first["counts"]["waiting"]), (&json!("running"), &json!(4)), "{first}");
    assert_eq!(wave["counts"]["done"], 2, "{wave}");
    assert_eq!(
        (&last["state"], &last["counts"]["done"], &last["chart"], &last["version"], &last["aim"]),
        (&json!("finished"), &json!(4), &json!(fleet.chart), &json!("1.1.0"), &json!("upgrade")),
        "{last}"
    );
    assert_eq!(format!("/api/v1{}", last["path"].as_str().unwrap()), path);
    for one in &got {
        let told = delivery(&app, &hook, &one.id, "its answer is on record", |told| told["deliveredAt"].is_string()).await;
        assert_eq!(told["attempts"], 1, "{told}");
    }

    let patch = json!({"db": {"password": "telltale-password"}, "motto": "telltale-motto"});
    let wish = json!({"aim": {"kind": "values", "patch": patch}, "selection": {"releases": fleet.releases()}, "strategy": strategy,
        "reason": "telltale-reason", "start": true, "timeout": 60});
    let batch = app.post("/api/v1/batches", &wish).await.body["id"].as_str().unwrap().to_owned();
    let of = |got: &Got| got.body["data"]["batchId"] == batch.as_str();
    let all = receiver.taken("its end is told, too", |got| got.iter().any(|one| of(one) && one.kind() == "batch.ended")).await;
    let second: Vec<Got> = all.iter().filter(|got| of(got)).cloned().collect();
    assert_eq!(kinds(&second), ["batch.started", "batch.wave_done", "batch.wave_done", "batch.ended"], "it started by itself");
    for secret in ["telltale", "hush-hush", "password", "motto"] {
        assert!(!all.iter().any(|got| got.body.to_string().contains(secret)), "{secret}");
    }
    assert_eq!(receiver.got().len(), 8, "nothing was told twice");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_many_failures_are_told_and_a_pause_by_a_person_is_not_taken_for_them() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::with(&env, tempfile::tempdir().unwrap(), &near()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[0, 1, 2]).await;
    let receiver = Receiver::answering(&[]).await;
    hooked(&app, &receiver).await;
    let strategy = json!({"order": "rolling", "size": 1, "delay": 0, "soak": 0, "threshold": {"count": 1}, "onThreshold": "pause"});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    board(&app, &path, "it is paused", |board| board["state"] == "paused").await;
    let got = receiver.taken("the threshold is told", |got| kinds(got).contains(&"batch.threshold_hit")).await;
    let hit = &got.last().unwrap().body["data"];
    assert_eq!(
        (got[0].kind(), &hit["state"], &hit["counts"]["failures"], &hit["wave"]["number"]),
        ("batch.started", &json!("paused"), &json!(1), &json!(1)),
        "{got:?}"
    );
    assert!(!got.iter().any(|got| got.body.to_string().contains("Not_A_Name")), "nobody's words: {got:?}");
    act(&app, &path, "resume", &json!({})).await;
    act(&app, &path, "abort", &json!({"reason": "that is enough"})).await;
    over(&app, &path).await;
    let got = receiver.taken("the end is told", ended).await;
    assert_eq!(got.last().unwrap().body["data"]["state"], "aborted", "{got:?}");
    // Whatever began between the resumption and the end may have failed as well, and be told: each under an id of its own.
    let ids: BTreeSet<&String> = got.iter().map(|got| &got.id).collect();
    assert_eq!(ids.len(), got.len(), "{got:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_before_its_receiver_takes_anything_delivers_it_all_once_it_is_back() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::child(&env, tempfile::tempdir().unwrap()).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 4, &[]).await;
    let receiver = Receiver::answering(&[]).await;
    receiver.answers(503);
    hooked(&app, &receiver).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 2, "delay": 0, "soak": 0}))).await;
    act(&app, &path, "start", &json!({})).await;
    crate::support::until("the start was tried to tell", || async { (!receiver.got().is_empty()).then_some(()) }).await;
    let data = app.kill().await;
    let before: BTreeMap<String, String> = receiver.got().iter().map(|got| (got.kind().to_owned(), got.id.clone())).collect();
    receiver.answers(204);
    let app = App::child(&env, data).await;
    over(&app, &path).await;
    let got = receiver.taken("the end is told", |got| kinds(got).len() >= 4 && ended(got)).await;
    let mut told = kinds(&got);
    told.sort_unstable();
    assert_eq!(told, ["batch.ended", "batch.started", "batch.wave_done", "batch.wave_done"], "{got:?}");
    let started = got.iter().find(|got| got.kind() == "batch.started").unwrap();
    assert_eq!(before.get("batch.started"), Some(&started.id), "under the id that it had before");
    app.kill().await;
}
