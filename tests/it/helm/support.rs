//! What the tests of Helm share: a place to work in, charts written on the spot, the cluster of the environment. Skips,
//! loudly, where there is none.

use std::{
    fs,
    future::{Future, pending},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command as Process,
    time::Duration,
};

use pilothouse::{
    domain::{change::RunOptions, ids::OperationId, names::ReleaseKey},
    helm::{Command, Helm, Outcome, Stop, Workspace},
};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How long anything here may take at most.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A directory for one test, with a workspace in it.
pub struct Place {
    pub dir: TempDir,
    pub workspace: Workspace,
    pub operation: OperationId,
}

/// A fresh place.
pub fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let operation = OperationId(unique(&dir));
    let workspace = Workspace::at(&dir.path().join("run"), operation);
    workspace.create().unwrap();
    Place { dir, workspace, operation }
}

/// An id that no other test has: the directory's name was drawn, the process is ours.
fn unique(dir: &TempDir) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}{}", dir.path().display(), std::process::id()).as_bytes())
}

impl Place {
    /// The workspace's directory.
    pub fn inside(&self, name: &str) -> PathBuf {
        self.dir.path().join("run").join(self.operation.to_string()).join(name)
    }
}

/// Never stops.
pub fn never() -> impl Future<Output = Stop> {
    pending()
}

/// Runs a command to its end and answers the lines, too.
pub async fn run(helm: &Helm, place: &Place, command: &Command, stop: impl Future<Output = Stop>) -> (Outcome, Vec<String>) {
    let (to, mut from) = mpsc::channel(16);
    let collect = async {
        let mut lines = Vec::new();
        while let Some(line) = from.recv().await {
            lines.push(line);
        }
        lines
    };
    let (outcome, lines) = tokio::time::timeout(PATIENCE, async { tokio::join!(helm.run(&place.workspace, command, stop, to), collect) })
        .await
        .expect("helm ends in time");
    (outcome.unwrap(), lines)
}

/// A stand-in for Helm: this shell script, which answers `version` as Helm does.
pub async fn standin(place: &Place, script: &str) -> Helm {
    let path = place.dir.path().join("helm");
    let text = format!("#!/bin/sh\nif [ \"$1\" = version ]; then echo v4.3.1; exit; fi\n{script}\n");
    // Written by another process: a file that this one holds open for writing, were it for the blink in which a thread
    // beside us forks, could not be executed.
    let mut shell = Process::new("/bin/sh")
        .args(["-c", "cat >\"$1\" && chmod 700 \"$1\"", "sh"])
        .arg(&path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), text.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
    Helm::find(Some(&path)).await.unwrap()
}

/// An upgrade for a stand-in.
pub fn upgrade(place: &Place, values: Value) -> Command {
    Command::Upgrade {
        key: key("acme", "web"),
        chart: "/charts/web.tgz".into(),
        values: values.as_object().unwrap().clone(),
        options: RunOptions::default(),
        operation: place.operation,
        description: None,
    }
}

/// A release's place.
pub fn key(namespace: &str, name: &str) -> ReleaseKey {
    ReleaseKey { namespace: namespace.parse().unwrap(), name: name.parse().unwrap() }
}

/// The cluster that the environment names.
pub struct Cluster {
    kubeconfig: PathBuf,
    pub helm: Helm,
    namespace: String,
}

/// The cluster, with a namespace of the test's own; `None` where the environment names none.
pub async fn cluster() -> Option<Cluster> {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(kubeconfig), Some(helm)) = (named("PILOTHOUSE_TEST_KUBECONFIG"), named("PILOTHOUSE_TEST_HELM")) else {
        eprintln!("skipped: no cluster (run cargo xtask test)");
        return None;
    };
    let helm = Helm::find(Some(&helm)).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let namespace = format!("helm-{}", unique(&dir).simple());
    let cluster = Cluster { kubeconfig, helm, namespace };
    // Helm itself makes the namespace, so that these tests need no Kubernetes client.
    let made = cluster.raw(&["install", "--create-namespace", "--values=-", "maker"], "{}", &cluster.chart(dir.path()));
    assert!(made.0, "{}", made.1);
    Some(cluster)
}

impl Cluster {
    /// The namespace of this test.
    pub fn key(&self, name: &str) -> ReleaseKey {
        key(&self.namespace, name)
    }

    /// A place whose workspace can reach the cluster.
    pub fn place(&self) -> Place {
        let place = place();
        fs::copy(&self.kubeconfig, place.workspace.kubeconfig()).unwrap();
        fs::set_permissions(place.workspace.kubeconfig(), fs::Permissions::from_mode(0o600)).unwrap();
        place
    }

