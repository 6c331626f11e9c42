//! Asks for the operations of targets that were told to begin or to go back. Each is asked for with a key that is the same each
//! time, so that nothing is done twice. Decides nothing about who is next: the domain does.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{drive::Moved, driven::Driven, on_behalf, store_problem};
use crate::{
    domain::{
        actor::Actor,
        batch::{Batch, BatchState, Target, TargetState, advance::admitted, moved::stays_changed, step::Sight},
        ids::OperationId,
        operation::OperationStatus,
        problem::{Code, Problem},
    },
    manager::{ReleaseManager, Submit, Target as Of, Wish, preview::preview_key},
    store::operations::BatchStand,
};

/// How many operations of one batch stand in the queue at a time, however many it may have under way: what people ask for comes
/// soon after them, and what is asked for late is looked at late.
const LONGEST_QUEUE: usize = 4;
/// For how long what was read of holds and windows counts when an operation is asked for.
const FRESH: Duration = Duration::from_secs(1);

impl ReleaseManager {
    /// Asks for the operations of targets that run or go back and have none yet, as many as the queue has room for. Whether a
    /// target may begin is looked at again: a hold may have come, or a window closed, since it was told to.
    pub(super) async fn launch(&self, driven: &mut Driven) -> Result<Moved, Problem> {
        let Driven { batch, definition, seen, read, .. } = &*driven;
        let (actor, now) = (on_behalf(batch), self.now());
        let patience = TimeDelta::seconds(i64::from(definition.options.timeout));
        let mut room = LONGEST_QUEUE.saturating_sub(seen.iter().filter(|(target, sight)| is_queued(target, sight)).count());
        let (mut changed, mut tried, mut stale) = (Vec::new(), false, false);
        let mut unasked: Vec<&(Target, Sight)> = seen.iter().filter(|(target, _)| is_unasked(target)).collect();
        // What was asked for in vain, and may be again, keeps nobody else from their turn.
        unasked.sort_by_key(|(target, _)| target.state == TargetState::Running && target.why.is_some());
        for (target, sight) in unasked {
            // Others before it may have taken a while.
            if read.elapsed() > FRESH {
                stale = true;
                break;
            }
            let begun = if target.state == TargetState::Running { self.begun(&actor, target).await? } else { None };
            let asked = match (begun, target.state) {
                (Some(operation), _) => Ok(operation),
                // Nothing begins any more in a batch that was stopped in between.
                (None, TargetState::Running) if batch.state != BatchState::Running => {
                    changed.push(put_back(target, now));
                    continue;
                }
                _ if room == 0 => continue,
                (None, TargetState::Running) => match admitted(batch, sight, now) {
                    Ok(()) => self.begin(&actor, driven, target, sight).await,
                    Err(None) => {
                        changed.push(put_back(target, now));
                        continue;
                    }
                    Err(why) => {
                        let mut target = target.clone();
                        target.set_aside(why, now);
                        changed.push(target);
                        continue;
                    }
                },
                _ => self.roll_back_target(&actor, driven, target, sight).await,
            };
            tried = true;
            let before = target;
            let mut target = target.clone();
            // It may have waited for room: patience begins when it is in vain for the first time.
            let since = if target.state == TargetState::Running && target.why.is_none() { now } else { target.since };
            match asked {
                Ok(operation) => {
                    room = room.saturating_sub(1);
                    let cause = cause(target.why.as_deref()).filter(|_| target.state == TargetState::RollingBack);
                    (target.operation_id, target.why) = (Some(operation), cause.map(str::to_owned));
                }
                // Nothing begins after somebody was told that it stands still.
                Err(problem) if problem.code == Code::BatchMoved => {
                    stale = true;
                    break;
                }
                // The preflight waits for who does not answer: it keeps nobody else waiting.
                Err(problem) if problem.code.is_outage() && target.state == TargetState::Running => {
                    target.begin_anew(Some(problem.detail), now);
                    self.inner.batches.notify_one();
                }
                // In its way, or not there now: it is asked for again, for a while.
                Err(problem)
                    if (problem.code == Code::OperationInProgress || problem.status() >= 500)
                        && (target.state == TargetState::RollingBack || now - since < patience) =>
                {
                    let going = target.state == TargetState::RollingBack;
                    let why = if going { kept_from(target.why.as_deref(), &problem.detail) } else { problem.detail };
                    (target.since, target.why) = (since, Some(why));
                }
                Err(problem) if target.state == TargetState::RollingBack => {
                    let stays = stays_changed(&target, sight, cause(target.why.as_deref()), &problem.detail);
                    target.take(&stays, now);
                }
                Err(problem) => target.set_aside(Some(problem.detail), now),
            }
            if target != *before {
                changed.push(target);
            }
        }
        if changed.is_empty() {
            // Where it takes long to be answered in vain, other batches have their turn, and time goes on.
            return Ok(if stale && !tried { Moved::Elsewhere } else { Moved::Nothing });
        }
        if !self.inner.stores.batches.write(batch, &changed, None, &[]).await.map_err(store_problem)? || stale {
            return Ok(Moved::Elsewhere);
        }
        driven.wrote(changed, &BTreeSet::new());
        Ok(Moved::On)
    }

