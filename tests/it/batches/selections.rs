//! Which releases a batch is over: ticked ones as they are, a saved selection as it is at that moment; and who sees any of it.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    App, Env,
    app::{Tenant, answer},
    env,
    env::unique,
};

/// A tenant with releases of these names.
async fn furnished(app: &App, env: &Env, names: &[&str]) -> Tenant {
    let tenant = app.tenant(env).await;
    for name in names {
        let done = app.change("/api/v1/helm/releases", &tenant.install(name, "web", "1.3.2", &json!({"replicaCount": 1}))).await;
        assert_eq!(done.body["status"], "succeeded", "{done:?}");
    }
    tenant
}

async fn label(app: &App, tenant: &Tenant, ring: &str) {
    let path = format!("/api/v1/tenants/{}", tenant.id);
    let labelled = app.request(Method::PATCH, &path).json(&json!({"labels": {"ring": ring}})).send().await.unwrap();
    assert!(labelled.status().is_success());
}

/// The releases that a batch is over.
fn targets(board: &Value) -> BTreeSet<String> {
    board["targets"].as_array().unwrap().iter().map(|target| target["releaseId"].as_str().unwrap().to_owned()).collect()
}

fn releases<const N: usize>(of: [(&Tenant, &str); N]) -> BTreeSet<String> {
    of.map(|(tenant, name)| tenant.release(name)).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_saved_selection_is_looked_up_anew_each_time_and_a_removed_one_cannot_be_used() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (first, second) = (furnished(&app, &env, &["web"]).await, furnished(&app, &env, &["web"]).await);
    let ring = unique("ring");
    label(&app, &first, &ring).await;
    let rule = json!({"name": " the ring ", "selection": {"chart": "web", "labels": {"ring": ring}}, "reason": "each week"});
    let saved = app.post("/api/v1/selections", &rule).await;
    assert_eq!(
        (saved.status.as_u16(), &saved.body["name"], &saved.body["madeBy"]),
        (201, &json!("the ring"), &json!("admin")),
        "{saved:?}"
    );
    let taken = app.post("/api/v1/selections", &rule).await;
    assert_eq!((taken.status.as_u16(), &taken.body["code"]), (409, &json!("name_taken")), "{taken:?}");

    let id = saved.body["id"].as_str().unwrap();
    let batch = async |selection: Value| app.post("/api/v1/batches", &json!({"aim": {"kind": "restart"}, "selection": selection})).await;
    let before = batch(json!({"saved": id})).await;
    assert_eq!((before.status.as_u16(), targets(&before.body)), (201, releases([(&first, "web")])), "{before:?}");
    label(&app, &second, &ring).await;
    let after = batch(json!({"saved": id})).await;
    assert_eq!(targets(&after.body), releases([(&first, "web"), (&second, "web")]), "{after:?}");

    let more = batch(json!({"saved": id, "states": ["FAILED"]})).await;
    assert_eq!((more.status.as_u16(), &more.body["code"]), (422, &json!("invalid_combination")), "{more:?}");
    let other = batch(json!({"saved": id, "chart": "cache"})).await;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (422, &json!("invalid_combination")), "{other:?}");
    let chain = app.post("/api/v1/selections", &json!({"name": "chain", "selection": {"saved": id}})).await;
    assert_eq!((chain.status.as_u16(), &chain.body["code"]), (422, &json!("invalid_combination")), "{chain:?}");

    let path = format!("/api/v1/selections/{id}?reason=nobody%20uses%20it");
    assert_eq!(answer(app.request(Method::DELETE, &path).send().await.unwrap()).await.status, StatusCode::NO_CONTENT);
    let gone = batch(json!({"saved": id})).await;
    assert_eq!((gone.status.as_u16(), &gone.body["code"]), (404, &json!("selection_not_found")), "{gone:?}");
    assert_eq!(app.get("/api/v1/selections").await, json!([]));
    let audit = app.get("/api/v1/audit?act=selection&size=10").await;
    let told: Vec<_> = audit["items"].as_array().unwrap().iter().map(|row| (row["act"].clone(), row["reason"].clone())).collect();
    let wanted = [("selection.remove", "nobody uses it"), ("selection.save", "each week")].map(|(act, why)| (json!(act), json!(why)));
    assert_eq!(told, wanted, "{audit}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ticked_releases_are_listed_and_go_into_the_batch_as_they_are_and_who_runs_none_has_no_ticks() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = furnished(&app, &env, &["web", "web-blue", "web-green"]).await;
    let (web, blue, green) = (tenant.release("web"), tenant.release("web-blue"), tenant.release("web-green"));
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, &format!("/tenants/{}", tenant.slug)).await;
    for part in [format!("Select web-blue of {}", tenant.slug), format!("value=\"{blue}\""), "action=\"/batches/new\"".to_owned()] {
        assert!(page.contains(&part), "{part}: {page}");
    }

    let nobody = "018f0000-0000-7000-8000-000000000000";
    let (status, page) = app.page(&cookie, &format!("/batches/new?release={web}&release={blue}&release={nobody}")).await;
    assert_eq!(status, StatusCode::OK);
    for part in ["2 ticked releases", "1 more is uninstalled by now, or of no tenant.", web.as_str(), blue.as_str()] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(&green), "{page}");
    let (_, page) = app.page(&cookie, "/batches/new?release=%3Cscript%3E").await;
    assert!(page.contains("The form could not be read.") && !page.contains("2 ticked"), "{page}");

    let ticked = format!("{web},{blue}");
    let asked = app.form(&cookie, "/batches/new", &[("kind", "restart"), ("releases", &ticked), ("order", "sequential")]).await;
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    let place = asked.headers()["location"].to_str().unwrap().to_owned();
    let board = app.get(&format!("/api/v1{place}")).await;
    assert_eq!(targets(&board), BTreeSet::from([web, blue]), "{board}");

    // What is under way stands on the fleet page, for who may look at batches.
    let strip = format!("href=\"{place}\"");
    let (_, page) = app.page(&cookie, "/").await;
    assert!(page.contains("Batches under way") && page.contains(&strip), "{page}");
    for (role, of, sees) in [("support", json!([]), true), ("viewer", json!([tenant.id]), false)] {
        let body = json!({"name": role, "role": role, "tenants": of, "password": "a-password-of-their-own"});
        assert_eq!(app.post("/api/v1/users", &body).await.status, StatusCode::CREATED);
        let cookie = app.sign_in_as(role, "a-password-of-their-own").await.unwrap();
        let (_, page) = app.page(&cookie, "/").await;
        assert_eq!((page.contains("Batches under way"), page.contains(&strip)), (sees, sees), "{role}: {page}");
        for path in [format!("/releases?q={}", tenant.slug), format!("/tenants/{}", tenant.slug)] {
            let (_, page) = app.page(&cookie, &path).await;
            assert!(page.contains("web-blue") && !page.contains("ticks-cell") && !page.contains("/batches/new"), "{role}: {page}");
        }
    }
    app.stop().await;
}