    /// A chart that renders whatever objects its values name, packaged by the real Helm.
    pub fn chart(&self, dir: &Path) -> PathBuf {
        let source = dir.join("raw");
        fs::create_dir_all(source.join("templates")).unwrap();
        fs::write(source.join("Chart.yaml"), "apiVersion: v2\nname: raw\nversion: 1.0.0\n").unwrap();
        fs::write(source.join("templates/objects.yaml"), "{{- range .Values.objects }}\n---\n{{ toYaml . }}\n{{- end }}\n").unwrap();
        fs::write(source.join("values.schema.json"), r#"{"properties":{"number":{"type":"integer"}}}"#).unwrap();
        let packaged = self.plain().args(["package", "--destination"]).arg(dir).arg(&source).output().unwrap();
        assert!(packaged.status.success(), "{packaged:?}");
        dir.join("raw-1.0.0.tgz")
    }

    /// An install of objects.
    pub fn install(&self, place: &Place, name: &str, values: Value, options: RunOptions) -> Command {
        let chart = self.chart(place.dir.path());
        Command::Install { key: self.key(name), chart, values: map(values), options, operation: place.operation, description: None }
    }

    /// An upgrade to objects.
    pub fn upgrade(&self, place: &Place, name: &str, values: Value, options: RunOptions) -> Command {
        let chart = self.chart(place.dir.path());
        Command::Upgrade {
            key: self.key(name),
            chart,
            values: map(values),
            options,
            operation: place.operation,
            description: Some("as asked".into()),
        }
    }

    /// A release's history by the real Helm: revision, status and description.
    pub fn history(&self, name: &str) -> Vec<(u64, String, String)> {
        let (success, text) = self.raw(&["history", "-o", "json", name], "", Path::new(""));
        if !success {
            assert!(text.contains("release: not found"), "{text}");
            return Vec::new();
        }
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let word = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        rows.iter().map(|row| (row["revision"].as_u64().unwrap(), word(row, "status"), word(row, "description"))).collect()
    }

    /// Lets a place's Helm act as somebody without any right.
    pub fn impersonate(&self, place: &Place, user: &str) {
        self.rewrite(place, |config| config["users"][0]["user"]["as"] = user.into());
    }

    /// Lets a place's Helm look for the cluster where none is.
    pub fn away(&self, place: &Place) {
        self.rewrite(place, |config| config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into());
    }

    fn rewrite(&self, place: &Place, change: impl FnOnce(&mut Value)) {
        let mut config: Value = serde_saphyr::from_str(&fs::read_to_string(&self.kubeconfig).unwrap()).unwrap();
        change(&mut config);
        fs::write(place.workspace.kubeconfig(), config.to_string()).unwrap();
    }

    /// The values override that a release holds.
    pub fn values(&self, name: &str) -> Value {
        let (success, text) = self.raw(&["get", "values", "-o", "json", name], "", Path::new(""));
        assert!(success, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Whether the first revision of it is there and its state is that.
    pub async fn until(&self, name: &str, status: &str) {
        let seen = async {
            while self.history(name).last().is_none_or(|(_, now, _)| now != status) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("{name} never became {status}: {:?}", self.history(name)));
    }

    fn plain(&self) -> Process {
        let mut process = Process::new(std::env::var_os("PILOTHOUSE_TEST_HELM").unwrap());
        process.env("KUBECONFIG", &self.kubeconfig).env("HELM_NO_PLUGINS", "1");
        process
    }

    /// The real Helm beside ours: whether it succeeded, and its words.
    fn raw(&self, arguments: &[&str], stdin: &str, chart: &Path) -> (bool, String) {
        let mut process = self.plain();
        process.args(arguments).arg(format!("--namespace={}", self.namespace));
        if !chart.as_os_str().is_empty() {
            process.arg(chart);
        }
        let mut child = process
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let words = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8_lossy(&words).into_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The namespace stays behind, empty of what could disturb others; the test's cluster is thrown away.
        let (_, names) = self.raw(&["list", "--all", "--short"], "", Path::new(""));
        for name in names.split_whitespace() {
            self.raw(&["uninstall", "--no-hooks", name], "", Path::new(""));
        }
    }
}

/// Options with that timeout.
pub fn within(seconds: u32) -> RunOptions {
    RunOptions { timeout: seconds, ..RunOptions::default() }
}

/// A ConfigMap.
pub fn config(name: &str, text: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { "text": text } })
}

/// A Job that runs as that hook and, the demo's node permitting, never ends or fails.
pub fn hook(event: &str, name: &str, fails: bool) -> Value {
    let outcome = if fails { "fail" } else { "never" };
    let nowhere = if fails { json!({}) } else { json!({ "nowhere": "yes" }) };
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": { "name": name, "annotations": { "helm.sh/hook": event } },
        "spec": { "backoffLimit": 0, "template": {
            "metadata": { "annotations": { "demo.pilothouse.dev/outcome": outcome } },
            "spec": { "restartPolicy": "Never", "nodeSelector": nowhere, "containers": [{ "name": "c", "image": "x" }] },
        } },
    })
}

/// A Deployment that no node takes.
pub fn unready(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name },
        "spec": { "selector": { "matchLabels": { "a": name } }, "template": {
            "metadata": { "labels": { "a": name } },
            "spec": { "nodeSelector": { "nowhere": "yes" }, "containers": [{ "name": "c", "image": "x" }] },
        } },
    })
}

fn map(values: Value) -> Map<String, Value> {
    values.as_object().unwrap().clone()
}