    async fn begin(&self, actor: &Actor, driven: &Driven, target: &Target, sight: &Sight) -> Result<OperationId, Problem> {
        no_stranger(sight)?;
        if let Some(why) = self.nothing_left(actor, &driven.definition, target).await? {
            return Err(Problem::new(Code::RevisionMoved, why));
        }
        let preview = target.preview_id.ok_or_else(Problem::preview_not_found)?;
        Ok(self.apply(actor, preview, Some(stand(&driven.batch))).await?.id)
    }

    /// The operation that was asked for before this server was there to write it down.
    async fn begun(&self, actor: &Actor, target: &Target) -> Result<Option<OperationId>, Problem> {
        let Some(preview) = target.preview_id else { return Ok(None) };
        let key = preview_key(preview);
        let found = self.inner.stores.operations.by_key(actor.name(), &key).await.map_err(store_problem)?;
        Ok(found.map(|(operation, _)| operation.id))
    }

    async fn roll_back_target(&self, actor: &Actor, driven: &Driven, target: &Target, sight: &Sight) -> Result<OperationId, Problem> {
        no_stranger(sight)?;
        let Driven { batch, definition, .. } = driven;
        let to = target.home_revision.ok_or_else(Problem::internal)?;
        let submit = Submit {
            target: Of::Existing(target.release_id),
            change: Wish::Rollback { to },
            options: definition.options.clone(),
            base_revision: target.result_revision,
            reason: Some(format!("batch: {}, rolled back", batch.title)),
            idempotency: Some(target.rollback_key(batch.id)),
        };
        Ok(self.ask_for(actor, submit, Some(stand(batch))).await?.id)
    }
}

/// Where the batch stands by which an operation is asked for.
fn stand(batch: &Batch) -> BatchStand {
    BatchStand { batch: batch.id, version: batch.version }
}

/// Refuses what is somebody else's by now.
fn no_stranger(sight: &Sight) -> Result<(), Problem> {
    match &sight.stranger {
        Some(why) => Err(Problem::new(Code::PreviewStale, why.clone())),
        None => Ok(()),
    }
}

/// What is said between why a target goes back and what keeps it from that.
const KEPT: &str = " It waits to go back: ";

/// Why a target goes back, with what keeps it from that at this moment.
fn kept_from(why: Option<&str>, obstacle: &str) -> String {
    format!("{}{KEPT}{obstacle}", cause(why).unwrap_or_default()).trim_start().to_owned()
}

/// Why a target goes back.
fn cause(why: Option<&str>) -> Option<&str> {
    let why = why?;
    Some(why.split_once(KEPT.trim_start()).map_or(why, |(cause, _)| cause).trim()).filter(|why| !why.is_empty())
}

/// A target that was told to begin and has not been asked for: it waits again.
fn put_back(target: &Target, now: DateTime<Utc>) -> Target {
    // What was not changed has nothing to take back.
    Target { state: TargetState::Waiting, since: now, why: None, begun_at: None, back: false, ..target.clone() }
}

/// Whether its operation waits for a worker; one that was just asked for does.
fn is_queued(target: &Target, sight: &Sight) -> bool {
    match &sight.operation {
        Some(operation) => operation.status == OperationStatus::Queued,
        None => target.operation_id.is_some() && is_at_work(target),
    }
}

/// Whether its operation is still to be asked for.
fn is_unasked(target: &Target) -> bool {
    target.operation_id.is_none() && is_at_work(target)
}

/// Whether its operation is asked for, or is to be.
pub(super) fn is_at_work(target: &Target) -> bool {
    matches!(target.state, TargetState::Running | TargetState::RollingBack)
}
