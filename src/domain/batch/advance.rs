//! Waves: when one begins and is over, and which of its targets begin, as many at once as allowed. Does not move what is under way:
//! [`super::moved`] does.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch, BatchState, GoesBack,
    person::untried,
    step::{Move, Sight, Step},
    target::{Target, TargetState},
};
use crate::domain::{
    release::{Health, ReleaseState},
    window,
};

/// For how long the watch has to have told how things run before a further wave begins by its word.
const SETTLED: TimeDelta = TimeDelta::seconds(15);
/// What is said of a target that waits for its window, before when that opens.
const WAITS: &str = "Waits for its maintenance window, which opens";

/// Ends and begins waves, and begins with their targets, as many at once as allowed.
pub(super) fn advance(batch: &Batch, seen: &[(Target, Sight)], targets: &mut [Target], now: DateTime<Utc>, steps: &mut Vec<Step>) {
    let strategy = &batch.strategy;
    let mut waves = batch.waves.clone();
    for at in 0..waves.len() {
        let over = targets.iter().filter(|target| target.is_in(at)).all(|target| target.state.is_over());
        if waves[at].begun_at.is_none() {
            if waves[..at].iter().any(|before| before.over_at.is_none()) {
                return;
            }
            let rested = match waves[..at].iter().filter_map(|before| before.over_at).max() {
                None => true,
                // Nothing to do in it: no pause is made for it, and nobody is asked.
                Some(_) if over => true,
                Some(before) => {
                    now - before >= TimeDelta::seconds(i64::from(strategy.delay)) && (!strategy.approval || waves[at].approved_by.is_some())
                }
            };
            if !rested {
                return;
            }
            // What was on record before the watch began says nothing of how things run now.
            let watched = seen.iter().all(|(_, sight)| sight.watched_since.is_none_or(|since| now - since >= SETTLED));
            if !over && at > 0 && (!watched || fallen_ill(batch, seen, targets, at, now, steps)) {
                return;
            }
            if !over && waves[at].approved_by.is_none() && untried(batch, targets, at) {
                let why = "No canary came through, so that nothing speaks for the change. Resume to go on with the rest all the same.";
                steps.push(Step::Halt { state: BatchState::Paused, why: why.to_owned(), back: Vec::new(), wave: None });
                return;
            }
            waves[at].begun_at = Some(now);
            steps.push(Step::BeginWave(at));
        }
        if over {
            if waves[at].over_at.is_none() {
                waves[at].over_at = Some(now);
                steps.push(Step::EndWave(at));
            }
            continue;
        }
        let busy = targets.iter().filter(|target| target.state.is_busy()).count();
        let mut room = usize::try_from(strategy.parallel).unwrap_or(1).saturating_sub(busy);
        for (target, (_, sight)) in targets.iter_mut().zip(seen).filter(|(target, _)| target.is_in(at)) {
            if target.state != TargetState::Waiting {
                continue;
            }
            let open = window::is_open(&sight.windows, now);
            let gone_back = waves[at].taken_back();
            if let Some(why) = gone_back.or_else(|| kept_out(batch, sight, open, now)) {
                let moved = Move { to: TargetState::SetAside, result_revision: None, back: false, ..target.stays(Some(why)) };
                target.take(&moved, now);
                steps.push(Step::Move(moved));
            } else if room > 0 && open && target.preview_id.is_some() && !sight.blind {
                room -= 1;
                (target.state, target.back) = (TargetState::Running, false);
                steps.push(Step::Start(target.ord));
            } else if let Some(moved) = told_of_window(target, sight, open, now) {
                target.take(&moved, now);
                steps.push(Step::Move(moved));
            }
        }
    }
}

/// Looks once more at what is done, before another wave begins: what runs no longer has failed after all, and its wave is not over.
/// Answers whether there was any.
fn fallen_ill(
    batch: &Batch,
    seen: &[(Target, Sight)],
    targets: &mut [Target],
    next: usize,
    now: DateTime<Utc>,
    steps: &mut Vec<Step>,
) -> bool {
    let mut reopened = BTreeSet::new();
    for (target, (_, sight)) in targets.iter_mut().zip(seen) {
        let wave = usize::try_from(target.wave).unwrap_or(usize::MAX);
        if wave >= next || target.state != TargetState::Done || sight.stranger.is_some() {
            continue;
        }
        let Some(ill) = sight.release.as_ref().filter(|release| Some(release.revision) == target.result_revision) else { continue };
        if ill.state != ReleaseState::Failed && ill.health != Health::Degraded {
            continue;
        }
        let detail = ill.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let why = Some(format!("It was healthy, and does not run any more{detail}."));
        let back = batch.strategy.rollback != GoesBack::None;
        let moved = Move { to: TargetState::Failed, failed: true, back, ..target.stays(why) };
        target.take(&moved, now);
        steps.push(Step::Move(moved));
        reopened.insert(wave);
    }
    steps.extend(reopened.iter().map(|wave| Step::ReopenWave(*wave)));
    !reopened.is_empty()
}

/// What a target waits for, where that is its window and it does not say so yet; or that it waits for it no longer.
fn told_of_window(target: &Target, sight: &Sight, open: bool, now: DateTime<Utc>) -> Option<Move> {
    // What is still to be looked at beforehand says what keeps it from that.
    target.preview_id?;
    let opens = (!open).then(|| window::next_opening(&sight.windows, now)).flatten();
    let why = opens.map(|at| format!("{WAITS} {}.", at.format("%Y-%m-%d %H:%M UTC")));
    let told = target.why.as_deref().is_some_and(|why| why.starts_with(WAITS));
    ((why.is_some() || told) && why != target.why).then(|| target.stays(why))
}

/// Why a target is set aside instead of begun.
fn kept_out(batch: &Batch, sight: &Sight, open: bool, now: DateTime<Utc>) -> Option<String> {
    let held = sight.stranger.as_ref().or(sight.held.as_ref());
    if held.is_some() || open {
        return held.cloned();
    }
    match window::next_opening(&sight.windows, now) {
        Some(_) if batch.strategy.wait_for_window => None,
        Some(at) => Some(format!("Its tenant's maintenance window is closed; it opens {}.", at.format("%Y-%m-%d %H:%M UTC"))),
        None => Some("Its tenant's maintenance window is closed and never opens again.".to_owned()),
    }
}

/// Whether a target may begin at this very moment; where not, why it is set aside, or nothing where it waits for its window.
pub fn admitted(batch: &Batch, sight: &Sight, now: DateTime<Utc>) -> Result<(), Option<String>> {
    let open = window::is_open(&sight.windows, now);
    match kept_out(batch, sight, open, now) {
        None if open => Ok(()),
        why => Err(why),
    }
}

/// Whether every wave is over once these steps are made.
pub(super) fn all_over(batch: &Batch, steps: &[Step]) -> bool {
    (0..batch.waves.len()).all(|at| batch.waves[at].over_at.is_some() || steps.contains(&Step::EndWave(at)))
}
