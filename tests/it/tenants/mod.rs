//! Tenants: made, held, given namespaces; and the wall around each, which is the cluster's own.

mod access;
mod holds;
mod made;
mod namespaces;
mod pages;
mod rights;
mod walls;
mod windows;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    App,
    app::{Answer, Tenant, answer},
    env::unique,
};

/// Makes a tenant through the API, with a namespace of its slug.
async fn make(app: &App, more: &Value) -> Tenant {
    let slug = unique("made");
    let mut body = json!({ "slug": slug, "reason": "a test" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = app.post("/api/v1/tenants", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.body["setup"], json!([{"namespace": slug, "state": "ready", "why": null}]), "{made:?}");
    Tenant { id: made.body["id"].as_str().unwrap().to_owned(), namespace: slug.clone(), slug }
}

/// Changes a tenant and answers how that went.
async fn act(app: &App, tenant: &Tenant, path: &str, body: &Value) -> Answer {
    app.post(&format!("/api/v1/tenants/{}/{path}", tenant.id), body).await
}

/// Sends what neither [`App::post`] nor [`App::get`] does.
async fn send(app: &App, method: Method, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
    let request = app.request(method, path).json(body);
    let request = if let Some(tag) = if_match { request.header("if-match", tag) } else { request };
    answer(request.send().await.unwrap()).await
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

/// How far the tenant's one namespace is set up.
async fn setup(app: &App, tenant: &Tenant) -> Value {
    app.get(&format!("/api/v1/tenants/{}", tenant.id)).await["setup"][0].clone()
}
