//! The worker: claims operations and carries them out, one phase after another, each recorded. What a crash
//! left behind is [`super::recover`]'s; what the cluster then shows is [`super::sync`]'s.

use std::time::Duration;

use futures::StreamExt;
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    ReleaseManager,
    admit::{admit, admit_again},
    desk::{Desk, Halt, LEASE, Signal},
    recover::{self, Finding},
    store_problem,
};
use crate::{
    cluster::Verified,
    domain::{
        actor::Actor,
        change::{Change, RunOptions},
        operation::{EventBody, Operation, OperationError, OperationStatus, Phase},
        problem::{Code, Problem},
        revision::{HelmStatus, RevisionBody},
        seen::SecretSight,
    },
    helm::{Command, Outcome, Stop},
    store::operations::{Claim, Settlement},
};

/// How often a worker looks for leases that ran out, when nobody wakes it.
const LOOK: Duration = Duration::from_secs(1);
/// How long the watch may take to show a result before the operation is settled without it.
const SETTLE: Duration = Duration::from_secs(10);
/// How often an operation that never got started is begun again.
const MAX_ATTEMPTS: u32 = 3;

impl ReleaseManager {
    /// Works on operations, at most `parallel` at a time, until `stop` resolves; then what is running runs to its end.
    pub async fn work(self, parallel: usize, owner: String, stop: impl Future<Output = ()>) {
        let mut busy = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            while busy.len() < parallel {
                match self.inner.stores.operations.claim(&owner, self.now(), LEASE).await {
                    Ok(Some(claim)) => {
                        self.hint_operation(&claim.operation);
                        busy.spawn(attempt(self.clone(), claim));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        store_problem(error);
                        break;
                    }
                }
            }
            tokio::select! {
                () = &mut stop => break,
                () = self.inner.wake.notified() => {}
                Some(ended) = busy.join_next(), if !busy.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "an attempt at an operation broke off; its lease will run out and it is looked into");
                    }
                }
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        while busy.join_next().await.is_some() {}
    }
}

/// One attempt at one operation, from claim to settlement.
async fn attempt(manager: ReleaseManager, claim: Claim) {
    let id = claim.operation.id;
    let secrets = match &claim.change {
        Change::Install { values_override, .. } | Change::Upgrade { values_override, .. } => {
            RevisionBody { values_override: values_override.clone(), ..RevisionBody::default() }
        }
        Change::Rollback { .. } | Change::Uninstall => RevisionBody::default(),
    };
    let again = claim.lease.attempt > 1;
    let desk = Desk::new(manager.clone(), claim, secrets);
    let end = match if again { recovered(&desk).await } else { carry_out(&desk).await } {
        Ok(end) => end,
        Err(Halt::Problem(problem)) => failed(problem, None),
        Err(Halt::Lost) => {
            tracing::warn!(operation.id = %id, "the lease was lost; this attempt ends without touching anything");
            return;
        }
    };
    tracing::info!(operation.id = %id, operation.status = end.status.as_str(), "operation settled");
    if desk.settle(&end).await.is_ok() {
        manager.inner.executor.clean(id).await;
    }
}

/// Looks at what an earlier attempt left, and begins again only where nothing had happened.
async fn recovered(desk: &Desk) -> Result<Settlement, Halt> {
    match recover::look(desk).await? {
        Finding::NeverStarted if desk.claim.lease.attempt <= MAX_ATTEMPTS => carry_out(desk).await,
        Finding::NeverStarted => Ok(interrupted(
            "The server stopped several times before this operation could begin. Nothing was changed; look at the server's log, then ask again.",
            None,
        )),
        Finding::Ended(end) => seen(desk, end).await,
    }
}

