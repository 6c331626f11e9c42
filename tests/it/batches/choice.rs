//! Which releases a batch comes to, and from which source their chart is taken, on the real cluster: what failed at the wanted
//! version, what is newer, and charts that two sources offer.

use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, allow, board, forbid, made, over, states},
};
use crate::support::{App, Shelf, app::answer, env, shelf::Edition};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_failed_at_the_wanted_version_is_upgraded_to_it_once_more_and_what_is_newer_stays() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    let upgrade = async |at: usize, version: &str| {
        let path = format!("/api/v1/helm/releases/{}/upgrade", fleet.tenants[at].release("app"));
        app.change(&path, &json!({"chartVersion": version, "timeout": 60})).await.body["status"].clone()
    };
    forbid(&env, &fleet.tenants[0]).await;
    assert_eq!(upgrade(0, "1.1.0").await, "failed");
    allow(&env, &fleet.tenants[0]).await;
    assert_eq!(upgrade(1, "1.2.0").await, "succeeded");

    let all = format!("/api/v1/helm/releases/chart/{}/batch-upgrade?targetVersion=1.1.0", fleet.chart);
    let done = answer(app.request(reqwest::Method::POST, &all).header("prefer", "wait=300").send().await.unwrap()).await;
    assert_eq!(done.status.as_u16(), 200, "{done:?}");
    let done = done.body;
    assert_eq!((&done["counts"]["done"], &done["counts"]["setAside"]), (&json!(2), &json!(1)), "{done}");
    let newer = done["targets"].as_array().unwrap().iter().find(|target| target["state"] == "setAside").unwrap();
    assert_eq!(newer["releaseId"], fleet.tenants[1].release("app").as_str(), "{newer}");
    assert!(newer["why"].as_str().unwrap().starts_with("It is at 1.2.0, which is newer."), "{newer}");
    let of = |version: &str, revision: u64| (version.to_owned(), revision);
    assert_eq!(fleet.seen(&app).await, [of("1.1.0", 3), of("1.2.0", 2), of("1.1.0", 2)]);

    // Named, it goes back: that is what was asked for.
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    act(&app, &path, "start", &json!({})).await;
    assert_eq!(states(&over(&app, &path).await), ["done"], "those that are there are no part of it");
    assert_eq!(fleet.seen(&app).await[1], of("1.1.0", 3));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_sources_with_the_chart_the_one_that_has_what_runs_is_taken_or_else_the_one_that_was_chosen() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    // Another chart of that name, which would be noticed; it has 1.1.0 as well, and not 1.0.0.
    let files = [("values.yaml", "{}\n"), ("templates/all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: not-the-same}\n")];
    let rival = Shelf::editions(&[Edition { name: &fleet.chart, version: "1.1.0", about: "", files: &files }], None).await;
    let added = app.post("/api/v1/charts/sources", &json!({"name": "rival", "url": rival.url})).await;
    assert_eq!(added.status.as_u16(), 201, "{added:?}");
    let full = format!("demo/{}", fleet.chart);
    let wish =
        |aim: Value, selection: Value| json!({"aim": aim, "selection": selection, "strategy": {"order": "sequential"}, "timeout": 60});
    let done = async |wish: Value| {
        let path = made(&app, &wish).await;
        act(&app, &path, "start", &json!({})).await;
        let board = over(&app, &path).await;
        assert_eq!(states(&board), ["done"; 2], "{board}");
    };

    let (restart, values) = (json!({"kind": "restart"}), json!({"kind": "values", "patch": {"motto": "calm"}}));
    done(wish(restart.clone(), json!({"chart": full}))).await;
    done(wish(values, json!({"chart": full, "releases": fleet.releases()}))).await;
    assert_eq!(fleet.seen(&app).await, vec![("1.0.0".to_owned(), 3); 2]);

    let upgrade = |chart: &str| json!({"kind": "upgrade", "chart": chart, "version": "1.1.0"});
    let bare = app.post("/api/v1/batches", &wish(upgrade(&fleet.chart), json!({"chart": fleet.chart}))).await;
    assert_eq!((bare.status.as_u16(), &bare.body["code"]), (409, &json!("chart_ambiguous")), "{bare:?}");
    done(wish(upgrade(&full), json!({"chart": fleet.chart}))).await;

    // Which of them is meant is not guessed, whoever has what runs.
    let path = made(&app, &wish(restart.clone(), json!({"chart": fleet.chart}))).await;
    let aside = board(&app, &path, "everything is set aside", |board| board["state"] == "finished").await;
    for target in aside["targets"].as_array().unwrap() {
        assert_eq!(target["state"], "setAside", "{target}");
        assert!(target["why"].as_str().unwrap().contains("More than one source has a chart of that name"), "{target}");
    }
    done(wish(restart, json!({"chart": full}))).await;
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 5); 2]);
    for tenant in &fleet.tenants {
        let config = env.object(&tenant.namespace, "configmap", "app").await.unwrap();
        assert_eq!((&config["data"]["version"], &config["data"]["motto"]), (&json!("1.1.0"), &json!("calm")), "{config}");
        assert!(env.object(&tenant.namespace, "configmap", "not-the-same").await.is_none());
    }
    app.stop().await;
}
