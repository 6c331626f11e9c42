//! Drift on the real control plane: what a check finds, what it hides and ignores, who gets it, and that it changes
//! nothing.

mod found;
mod schedule;
mod seen;

use serde_json::{Value, json};

use crate::support::{
    App, Env,
    app::{Answer, Tenant},
};

/// A tenant with a release `web` of the demo's chart.
async fn with_web(app: &App, env: &Env) -> (Tenant, String) {
    let tenant = app.tenant(env).await;
    let installed = app.change("/api/v1/helm/releases", &tenant.install("web", "web", "1.4.1", &json!({"replicaCount": 1}))).await;
    assert_eq!(installed.body["status"], "succeeded", "{installed:?}");
    let path = format!("/api/v1/helm/releases/{}", tenant.release("web"));
    (tenant, path)
}

/// Checks a release; answers what was found.
async fn check(app: &App, release: &str) -> Value {
    let Answer { status, body } = app.post(&format!("{release}/drift"), &json!({})).await;
    assert_eq!(status, 200, "{body:#}");
    body
}

/// How an object of that kind stands.
fn object<'a>(drift: &'a Value, kind: &str) -> &'a Value {
    let found = drift["objects"].as_array().unwrap().iter().find(|object| object["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {drift:#}"))
}

/// Path, change and manager of what differs in an object.
fn fields(object: &Value) -> Vec<(&str, &str, &str)> {
    let fields = object["fields"].as_array().unwrap().iter();
    fields.map(|field| (part(field, "path"), part(field, "change"), part(field, "by"))).collect()
}

fn part<'a>(field: &'a Value, name: &str) -> &'a str {
    field[name].as_str().unwrap_or_default()
}
