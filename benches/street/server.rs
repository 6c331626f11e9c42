//! The real server, built for release, with a database of its own. Measures nothing.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::part;

const TOKEN: &str = "bench-token-with-enough-characters";
const PASSWORD: &str = "bench-password-with-enough-characters";

/// A running server; it ends when this is dropped.
pub struct Server {
    pub url: String,
    pub client: Client,
    pub started: Instant,
    child: tokio::process::Child,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts it with an empty database; answers at once, before it is ready.
    pub fn start() -> Self {
        Self::on(tempfile::tempdir().unwrap())
    }

    /// The same with that data.
    pub fn on(data: tempfile::TempDir) -> Self {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let started = Instant::now();
        let child = tokio::process::Command::new(part("PILOTHOUSE_BIN"))
            .env("PILOTHOUSE_LISTEN", address.to_string())
            .env("PILOTHOUSE_DATA", data.path())
            .env("KUBECONFIG", part("PILOTHOUSE_TEST_SERVER_KUBECONFIG"))
            .env("PILOTHOUSE_HELM", part("PILOTHOUSE_TEST_HELM"))
            .env("PILOTHOUSE_CHART_SOURCES", format!("demo={}", part("PILOTHOUSE_TEST_CHARTS_URL")))
            .env("PILOTHOUSE_CHARTS_ALLOW_PRIVATE", "true")
            .env("PILOTHOUSE_ADMIN_TOKEN", TOKEN)
            .env("PILOTHOUSE_ADMIN_PASSWORD", PASSWORD)
            .env("PILOTHOUSE_LOG", "warn")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: format!("http://{address}"), client, started, child, _data: data }
    }

    /// Waits until it is ready.
    pub async fn ready(&self) {
        while !self.client.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|answer| answer.status() == 200) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A request with the admin's token.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url)).bearer_auth(TOKEN)
    }

    /// A change with the admin's token.
    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).bearer_auth(TOKEN).json(body)
    }

    /// JSON from the API.
    pub async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.unwrap().json().await.unwrap()
    }

    /// A browser's session.
    pub async fn session(&self) -> String {
        let form = [("user", "admin"), ("password", PASSWORD)];
        let answer = self.client.post(format!("{}/sign-in", self.url)).form(&form).send().await.unwrap();
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// The most memory that it has held, in MB.
    pub fn peak_memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1000.0
    }
}

impl Drop for Server {
    /// Ends it as its administrator would, so that it takes away what it keeps in memory, and waits until it is gone.
    fn drop(&mut self) {
        let Some(pid) = self.child.id() else { return };
        let asked = std::process::Command::new("kill").arg(pid.to_string()).status();
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