/// Carries out a change that has not begun.
async fn carry_out(desk: &Desk) -> Result<Settlement, Halt> {
    let operation = desk.operation();
    let limit = limit(&desk.claim.options);
    desk.deadline(limit).await?;
    desk.phase(Phase::Prepare, preparing(&desk.claim.change)).await?;
    // The proof and the chart are waited for together; the proof is the one to be told of first.
    let (admitted, command) = tokio::join!(admit(desk), command(desk));
    let (access, before) = admitted?;
    let base = before.as_ref().map(|sight| sight.revision);
    if base != operation.base_revision {
        return Err(Halt::Problem(moved(operation.base_revision, base)));
    }
    let command = command?;
    if desk.signal() == Signal::Cancel {
        return Ok(cancelled("It was cancelled before Helm began; nothing was changed."));
    }
    desk.phase(main_phase(&desk.claim.change), doing(operation, &desk.claim.change)).await?;
    let outcome = run(desk, &access, &command, true, limit).await?;
    if desk.signal() == Signal::Lost {
        return Err(Halt::Lost);
    }
    let end = judge(desk, outcome).await?;
    seen(desk, end).await
}

/// Tells from Helm's outcome and from the cluster how the operation ends; sets right what failed where that was
/// asked for.
pub(super) async fn judge(desk: &Desk, outcome: Outcome) -> Result<Settlement, Halt> {
    let operation = desk.operation();
    let after = present(desk).await?.pop();
    let next = operation.base_revision.unwrap_or(0) + 1;
    // A revision that somebody else made meanwhile is neither our result nor ours to set right.
    let ours = |sight: &&SecretSight| {
        sight.revision == next
            && match &desk.claim.change {
                Change::Install { .. } | Change::Upgrade { .. } => sight.operation == Some(operation.id),
                Change::Rollback { .. } => outcome.failure.as_ref().is_none_or(|failure| failure.code != Code::OperationInProgress),
                Change::Uninstall => false,
            }
    };
    let made = after.as_ref().filter(ours).map(|sight| sight.revision);
    if outcome.success {
        return Ok(Settlement { status: OperationStatus::Succeeded, result_revision: made, error: None });
    }
    let (status, code, mut message) = match (&outcome.stopped, outcome.failure) {
        (Some(Stop::Cancel), _) => (OperationStatus::Cancelled, Code::Cancelled, "It was cancelled while Helm was at work.".to_owned()),
        (Some(Stop::Deadline), _) => {
            (OperationStatus::Failed, Code::DeadlineExceeded, "It did not end before its deadline and was stopped.".to_owned())
        }
        (None, Some(failure)) => (OperationStatus::Failed, failure.code, failure.message),
        (None, None) => (OperationStatus::Failed, Code::HelmFailed, "Helm ended with an error and said nothing about it.".to_owned()),
    };
    let halfway = after.as_ref().is_some_and(|sight| sight.status == HelmStatus::Uninstalling);
    let rest = match (made, desk.claim.options.atomic) {
        (None, _) if halfway => " Some of its objects may be gone already; uninstall it again.".to_owned(),
        (None, _) => " Nothing was changed.".to_owned(),
        (Some(_), true) => set_right(desk).await?,
        (Some(revision), false) => match after.map(|sight| sight.status) {
            Some(found) if found.is_pending() => {
                format!(" Revision {revision} was left as {}; roll back to make the release usable.", found.as_str())
            }
            _ => match &desk.claim.change {
                Change::Install { .. } => {
                    format!(" Revision {revision} has failed. Uninstall the release, or upgrade it to values or a version that work.")
                }
                _ => format!(" Revision {revision} has failed. Roll back, or upgrade again."),
            },
        },
    };
    message.push_str(&rest);
    let result_revision = match made {
        Some(_) => present(desk).await?.pop().map(|sight| sight.revision),
        None => None,
    };
    Ok(Settlement { status, result_revision, error: Some(OperationError { code, message }) })
}

