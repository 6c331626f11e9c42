//! Webhooks: a receiver of the test's own is told of batches on the real cluster, and what happens when it does not take a
//! notice; who may know of webhooks at all.

mod batches;
mod receiver;
mod retries;
mod settings;

pub use receiver::Receiver;

use serde_json::{Value, json};

use crate::support::{App, until};

/// Private addresses, and tries one second apart.
pub fn near() -> Vec<String> {
    vec!["--webhooks-allow-private=true".into(), format!("--webhook-retries={}", ["1s"; 12].join(","))]
}

/// Adds a webhook to that receiver; answers its path in the API.
pub async fn hooked(app: &App, receiver: &Receiver) -> String {
    let wish = json!({"name": crate::support::env::unique("hook"), "url": receiver.url, "reason": "tests"});
    let made = app.post("/api/v1/webhooks", &wish).await;
    assert_eq!(made.status.as_u16(), 201, "{made:?}");
    receiver.knows(made.body["secret"].as_str().unwrap());
    format!("/api/v1/webhooks/{}", made.body["id"].as_str().unwrap())
}

/// Sends a ping; answers its id.
pub async fn ping(app: &App, hook: &str) -> String {
    let queued = app.post(&format!("{hook}/test"), &json!({})).await;
    assert_eq!((queued.status.as_u16(), &queued.body["event"]), (202, &json!("ping")), "{queued:?}");
    queued.body["id"].as_str().unwrap().to_owned()
}

/// What became of a notice once it is so.
pub async fn delivery(app: &App, hook: &str, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    until(what, || async {
        let page = app.get(&format!("{hook}/deliveries")).await;
        let found = page["items"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned();
        found.filter(&is)
    })
    .await
}
