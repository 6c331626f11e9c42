//! Pilothouse's REST API as the demo uses it: a token, JSON in and out, and waiting for an operation to end.
//! It offers plain HTTP on loopback only.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;

use crate::signal;

/// A client with the administrator's token.
#[derive(Clone, Debug)]
pub struct Api {
    agent: Agent,
    url: String,
    token: String,
}

/// An operation that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The release that it was about.
    pub release: String,
    /// `succeeded`, `failed`, …
    pub status: String,
    /// What went wrong, if anything did.
    pub error: String,
}

impl Api {
    /// A client of the server at `url`, such as `http://127.0.0.1:4180`.
    pub fn new(url: &str, token: &str) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60))).build();
        Self { agent: agent.into(), url: url.to_owned(), token: token.to_owned() }
    }

    /// Whether the server says that it is ready.
    pub fn ready(&self) -> bool {
        self.agent.get(format!("{}/readyz", self.url)).call().is_ok_and(|answer| answer.status() == 200)
    }

    /// Reads something.
    pub fn get(&self, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}/api/v1{path}", self.url));
        let answer = request.header("Authorization", format!("Bearer {}", self.token)).call()?;
        read(path, answer)
    }

    /// Asks for a change and waits until it is done, however it ends.
    ///
    /// The key makes this safe to repeat: the same key is the same operation.
    pub fn change(&self, path: &str, key: &str, body: &Value) -> Result<Ended> {
        self.wait(self.post(path, key, body)?)
    }

    /// Asks for something to be made, and does not wait for more than the answer.
    pub fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}/api/v1{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {}", self.token)).header("Idempotency-Key", key);
        read(path, request.send_json(body)?)
    }

    /// Asks for something to be removed and waits until it is done.
    pub fn remove(&self, path: &str, key: &str, reason: &str) -> Result<Ended> {
        let request = self.agent.delete(format!("{}/api/v1{path}", self.url)).query("reason", reason);
        let request = request.header("Authorization", format!("Bearer {}", self.token)).header("Idempotency-Key", key);
        self.wait(read(path, request.call()?)?)
    }

    fn wait(&self, accepted: Value) -> Result<Ended> {
        let id = text(&accepted, "id").with_context(|| format!("no operation in the answer {accepted}"))?;
        let mut ended = None;
        signal::until(&format!("the end of operation {id}"), Duration::from_secs(600), || {
            std::thread::sleep(Duration::from_millis(150));
            let operation = self.get(&format!("/operations/{id}"))?;
            let status = text(&operation, "status").unwrap_or_default();
            if status != "queued" && status != "running" {
                let error = operation.pointer("/error/message").and_then(Value::as_str).unwrap_or_default().to_owned();
                ended = Some(Ended { release: text(&operation, "releaseId").unwrap_or_default(), status, error });
            }
            Ok(ended.is_some())
        })?;
        ended.context("the operation has not ended")
    }
}

/// A field that holds text.
pub fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}

fn read(path: &str, mut answer: ureq::http::Response<ureq::Body>) -> Result<Value> {
    let status = answer.status();
    let body = answer.body_mut().read_to_string()?;
    if !status.is_success() {
        bail!("{path} answered {status}: {}", body.trim());
    }
    serde_json::from_str(&body).with_context(|| format!("{path} answered with something else than JSON"))
}
