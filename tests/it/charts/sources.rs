//! Chart sources in the settings: added, tested, refreshed and removed by forms and over REST, with a login and with
//! certificates of their own.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{App, Env, Shelf, env, shelf::Edition};

/// As `mia` with that password.
const BASIC: &str = "Basic bWlhOmdlaGVpbS1oaW50ZXItZGVyLXRhcGV0ZQ==";
const PASSWORD: &str = "geheim-hinter-der-tapete";

fn web(version: &str) -> Edition<'_> {
    Edition { name: "web", version, about: "appVersion: \"7\"", files: &[("values.yaml", "a: 1\n")] }
}

async fn sources(app: &App) -> Vec<Value> {
    app.get("/api/v1/charts/sources").await.as_array().unwrap().clone()
}

fn named<'a>(sources: &'a [Value], name: &str) -> Option<&'a Value> {
    sources.iter().find(|source| source["name"] == name)
}

async fn delete(app: &App, path: &str) -> StatusCode {
    app.request(Method::DELETE, path).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_source_is_added_with_its_password_sealed_refreshed_and_removed() {
    let shelf = Shelf::editions(&[web("1.0.0"), web("0.9.0")], Some(BASIC)).await;
    let app = App::without_cluster().await;
    let source = json!({"name": "guarded", "url": shelf.url, "login": "basic", "user": "mia", "secret": PASSWORD});
    let tested = app.post("/api/v1/charts/sources/test", &source).await;
    assert_eq!((tested.status.as_u16(), &tested.body["charts"], &tested.body["versions"]), (200, &json!(1), &json!(2)), "{tested:?}");
    assert!(named(&sources(&app).await, "guarded").is_none(), "a test adds nothing");

    let added = app.post("/api/v1/charts/sources", &source).await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let listed = sources(&app).await;
    let shown = named(&listed, "guarded").unwrap();
    assert_eq!(
        (&shown["kind"], &shown["origin"], &shown["login"], &shown["user"]),
        (&json!("repository"), &json!("settings"), &json!("basic"), &json!("mia"))
    );
    assert!(shown["answeredAt"].is_string() && shown["problem"].is_null(), "{shown}");
    assert_eq!(named(&listed, "demo").unwrap()["origin"], "configuration");
    assert!(!format!("{listed:?} {added:?}").contains(PASSWORD));
    assert!(!String::from_utf8_lossy(&app.bytes_on_disk()).contains(PASSWORD), "sealed on disk");
    assert_eq!(app.post("/api/v1/charts/sources", &source).await.body["code"], "name_taken");

    let charts = app.get("/api/v1/charts").await;
    assert_eq!((&charts[0]["source"], &charts[0]["total"]), (&json!("guarded"), &json!(2)), "{charts}");
    // The archive is behind the same login.
    let defaults = app.look("/api/v1/charts/guarded/web/1.0.0/defaults").await;
    assert_eq!(defaults.body, "a: 1\n");
    assert_eq!(app.post("/api/v1/charts/sources/guarded/refresh", &json!({})).await.status, StatusCode::OK);

    assert_eq!(delete(&app, "/api/v1/charts/sources/guarded").await, StatusCode::NO_CONTENT);
    assert_eq!(delete(&app, "/api/v1/charts/sources/guarded").await, StatusCode::NOT_FOUND);
    assert_eq!(delete(&app, "/api/v1/charts/sources/demo").await, StatusCode::CONFLICT, "the configuration's stays");
    assert_eq!(app.get("/api/v1/charts").await, json!([]));
    let audit = app.audit().await;
    let noted = |act: &str| audit.iter().filter(|row| row.is(act, "admin", "api", "guarded")).count();
    assert_eq!((noted("source.add"), noted("source.remove")), (1, 1), "{audit:?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_a_source_is_refused_and_changes_nothing() {
    let shelf = Shelf::editions(&[web("1.0.0")], Some(BASIC)).await;
    let app = App::without_cluster().await;
    for (source, why) in [
        (json!({"name": "x", "url": shelf.url}), "HTTP status 401"),
        (json!({"name": "x", "url": shelf.url, "login": "basic", "user": "mia", "secret": "wrong"}), "HTTP status 401"),
        (json!({"name": "x", "url": shelf.url, "login": "basic", "user": "mia"}), "a password"),
        (json!({"name": "x", "url": "http://127.0.0.1:1"}), "no connection"),
        (json!({"name": "x", "url": "ftp://example.com"}), "begins with"),
        (json!({"name": "x", "url": "https://mia:geheim@example.com"}), "fields of their own"),
        (json!({"name": "sources", "url": shelf.url}), "meaning of its own"),
        (json!({"name": "x", "url": shelf.url, "charts": ["web"]}), "lists its charts itself"),
        (json!({"name": "x", "url": shelf.url, "ca": "nonsense"}), "HTTP status 401"),
        (json!({"name": "x", "url": shelf.url, "ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}), "certificates"),
        (json!({"name": "x", "url": "oci+http://127.0.0.1:1"}), "name its charts"),
    ] {
        let refused = app.post("/api/v1/charts/sources", &source).await;
        assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (422, Some("invalid_source")), "{source}: {refused:?}");
        assert!(refused.body["detail"].as_str().unwrap().contains(why), "{source}: {refused:?}");
    }
    assert_eq!(sources(&app).await.len(), 1);
    assert!(!app.audit().await.iter().any(|row| row.act == "source.add"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_without_scripts_do_the_same_and_a_refused_one_comes_back_without_the_password() {
    let shelf = Shelf::editions(&[web("1.0.0")], Some("Bearer t0ken")).await;
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    let fields =
        [("name", "by-form"), ("url", shelf.url.as_str()), ("login", "bearer"), ("user", ""), ("secret", "wr0ng-token"), ("ca", "")];
    let refused = app.form(&cookie, "/settings/sources", &fields).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("HTTP status 401") && page.contains("by-form") && !page.contains("wr0ng-token"), "{page}");
    let fields = fields.map(|(name, value)| (name, if name == "secret" { "t0ken" } else { value }));
    let added = app.form(&cookie, "/settings/sources", &fields).await;
    let to = added.headers()["location"].to_str().unwrap().to_owned();
    let (status, page) = app.page(&cookie, &to).await;
    assert!(status == 200 && page.contains("by-form is added") && page.contains("by token") && page.contains("fresh"), "{page}");
    assert!(!page.contains("t0ken"), "{page}");

    let refreshed = app.form(&cookie, "/settings/sources/by-form", &[("act", "refresh")]).await;
    assert_eq!(refreshed.status(), StatusCode::SEE_OTHER);
    let removed = app.form(&cookie, "/settings/sources/by-form", &[("act", "remove")]).await;
    let (_, page) = app.page(&cookie, removed.headers()["location"].to_str().unwrap()).await;
    assert!(page.contains("by-form is removed") && !page.contains("Refresh by-form"), "{page}");
    let refused = app.form(&cookie, "/settings/sources/demo", &[("act", "remove")]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("configuration"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_source_outlives_the_server_and_says_when_it_is_behind() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let shelf = Shelf::editions(&[web("1.0.0")], None).await;
    assert_eq!(app.post("/api/v1/charts/sources", &json!({"name": "shelf", "url": shelf.url})).await.status, StatusCode::CREATED);
    let data = app.stop().await;
    let app = App::with(&env, data, &[]).await;
    let charts = app.get("/api/v1/charts").await;
    assert!(charts.as_array().unwrap().iter().any(|chart| chart["source"] == "shelf" && chart["name"] == "web"), "{charts}");
    // Two sources have it now.
    assert_eq!(app.look("/api/v1/charts/web/versions").await.body["code"], "chart_ambiguous");
    assert_eq!(app.get("/api/v1/charts/shelf/web/versions").await["total"], 1);
    drop(shelf);
    let behind = app.post("/api/v1/charts/sources/shelf/refresh", &json!({})).await.body;
    assert!(behind["problem"].is_string() && behind["answeredAt"].is_string() && behind["charts"] == 1, "{behind}");
    let (_, page) = app.page(&app.sign_in().await, "/charts").await;
    assert!(page.contains("behind") && page.contains("of no use at present"), "{page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_source_with_certificates_of_its_own_is_trusted_with_them_and_not_without() {
    let Some(env) = env() else { return };
    let app = App::without_cluster().await;
    // The API server of the test is a server with TLS whose certificates nobody else knows.
    let (url, ca) = server_and_ca(&env).await;
    let without = app.post("/api/v1/charts/sources/test", &json!({"name": "tls", "url": url})).await;
    assert!(without.body["detail"].as_str().unwrap().contains("no connection could be made"), "{without:?}");
    let with = app.post("/api/v1/charts/sources/test", &json!({"name": "tls", "url": url, "ca": ca})).await;
    assert!(with.body["detail"].as_str().unwrap().contains("HTTP status 40"), "{with:?}");
    app.stop().await;
}

async fn server_and_ca(env: &Env) -> (String, String) {
    let config: Value = serde_json::from_str(&env.kubectl(&["config", "view", "--raw", "--flatten", "--output=json"]).await).unwrap();
    let cluster = &config["clusters"][0]["cluster"];
    let ca = STANDARD.decode(cluster["certificate-authority-data"].as_str().unwrap()).unwrap();
    (cluster["server"].as_str().unwrap().to_owned(), String::from_utf8(ca).unwrap())
}
