//! A real Kubernetes node with a control plane of its own, for what simulated pods do not do: write logs, crash, fail to
//! pull an image. All of it lives in a network namespace of its own, so that its addresses meet nobody else's, and is
//! taken away again as it came. Needs root on Debian.
//!
//! What each process is told is in `parts`, the image that pods run in `image`.

mod image;
mod parts;

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::components::{self, Ports};
use super::pki::{self, Pki};
use super::process::{self, Daemon};
use crate::progress::Step;
use crate::tools::{self, Tool, debian};
use crate::{command, paths, signal};

/// Every process of it, in the order of ending.
const NAMES: [&str; 6] = ["kubelet", "containerd", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"];
const PATIENCE: Duration = Duration::from_secs(20);
/// Nobody else is in the namespace, so that every port is free.
const PORTS: Ports = Ports { api: 26443, etcd: 22379, peer: 22380, kwok: 0 };
/// What a kubelet and its network change for the whole machine.
const SYSCTLS: [&str; 4] = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"];

/// A running node. Dropping it ends and removes all of it.
#[derive(Debug)]
pub struct Node {
    dir: PathBuf,
    /// The name of the network namespace, and of the directory of sockets, whose paths have to be short.
    name: String,
    sysctls: Vec<(&'static str, String)>,
}

/// Why this machine cannot have one; `None` where it can.
pub fn why_not() -> Option<&'static str> {
    if !cfg!(target_os = "linux") || !rustix::process::geteuid().is_root() {
        return Some("a real node needs root on Linux");
    }
    let missing = ["ip", "nsenter", "apt-get", "dpkg-deb"]
        .into_iter()
        .find(|program| !command::succeeds(Command::new(program).arg(if *program == "ip" { "-V" } else { "--version" })));
    if missing.is_some() {
        return Some("a real node needs ip, nsenter, apt-get and dpkg-deb: Debian with iproute2 and util-linux");
    }
    let may = command::succeeds(Command::new("unshare").args(["--net", "--mount", "true"]));
    (!may).then_some("this machine lets nobody make network namespaces, as containers often do not")
}

/// `cargo xtask cluster node`.
pub fn command(dir: &Path) -> Result<()> {
    if let Some(why) = why_not() {
        anyhow::bail!("{why}");
    }
    signal::listen()?;
    let node = Node::start(dir)?;
    println!("{} kubectl --kubeconfig {} …", node.way_in(), node.kubeconfig().display());
    signal::wait(|| None)
}

impl Node {
    /// Starts a node without a past in `dir`; what a killed run left there is ended first.
    pub fn start(dir: &Path) -> Result<Self> {
        tools::ensure(&[Tool::CLUSTER.as_slice(), &[Tool::Kubelet]].concat())?;
        let debian = debian::node_parts()?;
        let mut hash = DefaultHasher::new();
        dir.hash(&mut hash);
        let sysctl = |name: &'static str| Some((name, fs::read_to_string(Path::new("/proc/sys").join(name)).ok()?));
        let name = format!("pilothouse-{:08x}", hash.finish() as u32);
        let node = Self { dir: dir.to_owned(), name, sysctls: SYSCTLS.into_iter().filter_map(sysctl).collect() };
        node.clear();
        let step = Step::start("real node");
        node.bring_up(&debian).context("the real node does not start")?;
        step.done(format!("in the network namespace {}", node.name));
        Ok(node)
    }

    fn bring_up(&self, debian: &Path) -> Result<()> {
        fs::create_dir_all(&self.dir)?;
        fs::create_dir_all(self.run_dir())?;
        command::run(Command::new("ip").args(["netns", "add", &self.name]))?;
        let link = ["link", "set", "lo", "up"];
        command::run(&mut self.enter(Command::new("ip").args(link)))?;
        // A node may not have a loopback address for its own.
        command::run(&mut self.enter(Command::new("ip").args(["address", "add", &format!("{}/32", parts::ADDRESS), "dev", "lo"])))?;

        let pki = Pki::in_dir(&self.dir.join("pki"))?;
        let kubeconfig = self.kubeconfig();
        pki::private(&kubeconfig, &super::kubeconfig_text(&pki, PORTS, "admin", &pki.token()?)?)?;
        self.spawn("etcd", &components::etcd(&self.dir, &pki, PORTS)?)?;
        let mut apiserver = components::apiserver(&self.dir, &pki, PORTS)?;
        apiserver.arg("--kubelet-preferred-address-types=InternalIP");
        self.spawn("kube-apiserver", &apiserver)?;
        self.until("the API server", |node| Ok(command::succeeds(&mut node.kubectl(&["get", "--raw", "/readyz"])?)))?;
        self.spawn("kube-controller-manager", &components::controller_manager(&pki, &kubeconfig)?)?;
        self.spawn("kube-scheduler", &components::scheduler(&kubeconfig)?)?;

        let ground = parts::Ground { dir: &self.dir, run: &self.run_dir(), debian };
        image::write(&debian.join("bin/busybox"), &ground.image())?;
        self.spawn("containerd", &parts::containerd(&ground)?)?;
        self.until("containerd", |node| Ok(command::succeeds(&mut node.enter(parts::ctr(&ground).arg("version")))))?;
        command::run(&mut self.enter(parts::ctr(&ground).args(["images", "import"]).arg(ground.image())))?;
        self.spawn("kubelet", &parts::kubelet(&ground, &kubeconfig)?)?;
        let wait = |what: &[&str]| -> Result<()> { command::run(&mut self.kubectl(what)?).map(drop) };
        self.until("the node", |node| Ok(command::succeeds(&mut node.kubectl(&["get", "node", parts::NODE])?)))?;
        wait(&["wait", "--for=condition=Ready", &format!("node/{}", parts::NODE), "--timeout=60s"])?;
        wait(&["wait", "--for=create", "serviceaccount/default", "--namespace=default", "--timeout=30s"])?;
        self.admit_pilothouse(&pki)
    }

    /// Gives Pilothouse the account and the rights that it is installed with anywhere else.
    fn admit_pilothouse(&self, pki: &Pki) -> Result<()> {
        let rights = paths::root().join("deploy/rbac");
        let mut apply = self.kubectl(&["apply", "--server-side", "--validate=false", "--filename"])?;
        command::run(apply.arg(rights))?;
        let ask = ["create", "token", "pilothouse", "--namespace=pilothouse-system", "--duration=24h"];
        let token = command::run(&mut self.kubectl(&ask)?)?;
        pki::private(&self.server_kubeconfig(), &super::kubeconfig_text(pki, PORTS, "pilothouse", token.trim())?)
    }

    /// The administrator's kubeconfig, good inside of the namespace.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The kubeconfig of Pilothouse's own account.
    pub fn server_kubeconfig(&self) -> PathBuf {
        self.dir.join("server-kubeconfig")
    }

    /// What a command has to begin with to be run inside of the namespace.
    pub fn way_in(&self) -> String {
        // Not `ip netns exec`, which hides the control groups.
        format!("nsenter --net=/run/netns/{}", self.name)
    }

    /// What the node says of itself and of its pods, for whoever has to find out from afar why a test failed.
    pub fn report(&self) -> String {
        let questions: [&[&str]; 3] = [
            &["describe", "node", parts::NODE],
            &["get", "pods", "--all-namespaces", "--output=wide"],
            &["get", "events", "--all-namespaces", "--field-selector=type!=Normal", "--sort-by=.metadata.creationTimestamp"],
        ];
        let ask = |question: &&[&str]| command::output(&mut self.kubectl(question)?).map(|output| output.text());
        let said: Vec<_> = questions.iter().map(|question| ask(question).unwrap_or_else(|error| format!("{error:#}\n"))).collect();
        let ended = NAMES.into_iter().filter(|name| Daemon::find(&self.dir, name).is_none());
        format!("{}\nended by itself: {:?}", said.join("\n"), ended.collect::<Vec<_>>())
    }

    fn enter(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.arg(format!("--net=/run/netns/{}", self.name)).arg(command.get_program()).args(command.get_args());
        inside.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        inside
    }

    fn kubectl<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Command> {
        Ok(self.enter(super::kubectl(&self.kubeconfig())?.args(arguments)))
    }

    fn spawn(&self, name: &str, command: &Command) -> Result<()> {
        Daemon::start(&self.dir, name, &mut self.enter(command)).map(drop)
    }

    fn until(&self, what: &str, mut ready: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        signal::until(what, Duration::from_secs(60), || {
            for name in NAMES {
                // One that was started and is not there any more has ended.
                if self.dir.join(format!("{name}.pid")).is_file() && Daemon::find(&self.dir, name).is_none() {
                    anyhow::bail!("{name} has ended; see {}", self.dir.join(format!("{name}.log")).display());
                }
            }
            ready(self)
        })
    }

    fn run_dir(&self) -> PathBuf {
        Path::new("/run").join(&self.name)
    }

    /// Ends every process of it, those of its containers included, and takes away what they left.
    fn clear(&self) {
        let stop = |name: &str| process::stop(&Daemon::find(&self.dir, name).into_iter().collect::<Vec<_>>(), PATIENCE);
        stop("kubelet");
        stop("containerd");
        let pods = parts::end_containers(&self.run_dir());
        NAMES[2..].iter().for_each(|name| stop(name));
        parts::unmount(&[&self.run_dir(), &self.dir]);
        for name in pods.iter().chain([&self.name]) {
            if Path::new("/run/netns").join(name).exists() {
                parts::to_its_end(Command::new("ip").args(["netns", "delete", name]));
            }
        }
        parts::remove_cgroups();
        for (name, value) in &self.sysctls {
            fs::write(Path::new("/proc/sys").join(name), value).ok();
        }
        fs::remove_dir_all(self.run_dir()).ok();
        // The keys and the database go, too: a node has no past. The logs stay until the next start.
        for below in ["etcd", "containerd", "kubelet", "pki", "pod-logs", "cni-state"] {
            fs::remove_dir_all(self.dir.join(below)).ok();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.clear();
    }
}
