//! The worker: claims operations and carries them out, one phase after another, each recorded. What a crash
//! left behind is [`super::recover`]'s; how it ends is [`super::judge`]'s; what the cluster then shows is
//! [`super::sync`]'s.

use std::{future::ready, time::Duration};

use futures::StreamExt;
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    ReleaseManager,
    admit::admit,
    command::{command, doing, limit, main_phase, preparing},
    desk::{Desk, Halt, LEASE, Signal},
    hooks::{Hooks, record},
    judge::judge,
    recover::{self, Finding},
    store_problem,
};
use crate::{
    cluster::Verified,
    domain::{
        actor::Actor,
        operation::{OperationError, OperationStatus, Phase},
        problem::{Code, Problem},
        seen::SecretSight,
    },
    helm::{Command, Outcome},
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
    let again = claim.lease.attempt > 1;
    let desk = Desk::new(manager.clone(), claim);
    let end = match if again { recovered(&desk).await } else { carry_out(&desk, desk.gather()).await } {
        Ok(end) => end,
        Err(Halt::Problem(problem)) => failed(problem, None),
        Err(Halt::Lost) => {
            tracing::warn!(operation.id = %id, "the lease was lost; this attempt ends without touching anything");
            return;
        }
    };
    tracing::info!(operation.id = %id, operation.status = end.status.as_str(), "operation settled");
    if desk.settle(end).await.is_ok() {
        manager.inner.executor.clean(id).await;
    }
}

/// Looks at what an earlier attempt left, and begins again only where nothing had happened.
async fn recovered(desk: &Desk) -> Result<Settlement, Halt> {
    desk.gather().await;
    match recover::look(desk).await? {
        Finding::NeverStarted if desk.claim.lease.attempt <= MAX_ATTEMPTS => carry_out(desk, ready(())).await,
        Finding::NeverStarted => Ok(interrupted(
            "The server stopped several times before this operation could begin. Nothing was changed; look at the server's log, then ask again.",
            None,
        )),
        Finding::Ended(end) => seen(desk, end, None).await,
    }
}

/// Carries out a change that has not begun; `gathered` comes before the first word about it.
async fn carry_out(desk: &Desk, gathered: impl Future<Output = ()>) -> Result<Settlement, Halt> {
    let operation = desk.operation();
    let limit = limit(&desk.claim.options);
    let written = async {
        gathered.await;
        desk.deadline(limit).await?;
        desk.phase(Phase::Prepare, preparing(&desk.claim.change)).await
    };
    // All of it is waited for together; of the proof and the chart, the proof is the one to be told of first.
    let (written, admitted, command) = tokio::join!(written, admit(desk), command(desk));
    written?;
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
    let after = present(desk).await?.pop();
    let end = judge(desk, outcome, after.clone()).await?;
    // What failed may have been set right since.
    let left = (end.status == OperationStatus::Succeeded).then_some(after);
    seen(desk, end, left).await
}

/// Runs one command of Helm's, its lines and the readiness of workloads going to the operation's events meanwhile.
pub(super) async fn run(desk: &Desk, access: &Verified, command: &Command, cancel: bool, limit: Duration) -> Result<Outcome, Halt> {
    let (sender, mut lines) = mpsc::channel::<String>(256);
    let key = desk.operation().key();
    let workloads = &desk.manager.inner.workloads;
    let mut moves = std::pin::pin!(workloads.changes());
    let mut shown = Vec::new();
    let executor = desk.manager.inner.executor.clone();
    let mut hooks = Hooks::watch(desk, access).await;
    let mut helm = executor.run(desk.operation().id, access, command, desk.stop(cancel, limit), sender);
    let outcome = loop {
        tokio::select! {
            outcome = &mut helm => break outcome?,
            lost = desk.gone() => return Err(lost.into()),
            Some(news) = hooks.news.recv() => record(desk, news).await?,
            Some(line) = lines.recv() => desk.log(&burst(line, &mut lines)).await?,
            Some(moved) = moves.next() => {
                let items = if moved == key { workloads.readiness(&key) } else { continue };
                if items != shown && desk.readiness(&items).await? {
                    shown = items;
                }
            }
        }
    };
    drop(helm);
    hooks.rest(desk).await?;
    let items = workloads.readiness(&key);
    if !items.is_empty() && items != shown {
        desk.readiness(&items).await?;
    }
    if let Ok(line) = lines.try_recv() {
        desk.log(&burst(line, &mut lines)).await?;
    }
    Ok(outcome)
}

/// A line with all that came together with it.
fn burst(first: String, lines: &mut mpsc::Receiver<String>) -> Vec<String> {
    std::iter::once(first).chain(std::iter::from_fn(|| lines.try_recv().ok())).collect()
}

/// Waits until the projection shows what the cluster has, so that whoever reads the result sees it everywhere. `left` is the
/// newest revision there, where that was just looked at.
async fn seen(desk: &Desk, end: Settlement, left: Option<Option<SecretSight>>) -> Result<Settlement, Halt> {
    desk.phase(Phase::Settle, "until the watch has seen the result").await?;
    let manager = &desk.manager;
    let key = desk.operation().key();
    let mut live = manager.live();
    let wanted = match left {
        Some(newest) => newest,
        None => present(desk).await?.pop(),
    };
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
