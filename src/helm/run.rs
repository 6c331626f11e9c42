//! One run of Helm: started in its own process group, watched, stopped on request. Does not decide what a failure
//! means for the release.
//!
//! Helm must survive us: its output goes to files, not pipes (a broken pipe would kill it in the middle of an upgrade),
//! it is not killed when this future is dropped, and its process is on record before anything else is awaited.

use std::{future::Future, process::Stdio};

use rustix::process::Signal;
use tokio::sync::mpsc;

use super::{
    Command, Failure, Helm, HelmError, Workspace, arguments,
    input::standard_input,
    orphan::{Orphan, signal_group},
};

/// Why Helm is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it.
    Cancel,
    /// The operation's deadline passed.
    Deadline,
}

/// How Helm ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It said that it succeeded; possible even after a stop that came too late.
    pub success: bool,
    /// Why it was told to stop, if it was.
    pub stopped: Option<Stop>,
    /// What it said went wrong; present unless it succeeded.
    pub failure: Option<Failure>,
}

impl Helm {
    /// Runs a command to its end. When `stop` resolves, Helm is asked to end (SIGTERM to its process group), and killed
    /// after a grace. Lines of its output are sent as they come; drain `lines` meanwhile. Dropping this future leaves
    /// Helm running: see [`Workspace::orphan`].
    pub async fn run(
        &self,
        workspace: &Workspace,
        command: &Command,
        stop: impl Future<Output = Stop>,
        lines: mpsc::Sender<String>,
    ) -> Result<Outcome, HelmError> {
        let stdin = match command.rendered() {
            Some((chart, _)) if !chart.is_absolute() => return Err(HelmError::ChartPath),
            Some((_, values)) => standard_input(values).map_err(HelmError::Process)?,
            None => Stdio::null(),
        };
        let _ = lines;
        let out = Workspace::output(&workspace.stdout()).map_err(HelmError::Workspace)?;
        let err = Workspace::output(&workspace.stderr()).map_err(HelmError::Workspace)?;
        let mut child = tokio::process::Command::new(&self.path)
            .args(arguments(command, &workspace.kubeconfig()))
            .env_clear()
            .envs(workspace.environment())
            .current_dir(workspace.dir())
            .stdin(stdin)
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .kill_on_drop(false)
            .spawn()
            .map_err(HelmError::Process)?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        if let Some(orphan) = Orphan::of(pid, command.verb()) {
            workspace.remember(&orphan).map_err(HelmError::Workspace)?;
        }
        let mut stopped = None;
        let status = tokio::select! {
            status = child.wait() => status,
            why = stop => {
                stopped = Some(why);
                signal_group(pid, Signal::TERM).map_err(HelmError::Process)?;
                match tokio::time::timeout(self.grace, child.wait()).await {
                    Ok(status) => status,
                    Err(_) => {
                        signal_group(pid, Signal::KILL).map_err(HelmError::Process)?;
                        child.wait().await
                    }
                }
            }
        }
        .map_err(HelmError::Process)?;
        workspace.forget();
        let failure = if status.success() { None } else { workspace.last_failure() };
        Ok(Outcome { success: status.success(), stopped, failure })
    }
}
