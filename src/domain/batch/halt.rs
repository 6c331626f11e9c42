//! When a batch stops because too much of it has failed, and what goes back then. Stops nothing: [`super::step`] does.

use std::collections::BTreeSet;

use super::{
    Batch, BatchState, Counts, Wave,
    step::Step,
    strategy::{Answer, GoesBack},
    target::{Target, TargetState},
};

/// Stops where there were too many failures.
pub(super) fn halt(batch: &Batch, targets: &mut [Target]) -> Option<Step> {
    let strategy = &batch.strategy;
    let counts = Counts::of(targets.iter().map(|target| (target.state, target.failed)));
    if !batch.fails_too_often(&counts) {
        return None;
    }
    let (failures, all) = (counts.failures, counts.total() - counts.set_aside);
    let state = match strategy.on_threshold {
        Answer::Pause => BatchState::Paused,
        Answer::Abort => BatchState::Aborted,
    };
    // Of the waves at work those in which it failed: one that is over has ended well enough, whatever is tried beside it.
    let is_open = |wave: &Wave| wave.begun_at.is_some() && wave.over_at.is_none();
    let in_open = |target: &Target| usize::try_from(target.wave).ok().and_then(|at| batch.waves.get(at)).is_some_and(is_open);
    let failing: BTreeSet<u32> =
        targets.iter().filter(|target| target.failed && !target.forgiven && in_open(target)).map(|target| target.wave).collect();
    let scope = |target: &Target| match strategy.rollback {
        GoesBack::None | GoesBack::Target => false,
        GoesBack::Wave => failing.contains(&target.wave),
        GoesBack::All => true,
    };
    let mut back = Vec::new();
    for target in targets.iter_mut().filter(|target| scope(target)) {
        let changed = matches!(
            target.state,
            TargetState::Running | TargetState::Settling | TargetState::Soaking | TargetState::Done | TargetState::Failed
        );
        if changed && !target.back && !(target.state == TargetState::Failed && target.result_revision.is_none()) {
            target.back = true;
            back.push(target.ord);
        }
    }
    let of = if failures == 1 { "1 target has failed".to_owned() } else { format!("{failures} targets have failed") };
    Some(Step::Halt { state, why: format!("{of} of {all}."), back })
}
