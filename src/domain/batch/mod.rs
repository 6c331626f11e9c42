//! Batches: one change over many releases, in waves. The nouns, and what a batch says of itself. Which release comes in
//! which wave is [`plan`]'s, what comes next [`step`]'s and [`look`]'s, what people do to it [`person`]'s, which previews are
//! alike [`alike`]'s. Runs nothing: `manager` does.

pub mod advance;
pub mod aim;
pub mod alike;
pub mod chosen;
mod halt;
pub mod look;
pub mod moved;
pub mod person;
pub mod plan;
pub mod saved;
pub mod seen;
pub mod step;
pub mod strategy;
pub mod target;
pub mod wave;
pub mod wish;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    aim::{Aim, Selection},
    chosen::{Choice, Chosen, Part},
    saved::SavedSelection,
    strategy::{Answer, GoesBack, Order, Strategy, Threshold},
    target::{Target, TargetOf, TargetState},
    wave::Wave,
    wish::{OrderWord, StrategyWish},
};
use super::{
    change::RunOptions,
    ids::{BatchId, PreviewId},
    problem::{Code, Problem},
};

/// The most releases of one batch.
pub const MOST_TARGETS: usize = 1_000;
/// The most releases that are ticked for one batch: their ids stand in an address, which proxies cut off at 8 KiB.
pub const MOST_TICKED: usize = 100;

/// What a batch is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// What is done to each release.
    pub aim: Aim,
    /// To which releases.
    pub selection: Selection,
    /// In which order, and when it stops.
    pub strategy: Strategy,
    /// How Helm is to run.
    pub options: RunOptions,
    /// Whether it starts by itself once everything has been rendered.
    pub start: bool,
}

impl Definition {
    /// Refuses what is out of bounds or means nothing together.
    pub fn checked(self) -> Result<Self, Problem> {
        let (aim, strategy) = (self.aim.checked()?, self.strategy.checked()?);
        if !aim.can_go_back() && strategy.rollback != GoesBack::None {
            let text = "What is uninstalled cannot be rolled back. Choose no automatic rollback for a batch that uninstalls.";
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        if self.options.atomic {
            let text = "A batch rolls back by its own rule: choose one of its rollbacks instead of atomic.";
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        Ok(Self { aim, strategy, selection: self.selection.checked()?, options: self.options.checked()?, start: self.start })
    }
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BatchState {
    /// Every target's change is being rendered.
    Preflight,
    /// It can be looked at, and started.
    Ready,
    /// At work.
    Running,
    /// What runs comes to its end; nothing new begins until somebody resumes it.
    Paused,
    /// What runs comes to its end; nothing new begins any more.
    Aborted,
    /// Nothing is left to do.
    Finished,
}

impl BatchState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Preflight, Self::Ready, Self::Running, Self::Paused, Self::Aborted, Self::Finished];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Aborted => "aborted",
            Self::Finished => "finished",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// How many targets are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Not begun.
    pub waiting: u32,
    /// Being changed, watched afterwards, or on their way back.
    pub running: u32,
    /// Changed and seen healthy.
    pub done: u32,
    /// Changed in vain, and left so.
    pub failed: u32,
    /// Back where they were.
    pub rolled_back: u32,
    /// Left out.
    pub set_aside: u32,
    /// How many of all of them have failed, those that went back included.
    pub failures: u32,
}

impl Counts {
    /// Counts them, each by its state and whether it failed.
    pub fn of(targets: impl IntoIterator<Item = (TargetState, bool)>) -> Self {
        let mut counts = Self::default();
        for (state, failed) in targets {
            counts.failures += u32::from(failed);
            *match state {
                TargetState::Waiting => &mut counts.waiting,
                busy if busy.is_busy() => &mut counts.running,
                TargetState::Done => &mut counts.done,
                TargetState::Failed => &mut counts.failed,
                TargetState::RolledBack => &mut counts.rolled_back,
                // Those that are at work were counted.
                _ => &mut counts.set_aside,
            } += 1;
        }
        counts
    }

