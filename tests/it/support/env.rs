//! The real cluster that `cargo xtask test` has started, the real `helm` and `kubectl`, and the demo's charts.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::io::AsyncWriteExt;

/// Where the real parts are.
#[derive(Clone)]
pub struct Env {
    /// The administrator's, for the tests' own tools.
    pub kubeconfig: PathBuf,
    /// Pilothouse's own, with no more rights than it needs.
    pub server_kubeconfig: PathBuf,
    pub helm: PathBuf,
    pub kubectl: PathBuf,
    pub charts_url: String,
}

/// The real parts, or `None` with a line that says so.
pub fn env() -> Option<Env> {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let found = (|| {
        Some(Env {
            kubeconfig: var("PILOTHOUSE_TEST_KUBECONFIG")?.into(),
            server_kubeconfig: var("PILOTHOUSE_TEST_SERVER_KUBECONFIG")?.into(),
            helm: var("PILOTHOUSE_TEST_HELM")?.into(),
            kubectl: var("PILOTHOUSE_TEST_KUBECTL")?.into(),
            charts_url: var("PILOTHOUSE_TEST_CHARTS_URL")?,
        })
    })();
    if found.is_none() {
        eprintln!("skipped: no cluster (run cargo xtask test)");
    }
    found
}

/// A name that no other test has.
pub fn unique(prefix: &str) -> String {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    format!("{prefix}-{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

impl Env {
    /// Runs the real helm to its end; answers whether it succeeded, and what it wrote to standard output.
    pub async fn helm_tried(&self, arguments: &[&str]) -> (bool, String) {
        let out = tokio::process::Command::new(&self.helm).args(arguments).env("KUBECONFIG", &self.kubeconfig).output().await.unwrap();
        if !out.status.success() {
            eprintln!("helm {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        }
        (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
    }

    /// Runs the real helm and insists on its success.
    pub async fn helm(&self, arguments: &[&str]) -> String {
        let (ok, out) = self.helm_tried(arguments).await;
        assert!(ok, "helm {arguments:?}");
        out
    }

    /// Helm's own history of a release, oldest first; empty where there is none.
    pub async fn helm_history(&self, namespace: &str, name: &str) -> Vec<Value> {
        let (ok, out) = self.helm_tried(&["history", "-n", namespace, name, "-o", "json", "--max", "1000"]).await;
        if ok { serde_json::from_str(&out).unwrap() } else { Vec::new() }
    }

    /// Runs the real kubectl as the administrator, who must succeed.
    pub async fn kubectl(&self, arguments: &[&str]) -> String {
        let (ok, out) = self.kubectl_as(&self.kubeconfig, arguments).await;
        assert!(ok, "kubectl {arguments:?}: {out}");
        out
    }

    /// Runs the real kubectl with that kubeconfig; answers whether it succeeded, and what it said.
    pub async fn kubectl_as(&self, kubeconfig: &Path, arguments: &[&str]) -> (bool, String) {
        let out = tokio::process::Command::new(&self.kubectl).arg("--kubeconfig").arg(kubeconfig).args(arguments).output().await.unwrap();
        let said = if out.status.success() { out.stdout } else { [out.stdout, out.stderr].concat() };
        (out.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// An object as the cluster has it; `None` where it has none.
    pub async fn object(&self, namespace: &str, kind: &str, name: &str) -> Option<Value> {
        let (ok, out) = self.kubectl_as(&self.kubeconfig, &["get", "--namespace", namespace, kind, name, "--output=json"]).await;
        if ok { Some(serde_json::from_str(&out).unwrap()) } else { None }
    }

    /// Applies an object.
    pub async fn apply(&self, object: &Value) {
        let mut child = tokio::process::Command::new(&self.kubectl)
            .args(["apply", "--kubeconfig"])
            .arg(&self.kubeconfig)
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(object.to_string().as_bytes()).await.unwrap();
        assert!(child.wait().await.unwrap().success(), "kubectl apply of {object}");
    }
}