/// The atomic answer to a failed step, as a phase of its own: a rollback to the newest revision that deployed, or,
/// where there is none, an uninstall. Answers how that went, as the end of a sentence.
pub(super) async fn set_right(desk: &Desk) -> Result<String, Halt> {
    let operation = desk.operation();
    let key = operation.key();
    let options = RunOptions { wait: true, ..desk.claim.options.clone() };
    let limit = limit(&options);
    desk.deadline(limit).await?;
    let good = present(desk)
        .await?
        .iter()
        .filter(|sight| matches!(sight.status, HelmStatus::Deployed | HelmStatus::Superseded))
        .filter(|sight| operation.base_revision.is_some_and(|base| sight.revision <= base))
        .map(|sight| sight.revision)
        .max();
    let (command, done, not_done) = match good {
        Some(to) => {
            desk.phase(Phase::Rollback, format!("back to revision {to}")).await?;
            (
                Command::Rollback { key, to, options },
                format!(" It was rolled back to revision {to}."),
                format!(" The rollback to revision {to} failed as well: look at the log, then roll back again."),
            )
        }
        None if !matches!(desk.claim.change, Change::Install { .. }) => {
            return Ok(" No earlier revision ever deployed, so there is nothing to roll back to: upgrade again, or uninstall.".to_owned());
        }
        None => {
            desk.phase(Phase::Uninstall, "taking away the failed install").await?;
            (
                Command::Uninstall { key, options },
                " What it had installed was taken away again.".to_owned(),
                " Taking away what it had installed failed as well: uninstall the release.".to_owned(),
            )
        }
    };
    let access = match admit_again(desk).await {
        Ok(access) => access,
        Err(Halt::Problem(problem)) => return Ok(format!(" It could not be set right: {}", problem.detail)),
        Err(Halt::Lost) => return Err(Halt::Lost),
    };
    let outcome = run(desk, &access, &command, false, limit).await?;
    if desk.signal() == Signal::Lost {
        return Err(Halt::Lost);
    }
    Ok(if outcome.success { done } else { not_done })
}

/// Runs one command of Helm's, its lines and the readiness of workloads going to the operation's events meanwhile.
pub(super) async fn run(desk: &Desk, access: &Verified, command: &Command, cancel: bool, limit: Duration) -> Result<Outcome, Halt> {
    let (sender, mut lines) = mpsc::channel::<String>(256);
    let key = desk.operation().key();
    let workloads = &desk.manager.inner.workloads;
    let mut moves = std::pin::pin!(workloads.changes());
    let mut shown = Vec::new();
    let executor = desk.manager.inner.executor.clone();
    let mut helm = executor.run(desk.operation().id, access, command, desk.stop(cancel, limit), sender);
    let outcome = loop {
        tokio::select! {
            outcome = &mut helm => break outcome?,
            Some(line) = lines.recv() => desk.log(&line).await?,
            Some(moved) = moves.next() => {
                let items = if moved == key { workloads.readiness(&key) } else { continue };
                if items != shown {
                    shown.clone_from(&items);
                    desk.append(&[EventBody::Readiness { items }]).await?;
                }
            }
        }
    };
    drop(helm);
    while let Ok(line) = lines.try_recv() {
        desk.log(&line).await?;
    }
    Ok(outcome)
}

/// Waits until the projection shows what the cluster has, so that whoever reads the result sees it everywhere.
async fn seen(desk: &Desk, end: Settlement) -> Result<Settlement, Halt> {
    desk.phase(Phase::Settle, "until the watch has seen the result").await?;
    let manager = &desk.manager;
    let key = desk.operation().key();
    let mut live = manager.live();
    let wanted = present(desk).await?.pop();
    let caught_up = async {
        let actor = Actor::system("worker");
        loop {
            let row = manager.inner.stores.releases.by_key(&actor, &key).await.ok().flatten();
            let same = match (&wanted, &row) {
                (None, row) => row.as_ref().is_none_or(|row| row.status == crate::domain::release::ReleaseState::Uninstalled),
                (Some(sight), Some(row)) => row.revision == sight.revision && (sight.status.is_pending() || !row.status.is_pending()),
                (Some(_), None) => false,
            };
            if same {
                return;
            }
            // A hint may have been missed: look again after a while all the same.
            let _ = tokio::time::timeout(Duration::from_millis(200), live.recv()).await;
        }
    };
    if tokio::time::timeout(SETTLE, caught_up).await.is_err() {
        tracing::warn!(operation.id = %desk.operation().id, "settled before the watch has shown the result");
    }
    Ok(end)
}

