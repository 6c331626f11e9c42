//! A small Kubernetes cluster: the real control plane on loopback ports and one node that kwok simulates.
//! Deployments roll out, Jobs complete, an impossible node selector leaves a pod pending; no container ever runs.
//!
//! The command lines are in `components`, the keys in `pki`; nothing here knows what the cluster is used for.

mod components;
pub mod node;
pub mod pki;
pub mod ports;
pub mod process;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;

use crate::progress::{self, Step};
use crate::tools::{self, Tool};
use crate::{command, paths, signal};
use components::Ports;
use pki::Pki;
use process::Daemon;

const STAGES: &str = include_str!("stages.yaml");
const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata:\n  name: kwok-1\n  annotations: {kwok.x-k8s.io/node: fake}\n  \
                    labels: {kubernetes.io/hostname: kwok-1, kubernetes.io/os: linux, kubernetes.io/arch: amd64, type: kwok}\n";
/// In the order of starting; they are ended the other way round, clients before the servers they talk to.
const NAMES: [&str; 5] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"];
const PATIENCE: Duration = Duration::from_secs(20);

/// A running cluster. Dropping it ends every process of it; its data stays in its directory.
#[derive(Debug)]
pub struct Cluster {
    dir: PathBuf,
    daemons: Vec<Daemon>,
    keep: bool,
}

impl Cluster {
    /// Starts a cluster in `dir`, with the data of the last one there; whatever still runs of that one is ended first.
    pub fn start(dir: &Path) -> Result<Self> {
        tools::ensure(&Tool::CLUSTER)?;
        let _lock = lock(dir)?;
        stop_all(dir);
        let step = Step::start("cluster");
        let pki = Pki::in_dir(&dir.join("pki"))?;
        let [api, etcd, peer, kwok] = ports::remembered(&dir.join("ports"), None)?;
        let ports = Ports { api, etcd, peer, kwok };
        let mut cluster = Self { dir: dir.to_owned(), daemons: Vec::new(), keep: false };
        let kubeconfig = cluster.kubeconfig();
        pki::private(&kubeconfig, &kubeconfig_text(&pki, ports, "admin", &pki.token()?)?)?;
        let stages = dir.join("kwok.yaml");
        fs::write(&stages, STAGES)?;

        cluster.spawn(NAMES[0], components::etcd(dir, &pki, ports)?)?;
        cluster.spawn(NAMES[1], components::apiserver(dir, &pki, ports)?)?;
        cluster.until("the API server", |cluster| {
            Ok(TcpStream::connect(("127.0.0.1", ports.api)).is_ok()
                && command::succeeds(cluster.kubectl()?.args(["get", "--raw", "/readyz"])))
        })?;
        cluster.spawn(NAMES[2], components::controller_manager(&pki, &kubeconfig)?)?;
        cluster.spawn(NAMES[3], components::scheduler(&kubeconfig)?)?;
        cluster.spawn(NAMES[4], components::kwok(&kubeconfig, &stages, ports)?)?;
        cluster.apply(NODE)?;
        cluster.until("kwok", |_| Ok(http_ok(ports.kwok)))?;
        let ready = ["wait", "--for=condition=Ready", "node/kwok-1", "--timeout=30s"];
        command::run(cluster.kubectl()?.args(ready)).context("the simulated node does not become ready")?;
        // Pods are refused until the controllers have made the account they run as.
        let account = ["wait", "--for=create", "serviceaccount/default", "--namespace=default", "--timeout=30s"];
        command::run(cluster.kubectl()?.args(account)).context("the controllers do not work")?;
        cluster.admit_pilothouse(&pki, ports)?;
        cluster.check()?;
        cluster.write_env()?;
        step.done(format!("https://127.0.0.1:{api}"));
        Ok(cluster)
    }

