//! What comes next in a batch: from how its targets stand, what is seen of their operations and releases, and what time it
//! is. Pure, and the same for the same sight: whoever was interrupted asks again. Does nothing of it: `manager` does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch, BatchState, Counts,
    strategy::{Answer, GoesBack, Order},
    target::{Target, TargetState},
};
use crate::domain::{
    operation::OperationStatus,
    release::{Health, ReleaseState},
    window::{self, Window},
};

/// What is seen of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Its operation.
    pub operation: Option<SeenOperation>,
    /// Its release, as the watch has seen it.
    pub release: Option<SeenRelease>,
    /// Why it may not be changed by a batch.
    pub held: Option<String>,
    /// Its tenant's maintenance windows.
    pub windows: Vec<Window>,
}

/// What is seen of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOperation {
    /// How it stands.
    pub status: OperationStatus,
    /// Whether it takes the release out of the cluster.
    pub uninstalls: bool,
    /// The revision that it made.
    pub made: Option<u32>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// Why it did not succeed.
    pub error: Option<String>,
}

/// What is seen of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRelease {
    /// Its newest revision.
    pub revision: u32,
    /// Its state.
    pub state: ReleaseState,
    /// How its workloads run.
    pub health: Health,
    /// In a few words; redacted.
    pub detail: Option<String>,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A target is somewhere else now.
    Move(Move),
    /// There were too many failures: no new work; those targets go back.
    Halt {
        /// Paused or aborted.
        state: BatchState,
        /// Why.
        why: String,
        /// Which go back.
        back: Vec<u32>,
    },
    /// A wave begins.
    BeginWave(usize),
    /// The last of a wave's targets is over.
    EndWave(usize),
    /// A target runs from now on: its change is to be asked for.
    Start(u32),
    /// A target is on its way back from now on: its rollback is to be asked for.
    Back(u32),
    /// Look at a target's workloads once more, and not through the watch.
    Confirm(u32),
    /// Nothing is left to do.
    Finish,
}

/// How a target is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Which.
    pub ord: u32,
    /// Where it is.
    pub to: TargetState,
    /// Why.
    pub why: Option<String>,
    /// The revision that its change made.
    pub result_revision: Option<u32>,
    /// Whether it counts as a failure.
    pub failed: bool,
    /// Whether it is to go back.
    pub back: bool,
}

/// How a batch goes on. `patience` is how long a target may take to be healthy.
pub fn next(batch: &Batch, targets: &[(Target, Sight)], patience: TimeDelta, now: DateTime<Utc>) -> Vec<Step> {
    if !matches!(batch.state, BatchState::Running | BatchState::Paused | BatchState::Aborted) || batch.finished_at.is_some() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut now_at: Vec<Target> = targets.iter().map(|(target, _)| target.clone()).collect();
    for (target, (_, sight)) in now_at.iter_mut().zip(targets) {
        let Some(moved) = moved(batch, target, sight, patience, now) else { continue };
        if moved.to != target.state {
            target.since = now;
        }
        target.take(&moved);
        steps.push(Step::Move(moved));
    }
    let mut state = batch.state;
    if state == BatchState::Running
        && let Some(halt) = halt(batch, &mut now_at)
    {
        if let Step::Halt { state: halted, .. } = &halt {
            state = *halted;
        }
        steps.push(halt);
    }
    for (target, (_, sight)) in now_at.iter_mut().zip(targets) {
        match target.state {
            _ if target.goes_back() => {
                target.state = TargetState::RollingBack;
                steps.push(Step::Back(target.ord));
            }
            TargetState::Soaking if is_well(target, sight) && now - target.since >= TimeDelta::seconds(i64::from(batch.strategy.soak)) => {
                steps.push(Step::Confirm(target.ord));
            }
            _ => {}
        }
    }
    if state == BatchState::Running {
        advance(batch, targets, &mut now_at, now, &mut steps);
    } else {
        let open = batch.waves.iter().enumerate().filter(|(_, wave)| wave.begun_at.is_some() && wave.over_at.is_none());
        let over = |at: &usize| now_at.iter().filter(|target| target.is_in(*at)).all(|target| target.state.is_over());
        steps.extend(open.map(|(at, _)| at).filter(over).map(Step::EndWave));
    }
    if now_at.iter().all(|target| target.state.is_over() || (state == BatchState::Aborted && target.state == TargetState::Waiting))
        && (state == BatchState::Aborted || state == BatchState::Running && all_over(batch, &steps))
    {
        steps.push(Step::Finish);
    }
    steps
}

