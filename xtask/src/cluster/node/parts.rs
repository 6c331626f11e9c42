//! What the processes of a real node are told, and how what they leave behind is taken away.
//! Starting and waiting is the business of the parent module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};

use crate::tools::{self, Tool};

/// The node's name.
pub const NODE: &str = "node-1";
/// Its address, in its network namespace alone.
pub const ADDRESS: &str = "10.250.0.1";

/// Where the parts of a node are.
pub struct Ground<'a> {
    /// What lasts as long as the node.
    pub dir: &'a Path,
    /// Sockets.
    pub run: &'a Path,
    /// Debian's packages, unpacked.
    pub debian: &'a Path,
}

impl Ground<'_> {
    /// The archive of the images that pods run.
    pub fn image(&self) -> PathBuf {
        self.dir.join("images.tar")
    }

    fn socket(&self) -> PathBuf {
        self.run.join("containerd.sock")
    }
}

/// containerd, told to keep everything below our own directories.
pub fn containerd(ground: &Ground<'_>) -> Result<Command> {
    let Ground { dir, run, debian } = ground;
    let (root, runc, plugins) = (dir.join("containerd"), debian.join("usr/sbin/runc"), debian.join("usr/lib/cni"));
    let network = dir.join("cni");
    fs::create_dir_all(&network)?;
    fs::write(
        network.join("10-pods.conflist"),
        format!(
            r#"{{"cniVersion": "0.4.0", "name": "pods", "plugins": [{{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false,
  "ipam": {{"type": "host-local", "dataDir": "{}", "ranges": [[{{"subnet": "10.244.0.0/24"}}]], "routes": [{{"dst": "0.0.0.0/0"}}]}}}}]}}
"#,
            dir.join("cni-state").display()
        ),
    )?;
    // Without `restrict_oom_score_adj` nothing starts where we lack the right to lower that score.
    let text = format!(
        r#"version = 2
root = "{root}"
state = "{run}/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
stream_server_address = "127.0.0.1"
sandbox_image = "localhost/pause:local"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{network}"
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false
"#,
        root = root.display(),
        run = run.display(),
        socket = ground.socket().display(),
        plugins = plugins.display(),
        network = network.display(),
        runc = runc.display(),
    );
    let file = dir.join("containerd.toml");
    fs::write(&file, text)?;
    let programs = debian.join("usr/bin");
    let mut containerd = Command::new(programs.join("containerd"));
    // It looks for its shim on PATH.
    let path = std::env::var_os("PATH").unwrap_or_default();
    containerd.arg("--config").arg(file).env("PATH", format!("{}:{}", programs.display(), path.to_string_lossy()));
    Ok(containerd)
}

/// containerd's own command line.
pub fn ctr(ground: &Ground<'_>) -> Command {
    let mut ctr = Command::new(ground.debian.join("usr/bin/ctr"));
    ctr.arg("--address").arg(ground.socket()).args(["--namespace", "k8s.io"]);
    ctr
}

/// The kubelet.
pub fn kubelet(ground: &Ground<'_>, kubeconfig: &Path) -> Result<Command> {
    let dir = ground.dir;
    // No evictions: how full the disk is has nothing to do with what is tested, and an evicting node runs no pods.
    let text = format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\ncgroupDriver: cgroupfs\n\
         enforceNodeAllocatable: []\nfailSwapOn: false\naddress: {ADDRESS}\nreadOnlyPort: 0\n\
         authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}\nauthorization: {{mode: AlwaysAllow}}\n\
         containerRuntimeEndpoint: unix://{}\npodLogsDir: {}\nresolvConf: \"\"\nclusterDomain: cluster.local\nclusterDNS: [10.96.0.10]\n\
         syncFrequency: 5s\nimageGCHighThresholdPercent: 100\n\
         evictionHard: {{memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}}\n",
        ground.socket().display(),
        dir.join("pod-logs").display()
    );
    let file = dir.join("kubelet.yaml");
    fs::write(&file, text)?;
    let mut kubelet = Command::new(tools::path(Tool::Kubelet)?);
    kubelet.arg("--config").arg(file).arg("--kubeconfig").arg(kubeconfig);
    kubelet.arg("--root-dir").arg(dir.join("kubelet")).arg("--cert-dir").arg(dir.join("kubelet/pki"));
    kubelet.args(["--hostname-override", NODE, "--node-ip", ADDRESS]);
    Ok(kubelet)
}

/// Ends the shims that containerd left, which hold the containers, and waits until they are gone; answers with the
/// network namespaces of their pods.
pub fn end_containers(run: &Path) -> Vec<String> {
    let socket = run.join("containerd.sock").to_string_lossy().into_owned();
    let ours = || {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.split('\0').next().is_some_and(|program| program.ends_with("containerd-shim-runc-v2")) && line.contains(&socket)
        })
        .collect::<Vec<_>>()
    };
    // Each shim is the parent of its containers' first processes.
    let shims = ours();
    let mut pods = Vec::new();
    for child in children(&shims) {
        if let Some(name) = named_namespace(child) {
            pods.push(name);
        }
        kill(child);
    }
    shims.into_iter().for_each(kill);
    let end = Instant::now() + Duration::from_secs(10);
    while !ours().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    pods
}

fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        kill_process(pid, Signal::KILL).ok();
    }
}

fn children(parents: &[i32]) -> Vec<i32> {
    // Any thread of a shim may have become the parent.
    let tasks = parents.iter().flat_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten());
    let lists = tasks.flat_map(|task| fs::read_to_string(task.path().join("children")));
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()).collect()
}

/// The name of the network namespace that a process is in.
fn named_namespace(pid: i32) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let inode = fs::metadata(format!("/proc/{pid}/ns/net")).ok()?.ino();
    let named = fs::read_dir("/run/netns").ok()?.flatten().find(|entry| entry.metadata().is_ok_and(|meta| meta.ino() == inode))?;
    named.file_name().into_string().ok().filter(|name| name.starts_with("cni-"))
}

/// Runs a program to its end also when somebody has asked this one to stop: cleaning up is what is left to do then.
pub fn to_its_end(program: &mut Command) {
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
}

/// Unmounts everything below these.
pub fn unmount(below: &[&Path]) {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut places: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    places.retain(|place| below.iter().any(|dir| Path::new(place).starts_with(dir)));
    // The inner ones first.
    places.sort_unstable();
    for place in places.into_iter().rev() {
        to_its_end(Command::new("umount").args(["--lazy", place]));
    }
}

/// Removes the control groups of pods; they are empty by now, or stay.
pub fn remove_cgroups() {
    let roots = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|entry| entry.path().join("kubepods"));
    for root in roots.chain([PathBuf::from("/sys/fs/cgroup/kubepods")]) {
        remove_deep(&root);
    }
}

fn remove_deep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_deep(&entry.path());
        }
    }
    fs::remove_dir(dir).ok();
}
