//! Judging: from Helm's outcome and from the cluster, how an operation ends; and setting right what failed, where
//! that was asked for. Does not say what Helm is to do at first: [`super::worker`] does.

use super::{
    admit::admit_again,
    command::limit,
    desk::{Desk, Halt, Signal},
    worker::{present, run},
};
use crate::{
    domain::{
        change::{Change, RunOptions},
        operation::{OperationError, OperationStatus, Phase},
        problem::Code,
        revision::HelmStatus,
        seen::SecretSight,
    },
    helm::{Command, Outcome, Stop},
    store::operations::Settlement,
};

/// Tells from Helm's outcome and from the cluster how the operation ends; sets right what failed where that was
/// asked for. `after` is the newest revision in the cluster once Helm has ended.
pub(super) async fn judge(desk: &Desk, outcome: Outcome, after: Option<SecretSight>) -> Result<Settlement, Halt> {
    let operation = desk.operation();
    let next = operation.base_revision.unwrap_or(0) + 1;
    // A revision that somebody else made meanwhile is neither our result nor ours to set right.
    let ours = |sight: &&SecretSight| {
        sight.revision == next
            && match &desk.claim.change {
                Change::Install { .. } | Change::Upgrade { .. } => sight.operation == Some(operation.id),
                Change::Rollback { .. } => outcome.failure.as_ref().is_none_or(|failure| failure.code != Code::OperationInProgress),
                Change::Uninstall | Change::Test => false,
            }
    };
    let made = after.as_ref().filter(ours).map(|sight| sight.revision);
    if outcome.success {
        return Ok(Settlement { status: OperationStatus::Succeeded, result_revision: made, error: None });
    }
    let rolls_back = matches!(desk.claim.change, Change::Rollback { .. });
    let left_pending = made.is_some() && after.as_ref().is_some_and(|sight| sight.status.is_pending());
    let (status, code, mut message) = match (&outcome.stopped, outcome.failure) {
        (Some(Stop::Cancel), _) => (OperationStatus::Cancelled, Code::Cancelled, "It was cancelled while Helm was at work.".to_owned()),
        (Some(Stop::Deadline), _) => {
            (OperationStatus::Failed, Code::DeadlineExceeded, "It did not end before its deadline and was stopped.".to_owned())
        }
        // Helm writes down how an install or an upgrade ended, whatever it ends of; where it could not, nobody answered it any more,
        // whatever it made of that. A rollback whose hook fails it leaves pending by itself.
        (None, Some(failure)) if left_pending && !rolls_back && !failure.is_by_signal() => {
            let text = "The cluster's API server did not answer Helm any more while it was at work.";
            (OperationStatus::Failed, Code::ClusterUnreachable, text.to_owned())
        }
        (None, Some(failure)) => (OperationStatus::Failed, failure.code, failure.message),
        (None, None) => (OperationStatus::Failed, Code::HelmFailed, "Helm ended with an error and said nothing about it.".to_owned()),
    };
    if desk.claim.change == Change::Test {
        let code = if matches!(code, Code::HookFailed | Code::HelmFailed | Code::NotReady) { Code::TestFailed } else { code };
        message.push_str(" The release stays as it was; what the tests wrote is in the log.");
        return Ok(Settlement { status, result_revision: None, error: Some(OperationError { code, message }) });
    }
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
            desk.learn(to).await;
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
