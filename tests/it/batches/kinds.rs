//! What a batch can do besides upgrading, each through the real control plane: run once more what failed, change values, roll
//! back, uninstall.

use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, allow, forbid, made, over, states},
};
use crate::support::{App, Env, app::Tenant, env};

/// A batch over these releases, one after another.
fn wish(aim: Value, releases: &[String]) -> Value {
    json!({"aim": aim, "selection": {"releases": releases}, "strategy": {"order": "sequential"}, "timeout": 60})
}

/// Makes a batch, starts it and waits for its end.
async fn done(app: &App, wish: &Value) -> Value {
    let path = made(app, wish).await;
    act(app, &path, "start", &json!({})).await;
    over(app, &path).await
}

/// The override of a release, as Helm has it.
async fn values(env: &Env, tenant: &Tenant) -> Value {
    serde_json::from_str(&env.helm(&["get", "values", "-n", &tenant.namespace, "app", "-o", "json"]).await).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_failed_is_selected_by_its_state_and_run_once_more_as_it_is() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    for tenant in &fleet.tenants[..2] {
        forbid(&env, tenant).await;
        let path = format!("/api/v1/helm/releases/{}/upgrade", tenant.release("app"));
        let failed = app.change(&path, &json!({"chartVersion": "1.1.0", "timeout": 60})).await;
        assert_eq!((&failed.body["status"], &failed.body["resultRevision"]), (&json!("failed"), &json!(2)), "{failed:?}");
        allow(&env, tenant).await;
    }
    let selection = json!({"chart": fleet.chart, "states": ["FAILED"]});
    let wish = json!({"aim": {"kind": "restart"}, "selection": selection, "strategy": {"order": "sequential"}, "timeout": 60});
    let board = done(&app, &wish).await;
    assert_eq!(states(&board), ["done"; 2], "what runs well is no part of it: {board}");
    let of = |version: &str, revision: u64| (version.to_owned(), revision);
    assert_eq!(fleet.seen(&app).await, [of("1.1.0", 3), of("1.1.0", 3), of("1.0.0", 1)]);
    for (at, tenant) in fleet.tenants.iter().enumerate() {
        assert_eq!(values(&env, tenant).await, json!({"bad": false, "secretToken": format!("hush-hush-{at}")}));
    }
    // Nothing is left that has failed.
    let again = app.post("/api/v1/batches", &wish).await;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (422, &json!("nothing_selected")), "{again:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_patch_of_values_is_put_on_each_releases_own_override() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[1]).await;
    let patch = json!({"motto": "calm", "bad": null, "limits": {"memory": "1Gi"}});
    let board = done(&app, &wish(json!({"kind": "values", "patch": patch}), &fleet.releases())).await;
    assert_eq!(states(&board), ["done"; 3], "{board}");
    assert_eq!(fleet.seen(&app).await, vec![("1.0.0".to_owned(), 2); 3], "the version stays");
    for (at, tenant) in fleet.tenants.iter().enumerate() {
        let wanted = json!({"motto": "calm", "limits": {"memory": "1Gi"}, "secretToken": format!("hush-hush-{at}")});
        assert_eq!(values(&env, tenant).await, wanted, "nobody's own value is another's, and what is taken away is gone");
        let config = env.object(&tenant.namespace, "configmap", "app").await.unwrap();
        assert_eq!(config["data"]["motto"], "calm", "{config}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_go_back_to_what_deployed_before_and_who_has_no_before_is_set_aside() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    let releases = fleet.releases();
    let board = done(&app, &wish(json!({"kind": "upgrade", "chart": fleet.chart, "version": "1.1.0"}), &releases[..2])).await;
    assert_eq!(states(&board), ["done"; 2], "{board}");
    let board = done(&app, &wish(json!({"kind": "rollback"}), &releases)).await;
    assert_eq!((&board["counts"]["done"], &board["counts"]["setAside"]), (&json!(2), &json!(1)), "{board}");
    let aside = board["targets"].as_array().unwrap().iter().find(|target| target["state"] == "setAside").unwrap();
    assert_eq!(aside["releaseId"], releases[2].as_str(), "{board}");
    assert!(aside["why"].as_str().unwrap().contains("No earlier revision that deployed"), "{aside}");
    let of = |revision: u64| ("1.0.0".to_owned(), revision);
    assert_eq!(fleet.seen(&app).await, [of(3), of(3), of(1)]);
    let config = env.object(&fleet.tenants[0].namespace, "configmap", "app").await.unwrap();
    assert_eq!(config["data"]["version"], "1.0.0", "{config}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_batch_uninstalls_is_gone_from_the_cluster_and_cannot_be_rolled_back() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 3, &[]).await;
    let releases = fleet.releases();
    let mut wish = wish(json!({"kind": "uninstall"}), &releases[..2]);
    wish["strategy"]["rollback"] = json!("target");
    let refused = app.post("/api/v1/batches", &wish).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("invalid_combination")), "{refused:?}");
    wish["strategy"]["rollback"] = json!("none");
    let path = made(&app, &wish).await;
    act(&app, &path, "start", &json!({})).await;
    let board = over(&app, &path).await;
    assert_eq!((states(&board), &board["state"]), (vec!["done".to_owned(); 2], &json!("finished")), "{board}");
    for tenant in &fleet.tenants[..2] {
        assert_eq!(app.get(&format!("/api/v1/helm/releases/{}", tenant.release("app"))).await["status"], "UNINSTALLED");
        assert!(env.helm_history(&tenant.namespace, "app").await.is_empty());
        assert!(env.object(&tenant.namespace, "configmap", "app").await.is_none());
    }
    assert_eq!(env.helm_history(&fleet.tenants[2].namespace, "app").await.len(), 1, "who was not selected stays");
    let refused = app.post(&format!("{path}/roll-back"), &json!({"wave": 0, "reason": "by mistake"})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("batch_moved")), "{refused:?}");
    app.stop().await;
}
