//! After a crash, look before you act: compares an operation whose lease ran out with the cluster, and sets right
//! what was left half-way. Begins nothing anew: [`super::worker`] does, where this finds that nothing had happened.

use super::{
    admit::admit_again,
    command::limit,
    desk::{Desk, Halt, Signal},
    judge::set_right,
    worker::{interrupted, present, run},
};
use crate::{
    domain::{
        change::Change,
        operation::{OperationError, OperationStatus, Phase},
        problem::Code,
        revision::{HelmStatus, RevisionChange},
        seen::SecretSight,
    },
    helm::{Command, Failure},
    store::operations::Settlement,
};

/// What is found of an operation that an earlier attempt had taken up.
pub enum Finding {
    /// The release stands where it stood: the operation can be begun again.
    NeverStarted,
    /// Done, failed, or set right: this is how it ends.
    Ended(Settlement),
}

/// Looks, waits for a Helm that outlived its server, and sets right what is half done.
pub async fn look(desk: &Desk) -> Result<Finding, Halt> {
    let operation = desk.operation();
    desk.phase(Phase::Recover, "the server stopped during this operation: looking at what it left").await?;
    let span = limit(&desk.claim.options);
    let failure = tokio::select! {
        failure = desk.manager.inner.executor.outlive(operation.id, desk.stop(true, span)) => failure,
        lost = desk.gone() => return Err(lost.into()),
    };
    let words: Vec<String> = failure.iter().flat_map(|failure| failure.raw.lines()).take(50).map(str::to_owned).collect();
    desk.log(&words).await?;
    if desk.signal() == Signal::Lost {
        return Err(Halt::Lost);
    }
    let found = present(desk).await?.pop();
    match (&desk.claim.change, found) {
        (Change::Test, _) => {
            let text =
                "The server stopped while the tests ran, and how they ended is not known. The release stays as it was; run them again.";
            Ok(Finding::Ended(interrupted(text, None)))
        }
        (Change::Uninstall, None) => Ok(succeeded(None)),
        (Change::Uninstall, Some(sight)) if Some(sight.revision) != operation.base_revision => Ok(elsewhere(sight.revision)),
        (Change::Uninstall, Some(sight)) if sight.status == HelmStatus::Uninstalling => finish_uninstall(desk).await,
        (Change::Uninstall, Some(_)) => Ok(Finding::NeverStarted),
        (_, None) if operation.base_revision.is_none() => Ok(Finding::NeverStarted),
        (_, None) => {
            Ok(Finding::Ended(interrupted("The release was uninstalled elsewhere meanwhile. Nothing is left to set right.", None)))
        }
        (_, Some(sight)) if Some(sight.revision) == operation.base_revision => Ok(Finding::NeverStarted),
        (Change::Rollback { to }, Some(sight)) => rolled_back(desk, *to, &sight).await,
        (_, Some(sight)) => applied(desk, &sight, failure).await,
    }
}

/// An install or an upgrade has left a revision.
async fn applied(desk: &Desk, sight: &SecretSight, failure: Option<Failure>) -> Result<Finding, Halt> {
    let operation = desk.operation();
    let next = operation.base_revision.unwrap_or(0) + 1;
    let ours = sight.revision == next && sight.operation == Some(operation.id);
    let first_was_ours =
        async || Ok::<_, Halt>(present(desk).await?.iter().any(|it| it.revision == next && it.operation == Some(operation.id)));
    let answer =
        sight.revision == next + 1 && desk.claim.options.atomic && is_rollback(desk, sight, None).await? && first_was_ours().await?;
    if !ours && !answer {
        return Ok(elsewhere(sight.revision));
    }
    match sight.status {
        HelmStatus::Deployed if ours => Ok(succeeded(Some(sight.revision))),
        // Only the atomic answer makes a second revision, and it stands.
        HelmStatus::Deployed => Ok(Finding::Ended(failed(sight.revision, failure, " It was rolled back."))),
        HelmStatus::Failed if ours && !desk.claim.options.atomic => {
            Ok(Finding::Ended(failed(sight.revision, failure, " Roll back, or upgrade again.")))
        }
        _ => {
            let how = set_right(desk).await?;
            let now = present(desk).await?.pop().map(|sight| sight.revision);
            Ok(Finding::Ended(interrupted(format!("The server stopped while Helm was at work.{how} Ask again when you are ready."), now)))
        }
    }
}

/// A rollback has left a revision.
async fn rolled_back(desk: &Desk, to: u32, sight: &SecretSight) -> Result<Finding, Halt> {
    let next = desk.operation().base_revision.unwrap_or(0) + 1;
    if sight.revision != next || !is_rollback(desk, sight, Some(to)).await? {
        return Ok(elsewhere(sight.revision));
    }
    if sight.status == HelmStatus::Deployed {
        return Ok(succeeded(Some(sight.revision)));
    }
    // Helm's way out of a rollback that was cut short is to roll back again.
    desk.phase(Phase::Rollback, format!("once more to revision {to}")).await?;
    let access = admit_again(desk).await?;
    let command = Command::Rollback { key: desk.operation().key(), to, options: desk.claim.options.clone() };
    let outcome = run(desk, &access, &command, false, limit(&desk.claim.options)).await?;
    let now = present(desk).await?.pop().map(|sight| sight.revision);
    if outcome.success {
        return Ok(succeeded(now));
    }
    Ok(Finding::Ended(interrupted(
        "The server stopped during the rollback, and rolling back again failed. Look at the log, then roll back again.",
        now,
    )))
}

async fn finish_uninstall(desk: &Desk) -> Result<Finding, Halt> {
    desk.phase(Phase::Uninstall, "once more").await?;
    let access = admit_again(desk).await?;
    let command = Command::Uninstall { key: desk.operation().key(), options: desk.claim.options.clone() };
    let outcome = run(desk, &access, &command, false, limit(&desk.claim.options)).await?;
    if outcome.success {
        return Ok(succeeded(None));
    }
    Ok(Finding::Ended(interrupted(
        "The server stopped during the uninstall, and uninstalling again failed. Look at the log, then uninstall again.",
        None,
    )))
}

/// Whether a revision was made by a rollback (to that revision, where it says so): only its body tells.
async fn is_rollback(desk: &Desk, sight: &SecretSight, to: Option<u32>) -> Result<bool, Halt> {
    if sight.status == HelmStatus::PendingRollback {
        return Ok(true);
    }
    let decoded = desk.manager.inner.cluster.decode(&sight.key, sight.revision).await.map_err(|error| error.problem())?;
    Ok(decoded.is_some_and(|decoded| match RevisionChange::rollback_target(&decoded.description) {
        Some(target) => to.is_none_or(|to| to == target),
        // What Helm writes when a rollback fails.
        None => decoded.description.starts_with("Rollback "),
    }))
}

/// Somebody else has changed the release.
fn elsewhere(revision: u32) -> Finding {
    Finding::Ended(interrupted(
        format!("The release is at revision {revision} by now, which this operation did not make. It was left as it is."),
        None,
    ))
}

fn succeeded(result_revision: Option<u32>) -> Finding {
    Finding::Ended(Settlement { status: OperationStatus::Succeeded, result_revision, error: None })
}

fn failed(revision: u32, failure: Option<Failure>, what_next: &str) -> Settlement {
    let (code, what) = failure.map_or((Code::HelmFailed, "Helm reported a failure after the server had stopped.".to_owned()), |failure| {
        (failure.code, failure.message)
    });
    let error = Some(OperationError { code, message: what + what_next });
    Settlement { status: OperationStatus::Failed, result_revision: Some(revision), error }
}
