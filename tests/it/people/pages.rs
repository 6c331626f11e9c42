//! The pages about people, as a browser without scripts has them.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{App, app::PASSWORD};

async fn add(app: &App, name: &str, role: &str) -> String {
    let made = app.post("/api/v1/users", &json!({"name": name, "role": role, "password": "a-password-long-enough"})).await;
    made.body["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

/// What stands in the element that shows a secret once.
fn shown(page: &str) -> Option<String> {
    let at = page.find("class=\"secret\"")?;
    let rest = &page[at + page[at..].find('>')? + 1..];
    Some(rest[..rest.find('<')?].to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_is_shown_once_in_the_answer_to_its_form_and_never_in_an_address() {
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    let fields = [("name", "laptop"), ("role", "support"), ("tenants", ""), ("days", "30")];
    let answer = app.form(&cookie, "/account/tokens", &fields).await;
    assert_eq!((answer.status(), answer.headers().get("location")), (StatusCode::OK, None));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let token = shown(&answer.text().await.unwrap()).unwrap();
    assert!(token.starts_with("plt_"));
    let me = app.ask(Method::GET, &token, "/api/v1/me", None).await;
    assert_eq!((me.body["role"].as_str(), me.body["via"].as_str()), (Some("support"), Some("laptop")));
    let (status, page) = app.page(&cookie, "/account").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("laptop") && !page.contains(&token) && shown(&page).is_none());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_token_says_why_and_keeps_what_was_typed() {
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    let fields = [("name", "lap<b>top"), ("role", "viewer"), ("tenants", "nowhere"), ("days", "30")];
    let answer = app.form(&cookie, "/account/tokens", &fields).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = answer.text().await.unwrap();
    assert!(page.contains("There is no tenant “nowhere”") && page.contains("value=\"lap&lt;b&gt;top\""), "{page}");
    assert!(shown(&page).is_none());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_present_password_is_refused_and_no_password_is_sent_back() {
    let app = App::without_cluster().await;
    add(&app, "sue", "support").await;
    let cookie = app.sign_in_as("sue", "a-password-long-enough").await.unwrap();
    let change = |old: &'static str, new: &'static str, again: &'static str| {
        let (app, cookie) = (&app, &cookie);
        async move { app.form(cookie, "/account/password", &[("old", old), ("new", new), ("again", again)]).await }
    };
    for (old, new, again) in
        [("a-wrong-password", "another-password", "another-password"), ("a-password-long-enough", "another-password", "mistyped-password")]
    {
        let answer = change(old, new, again).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(!page.contains(old) && !page.contains(new) && !page.contains(again));
    }
    let done = change("a-password-long-enough", "another-password", "another-password").await;
    assert_eq!(done.headers()["location"], "/account?done=password");
    assert_eq!(app.page(&cookie, "/account").await.0, StatusCode::OK, "this session stays");
    assert!(app.sign_in_as("sue", "another-password").await.is_ok());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_out_everywhere_leads_to_the_door() {
    let app = App::without_cluster().await;
    let (here, there) = (app.sign_in().await, app.sign_in().await);
    let answer = app.form(&here, "/account/sign-out", &[]).await;
    assert_eq!(answer.headers()["location"], "/sign-in");
    for cookie in [here, there] {
        assert_eq!(app.page(&cookie, "/").await.0, StatusCode::SEE_OTHER);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_admin_manages_people_on_pages() {
    let app = App::without_cluster().await;
    app.tenants(["acme", "globex"]).await;
    let cookie = app.sign_in().await;
    let fields = [("name", "mia"), ("role", "viewer"), ("tenants", "acme, globex")];
    let page = app.form(&cookie, "/settings/users", &fields).await.text().await.unwrap();
    let password = shown(&page).unwrap();
    let mia = app.sign_in_as("mia", &password).await.unwrap();
    let (_, users) = app.page(&cookie, "/settings/users").await;
    assert!(users.contains("mia") && users.contains("acme") && !users.contains(&password));
    let at = users.find("/settings/users/").and_then(|_| users.split("href=\"").find(|part| part.contains(">mia<"))).unwrap();
    let here = at.split('"').next().unwrap().to_owned();
    let (status, page) = app.page(&cookie, &here).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("value=\"acme globex\""), "{page}");
    let change = [("version", "1"), ("role", "viewer"), ("tenants", "globex")];
    let answer = app.form(&cookie, &here, &change).await;
    assert_eq!(answer.headers()["location"], format!("{here}?done=changed"));
    let (_, tenants) = app.page(&mia, "/tenants").await;
    assert!(tenants.contains("globex") && !tenants.contains("acme"), "it acts at once");
    let stale = app.form(&cookie, &here, &change).await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    let reset = app.form(&cookie, &format!("{here}/password"), &[]).await.text().await.unwrap();
    assert!(app.sign_in_as("mia", &shown(&reset).unwrap()).await.is_ok());
    assert_eq!(app.page(&mia, "/").await.0, StatusCode::SEE_OTHER);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_admin_sees_and_revokes_everybodys_tokens() {
    let app = App::without_cluster().await;
    add(&app, "sue", "support").await;
    let sue = app.sign_in_as("sue", "a-password-long-enough").await.unwrap();
    let page = app.form(&sue, "/account/tokens", &[("name", "sues-own"), ("role", "support"), ("days", "1")]).await.text().await.unwrap();
    let token = shown(&page).unwrap();
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/settings/tokens").await;
    assert!(page.contains("sues-own") && page.contains("bootstrap"));
    let action = page.split("action=\"").find(|part| part.contains("Revoke sues-own")).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(app.form(&cookie, &action, &[]).await.headers()["location"], "/settings/tokens?done=revoked");
    assert_eq!(app.ask(Method::GET, &token, "/api/v1/me", None).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_but_an_admin_gets_to_the_settings() {
    let app = App::without_cluster().await;
    let sue = add(&app, "sue", "support").await;
    let cookie = app.sign_in_as("sue", "a-password-long-enough").await.unwrap();
    let (_, home) = app.page(&cookie, "/").await;
    assert!(home.contains("href=\"/account\"") && !home.contains("href=\"/settings"));
    let admin = app.sign_in_as("admin", PASSWORD).await.unwrap();
    assert!(app.page(&admin, "/").await.1.contains("href=\"/settings/users\""));
    for path in ["/settings/users".to_owned(), "/settings/tokens".into(), format!("/settings/users/{sue}")] {
        let (status, page) = app.page(&cookie, &path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(!page.contains("bootstrap") && !page.contains("admin</b>"), "{path}");
    }
    for path in ["/settings/users".to_owned(), format!("/settings/users/{sue}"), format!("/settings/users/{sue}/password")] {
        let answer = app.form(&cookie, &path, &[("name", "eve"), ("role", "admin"), ("tenants", "")]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(app.get("/api/v1/users").await["total"], 2);
    app.stop().await;
}
