//! Pilothouse's own process as the demo runs it: where it listens, what it is told, and when it is ready.
//! The cluster and the charts that it works with are given to it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::api::Api;
use crate::cluster::process::{self, Daemon};
use crate::progress::Step;
use crate::tools::{self, Tool};
use crate::{cluster, signal};

/// Where the demo is found if nobody else is there.
const USUAL_PORT: u16 = 4180;
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server is started with.
pub struct Settings<'a> {
    /// Its binary.
    pub binary: &'a Path,
    /// The demo's directory.
    pub dir: &'a Path,
    /// The cluster that it manages.
    pub kubeconfig: &'a Path,
    /// Where charts come from.
    pub charts_url: &'a str,
    /// The administrator's password.
    pub password: &'a str,
    /// The administrator's API token.
    pub token: &'a str,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    daemon: Daemon,
    url: String,
}

impl Server {
    /// Starts the server and waits until it says that it is ready.
    pub fn start(settings: &Settings) -> Result<Self> {
        let step = Step::start("pilothouse");
        stop_leftover(settings.dir);
        let [port] = cluster::ports::remembered(&settings.dir.join("server-port"), Some([USUAL_PORT]))?;
        let url = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(settings.binary);
        command
            .env("PILOTHOUSE_LISTEN", format!("127.0.0.1:{port}"))
            .env("PILOTHOUSE_DATA", settings.dir.join("data"))
            .env("KUBECONFIG", settings.kubeconfig)
            .env("PILOTHOUSE_HELM", tools::path(Tool::Helm)?)
            .env("PILOTHOUSE_CHART_SOURCES", format!("demo={}", settings.charts_url))
            .env("PILOTHOUSE_CHARTS_ALLOW_PRIVATE", "true")
            .env("PILOTHOUSE_ADMIN_PASSWORD", settings.password)
            .env("PILOTHOUSE_ADMIN_TOKEN", settings.token);
        let server = Self { daemon: Daemon::start(settings.dir, "pilothouse", &mut command)?, url };
        let api = Api::new(&server.url, settings.token);
        signal::until("the server's readiness", Duration::from_secs(60), || {
            server.check()?;
            Ok(api.ready())
        })?;
        step.done(&server.url);
        Ok(server)
    }

    /// The address that a browser opens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// An error when the server has ended.
    pub fn check(&self) -> Result<()> {
        self.daemon.check()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        process::stop(std::slice::from_ref(&self.daemon), PATIENCE);
    }
}

/// Ends the server that a killed demo left behind: two of them must not share one database.
fn stop_leftover(dir: &Path) {
    if let Some(daemon) = Daemon::find(dir, "pilothouse") {
        process::stop(&[daemon], PATIENCE);
    }
}
