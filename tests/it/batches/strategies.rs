//! Each strategy brings every release where it is to be, once; failures stop what they should and go back.

use serde_json::json;

use super::{
    Fleet,
    fleet::{act, board, made, over, states},
};
use crate::support::{App, Env, Shelf, env, env::unique, shelf::Edition};

/// Nothing in it runs, so that the watch of workloads has nothing to say of it.
const STILL: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n";
/// Waits for an address that nobody gives it, which is not among what the watch of workloads sees.
const HOMELESS: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\nspec: {type: LoadBalancer, ports: [{port: 80}]}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_strategy_changes_every_one_of_sixty_releases_exactly_once() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 60, &[]).await;

    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "rolling", "size": 15, "parallel": 6, "delay": 0, "soak": 0}))).await;
    let ready = app.get(&path).await;
    assert_eq!((&ready["state"], ready["waves"].as_array().unwrap().len()), (&json!("ready"), 4), "{ready}");
    assert_eq!((&ready["groups"][0]["targets"], ready["groups"].as_array().unwrap().len()), (&json!(60), 1), "all get the same");
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    assert_eq!((&done["state"], &done["counts"]["done"]), (&json!("finished"), &json!(60)), "{done}");
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 2); 60]);
    let audit = app.get(&format!("/api/v1/audit?subject={}/app&act=release.upgrade&size=1", fleet.tenants[0].namespace)).await;
    assert_eq!(audit["items"][0]["door"], "batch", "{audit}");

    let staged =
        json!({"order": "staged", "label": "ring", "values": ["canary", "early", "broad"], "approval": true, "parallel": 6, "soak": 0});
    let path = made(&app, &fleet.upgrade("1.2.0", &staged)).await;
    act(&app, &path, "start", &json!({})).await;
    for (wave, name) in ["canary", "early", "broad"].iter().enumerate() {
        let stands = board(&app, &path, "the wave is over", |board| !board["waves"][wave]["overAt"].is_null()).await;
        assert_eq!((&stands["waves"][wave]["name"], &stands["counts"]["done"]), (&json!(name), &json!((wave + 1) * 20)), "{stands}");
        if wave < 2 {
            act(&app, &path, "go-ahead", &json!({"wave": wave + 1, "reason": "looks well"})).await;
        }
    }
    assert_eq!(over(&app, &path).await["state"], "finished");

    let path = made(&app, &fleet.upgrade("1.3.0", &json!({"order": "canary", "percent": 10, "parallel": 6, "soak": 2}))).await;
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    assert_eq!((&done["counts"]["done"], done["waves"].as_array().unwrap().len()), (&json!(60), 2), "{done}");
    let first = done["targets"].as_array().unwrap().iter().filter(|target| target["wave"] == 0).count();
    assert_eq!(first, 6);

    // The interface's own batch upgrade goes over all of a chart.
    let all = format!("/api/v1/helm/releases/chart/{}/batch-upgrade?targetVersion=1.4.0", fleet.chart);
    let answer = app.request(reqwest::Method::POST, &all).header("prefer", "wait=300").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let done: serde_json::Value = answer.json().await.unwrap();
    assert_eq!((&done["strategy"]["order"], &done["counts"]["done"]), (&json!("sequential"), &json!(60)), "{done}");
    assert_eq!(fleet.seen(&app).await, vec![("1.4.0".to_owned(), 5); 60]);
    let again = app.post(&all, &json!({})).await;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (422, &json!("nothing_selected")), "{again:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_canary_that_fails_goes_back_and_the_rest_is_left_alone_until_it_is_tried_again() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 6, &(0..6).collect::<Vec<_>>()).await;
    let strategy = json!({"order": "canary", "percent": 20, "threshold": {"count": 1}, "rollback": "wave", "soak": 0});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    let back = |board: &serde_json::Value| states(board).iter().filter(|state| *state == "rolledBack").count();
    let paused = board(&app, &path, "it is paused and back", |board| board["state"] == "paused" && back(board) == 2).await;
    assert_eq!(states(&paused).iter().filter(|state| *state == "waiting").count(), 4, "{paused}");
    let failed = paused["targets"].as_array().unwrap().iter().find(|target| target["failed"] == true).unwrap();
    assert!(failed["why"].as_str().unwrap().len() > 10, "{failed}");
    // Helm's own words: upgraded in vain, then rolled back.
    let seen = fleet.seen(&app).await;
    assert_eq!(seen.iter().filter(|seen| **seen == ("1.0.0".to_owned(), 1)).count(), 4, "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| **seen == ("1.0.0".to_owned(), 3)).count(), 2, "{seen:?}");

    // What ails them is mended, and they are tried again.
    let mend = json!({"aim": {"kind": "values", "patch": {"bad": null, "motto": "mended"}}, "selection": {"releases": fleet.releases()},
        "strategy": {"order": "rolling", "size": 6, "delay": 0, "soak": 0}, "start": true, "timeout": 60});
    let mended = app.post("/api/v1/batches", &mend).await;
    let mended = over(&app, &format!("/api/v1/batches/{}", mended.body["id"].as_str().unwrap())).await;
    assert_eq!(mended["counts"]["done"], 6, "{mended}");
    assert!(!mended["aim"].as_str().unwrap().is_empty());
    act(&app, &path, "retry-failed", &json!({})).await;
    let done = over(&app, &path).await;
    // Those that were never begun were changed elsewhere meanwhile: they are set aside and not guessed at.
    assert_eq!((&done["counts"]["done"], &done["counts"]["setAside"]), (&json!(2), &json!(4)), "{done}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn too_many_failures_by_percent_end_a_batch() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 8, &[0, 1, 2, 3, 4, 5, 6, 7]).await;
    let strategy =
        json!({"order": "rolling", "size": 8, "parallel": 1, "delay": 0, "soak": 0, "threshold": {"percent": 25}, "onThreshold": "abort"});
    let path = made(&app, &fleet.upgrade("1.1.0", &strategy)).await;
    act(&app, &path, "start", &json!({})).await;
    let over = over(&app, &path).await;
    assert_eq!(
        (&over["state"], &over["counts"]["failed"], &over["counts"]["waiting"]),
        (&json!("aborted"), &json!(2), &json!(6)),
        "{over}"
    );
    assert!(over["why"].as_str().unwrap().contains("2 targets have failed of 8"), "{over}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_target_counts_as_done_only_once_its_new_revision_is_healthy_for_the_soak() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.3.2", &json!({"replicaCount": 1}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    // Its pods never get ready; Helm does not wait for them, the batch does.
    let wish = json!({
        "aim": {"kind": "upgrade", "chart": "web", "version": "1.4.0"}, "selection": {"releases": [tenant.release("web")]}, "start": true,
        "strategy": {"order": "rolling", "soak": 1, "rollback": "target"}, "timeout": 6, "wait": false,
    });
    let made = app.post("/api/v1/batches", &wish).await;
    let over = over(&app, &format!("/api/v1/batches/{}", made.body["id"].as_str().unwrap())).await;
    let target = &over["targets"][0];
    assert_eq!((&target["state"], &target["failed"]), (&json!("rolledBack"), &json!(true)), "{over}");
    assert!(target["why"].as_str().unwrap().contains("Not healthy"), "{target}");
    let row = app.get(&format!("/api/v1/helm/releases/{}", tenant.release("web"))).await;
    assert_eq!((&row["chartVersion"], &row["revision"]), (&json!("1.3.2"), &json!(3)), "{row}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_only_a_look_at_the_cluster_finds_ill_is_not_done_even_without_a_soak() {
    let Some(env) = env() else { return };
    let chart = unique("unseen");
    let of = |template| [("values.yaml", "{}\n"), ("templates/all.yaml", template)];
    let (still, homeless) = (of(STILL), of(HOMELESS));
    let edition = |version, files| Edition { name: &chart, version, about: "", files };
    let shelf = Shelf::editions(&[edition("1.1.0", &homeless), edition("1.0.0", &still)], None).await;
    let env = Env { charts_url: shelf.url.clone(), ..env };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("app", &chart, "1.0.0", &json!({}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let wish = json!({
        "aim": {"kind": "upgrade", "chart": chart, "version": "1.1.0"}, "selection": {"releases": [tenant.release("app")]},
        "start": true, "strategy": {"order": "sequential", "soak": 0, "rollback": "target"}, "timeout": 8, "wait": false,
    });
    let made = app.post("/api/v1/batches", &wish).await;
    let over = over(&app, &format!("/api/v1/batches/{}", made.body["id"].as_str().unwrap())).await;
    let target = &over["targets"][0];
    assert_eq!((&target["state"], &target["failed"]), (&json!("rolledBack"), &json!(true)), "{over}");
    let why = target["why"].as_str().unwrap();
    assert!(why.contains("Not healthy") && why.contains("waits for an address"), "{why}");
    app.stop().await;
}