    /// All of them.
    pub fn total(&self) -> u32 {
        self.waiting + self.running + self.done + self.failed + self.rolled_back + self.set_aside
    }
}

/// A batch, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// What it does in a few words, such as `web to 1.4.0`; hostile text.
    pub title: String,
    /// Where it stands.
    pub state: BatchState,
    /// Why it stands there, where the state alone does not tell.
    pub why: Option<String>,
    /// In which order.
    pub strategy: Strategy,
    /// Who asked for it.
    pub requested_by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// When nothing was left to do.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its waves, in order.
    pub waves: Vec<Wave>,
    /// How its targets stand.
    pub counts: Counts,
    /// Counts its changes, from 1.
    pub version: u32,
    /// Failures that somebody has seen and let it go on after.
    pub forgiven: u32,
}

impl Batch {
    /// The path of its page.
    pub fn path(&self) -> String {
        format!("/batches/{}", self.id)
    }

    /// A wave that was over is not: something of it is not well any more, or is tried again. Who let others begin after it did not know
    /// what that comes to.
    pub fn reopen(&mut self, wave: usize) {
        self.waves[wave].over_at = None;
        self.waves.iter_mut().skip(wave + 1).filter(|later| later.begun_at.is_none()).for_each(|later| later.approved_by = None);
    }

    /// The wave that waits for somebody's go-ahead.
    pub fn awaited(&self) -> Option<usize> {
        if self.state != BatchState::Running || !self.strategy.approval {
            return None;
        }
        let next = self.waves.iter().position(|wave| wave.begun_at.is_none())?;
        let over = self.waves[..next].iter().all(|before| before.over_at.is_some());
        (next > 0 && over && self.waves[next].approved_by.is_none()).then_some(next)
    }
}

/// A batch with everything on its board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// The batch.
    #[serde(flatten)]
    pub batch: Batch,
    /// What is done, as text that may be shown: the patch without what is secret in it.
    pub aim: String,
    /// Whether that can be rolled back.
    pub can_go_back: bool,
    /// For how many seconds Helm waits for what it has changed, and for how many a target may take to be healthy.
    pub timeout: u32,
    /// Its targets, by wave.
    pub targets: Vec<Target>,
    /// What the preflight found: targets whose change is the same, the most frequent first.
    pub groups: Vec<Group>,
    /// About how many seconds are left; `None` where that is not known.
    pub left: Option<i64>,
    /// What tells whether the batch has moved: an act that carries it is refused where it would mean something else by now.
    pub seen: String,
}

/// Targets whose change is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// What tells it from others.
    pub alike: String,
    /// How many targets.
    pub targets: u32,
    /// The preview of one of them.
    pub sample: PreviewId,
}

/// About how many seconds are left, by what the targets that were changed have taken: their median, for each that is still to
/// come, as many at once as allowed, and the pauses that are still to be made. `None` until three were changed, while it is not
/// running, or where it waits for a person or for a window.
pub fn left(batch: &Batch, targets: &[Target], now: DateTime<Utc>) -> Option<i64> {
    if batch.state != BatchState::Running || batch.strategy.approval && batch.waves.iter().any(|wave| wave.begun_at.is_none()) {
        return None;
    }
    if targets.iter().any(|one| one.state == TargetState::Waiting && one.why.is_some()) {
        return None;
    }
    let changed = targets.iter().filter(|one| matches!(one.state, TargetState::Done | TargetState::Failed));
    let mut taken: Vec<TimeDelta> = changed.filter_map(|one| one.over_at.zip(one.begun_at)).map(|(over, begun)| over - begun).collect();
    if taken.len() < 3 {
        return None;
    }
    taken.sort();
    let each = taken[taken.len() / 2];
    let lanes = i32::try_from(batch.strategy.parallel.max(1)).ok()?;
    let spent = |begun: DateTime<Utc>| (each - (now - begun)).max(TimeDelta::zero());
    let work: TimeDelta = targets
        .iter()
        .filter(|one| !one.state.is_over())
        .map(|one| one.begun_at.filter(|_| one.state != TargetState::Waiting).map_or(each, spent))
        .sum();
    let ahead = batch.waves.iter().filter(|wave| wave.begun_at.is_none()).count();
    let pauses = TimeDelta::seconds(i64::from(batch.strategy.delay)) * i32::try_from(ahead).ok()?;
    Some((work / lanes + pauses).num_seconds())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
