//! Previews that are part of a batch: looked at by whoever may look at batches, done by the batch alone; and what a batch would
//! uninstall, which no single press of a button does.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Fleet,
    fleet::{act, allow, board, forbid, made, over, states},
};
use crate::{
    secrets::outlet::token,
    support::{App, app::Tenant, env},
};

/// The preview of a batch's target.
fn preview(board: &Value, target: usize) -> String {
    board["targets"][target]["previewId"].as_str().unwrap_or_else(|| panic!("no preview: {board}")).to_owned()
}

/// The tenant of a batch's target.
fn tenant<'a>(fleet: &'a Fleet, board: &Value, target: usize) -> &'a Tenant {
    fleet.tenants.iter().find(|tenant| board["targets"][target]["tenantId"] == tenant.id.as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_batch_previewed_is_looked_at_by_who_sees_batches_and_done_by_the_batch_alone() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 2, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    let ready = app.get(&path).await;
    let (id, theirs) = (preview(&ready, 0), tenant(&fleet, &ready, 0));
    let (look, apply) = (format!("/api/v1/previews/{id}"), format!("/api/v1/previews/{id}/apply"));

    // Neither by API nor by page, and the page leads to the board instead.
    let refused = app.post(&apply, &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("preview_of_batch")), "{refused:?}");
    let cookie = app.sign_in().await;
    let refused = app.form(&cookie, &format!("/previews/{id}"), &[]).await;
    assert_eq!(refused.status().as_u16(), 409);
    let (_, page) = app.page(&cookie, &format!("/previews/{id}")).await;
    let home = format!("href=\"{}\"", path.trim_start_matches("/api/v1"));
    assert!(page.contains(&home) && page.contains("Back to the batch") && page.contains("Part of the batch"), "{page}");
    assert!(page.contains("2 releases of this batch get exactly this."), "{page}");
    assert!(!page.contains(&format!("action=\"/previews/{id}\"")), "no button does it: {page}");
    assert_eq!(fleet.seen(&app).await, vec![("1.0.0".to_owned(), 1); 2]);

    // Somebody who acts within the tenant alone is bound, too, and knows of no batch.
    let narrow = json!({"name": "narrow", "role": "admin", "tenants": [theirs.id]});
    let narrow = app.post("/api/v1/tokens", &narrow).await.body["token"].as_str().unwrap().to_owned();
    let refused = app.ask(Method::POST, &narrow, &apply, Some(&json!({}))).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("preview_of_batch")), "{refused:?}");
    let seen = app.ask(Method::GET, &narrow, &format!("/api/fn/preview?id={id}"), None).await;
    assert_eq!((seen.status.as_u16(), &seen.body["part"], &seen.body["refused"]["code"]), (200, &Value::Null, &json!("preview_of_batch")));

    // Who sees batches looks, and at nothing else.
    let (support, viewer) = (token(&app, "support", &theirs.id).await, token(&app, "viewer", &theirs.id).await);
    assert_eq!(app.ask(Method::GET, &support, &look, None).await.status.as_u16(), 200);
    assert_eq!(app.ask(Method::POST, &support, &apply, Some(&json!({}))).await.body["code"], "forbidden");
    assert_eq!(app.ask(Method::GET, &viewer, &look, None).await.body["code"], "forbidden");
    let own = app.post(&format!("/api/v1/helm/releases/{}/preview", theirs.release("app")), &json!({"chartVersion": "1.2.0"})).await;
    assert_eq!(own.status.as_u16(), 201, "{own:?}");
    let hidden = app.ask(Method::GET, &support, &format!("/api/v1/previews/{}", own.body["id"].as_str().unwrap()), None).await;
    let missing = app.ask(Method::GET, &support, "/api/v1/previews/018f0000-0000-7000-8000-000000000000", None).await;
    assert_eq!((hidden.status, &hidden.body), (missing.status, &missing.body));
    assert_eq!(hidden.body["code"], "preview_not_found");

    // The batch itself comes through; once it has ended, the same thing asked for again is the same operation.
    act(&app, &path, "start", &json!({})).await;
    let done = over(&app, &path).await;
    assert_eq!(states(&done), ["done"; 2], "{done}");
    let again = app.post(&apply, &json!({})).await;
    assert_eq!(again.body["id"], done["targets"][0]["operationId"], "{again:?}");
    let (_, page) = app.page(&cookie, &format!("/previews/{id}")).await;
    assert!(page.contains("Was part of the batch"), "{page}");
    assert_eq!(fleet.seen(&app).await, vec![("1.1.0".to_owned(), 2); 2]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_batch_rendered_before_it_tried_again_is_nobodys_to_do() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 1, &[]).await;
    let path = made(&app, &fleet.upgrade("1.1.0", &json!({"order": "sequential"}))).await;
    let first = preview(&app.get(&path).await, 0);
    forbid(&env, &fleet.tenants[0]).await;
    act(&app, &path, "start", &json!({})).await;
    assert_eq!(states(&over(&app, &path).await), ["failed"]);
    allow(&env, &fleet.tenants[0]).await;
    act(&app, &path, "retry-failed", &json!({})).await;
    let anew = board(&app, &path, "it is rendered anew", |board| board["targets"][0]["previewId"].is_string()).await;
    assert_ne!(preview(&anew, 0), first);
    let refused = app.post(&format!("/api/v1/previews/{first}/apply"), &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("preview_of_batch")), "{refused:?}");
    assert_eq!(states(&over(&app, &path).await), ["done"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_page_of_what_a_batch_would_uninstall_says_so_and_no_form_uninstalls_it_without_its_name() {
    let Some(env) = env() else { return };
    let (env, shelf, chart) = Fleet::shelf(env).await;
    let app = App::start(&env).await;
    let fleet = Fleet::of(&app, &env, shelf, chart, 1, &[]).await;
    let theirs = &fleet.tenants[0];
    let wish = json!({"aim": {"kind": "uninstall"}, "selection": {"releases": fleet.releases()}, "strategy": {"order": "sequential"}});
    let path = made(&app, &wish).await;
    let id = preview(&app.get(&path).await, 0);
    let cookie = app.sign_in().await;
    let place = format!("/previews/{id}");
    let (_, page) = app.page(&cookie, &place).await;
    let label = format!("Uninstall app from {}", theirs.slug);
    assert!(page.contains(&label) && page.contains("Back to the batch"), "{page}");
    assert!(!page.contains("Install app") && !page.contains("releases of this batch get"), "{page}");
    assert_eq!(app.form(&cookie, &place, &[]).await.status().as_u16(), 409);

    // Once the batch has ended the page leads to the one that asks for the name, and does nothing itself.
    act(&app, &path, "abort", &json!({"reason": "not today"})).await;
    over(&app, &path).await;
    let (_, page) = app.page(&cookie, &place).await;
    let uninstall = format!("/tenants/{}/releases/{}/app/uninstall", theirs.slug, theirs.namespace);
    assert!(page.contains(&format!("href=\"{uninstall}\"")) && page.contains(&format!("{label}…")), "{page}");
    assert!(!page.contains(&format!("action=\"{place}\"")), "{page}");
    let nothing: &[(&str, &str)] = &[];
    for fields in [nothing, &[("confirm", "app"), ("reason", "not asked for here")]] {
        assert_eq!(app.form(&cookie, &place, fields).await.status().as_u16(), 400);
    }
    assert_eq!(fleet.seen(&app).await, [("1.0.0".to_owned(), 1)]);

    // The API asks for no name, here as elsewhere.
    let gone = app.change(&format!("/api/v1/previews/{id}/apply"), &json!({})).await;
    assert_eq!((&gone.body["kind"], &gone.body["status"]), (&json!("uninstall"), &json!("succeeded")), "{gone:?}");
    let (_, page) = app.page(&cookie, &place).await;
    assert!(page.contains("The release is not installed any more."), "{page}");
    app.stop().await;
}
