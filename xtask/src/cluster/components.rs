//! The command line of every process of the cluster.
//! Starting, waiting and ending is the business of the parent module.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::pki::Pki;
use crate::tools::{self, Tool};

/// The loopback ports that the cluster listens on.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The API server.
    pub api: u16,
    /// etcd for its clients.
    pub etcd: u16,
    /// etcd for its peers, of which there are none.
    pub peer: u16,
    /// kwok's own health.
    pub kwok: u16,
}

pub fn etcd(dir: &Path, pki: &Pki, ports: Ports) -> Result<Command> {
    let mut etcd = Command::new(tools::path(Tool::Etcd)?);
    let clients = format!("https://127.0.0.1:{}", ports.etcd);
    flag(&mut etcd, "data-dir", dir.join("etcd"));
    flag(&mut etcd, "listen-client-urls", &clients);
    flag(&mut etcd, "advertise-client-urls", &clients);
    flag(&mut etcd, "listen-peer-urls", format!("http://127.0.0.1:{}", ports.peer));
    flag(&mut etcd, "cert-file", pki.cert());
    flag(&mut etcd, "key-file", pki.key());
    flag(&mut etcd, "trusted-ca-file", pki.ca());
    flag(&mut etcd, "quota-backend-bytes", (8_u64 << 30).to_string());
    flag(&mut etcd, "log-level", "warn");
    // Losing the last second in a power cut is fine here, waiting for the disk is not.
    etcd.args(["--client-cert-auth", "--unsafe-no-fsync"]);
    Ok(etcd)
}

pub fn apiserver(dir: &Path, pki: &Pki, ports: Ports) -> Result<Command> {
    let mut server = Command::new(tools::path(Tool::ApiServer)?);
    flag(&mut server, "etcd-servers", format!("https://127.0.0.1:{}", ports.etcd));
    flag(&mut server, "etcd-cafile", pki.ca());
    flag(&mut server, "etcd-certfile", pki.cert());
    flag(&mut server, "etcd-keyfile", pki.key());
    flag(&mut server, "bind-address", "127.0.0.1");
    // A Service's endpoint may not be a loopback address; nobody in the cluster calls the API server, so none is kept.
    flag(&mut server, "advertise-address", "192.0.2.1");
    flag(&mut server, "endpoint-reconciler-type", "none");
    flag(&mut server, "secure-port", ports.api.to_string());
    flag(&mut server, "cert-dir", dir.join("pki"));
    flag(&mut server, "tls-cert-file", pki.cert());
    flag(&mut server, "tls-private-key-file", pki.key());
    flag(&mut server, "token-auth-file", pki.tokens());
    flag(&mut server, "service-account-issuer", "https://kubernetes.default.svc");
    flag(&mut server, "service-account-key-file", pki.service_account_public());
    flag(&mut server, "service-account-signing-key-file", pki.service_account_key());
    flag(&mut server, "authorization-mode", "RBAC");
    flag(&mut server, "service-cluster-ip-range", "10.96.0.0/16");
    flag(&mut server, "allow-privileged", "true");
    flag(&mut server, "profiling", "false");
    Ok(server)
}

pub fn controller_manager(pki: &Pki, kubeconfig: &Path) -> Result<Command> {
    let mut manager = Command::new(tools::path(Tool::ControllerManager)?);
    flag(&mut manager, "kubeconfig", kubeconfig);
    flag(&mut manager, "service-account-private-key-file", pki.service_account_key());
    // Without it every pod waits for the config map kube-root-ca.crt for ever.
    flag(&mut manager, "root-ca-file", pki.ca());
    // On a busy machine a heartbeat comes late, and a simulated node never really fails.
    flag(&mut manager, "node-monitor-grace-period", "10m");
    flag(&mut manager, "kube-api-qps", "200");
    flag(&mut manager, "kube-api-burst", "400");
    manager.args(["--leader-elect=false", "--authentication-skip-lookup", "--secure-port=0"]);
    Ok(manager)
}

pub fn scheduler(kubeconfig: &Path) -> Result<Command> {
    let mut scheduler = Command::new(tools::path(Tool::Scheduler)?);
    flag(&mut scheduler, "kubeconfig", kubeconfig);
    scheduler.args(["--leader-elect=false", "--authentication-skip-lookup", "--secure-port=0"]);
    Ok(scheduler)
}

pub fn kwok(kubeconfig: &Path, stages: &Path, ports: Ports) -> Result<Command> {
    let mut kwok = Command::new(tools::path(Tool::Kwok)?);
    flag(&mut kwok, "kubeconfig", kubeconfig);
    flag(&mut kwok, "config", stages);
    flag(&mut kwok, "server-address", format!("127.0.0.1:{}", ports.kwok));
    flag(&mut kwok, "node-ip", "192.0.2.10");
    flag(&mut kwok, "cidr", "10.64.0.1/16");
    flag(&mut kwok, "node-lease-duration-seconds", "40");
    kwok.arg("--manage-all-nodes");
    Ok(kwok)
}

fn flag(command: &mut Command, name: &str, value: impl AsRef<OsStr>) {
    // With a space between them Go's flags take a boolean's value for an argument of its own.
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    command.arg(flag);
}
