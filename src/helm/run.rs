//! One run of Helm: started in its own process group, watched, stopped on request. Does not decide what a failure
//! means for the release.
//!
//! Helm must survive us: its output goes to files, not pipes (a broken pipe would kill it in the middle of an upgrade),
//! it is not killed when this future is dropped, and its process is on record before anything else is awaited.

use std::{future::Future, pin::pin, process::ExitStatus, process::Stdio};

use rustix::process::Signal;
use tokio::{
    process::Child,
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{
    Command, Failure, Helm, HelmError, Workspace, arguments,
    input::standard_input,
    lines::{LOOK, Lines},
    orphan::{Orphan, signal_group},
};
use crate::domain::problem::Code;

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
        let mut child = self.start(workspace, command)?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        if let Some(Err(error)) = Orphan::of(pid, command.verb()).map(|orphan| workspace.remember(&orphan)) {
            // Without a record it is still found by its working directory; leaving it unwatched would be worse.
            tracing::warn!(%error, "the record of a helm process could not be written");
        }
        let mut lines = match Lines::of(&workspace.stdout(), &workspace.stderr(), lines) {
            Ok(lines) => Some(lines),
            Err(error) => {
                tracing::warn!(%error, "the output of a helm process cannot be read");
                None
            }
        };
        let (status, stopped) = self.watch(&mut child, pid, stop, lines.as_mut()).await?;
        workspace.forget();
        let outcome = outcome(workspace, command, status, stopped);
        if let Some(lines) = lines {
            lines.finish().await;
        }
        Ok(outcome)
    }

    fn start(&self, workspace: &Workspace, command: &Command) -> Result<Child, HelmError> {
        let stdin = match command.rendered() {
            Some((chart, _)) if !chart.is_absolute() => return Err(HelmError::ChartPath),
            Some((_, values)) => standard_input(values).map_err(HelmError::Process)?,
            None => Stdio::null(),
        };
        let out = Workspace::output(&workspace.stdout()).map_err(HelmError::Workspace)?;
        let err = Workspace::output(&workspace.stderr()).map_err(HelmError::Workspace)?;
        tokio::process::Command::new(&self.path)
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
            .map_err(HelmError::Process)
    }

    /// Waits for the end, passes on lines, stops on request.
    async fn watch(
        &self,
        child: &mut Child,
        pid: i32,
        stop: impl Future<Output = Stop>,
        mut lines: Option<&mut Lines>,
    ) -> Result<(ExitStatus, Option<Stop>), HelmError> {
        let mut stop = pin!(stop);
        let (mut stopped, mut killed) = (None, false);
        let mut kill_at = Instant::now();
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                status = child.wait() => return Ok((status.map_err(HelmError::Process)?, stopped)),
                why = &mut stop, if stopped.is_none() => {
                    stopped = Some(why);
                    kill_at = Instant::now() + self.grace;
                    signal(pid, Signal::TERM);
                }
                () = sleep_until(kill_at), if stopped.is_some() && !killed => {
                    killed = true;
                    signal(pid, Signal::KILL);
                }
                _ = looks.tick() => if let Some(lines) = &mut lines { lines.look() },
            }
        }
    }
}

/// A signal that cannot be sent must not end the watch over a process that runs.
fn signal(pid: i32, signal: Signal) {
    if let Err(error) = signal_group(pid, signal) {
        tracing::warn!(%error, pid, "a helm process could not be signalled");
    }
}

fn outcome(workspace: &Workspace, command: &Command, status: ExitStatus, stopped: Option<Stop>) -> Outcome {
    if status.success() {
        return Outcome { success: true, stopped, failure: None };
    }
    let failure = workspace.last_failure().unwrap_or_else(|| Failure::without_words(status));
    if matches!(command, Command::Uninstall { .. }) && failure.code == Code::ReleaseNotInstalled {
        return Outcome { success: true, stopped, failure: None };
    }
    let failure = match stopped {
        Some(why) if failure.is_by_signal() => failure.stopped(why),
        _ => failure,
    };
    Outcome { success: false, stopped, failure: Some(failure) }
}