impl Target {
    /// The target after a move.
    pub fn take(&mut self, moved: &Move) {
        (self.state, self.why) = (moved.to, moved.why.clone());
        (self.result_revision, self.failed, self.back) = (moved.result_revision, moved.failed, moved.back);
    }

    fn is_in(&self, wave: usize) -> bool {
        usize::try_from(self.wave).is_ok_and(|of| of == wave)
    }

    /// Whether it can and is to go back now.
    fn goes_back(&self) -> bool {
        let still = matches!(self.state, TargetState::Settling | TargetState::Soaking | TargetState::Done | TargetState::Failed);
        self.back && still && self.result_revision.is_some() && self.home_revision.is_some()
    }
}

/// Where a target that is under way is by now, where that is somewhere else.
fn moved(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> Option<Move> {
    let to = |to, why: Option<String>| Move {
        ord: target.ord,
        to,
        why,
        result_revision: target.result_revision,
        failed: target.failed,
        back: target.back,
    };
    let operation = sight.operation.as_ref();
    let revision = sight.release.as_ref().filter(|release| release.state != ReleaseState::Uninstalled).map(|release| release.revision);
    match target.state {
        TargetState::Running => {
            let ended = operation.filter(|operation| operation.status.is_settled())?;
            if ended.status == OperationStatus::Succeeded {
                return Some(match ended.made {
                    Some(made) => Move { result_revision: Some(made), ..to(TargetState::Settling, None) },
                    None if ended.uninstalls => to(TargetState::Done, None),
                    None => to(TargetState::SetAside, Some("It was changed elsewhere at the same time.".into())),
                });
            }
            // What somebody else has made meanwhile is not ours to set right.
            let made = ended.made;
            if let Some(now) = revision.filter(|revision| made.is_none() && Some(*revision) > target.base_revision) {
                return Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere before its turn came: revision {now}."))));
            }
            let back = target.back || batch.strategy.rollback != GoesBack::None;
            let why = ended.error.clone().or_else(|| Some(format!("Its operation was {}.", ended.status.as_str())));
            Some(Move { result_revision: made, failed: true, back: back && made.is_some(), ..to(TargetState::Failed, why) })
        }
        TargetState::Settling | TargetState::Soaking => {
            let result = target.result_revision?;
            let failed = |why: String| Move {
                failed: true,
                back: target.back || batch.strategy.rollback != GoesBack::None,
                ..to(TargetState::Failed, Some(why))
            };
            let late = || {
                let ended = operation.and_then(|operation| operation.ended).unwrap_or(target.since);
                now - ended > patience + TimeDelta::seconds(i64::from(batch.strategy.soak))
            };
            match (revision, &sight.release) {
                (None, Some(_)) => Some(to(TargetState::SetAside, Some("It was uninstalled while it was being watched.".into()))),
                (Some(now), _) if now > result => {
                    Some(to(TargetState::SetAside, Some(format!("It was changed elsewhere while it was being watched: revision {now}."))))
                }
                (Some(now), Some(release)) if now == result && release.state == ReleaseState::Failed => {
                    Some(failed(format!("Revision {now} failed.")))
                }
                // Looked at once more it was not well, whatever the watch says.
                _ if is_well(target, sight) && target.state == TargetState::Soaking => {
                    let ill = target.why.clone().filter(|_| late());
                    ill.map(|why| failed(format!("Not healthy {} s after the change: {why}", patience.num_seconds())))
                }
                _ if is_well(target, sight) => Some(to(TargetState::Soaking, None)),
                (_, release) => {
                    let detail = release.as_ref().and_then(|release| release.detail.clone());
                    if late() {
                        let seconds = patience.num_seconds();
                        let words = detail.unwrap_or_else(|| "its new revision was not seen".into());
                        return Some(failed(format!("Not healthy {seconds} s after the change: {words}.")));
                    }
                    (target.state == TargetState::Soaking || target.why != detail).then(|| to(TargetState::Settling, detail))
                }
            }
        }
        TargetState::RollingBack => {
            let ended = operation.filter(|operation| operation.status.is_settled())?;
            Some(match ended.status {
                OperationStatus::Succeeded => Move { back: false, ..to(TargetState::RolledBack, target.why.clone()) },
                _ => {
                    let words = ended.error.clone().unwrap_or_default();
                    let why = Some(format!("It could not be rolled back. {words}"));
                    let now = ended.made.or(target.result_revision);
                    Move { failed: true, back: false, result_revision: now, ..to(TargetState::Failed, why) }
                }
            })
        }
        _ => None,
    }
}

/// Whether the watch has seen the very revision that the change made, and nothing of it that does not run.
fn is_well(target: &Target, sight: &Sight) -> bool {
    sight.release.as_ref().is_some_and(|release| {
        Some(release.revision) == target.result_revision
            && release.state == ReleaseState::Deployed
            // Nothing to run is nothing that could be ill; whether that is so is confirmed in the end.
            && matches!(release.health, Health::Healthy | Health::Unknown)
    })
}

/// Stops where there were too many failures.
fn halt(batch: &Batch, targets: &mut [Target]) -> Option<Step> {
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
    let wave = batch.waves.iter().rposition(|wave| wave.begun_at.is_some()).unwrap_or(0);
    let scope = |target: &Target| match strategy.rollback {
        GoesBack::None | GoesBack::Target => false,
        GoesBack::Wave => usize::try_from(target.wave).is_ok_and(|of| of == wave),
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

/// Ends and begins waves, and begins with their targets, as many at once as allowed.
fn advance(batch: &Batch, seen: &[(Target, Sight)], targets: &mut [Target], now: DateTime<Utc>, steps: &mut Vec<Step>) {
    let strategy = &batch.strategy;
    let mut waves = batch.waves.clone();
    for at in 0..waves.len() {
        let over = targets.iter().filter(|target| target.is_in(at)).all(|target| target.state.is_over());
        if waves[at].begun_at.is_none() {
            let before = at.checked_sub(1).map(|before| waves[before].over_at);
            let rested = match before {
                None => true,
                Some(None) => return,
                // Nothing to do in it: no pause is made for it, and nobody is asked.
                Some(Some(_)) if over => true,
                Some(Some(before)) => {
                    now - before >= TimeDelta::seconds(i64::from(strategy.delay)) && (!strategy.approval || waves[at].approved_by.is_some())
                }
            };
            if !rested {
                return;
            }
            if !over && waves[at].approved_by.is_none() && untried(batch, targets, at) {
                let why = "No canary came through, so that nothing speaks for the change. Resume to go on with the rest all the same.";
                steps.push(Step::Halt { state: BatchState::Paused, why: why.to_owned(), back: Vec::new() });
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
            if let Some(why) = kept_out(batch, sight, open, now) {
                let moved = Move {
                    ord: target.ord,
                    to: TargetState::SetAside,
                    why: Some(why),
                    result_revision: None,
                    failed: target.failed,
                    back: false,
                };
                target.take(&moved);
                steps.push(Step::Move(moved));
            } else if room > 0 && open && target.preview_id.is_some() {
                room -= 1;
                target.state = TargetState::Running;
                steps.push(Step::Start(target.ord));
            }
        }
    }
}

/// Whether none of the canaries before that wave came through.
fn untried(batch: &Batch, targets: &[Target], wave: usize) -> bool {
    matches!(batch.strategy.order, Order::Canary { .. })
        && wave == 1
        && !targets.iter().any(|target| target.wave == 0 && target.state == TargetState::Done)
}

/// Why a target is set aside instead of begun.
fn kept_out(batch: &Batch, sight: &Sight, open: bool, now: DateTime<Utc>) -> Option<String> {
    if sight.held.is_some() || open {
        return sight.held.clone();
    }
    match window::next_opening(&sight.windows, now) {
        Some(_) if batch.strategy.wait_for_window => None,
        Some(at) => Some(format!("Its tenant's maintenance window is closed; it opens {}.", at.format("%Y-%m-%d %H:%M UTC"))),
        None => Some("Its tenant's maintenance window is closed and never opens again.".to_owned()),
    }
}

/// Whether every wave is over once these steps are made.
fn all_over(batch: &Batch, steps: &[Step]) -> bool {
    (0..batch.waves.len()).all(|at| batch.waves[at].over_at.is_some() || steps.contains(&Step::EndWave(at)))
}
