//! Requests that are sent again, and streams that outlast what their reader may.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{App, app::answer, until};

async fn keyed(app: &App, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let request = app.request(Method::POST, path).json(body);
    let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
    let answer = answer(request.send().await.unwrap()).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_request_makes_is_made_once_and_its_secret_shown_once() {
    let app = App::without_cluster().await;
    let user = json!({"name": "sue", "role": "support"});
    let token = json!({"name": "ci", "role": "support"});
    let tenant = json!({"slug": "acme"});
    let webhook = json!({"name": "ci", "url": "https://receiver.invalid/x", "reason": "test"});
    for (path, body, secret) in [
        ("/api/v1/users", &user, Some("password")),
        ("/api/v1/tokens", &token, Some("token")),
        ("/api/v1/webhooks", &webhook, Some("secret")),
        ("/api/v1/tenants", &tenant, None),
    ] {
        let (status, first) = keyed(&app, path, path, body).await;
        assert_eq!(status, 201, "{path} {first}");
        let (status, again) = keyed(&app, path, path, body).await;
        assert_eq!((status, &again["id"]), (201, &first["id"]), "{path} {again}");
        if let Some(secret) = secret {
            assert!(first[secret].is_string() && again[secret].is_null(), "{path}: shown once");
        }
        let (status, unkeyed) = keyed(&app, path, "", body).await;
        assert_eq!(
            (status, &unkeyed["code"]),
            (409, &json!(if path.ends_with("tenants") { "tenant_exists" } else { "name_taken" })),
            "{path}"
        );
        let (status, odd) = keyed(&app, path, "a key", body).await;
        assert_eq!((status, &odd["code"]), (400, &json!("invalid_request")), "{path}");
        let other = match path {
            "/api/v1/webhooks" => json!({"name": "other", "url": "https://other.invalid", "reason": "test"}),
            "/api/v1/tenants" => json!({"slug": "other"}),
            _ => json!({"name": "other", "role": "support"}),
        };
        let (status, reused) = keyed(&app, path, path, &other).await;
        assert_eq!((status, &reused["code"]), (422, &json!("idempotency_key_reused")), "{path}");
    }
    assert_eq!(app.get("/api/v1/audit?act=user.add&subject=sue").await["total"], 1);
    assert_eq!(app.get("/api/v1/audit?act=tenant.create").await["total"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_shut_out_hears_no_more_of_an_open_stream() {
    let app = App::without_cluster().await;
    let made = app.post("/api/v1/users", &json!({"name": "sue", "role": "support", "password": "a-password-long-enough"})).await;
    let tenant = app.post("/api/v1/tenants", &json!({"slug": "acme"})).await.body["id"].as_str().unwrap().to_owned();
    let cookie = app.sign_in_as("sue", "a-password-long-enough").await.unwrap();
    let mut stream = app.anonymous(Method::GET, "/api/v1/live").header("cookie", &cookie).send().await.unwrap();
    let greeting = stream.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&greeting).contains("hello"));
    let shut = app.request(Method::PATCH, &format!("/api/v1/users/{}", made.body["id"].as_str().unwrap()));
    assert_eq!(shut.json(&json!({"disabled": true})).send().await.unwrap().status(), StatusCode::OK);
    let reading = tokio::spawn(async move { while let Ok(Some(_)) = stream.chunk().await {} });
    // Hints, until the stream has noticed: whom it serves is believed for a second.
    until("the stream has ended", || async {
        app.post(&format!("/api/v1/tenants/{tenant}/pin"), &json!({"reason": "a hint"})).await;
        app.post(&format!("/api/v1/tenants/{tenant}/unpin"), &json!({})).await;
        reading.is_finished().then_some(())
    })
    .await;
    app.stop().await;
}