/// All revisions in the cluster, oldest first, however long the API server keeps us waiting: once Helm has been at work
/// an outage is no reason to judge without looking. The lease is kept meanwhile.
pub(super) async fn present(desk: &Desk) -> Result<Vec<SecretSight>, Halt> {
    loop {
        match desk.manager.inner.cluster.present(&desk.operation().key()).await {
            Err(_) if desk.signal() == Signal::Lost => return Err(Halt::Lost),
            Err(error) if error.is_transient() => tokio::time::sleep(LOOK).await,
            found => return found.map_err(|error| error.problem().into()),
        }
    }
}

/// What Helm is to do, with the chart fetched.
async fn command(desk: &Desk) -> Result<Command, Problem> {
    let Claim { operation, change, options, .. } = &desk.claim;
    let (key, options) = (operation.key(), options.clone());
    Ok(match change {
        Change::Install { chart, version, values_override } => Command::Install {
            key,
            chart: desk.manager.inner.charts.fetch(chart, version).await?,
            values: values_override.clone(),
            options,
            operation: operation.id,
            description: operation.reason.clone(),
        },
        Change::Upgrade { chart, version, values_override } => Command::Upgrade {
            key,
            chart: desk.manager.inner.charts.fetch(chart, version).await?,
            values: values_override.clone(),
            options,
            operation: operation.id,
            description: operation.reason.clone(),
        },
        Change::Rollback { to } => Command::Rollback { key, to: *to, options },
        Change::Uninstall => Command::Uninstall { key, options },
    })
}

/// The most time that one run of Helm may take: its timeout counts anew for hooks before, for the workloads, and
/// for hooks after; one minute on top for everything that does not wait.
pub(super) fn limit(options: &RunOptions) -> Duration {
    Duration::from_secs(u64::from(options.timeout) * 3 + 60)
}

fn main_phase(change: &Change) -> Phase {
    match change {
        Change::Install { .. } => Phase::Install,
        Change::Upgrade { .. } => Phase::Upgrade,
        Change::Rollback { .. } => Phase::Rollback,
        Change::Uninstall => Phase::Uninstall,
    }
}

fn preparing(change: &Change) -> String {
    match change {
        Change::Install { chart, version, .. } | Change::Upgrade { chart, version, .. } => format!("chart {chart} {version}"),
        Change::Rollback { .. } | Change::Uninstall => "looking at the release".to_owned(),
    }
}

fn doing(operation: &Operation, change: &Change) -> String {
    match change {
        Change::Install { .. } | Change::Upgrade { .. } => format!("{} as {}", operation.target, operation.key()),
        Change::Rollback { to } => format!("{} to revision {to}", operation.key()),
        Change::Uninstall => operation.key().to_string(),
    }
}

fn moved(base: Option<u32>, now: Option<u32>) -> Problem {
    match (base, now) {
        (Some(base), Some(now)) => Problem::revision_moved(base, now),
        (Some(_), None) => Problem::new(Code::ReleaseNotInstalled, "The release was uninstalled elsewhere meanwhile. Nothing was changed."),
        (None, _) => Problem::new(Code::ReleaseExists, "A release of that name was installed elsewhere meanwhile. Nothing was changed."),
    }
}

fn failed(problem: Problem, result_revision: Option<u32>) -> Settlement {
    let error = OperationError { code: problem.code, message: problem.detail };
    Settlement { status: OperationStatus::Failed, result_revision, error: Some(error) }
}

fn cancelled(message: &str) -> Settlement {
    let error = OperationError { code: Code::Cancelled, message: message.to_owned() };
    Settlement { status: OperationStatus::Cancelled, result_revision: None, error: Some(error) }
}

pub(super) fn interrupted(message: impl Into<String>, result_revision: Option<u32>) -> Settlement {
    let error = OperationError { code: Code::Interrupted, message: message.into() };
    Settlement { status: OperationStatus::Interrupted, result_revision, error: Some(error) }
}
