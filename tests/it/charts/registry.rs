//! A real registry as a chart source, with and without login; the charts in it are pushed by the real Helm.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, env, until};

const PASSWORD: &str = "geheim-hinter-der-tapete";
/// The user `mia` with that password.
const USERS: &str = "mia:$2a$05$9BWjIOtI/wy1V.wYpHkPM.vxpgLudEqTraPu6Pq72lR90yNCLCU2K\n";

/// A registry of a test's own; ends with it.
struct Registry {
    address: String,
    dir: TempDir,
    helm: PathBuf,
    login: bool,
    _process: tokio::process::Child,
}

impl Registry {
    /// The registry that `cargo xtask test` has built, or `None` with a line that says so.
    async fn start(login: bool) -> Option<Self> {
        let Some(program) = std::env::var_os("PILOTHOUSE_TEST_REGISTRY") else {
            eprintln!("skipped: no registry (run cargo xtask test)");
            return None;
        };
        let (helm, dir) = (env()?.helm, tempfile::tempdir().unwrap());
        let port = crate::support::ports::free();
        let address = format!("127.0.0.1:{port}");
        let (users, config) = (dir.path().join("users"), dir.path().join("config.yml"));
        std::fs::write(&users, USERS).unwrap();
        let auth = if login { json!({"htpasswd": {"realm": "test", "path": users}}) } else { Value::Null };
        let settings = json!({
            "version": 0.1, "log": {"level": "error"}, "http": {"addr": address}, "auth": auth,
            "storage": {"filesystem": {"rootdirectory": dir.path().join("data")}},
        });
        std::fs::write(&config, settings.to_string()).unwrap();
        let mut command = tokio::process::Command::new(program);
        command.arg("serve").arg(&config).env("OTEL_TRACES_EXPORTER", "none").stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.kill_on_drop(true).spawn().unwrap();
        until("the registry listens", || async { tokio::net::TcpStream::connect(&address).await.ok() }).await;
        Some(Self { address, dir, helm, login, _process: process })
    }

    /// Packages a chart version and pushes it, by the real Helm.
    async fn push(&self, name: &str, version: &str, about: &str) {
        let chart = self.dir.path().join(format!("{name}-{version}"));
        std::fs::create_dir_all(chart.join("templates")).unwrap();
        let write = |path: &str, text: &str| std::fs::write(chart.join(path), text).unwrap();
        write("Chart.yaml", &format!("apiVersion: v2\nname: {name}\nversion: {version}\n{about}\n"));
        write("values.yaml", &format!("version: {version}\n"));
        write("README.md", "# From a registry\n");
        let packed = self.dir.path().join("packed");
        self.helm(&["package", chart.to_str().unwrap(), "--destination", packed.to_str().unwrap()]).await;
        let archive = packed.join(format!("{name}-{version}.tgz"));
        let to = format!("oci://{}/charts", self.address);
        let mut push = vec!["push", archive.to_str().unwrap(), &to, "--plain-http"];
        if self.login {
            push.extend(["--username", "mia", "--password", PASSWORD]);
        }
        self.helm(&push).await;
    }

    async fn helm(&self, arguments: &[&str]) {
        let home: &Path = self.dir.path();
        let mut command = tokio::process::Command::new(&self.helm);
        let done =
            command.args(arguments).env("HELM_REGISTRY_CONFIG", home.join("registry.json")).env("HOME", home).output().await.unwrap();
        assert!(done.status.success(), "helm {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn source(&self, more: &Value) -> Value {
        let mut source = json!({"name": "reg", "url": format!("oci+http://{}/charts", self.address), "charts": ["web"]});
        source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        source
    }
}

fn about(app: &str) -> String {
    format!(
        "appVersion: \"{app}\"\nkubeVersion: \">=1.30.0-0\"\ndescription: In a registry\nannotations:\n  artifacthub.io/changes: brought {app}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tags_are_versions_with_their_digests_and_a_chart_is_fetched_as_helm_pushed_it() {
    let Some(registry) = Registry::start(false).await else { return };
    for (version, app) in [("1.0.0", "1"), ("1.10.0", "3"), ("1.2.0+build.7", "2")] {
        registry.push("web", version, &about(app)).await;
    }
    let app = App::without_cluster().await;
    let added = app.post("/api/v1/charts/sources", &registry.source(&json!({}))).await;
    assert_eq!((added.status.as_u16(), &added.body["kind"], &added.body["versions"]), (201, &json!("registry"), &json!(3)), "{added:?}");
    let chart = app.get("/api/v1/charts/reg/web/versions").await;
    let versions: Vec<&str> = chart["versions"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.10.0", "1.2.0+build.7", "1.0.0"]);
    let newest = &chart["versions"][0];
    assert_eq!(
        (&newest["appVersion"], &newest["kubeVersion"], &newest["description"]),
        (&json!("3"), &json!(">=1.30.0-0"), &json!("In a registry"))
    );
    assert!(newest["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:") && digest.len() == 71), "{newest}");
    assert!(newest["created"].is_string(), "{newest}");
    for version in ["1.10.0", "1.2.0+build.7"] {
        let defaults = app.look(&format!("/api/v1/charts/reg/web/{version}/defaults")).await;
        assert_eq!(defaults.body, format!("version: {version}\n"), "{defaults:?}");
    }
    // A version pushed meanwhile is found when somebody asks for it.
    registry.push("web", "2.0.0", &about("4")).await;
    app.post("/api/v1/charts/sources/reg/refresh", &json!({})).await;
    assert_eq!(app.look("/api/v1/charts/reg/web/2.0.0/defaults").await.body, "version: 2.0.0\n");
    let (status, page) = app.page(&app.sign_in().await, "/charts/reg/web/2.0.0?from=1.10.0").await;
    assert!(status == 200 && page.contains("From a registry") && page.contains("brought 4"), "{page}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_registry_with_a_login_answers_who_has_the_password_and_nobody_else() {
    let Some(registry) = Registry::start(true).await else { return };
    registry.push("web", "1.0.0", &about("1")).await;
    let app = App::without_cluster().await;
    for login in [json!({}), json!({"login": "basic", "user": "mia", "secret": "wrong"})] {
        let refused = app.post("/api/v1/charts/sources", &registry.source(&login)).await;
        assert_eq!(refused.status.as_u16(), 422, "{refused:?}");
        assert!(refused.body["detail"].as_str().unwrap().contains("HTTP status 401"), "{refused:?}");
    }
    let login = json!({"login": "basic", "user": "mia", "secret": PASSWORD});
    let added = app.post("/api/v1/charts/sources", &registry.source(&login)).await;
    assert_eq!(added.status.as_u16(), 201, "{added:?}");
    assert_eq!(app.look("/api/v1/charts/reg/web/1.0.0/defaults").await.body, "version: 1.0.0\n");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_a_registry_and_no_chart_is_told_apart() {
    let Some(registry) = Registry::start(false).await else { return };
    registry.push("web", "1.0.0", &about("1")).await;
    let app = App::without_cluster().await;
    let missing = app.post("/api/v1/charts/sources", &registry.source(&json!({"charts": ["nothing-there"]}))).await;
    assert!(missing.body["detail"].as_str().unwrap().contains("HTTP status 404"), "{missing:?}");
    // The address of the one chart is a source, too.
    let one = json!({"name": "one", "url": format!("oci+http://{}/charts/web", registry.address), "charts": []});
    assert_eq!(app.post("/api/v1/charts/sources", &one).await.status.as_u16(), 201);
    assert_eq!(app.get("/api/v1/charts").await[0]["name"], "web");
    app.stop().await;
}
