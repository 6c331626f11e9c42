//! When a batch stops because too much of it has failed, and what goes back then. Stops nothing: [`super::step`] does.

use std::collections::BTreeSet;

use super::{
    Batch, BatchState, Wave,
    step::Step,
    strategy::{Answer, GoesBack},
    target::{Target, TargetState},
};

/// Stops where there were too many failures.
pub(super) fn halt(batch: &Batch, targets: &mut [Target]) -> Option<Step> {
    let strategy = &batch.strategy;
    // Those in waves that have begun: the many that nobody has tried yet say nothing for the change.
    let begun =
        |target: &&Target| usize::try_from(target.wave).ok().and_then(|at| batch.waves.get(at)).is_some_and(|wave| wave.begun_at.is_some());
    let all = targets.iter().filter(begun).filter(|target| target.state != TargetState::SetAside).count();
    let failures = targets.iter().filter(|target| target.failed).count();
    let (all, failures) = (u32::try_from(all).unwrap_or(u32::MAX), u32::try_from(failures).unwrap_or(u32::MAX));
    if !strategy.threshold.is_hit(failures.saturating_sub(batch.forgiven), all) {
        return None;
    }
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
    let so_far = if batch.waves.iter().all(|wave| wave.begun_at.is_some()) { "" } else { " in the waves begun so far" };
    let wave = failing.first().and_then(|wave| usize::try_from(*wave).ok());
    let wave = wave.or_else(|| batch.waves.iter().rposition(|wave| wave.begun_at.is_some()));
    Some(Step::Halt { state, why: format!("{of} of {all}{so_far}."), back, wave })
}
