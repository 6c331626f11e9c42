//! Accounts through the API: only admins manage people, and nobody else learns which accounts there are.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{App, app::TOKEN};

async fn add(app: &App, name: &str, role: &str, tenants: &[&String]) -> Value {
    let made =
        app.post("/api/v1/users", &json!({"name": name, "role": role, "tenants": tenants, "password": "a-password-long-enough"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

async fn token_of(app: &App, user: &str) -> String {
    let cookie = app.sign_in_as(user, "a-password-long-enough").await.unwrap();
    let role = if user == "mia" { "viewer" } else { "support" };
    let page = app.form(&cookie, "/account/tokens", &[("name", "ci"), ("role", role), ("days", "1")]).await.text().await.unwrap();
    let at = page.find("plt_").expect("the token is shown");
    page[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

#[tokio::test]
async fn an_admin_makes_changes_and_disables_accounts() {
    let app = App::without_cluster().await;
    let [acme] = app.tenants(["acme"]).await;
    let made = app.post("/api/v1/users", &json!({"name": "mia", "role": "viewer", "tenants": [acme]})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let password = made.body["password"].as_str().unwrap().to_owned();
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert!(app.sign_in_as("mia", &password).await.is_ok());
    let taken = app.post("/api/v1/users", &json!({"name": "MIA", "role": "viewer"})).await;
    assert_eq!((taken.status, taken.body["code"].as_str()), (StatusCode::CONFLICT, Some("name_taken")));

    let path = format!("/api/v1/users/{id}");
    let seen = app.request(Method::GET, &path).send().await.unwrap();
    let tag = seen.headers()["etag"].to_str().unwrap().to_owned();
    let body: Value = seen.json().await.unwrap();
    assert!(!body.to_string().contains("argon2") && body.get("password").is_none(), "{body}");
    let patch = |tag: String, body: Value| app.request(Method::PATCH, &path).header("if-match", tag).json(&body).send();
    let promoted = patch(tag.clone(), json!({"role": "support"})).await.unwrap();
    assert_eq!(promoted.status(), StatusCode::OK);
    let promoted: Value = promoted.json().await.unwrap();
    assert_eq!((promoted["role"].as_str(), &promoted["tenants"]), (Some("support"), &json!([])));
    let stale = patch(tag, json!({"role": "admin"})).await.unwrap();
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let disabled = app.ask(Method::PATCH, TOKEN, &path, Some(&json!({"disabled": true}))).await;
    assert_eq!((disabled.status, &disabled.body["disabled"]), (StatusCode::OK, &json!(true)));
    assert!(app.sign_in_as("mia", &password).await.is_err());

    let noted = app.audit().await;
    for act in ["user.add", "user.role", "user.disable"] {
        assert!(noted.iter().any(|row| row.is(act, "admin", "api", "mia")), "{act}: {noted:#?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_last_admin_cannot_be_lost() {
    let app = App::without_cluster().await;
    let admin = app.get("/api/v1/me").await["userId"].as_str().unwrap().to_owned();
    for body in [json!({"disabled": true}), json!({"role": "support"})] {
        let answer = app.ask(Method::PATCH, TOKEN, &format!("/api/v1/users/{admin}"), Some(&body)).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (StatusCode::CONFLICT, Some("last_admin")), "{body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_cannot_be_is_refused_and_changes_nothing() {
    let app = App::without_cluster().await;
    let unknown = "018f0000-0000-7000-8000-000000000000";
    for (body, status) in [
        (json!({"name": "", "role": "viewer"}), 422),
        (json!({"name": "a b", "role": "viewer"}), 422),
        (json!({"name": "x", "role": "root"}), 400),
        (json!({"name": "x", "role": "viewer", "tenants": [unknown]}), 404),
        (json!({"name": "x", "role": "support", "tenants": [unknown]}), 422),
        (json!({"name": "x", "role": "viewer", "password": "short"}), 422),
    ] {
        assert_eq!(app.post("/api/v1/users", &body).await.status.as_u16(), status, "{body}");
    }
    assert_eq!(app.get("/api/v1/users").await["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn nobody_but_an_admin_manages_people_or_learns_who_there_is() {
    let app = App::without_cluster().await;
    let [acme] = app.tenants(["acme"]).await;
    let (mia, sue) = (add(&app, "mia", "viewer", &[&acme]).await, add(&app, "sue", "support", &[]).await);
    let unknown = "018f0000-0000-7000-8000-000000000000";
    for (token, own, other) in [(token_of(&app, "mia").await, &mia, &sue), (token_of(&app, "sue").await, &sue, &mia)] {
        let (own, other) = (own["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        let ask = |method, path: String, body: Option<Value>| {
            let (app, token) = (&app, &token);
            async move { app.ask(method, token, &path, body.as_ref()).await }
        };
        assert_eq!(ask(Method::GET, "/api/v1/users".into(), None).await.status, StatusCode::FORBIDDEN);
        assert_eq!(ask(Method::GET, "/api/v1/tokens?all=true".into(), None).await.status, StatusCode::FORBIDDEN);
        let new = json!({"name": "eve", "role": "viewer"});
        assert_eq!(ask(Method::POST, "/api/v1/users".into(), Some(new)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(ask(Method::GET, format!("/api/v1/users/{own}"), None).await.status, StatusCode::OK);
        let change = json!({"role": "admin"});
        let promoted = ask(Method::PATCH, format!("/api/v1/users/{own}"), Some(change.clone())).await;
        assert_eq!(promoted.status, StatusCode::FORBIDDEN, "nobody promotes themselves");
        for (method, tail, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(change)),
            (Method::POST, "/password", Some(json!({}))),
            (Method::POST, "/sign-out", None),
        ] {
            let there = ask(method.clone(), format!("/api/v1/users/{other}{tail}"), body.clone()).await;
            let missing = ask(method.clone(), format!("/api/v1/users/{unknown}{tail}"), body).await;
            assert_eq!((there.status, &there.body), (StatusCode::NOT_FOUND, &missing.body), "{method} {tail}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn an_admins_token_within_a_tenant_manages_nobody() {
    let app = App::without_cluster().await;
    let [acme] = app.tenants(["acme"]).await;
    let asked = json!({"name": "acme-admin", "role": "admin", "tenants": [acme], "expiresInSeconds": 60});
    let token = app.post("/api/v1/tokens", &asked).await.body["token"].as_str().unwrap().to_owned();
    assert_eq!(app.ask(Method::GET, &token, "/api/v1/users", None).await.status, StatusCode::FORBIDDEN);
    let more = json!({"name": "more", "role": "admin"});
    let made = app.ask(Method::POST, &token, "/api/v1/tokens", Some(&more)).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let me = app.ask(Method::GET, made.body["token"].as_str().unwrap(), "/api/v1/me", None).await;
    assert_eq!(me.body["tenants"], json!([acme]), "a token of a narrow one is as narrow");
    app.stop().await;
}

#[tokio::test]
async fn an_admin_sets_a_password_and_ends_sessions_of_others() {
    let app = App::without_cluster().await;
    let sue = add(&app, "sue", "support", &[]).await["id"].as_str().unwrap().to_owned();
    let first = app.sign_in_as("sue", "a-password-long-enough").await.unwrap();
    assert_eq!(app.ask(Method::POST, TOKEN, &format!("/api/v1/users/{sue}/sign-out"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.page(&first, "/").await.0, StatusCode::SEE_OTHER);
    let told = app.ask(Method::POST, TOKEN, &format!("/api/v1/users/{sue}/password"), None).await;
    assert_eq!(told.status, StatusCode::OK, "{told:?}");
    assert!(app.sign_in_as("sue", "a-password-long-enough").await.is_err());
    assert!(app.sign_in_as("sue", told.body["password"].as_str().unwrap()).await.is_ok());
    app.stop().await;
}
