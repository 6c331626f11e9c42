//! What comes next in a batch: from how its targets stand, what is seen of their operations and releases, and what time it
//! is. Pure, and the same for the same sight: whoever was interrupted asks again. Does nothing of it: `manager` does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch, BatchState,
    advance::{advance, all_over},
    halt::halt,
    look,
    moved::moved,
    target::{Target, TargetState},
};
use crate::domain::{
    operation::OperationStatus,
    problem::Code,
    release::{Health, ReleaseState},
    window::Window,
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
    /// Why it is not the batch's any more, not even to be taken back: another tenant's, or installed anew.
    pub stranger: Option<String>,
    /// Its tenant's maintenance windows.
    pub windows: Vec<Window>,
    /// Since when the watch has told of it without a break: what nobody could see speaks against nobody.
    pub watched_since: Option<DateTime<Utc>>,
    /// Whether the watch is blind now: nothing begins meanwhile.
    pub blind: bool,
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
    /// The kind of that.
    pub code: Option<Code>,
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
        /// The wave in which there were too many; none where something else stops it.
        wave: Option<usize>,
    },
    /// A wave begins.
    BeginWave(usize),
    /// The last of a wave's targets is over.
    EndWave(usize),
    /// Something of a wave that was over is not well any more.
    ReopenWave(usize),
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
    /// The revision that the batch has just made of it.
    pub made: Option<u32>,
    /// Whether its change begins anew once it is back.
    pub again: bool,
    /// Whether something that has nothing to do with the change has cut short what was under way: so that it is tried once more by
    /// itself, for a number of times.
    pub cut_short: bool,
}

/// How often a target may move at one moment: from the end of its operation to its soak.
const MOVES: usize = 3;

/// How a batch goes on. `patience` is how long a target may take to be healthy.
pub fn next(batch: &Batch, targets: &[(Target, Sight)], patience: TimeDelta, now: DateTime<Utc>) -> Vec<Step> {
    if !matches!(batch.state, BatchState::Running | BatchState::Paused | BatchState::Aborted) || batch.finished_at.is_some() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut now_at: Vec<Target> = targets.iter().map(|(target, _)| target.clone()).collect();
    for (target, (_, sight)) in now_at.iter_mut().zip(targets) {
        for _ in 0..MOVES {
            let Some(moved) = moved(batch, target, sight, patience, now) else { break };
            target.take(&moved, now);
            steps.push(Step::Move(moved));
        }
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
        if state == BatchState::Aborted && look::is_given_up(batch, target, sight, patience, now) {
            let moved = Move { to: TargetState::Done, ..target.stays(target.why.clone()) };
            target.take(&moved, now);
            steps.push(Step::Move(moved));
        }
        match &sight.stranger {
            Some(why) if target.goes_back() => {
                let to = if target.state == TargetState::Failed && !target.failed { TargetState::SetAside } else { target.state };
                let moved = Move { to, back: false, again: false, ..target.stays(Some(format!("It was not rolled back. {why}"))) };
                target.take(&moved, now);
                steps.push(Step::Move(moved));
            }
            None if target.goes_back() => {
                target.state = TargetState::RollingBack;
                steps.push(Step::Back(target.ord));
            }
            _ if look::is_due(batch, target, sight, patience, now) => steps.push(Step::Confirm(target.ord)),
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
    let is_over = |target: &Target| target.state.is_over() || (state == BatchState::Aborted && target.state == TargetState::Waiting);
    // A paused batch of which nothing is left has nothing to wait for.
    if now_at.iter().all(is_over) && (state != BatchState::Running || all_over(batch, &steps)) {
        steps.push(Step::Finish);
    }
    steps
}

impl Target {
    /// The target after a move.
    pub fn take(&mut self, moved: &Move, now: DateTime<Utc>) {
        self.made_revision = moved.made.or(self.made_revision);
        self.interrupted += u32::from(moved.cut_short);
        if moved.to == TargetState::Waiting && self.state != TargetState::Waiting {
            return self.begin_anew(moved.why.clone(), now);
        }
        if self.state != moved.to {
            (self.since, self.over_at) = (now, moved.to.is_over().then_some(now));
        }
        if moved.failed && !self.failed {
            self.failed_operation_id = self.operation_id;
        }
        (self.state, self.why) = (moved.to, moved.why.clone());
        (self.result_revision, self.failed, self.back, self.again) = (moved.result_revision, moved.failed, moved.back, moved.again);
    }

    /// Sets out to its change, or back from it; its operation is yet to be asked for.
    pub fn set_out(&mut self, back: bool, now: DateTime<Utc>) {
        self.state = if back { TargetState::RollingBack } else { TargetState::Running };
        (self.since, self.operation_id, self.over_at) = (now, None, None);
        self.begun_at.get_or_insert(now);
        // What it waited for is over; why it goes back is not.
        self.why = self.why.take().filter(|_| back);
        // What has not been changed yet has nothing to take back.
        self.back &= back;
    }

    /// A move to where it is, with other words.
    pub(super) fn stays(&self, why: Option<String>) -> Move {
        let Self { ord, state, result_revision, failed, back, again, .. } = *self;
        Move { ord, to: state, why, result_revision, failed, back, again, made: None, cut_short: false }
    }

    pub(super) fn is_in(&self, wave: usize) -> bool {
        usize::try_from(self.wave).is_ok_and(|of| of == wave)
    }

    /// Whether it can and is to go back now.
    fn goes_back(&self) -> bool {
        let still = matches!(self.state, TargetState::Settling | TargetState::Soaking | TargetState::Done | TargetState::Failed);
        self.back && still && self.result_revision.is_some() && self.home_revision.is_some()
    }
}
