//! What others do around a batch: what is there already, what was installed anew, what somebody mended between two tries; and what
//! the audit and the tenants are told of it all.

use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, made, over, states},
};
use crate::support::{App, env, until};

/// The target of a release.
fn of<'a>(board: &'a Value, release: &str) -> &'a Value {
    board["targets"].as_array().unwrap().iter().find(|target| target["releaseId"] == release).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_somebody_upgraded_meanwhile_is_not_upgraded_to_nothing_new() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    let (quick, slow) = (fleet.tenants[0].release("app"), fleet.tenants[1].release("app"));
    let upgraded = app.change(&format!("/api/v1/helm/releases/{quick}/upgrade"), &json!({"chartVersion": "1.1.0", "timeout": 60})).await;
    assert_eq!(upgraded.body["status"], "succeeded", "{upgraded:?}");
    act(&app, &path, "start", &json!({})).await;
    let board = over(&app, &path).await;
    let aside = of(&board, &quick);
    assert_eq!((&aside["state"], &aside["why"]), (&json!("setAside"), &json!("It is at 1.1.0 already.")), "{board}");
    assert_eq!(of(&board, &slow)["state"], "done", "{board}");
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 2); 2]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_installed_anew_since_is_not_taken_back_although_its_number_is_the_same() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 2, "delay": 0, "soak": 0}))).await;
    act(&app, &path, "start", &json!({})).await;
    assert_eq!(states(&over(&app, &path).await), ["done"; 2]);

    let (anew, ours) = (&fleet.tenants[0], &fleet.tenants[1]);
    let gone = app.uninstall(&anew.release("app")).await;
    assert_eq!(gone.body["status"], "succeeded", "{gone:?}");
    let installed = app.change("/api/v1/helm/releases", &anew.install("app", &fleet.chart, "1.2.0", &json!({"motto": "new"}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let upgrade = format!("/api/v1/helm/releases/{}/upgrade", anew.release("app"));
    let upgraded = app.change(&upgrade, &json!({"chartVersion": "1.3.0", "timeout": 60})).await;
    assert_eq!((&upgraded.body["status"], &upgraded.body["resultRevision"]), (&json!("succeeded"), &json!(2)), "{upgraded:?}");

    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "wrong version"})).await;
    let board = over(&app, &path).await;
    let target = of(&board, &anew.release("app"));
    assert_eq!((&target["state"], &target["failed"]), (&json!("done"), &json!(false)), "{board}");
    assert!(target["why"].as_str().unwrap().contains("installed anew"), "{target}");
    assert_eq!(of(&board, &ours.release("app"))["state"], "rolledBack", "{board}");
    assert_eq!(fleet.seen(&app).await, [("1.3.0".to_owned(), 2), ("1.0.0".to_owned(), 3)]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_person_made_between_two_tries_is_what_the_second_one_goes_back_to() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 1, &[0]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential", "rollback": "target"}))).await;
    act(&app, &path, "start", &json!({})).await;
    let first = over(&app, &path).await;
    assert_eq!((states(&first), &first["targets"][0]["homeRevision"]), (vec!["rolledBack".to_owned()], &json!(1)), "{first}");

    // Not what ails it, but theirs.
    let tenant = &fleet.tenants[0];
    let place = ["upgrade", "-n", &tenant.namespace, "app", &fleet.chart, "--repo", &env.charts_url, "--version", "1.0.0"];
    env.helm(&[&place[..], &["--reuse-values", "--set", "motto=mine"]].concat()).await;
    let row = format!("/api/v1/helm/releases/{}", tenant.release("app"));
    until("their revision is seen", || async { (app.get(&row).await["revision"] == 4).then_some(()) }).await;

    act(&app, &path, "retry-failed", &json!({})).await;
    let second = over(&app, &path).await;
    let target = &second["targets"][0];
    assert_eq!((&target["state"], &target["homeRevision"], &target["attempt"]), (&json!("rolledBack"), &json!(4), &json!(2)), "{second}");
    let values: Value = serde_json::from_str(&env.helm(&["get", "values", "-n", &tenant.namespace, "app", "-o", "json"]).await).unwrap();
    assert_eq!(values["motto"], "mine", "{values}");

    // And where nobody came in between it stays that.
    act(&app, &path, "retry-failed", &json!({})).await;
    let third = over(&app, &path).await;
    assert_eq!((&third["targets"][0]["homeRevision"], &third["targets"][0]["attempt"]), (&json!(4), &json!(3)), "{third}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_audit_says_what_each_act_was_about_and_tenants_read_nothing_of_each_other() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    let mut wish = fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 2, "delay": 0, "soak": 0}));
    wish["reason"] = json!("Globex has been waiting for it");
    let path = made(&app, &wish).await;
    let ready = app.get(&path).await;
    let last = ready["targets"].as_array().unwrap().iter().find(|target| target["wave"] == 1).unwrap().clone();
    act(&app, &path, "skip", &json!({"target": last["ord"], "reason": "asked to wait"})).await;
    act(&app, &path, "start", &json!({})).await;
    over(&app, &path).await;
    act(&app, &path, "roll-back", &json!({"wave": 0, "reason": "Globex did not like it"})).await;
    let back = over(&app, &path).await;
    assert_eq!(back["waves"][0]["backBy"], back["requestedBy"], "{back}");
    assert!(back["waves"][1]["backBy"].is_null(), "{back}");

    let id = ready["id"].as_str().unwrap();
    let about = async |verb: &str| app.get(&format!("/api/v1/audit?act=batch.{verb}&subject={id}")).await["items"][0]["after"].clone();
    assert_eq!(about("skip").await["about"], format!("{}/app", last["tenant"].as_str().unwrap()));
    assert_eq!(about("roll-back").await["about"], "wave 1");
    assert!(about("start").await["about"].is_null());

    let changed = ready["targets"].as_array().unwrap().iter().find(|target| target["wave"] == 0).unwrap();
    let tenant = changed["tenantId"].as_str().unwrap();
    let viewer = crate::secrets::outlet::token(&app, "viewer", tenant).await;
    for page in ["audit", "operations"] {
        let read = app.ask(reqwest::Method::GET, &viewer, &format!("/api/v1/{page}?size=500"), None).await;
        let text = read.body.to_string();
        assert!(read.status.is_success() && text.contains("batch: ") && !text.contains("Globex"), "{page}: {text}");
    }
    app.stop().await;
}
