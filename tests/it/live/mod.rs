//! What a release has in the cluster right now: seen by everybody who may see the release, and by nobody else.

pub mod real_node;
mod resources;
mod tests_of_charts;

use serde_json::{Value, json};

use crate::support::{App, app::Tenant, env::unique};

/// A token of a viewer of that tenant.
pub async fn viewer(app: &App, tenant: &Tenant) -> String {
    let wish = json!({"name": unique("viewer"), "role": "viewer", "tenants": [tenant.id], "expiresInSeconds": 3600});
    let made = app.post("/api/v1/tokens", &wish).await;
    made.body["token"].as_str().unwrap().to_owned()
}

/// The line of an object.
pub fn item<'a>(resources: &'a Value, kind: &str) -> &'a Value {
    let found = resources["items"].as_array().unwrap().iter().find(|item| item["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {resources:#}"))
}
