//! A whole server, listening on a port of its own with a database of its own: in this process, or as a child that can
//! be killed.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use clap::Parser;
use pilothouse::{config::Config, domain::names::ReleaseKey, manager::ReleaseManager, server};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    env::{Env, unique},
    wait::until,
};

pub const TOKEN: &str = "test-token-with-enough-characters";
pub const PASSWORD: &str = "test-password-with-enough-characters";

/// A server and a client of it that holds the admin's token.
pub struct App {
    pub url: String,
    pub client: reqwest::Client,
    pub data: TempDir,
    running: Running,
}

enum Running {
    Here(server::Running),
    Child(tokio::process::Child),
}

/// A tenant with a namespace of its own.
pub struct Tenant {
    pub id: String,
    pub slug: String,
    pub namespace: String,
}

/// What a change was answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl App {
    /// A server in this process on the real cluster, once its projection is complete.
    pub async fn start(env: &Env) -> Self {
        Self::with(env, tempfile::tempdir().unwrap(), &[]).await
    }

    /// The same with that data, and with further arguments.
    pub async fn with(env: &Env, data: TempDir, further: &[String]) -> Self {
        let app = Self::here(data, &env.server_kubeconfig, &env.helm, &format!("demo={}", env.charts_url), further).await;
        until("the server is ready", || async {
            app.anonymous(Method::GET, "/readyz").send().await.ok().filter(|answer| answer.status() == 200)
        })
        .await;
        app
    }

    /// A server whose cluster and chart source do not answer, for everything that needs neither. Its helm is a
    /// stand-in that knows nothing but its version.
    pub async fn without_cluster() -> Self {
        Self::without_cluster_but(&[]).await
    }

    /// The same, with more settings.
    pub async fn without_cluster_but(more: &[String]) -> Self {
        let parts = tempfile::tempdir().unwrap();
        let helm = parts.path().join("helm");
        std::fs::write(&helm, "#!/bin/sh\necho v4.3.1\n").unwrap();
        std::fs::set_permissions(&helm, std::fs::Permissions::from_mode(0o755)).unwrap();
        let kubeconfig = parts.path().join("kubeconfig");
        let nobody = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
            "users": [{"name": "x", "user": {"token": "x"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        });
        std::fs::write(&kubeconfig, nobody.to_string()).unwrap();
        Self::here(tempfile::tempdir().unwrap(), &kubeconfig, &helm, "demo=http://127.0.0.1:1/", more).await
    }

    async fn here(data: TempDir, kubeconfig: &Path, helm: &Path, source: &str, further: &[String]) -> Self {
        provider();
        let arguments = [arguments(data.path(), kubeconfig, helm, source), further.to_vec()].concat();
        let config = Config::parse_from(arguments);
        let running = server::start(config).await.unwrap();
        Self { url: format!("http://{}", running.address), client: client(), data, running: Running::Here(running) }
    }

    /// A server as a child process on the real cluster.
    pub async fn child(env: &Env, data: TempDir) -> Self {
        Self::child_with(env, data, "warn", Stdio::inherit()).await
    }

    /// The same, with a log of its own.
    pub async fn child_with(env: &Env, data: TempDir, level: &str, log: Stdio) -> Self {
        provider();
        let source = format!("demo={}", env.charts_url);
        let mut arguments = arguments(data.path(), &env.server_kubeconfig, &env.helm, &source);
        let address = format!("127.0.0.1:{}", super::ports::free());
        arguments[1] = format!("--listen={address}");
        let child = tokio::process::Command::new(env!("CARGO_BIN_EXE_pilothouse"))
            .args(&arguments[1..])
            .env("PILOTHOUSE_LOG", level)
            .env("PILOTHOUSE_WEBHOOKS_ALLOW_PRIVATE", "true")
            .env("PILOTHOUSE_WEBHOOK_RETRIES", "1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let app = Self { url: format!("http://{address}"), client: client(), data, running: Running::Child(child) };
        until("the child is ready", || async {
            app.anonymous(Method::GET, "/readyz").send().await.ok().filter(|answer| answer.status() == 200)
        })
        .await;
        app
    }

    /// A child's process.
    pub fn pid(&self) -> u32 {
        let Running::Child(child) = &self.running else { panic!("only a child has a process of its own") };
        child.id().unwrap()
    }

    /// Kills a child with -9 and answers its data.
    pub async fn kill(self) -> TempDir {
        let Running::Child(mut child) = self.running else { panic!("only a child can be killed") };
        child.kill().await.unwrap();
        self.data
    }

    /// Tells a child to stop, as a supervisor does, and waits until it has; answers its data.
    pub async fn told_to_stop(self) -> TempDir {
        let pid = self.pid();
        let Running::Child(mut child) = self.running else { unreachable!("only a child has a process of its own") };
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(), rustix::process::Signal::TERM).unwrap();
        child.wait().await.unwrap();
        self.data
    }

    /// Stops a server in this process, and waits for it; answers its data.
    pub async fn stop(self) -> TempDir {
        let Running::Here(running) = self.running else { panic!("a child is killed") };
        running.stop().await.unwrap();
        self.data
    }

    /// The release manager of a server in this process.
    pub fn manager(&self) -> &ReleaseManager {
        let Running::Here(running) = &self.running else { panic!("a child's is out of reach") };
        &running.manager
    }

    /// Every route of a server in this process, as its router tells them.
    pub fn surface(&self) -> &str {
        let Running::Here(running) = &self.running else { panic!("a child tells nothing of its routes") };
        &running.surface
    }

    /// A request of nobody.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A request with the admin's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(TOKEN)
    }

    /// Reads JSON, insisting on success.
    pub async fn get(&self, path: &str) -> Value {
        let answer = answer(self.request(Method::GET, path).send().await.unwrap()).await;
        assert!(answer.status.is_success(), "GET {path}: {answer:?}");
        answer.body
    }

    /// Reads JSON, whatever the status.
    pub async fn look(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// Asks for a change and does not wait.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    /// Asks for a change and waits until its operation is settled; answers the operation, or the refusal.
    pub async fn change(&self, path: &str, body: &Value) -> Answer {
        let asked = self.post(path, body).await;
        if asked.status != StatusCode::ACCEPTED { asked } else { self.settled(&asked.body["id"]).await }
    }

    /// The operation once it is settled.
    pub async fn settled(&self, operation: &Value) -> Answer {
        let path = format!("/api/v1/operations/{}", operation.as_str().unwrap());
        let body = until("the operation is settled", || async {
            let operation = self.get(&path).await;
            (!matches!(operation["status"].as_str(), Some("queued" | "running"))).then_some(operation)
        })
        .await;
        Answer { status: StatusCode::OK, body }
    }

    /// Uninstalls and waits.
    pub async fn uninstall(&self, release: &str) -> Answer {
        let path = format!("/api/v1/helm/releases/{release}?reason=test");
        let asked = answer(self.request(Method::DELETE, &path).send().await.unwrap()).await;
        if asked.status != StatusCode::ACCEPTED { asked } else { self.settled(&asked.body["id"]).await }
    }

    /// Makes a tenant and waits until the server knows it.
    pub async fn tenant(&self, env: &Env) -> Tenant {
        let slug = unique("t");
        let namespace = format!("ns-{slug}");
        env.apply(
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {"pilothouse.dev/tenant": slug}}}),
        )
        .await;
        let id = until("the tenant is discovered", || async {
            let tenants = self.get("/api/v1/tenants").await;
            let found = tenants.as_array().unwrap().iter().find(|tenant| tenant["slug"] == slug.as_str())?;
            found["id"].as_str().map(str::to_owned)
        })
        .await;
        Tenant { id, slug, namespace }
    }

    /// Signs in as a browser does; answers the cookie.
    pub async fn sign_in(&self) -> String {
        self.sign_in_as("admin", PASSWORD).await.unwrap()
    }

    /// Signs in as somebody; answers the cookie, or the address of the refusal.
    pub async fn sign_in_as(&self, user: &str, password: &str) -> Result<String, String> {
        let form = [("user", user), ("password", password), ("next", "/")];
        let answer = self.anonymous(Method::POST, "/sign-in").form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        match answer.headers().get("set-cookie") {
            Some(cookie) => Ok(cookie.to_str().unwrap().split(';').next().unwrap().to_owned()),
            None => Err(answer.headers()["location"].to_str().unwrap().to_owned()),
        }
    }

    /// Sends a form as a browser does.
    pub async fn form(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        self.anonymous(Method::POST, path).header("cookie", cookie).form(fields).send().await.unwrap()
    }

    /// Asks as the holder of a token; answers status and body.
    pub async fn ask(&self, method: Method, token: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.anonymous(method, path).bearer_auth(token);
        answer(body.map_or(request.try_clone().unwrap(), |body| request.json(body)).send().await.unwrap()).await
    }

    /// A page as a browser gets it.
    pub async fn page(&self, cookie: &str, path: &str) -> (StatusCode, String) {
        let answer = self.anonymous(Method::GET, path).header("cookie", cookie).header("accept", "text/html").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

impl Tenant {
    /// The id of a release of this tenant.
    pub fn release(&self, name: &str) -> String {
        ReleaseKey { namespace: self.namespace.parse().unwrap(), name: name.parse().unwrap() }.id().to_string()
    }

    /// The body of an install.
    pub fn install(&self, name: &str, chart: &str, version: &str, values: &Value) -> Value {
        json!({
            "tenantId": self.id, "releaseName": name, "namespace": self.namespace, "chartName": chart, "chartVersion": version,
            "valuesOverride": values, "timeout": 60,
        })
    }
}

/// Status and body of an answer.
pub async fn answer(response: Response) -> Answer {
    let status = response.status();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

fn provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn arguments(data: &Path, kubeconfig: &Path, helm: &Path, source: &str) -> Vec<String> {
    vec![
        "pilothouse".into(),
        "--listen=127.0.0.1:0".into(),
        format!("--data={}", data.display()),
        format!("--kubeconfig={}", kubeconfig.display()),
        format!("--helm={}", helm.display()),
        format!("--chart-sources={source}"),
        "--charts-allow-private=true".into(),
        format!("--admin-password={PASSWORD}"),
        format!("--admin-token={TOKEN}"),
    ]
}
