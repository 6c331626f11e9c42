//! What people do to a batch that has failures: go on after them, try them again, take a wave back. Pure; who may, and what the
//! audit says of it, is `manager`'s.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    Batch, BatchState, Order, Wave,
    target::{Target, TargetState},
};
use crate::domain::problem::{Code, Problem};

/// Goes on with a paused batch, after all failures that there are. Once the canaries are over and none of them came through, the
/// rest begins all the same; where waves wait for a go-ahead, this is none.
pub fn resume(batch: &mut Batch, targets: &mut [Target], by: &str) {
    (batch.state, batch.why) = (BatchState::Running, None);
    forgive(batch, targets);
    let canaries_over = batch.waves.first().is_some_and(|wave| wave.over_at.is_some());
    if !batch.strategy.approval
        && canaries_over
        && untried(batch, targets, 1)
        && let Some(rest) = batch.waves.get_mut(1)
    {
        rest.approved_by.get_or_insert_with(|| by.to_owned());
    }
}

/// All that failed wait again, or that one alone, for another preview of the same change.
pub fn retry(batch: &mut Batch, targets: &mut [Target], only: Option<u32>, now: DateTime<Utc>) -> Result<(), Problem> {
    let wave_of = |target: &Target| usize::try_from(target.wave).unwrap_or(usize::MAX);
    let is_meant = |target: &Target| target.failed && target.state.is_over() && only.is_none_or(|ord| ord == target.ord);
    let waves: BTreeSet<usize> = targets.iter().filter(|target| is_meant(target)).map(wave_of).collect();
    if waves.is_empty() {
        let text = match only {
            Some(_) => "That release has not failed, or is on its way back still. Look at the batch again.",
            None => "Nothing of the batch has failed, so that there is nothing to try again.",
        };
        return Err(Problem::new(Code::BatchMoved, text));
    }
    // What had not begun in a wave that was taken back does not begin because others of it are tried again.
    for target in targets.iter_mut().filter(|target| target.state == TargetState::Waiting && waves.contains(&wave_of(target))) {
        if let Some(why) = batch.waves.get(wave_of(target)).and_then(Wave::taken_back) {
            target.set_aside(Some(why), now);
        }
    }
    targets.iter_mut().filter(|target| is_meant(target)).for_each(|target| target.begin_anew(None, now));
    for wave in waves {
        batch.reopen(wave);
        batch.waves[wave].back_by = None;
    }
    match batch.state {
        // Nobody has decided about the others.
        BatchState::Running => recount(batch, targets),
        _ => forgive(batch, targets),
    }
    (batch.state, batch.why, batch.finished_at) = (BatchState::Running, None, None);
    Ok(())
}

/// Everything that was changed in that wave goes back; nothing more begins in it, and in others only once somebody resumes.
pub fn roll_back(batch: &mut Batch, targets: &mut [Target], wave: u32, by: &str, words: String) -> Result<(), Problem> {
    let mut any = false;
    for target in targets.iter_mut().filter(|target| target.wave == wave) {
        // One that goes back to begin anew stays back.
        any |= std::mem::take(&mut target.again);
        let changed = match target.state {
            TargetState::Running => true,
            TargetState::Settling | TargetState::Soaking | TargetState::Done | TargetState::Failed => {
                target.result_revision.is_some() && target.home_revision.is_some()
            }
            _ => false,
        };
        target.back |= changed;
        any |= changed;
    }
    if !any {
        return Err(Problem::new(Code::BatchMoved, "Nothing in that wave was changed, so that there is nothing to roll back."));
    }
    if let Some(wave) = usize::try_from(wave).ok().and_then(|at| batch.waves.get_mut(at)) {
        wave.back_by = Some(by.to_owned());
    }
    batch.state = match batch.state {
        // One of which nothing else is left ends once more when they are back.
        BatchState::Running | BatchState::Finished => BatchState::Paused,
        other => other,
    };
    (batch.why, batch.finished_at) = (Some(words), None);
    Ok(())
}

/// Whether none of the canaries before that wave came through.
pub(super) fn untried(batch: &Batch, targets: &[Target], wave: usize) -> bool {
    matches!(batch.strategy.order, Order::Canary { .. })
        && wave == 1
        && !targets.iter().any(|target| target.wave == 0 && target.state == TargetState::Done)
}

/// The failures that there are do not stop it again.
fn forgive(batch: &mut Batch, targets: &mut [Target]) {
    targets.iter_mut().filter(|target| target.failed).for_each(|target| target.forgiven = true);
    recount(batch, targets);
}

fn recount(batch: &mut Batch, targets: &[Target]) {
    batch.forgiven = u32::try_from(targets.iter().filter(|target| target.failed && target.forgiven).count()).unwrap_or(u32::MAX);
}
