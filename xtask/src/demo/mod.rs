//! `cargo xtask demo`: a cluster, charts and Pilothouse itself on this machine, with a fleet that has a history.
//! It stays until Ctrl-C and takes up next time where it was left.

pub mod api;
mod fleet;
mod seed;
pub mod server;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cluster::pki::{private, random_hex};
use crate::cluster::{self, Cluster};
use crate::progress::Step;
use crate::site::Profile;
use crate::tools::{self, Tool};
use crate::{charts, paths, signal, site};
use api::Api;
use fleet::Fleet;
use seed::Stage;
use server::{Server, Settings};

/// Runs the demo until somebody ends it. With a kubeconfig it is that cluster, and nothing is put into it.
pub fn command(kubeconfig: Option<&Path>) -> Result<()> {
    signal::listen()?;
    let dir = paths::target("demo");
    let _lock = lock(&dir)?;
    let binary = site::build(Profile::Dev)?;
    let own_cluster = match kubeconfig {
        Some(_) => None,
        None => Some(Cluster::start(&dir.join("cluster"))?),
    };
    let kubeconfig = match (kubeconfig, &own_cluster) {
        (Some(given), _) => paths::given(given)?,
        (None, Some(cluster)) => cluster.kubeconfig(),
        (None, None) => bail!("no cluster"),
    };
    // The own cluster is served with the rights that Pilothouse is installed with; a person gets the administrator's.
    let server_kubeconfig = own_cluster.as_ref().map_or_else(|| kubeconfig.clone(), Cluster::server_kubeconfig);
    let [port] = cluster::ports::remembered(&dir.join("charts-port"), None)?;
    let charts_dir = dir.join("charts");
    let charts = charts::start(&charts_dir, port)?;
    let password = secret(&dir.join("admin-password"), 8)?;
    let token = secret(&dir.join("admin-token"), 32)?;
    let (fleet, marker) = (Fleet::load()?, dir.join("seeded"));
    let server = Server::start(&Settings {
        binary: &binary,
        dir: &dir,
        kubeconfig: &server_kubeconfig,
        charts_url: &charts.url(),
        password: &password,
        token: &token,
    })?;
    write_env(&dir, &server, &token, &kubeconfig, &charts.url())?;
    if own_cluster.is_some() && !seed::is_done(&marker) {
        let step = Step::start("fleet");
        let api = Api::new(server.url(), &token);
        let stage = Stage { api: &api, kubeconfig: &kubeconfig, charts: &charts_dir, scratch: &dir };
        stage.tenants(&fleet)?;
        let steps = stage.play(&fleet)?;
        stage.batch()?;
        seed::mark_done(&marker)?;
        step.done(format!("{} tenants, {} releases, {steps} steps", fleet.tenants.len(), fleet.releases.len()));
    }

    println!("\nPilothouse is at {}", server.url());
    println!("Sign in as admin with the password {password}");
    println!("For scripts, the address and a token are in {}", dir.join("env").display());
    println!("Ctrl-C ends everything; the next start goes on from here. To start afresh, delete {}", dir.display());
    signal::wait(|| {
        let checked = server.check().and_then(|()| own_cluster.as_ref().map_or(Ok(()), Cluster::check));
        checked.err().map(|error| format!("{error:#}"))
    })?;

    println!();
    let step = Step::start("ending");
    // In this order: whoever talks to another goes first.
    drop(server);
    drop(charts);
    drop(own_cluster);
    step.done("every process has ended");
    Ok(())
}

fn lock(dir: &Path) -> Result<File> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let lock = File::create(dir.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("a demo runs already; its address is in {}", dir.join("env").display()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A secret that is made up once and kept for the next start.
fn secret(file: &PathBuf, bytes: usize) -> Result<String> {
    if let Ok(text) = fs::read_to_string(file) {
        return Ok(text.trim().to_owned());
    }
    let secret = random_hex(bytes)?;
    private(file, &format!("{secret}\n"))?;
    Ok(secret)
}

fn write_env(dir: &Path, server: &Server, token: &str, kubeconfig: &Path, charts_url: &str) -> Result<()> {
    let lines = [
        ("PILOTHOUSE_URL", server.url().to_owned()),
        ("PILOTHOUSE_TOKEN", token.to_owned()),
        ("PILOTHOUSE_PID", server.pid().to_string()),
        ("PILOTHOUSE_DATA", dir.join("data").display().to_string()),
        ("KUBECONFIG", kubeconfig.display().to_string()),
        ("HELM", tools::path(Tool::Helm)?.display().to_string()),
        ("CHARTS_URL", charts_url.to_owned()),
    ];
    let text: String = lines.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    private(&dir.join("env"), &text)
}