    /// The cluster that runs in `dir`, if all of its processes do.
    pub fn find(dir: &Path) -> Option<Self> {
        let daemons: Option<Vec<Daemon>> = NAMES.iter().map(|name| Daemon::find(dir, name)).collect();
        Some(Self { dir: dir.to_owned(), daemons: daemons?, keep: true })
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The kubeconfig of Pilothouse's own account, which has no more rights than it needs.
    pub fn server_kubeconfig(&self) -> PathBuf {
        self.dir.join("server-kubeconfig")
    }

    /// An error when a process of the cluster has ended.
    pub fn check(&self) -> Result<()> {
        self.daemons.iter().try_for_each(Daemon::check)
    }

    /// Leaves the cluster running when this is dropped.
    pub fn keep_running(mut self) {
        self.keep = true;
    }

    fn kubectl(&self) -> Result<Command> {
        kubectl(&self.kubeconfig())
    }

    fn apply(&self, manifest: &str) -> Result<()> {
        let file = self.dir.join("node.yaml");
        fs::write(&file, manifest)?;
        apply(&self.kubeconfig(), &file)
    }

    fn spawn(&mut self, name: &str, mut command: Command) -> Result<()> {
        self.daemons.push(Daemon::start(&self.dir, name, &mut command)?);
        Ok(())
    }

    fn until(&self, what: &str, mut ready: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        signal::until(what, Duration::from_secs(60), || {
            self.check()?;
            ready(self)
        })
    }

    /// Gives Pilothouse the account and the rights that it is installed with anywhere else.
    fn admit_pilothouse(&self, pki: &Pki, ports: Ports) -> Result<()> {
        apply(&self.kubeconfig(), &paths::root().join("deploy/rbac"))?;
        let ask = ["create", "token", "pilothouse", "--namespace=pilothouse-system", "--duration=720h"];
        let token = command::run(self.kubectl()?.args(ask)).context("no token for Pilothouse's account")?;
        pki::private(&self.server_kubeconfig(), &kubeconfig_text(pki, ports, "pilothouse", token.trim())?)
    }

    fn write_env(&self) -> Result<()> {
        let (kubectl, helm) = (tools::path(Tool::Kubectl)?, tools::path(Tool::Helm)?);
        let text = format!(
            "KUBECONFIG={}\nPILOTHOUSE_KUBECONFIG={}\nKUBECTL={}\nHELM={}\n",
            self.kubeconfig().display(),
            self.server_kubeconfig().display(),
            kubectl.display(),
            helm.display()
        );
        fs::write(self.dir.join("env"), text)?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !self.keep {
            stop_all(&self.dir);
        }
    }
}

/// `cargo xtask cluster up`.
pub fn up(dir: &Path) -> Result<()> {
    signal::listen()?;
    match Cluster::find(dir) {
        Some(_) => progress::note("cluster", "runs already"),
        None => Cluster::start(dir)?.keep_running(),
    }
    print!("{}", fs::read_to_string(dir.join("env"))?);
    Ok(())
}

/// `cargo xtask cluster down`.
pub fn down(dir: &Path) -> Result<()> {
    if !dir.is_dir() {
        bail!("there is no cluster in {}", dir.display());
    }
    let step = Step::start("cluster");
    let stopped = stop(dir)?;
    step.done(if stopped == 0 { "was not running".to_owned() } else { format!("{stopped} processes ended") });
    Ok(())
}

/// Ends whatever runs of the cluster in `dir`; says how many processes that were.
pub fn stop(dir: &Path) -> Result<usize> {
    let _lock = lock(dir)?;
    Ok(stop_all(dir))
}

/// kubectl against a cluster of any origin.
pub fn kubectl(kubeconfig: &Path) -> Result<Command> {
    let mut kubectl = Command::new(tools::path(Tool::Kubectl)?);
    kubectl.arg("--kubeconfig").arg(kubeconfig);
    Ok(kubectl)
}

/// Applies a manifest that lies in a file.
pub fn apply(kubeconfig: &Path, file: &Path) -> Result<()> {
    let arguments = ["apply", "--server-side", "--force-conflicts", "--validate=false", "--filename"];
    command::run(kubectl(kubeconfig)?.args(arguments).arg(file)).map(drop)
}

fn lock(dir: &Path) -> Result<File> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let lock = File::create(dir.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn stop_all(dir: &Path) -> usize {
    let find = |names: &[&str]| names.iter().filter_map(|name| Daemon::find(dir, name)).collect::<Vec<_>>();
    // The three clients end together; the API server must be gone before its database.
    [&NAMES[2..], &NAMES[1..2], &NAMES[..1]]
        .into_iter()
        .map(|names| {
            let daemons = find(names);
            process::stop(&daemons, PATIENCE);
            daemons.len()
        })
        .sum()
}

fn kubeconfig_text(pki: &Pki, ports: Ports, user: &str, token: &str) -> Result<String> {
    let authority = base64::engine::general_purpose::STANDARD.encode(fs::read(pki.ca())?);
    Ok(format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: pilothouse-demo\n  cluster:\n    \
         server: https://127.0.0.1:{}\n    certificate-authority-data: {authority}\nusers:\n- name: {user}\n  user:\n    \
         token: {token}\ncontexts:\n- name: pilothouse-demo\n  context: {{cluster: pilothouse-demo, user: {user}}}\n\
         current-context: pilothouse-demo\n",
        ports.api
    ))
}

fn http_ok(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}
