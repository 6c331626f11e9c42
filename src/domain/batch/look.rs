//! The last look at a target, in the cluster itself and past the watch: when it is due, and what comes of it. Looks at nothing:
//! `manager` does.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Batch, GoesBack,
    moved::{is_well, late},
    step::Sight,
    target::{Target, TargetState},
};

/// How long what was looked at in vain is let be.
const AGAIN: TimeDelta = TimeDelta::seconds(1);

/// For how long the watch has to have told that it runs, however long it has soaked: time in which nobody watched ends no soak.
const WATCHED: TimeDelta = TimeDelta::minutes(1);

/// For how much longer than it had to be well an ended batch asks about a target.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(1);

/// What a look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Everything that the release's manifest names runs.
    Well,
    /// Something of it does not: what, and why; redacted, hostile text.
    Ill(String),
    /// Nobody answered, and why: that speaks neither for the release nor against it.
    Unanswered(String),
}

/// Whether a target is to be looked at now: once it has soaked, and where it was found ill before, when its time is over.
pub(super) fn is_due(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> bool {
    if target.state != TargetState::Soaking || !is_well(target, sight) {
        return false;
    }
    let rested = now - target.since;
    let soaked = has_soaked(batch, target, sight, now);
    match target.why {
        None => soaked,
        Some(_) => rested >= AGAIN && (soaked || late(batch, target, sight, patience, now)),
    }
}

fn has_soaked(batch: &Batch, target: &Target, sight: &Sight, now: DateTime<Utc>) -> bool {
    let soak = TimeDelta::seconds(i64::from(batch.strategy.soak));
    now - target.since >= soak && sight.watched_since.is_none_or(|since| now - since >= soak.min(WATCHED))
}

/// Whether a batch that was ended waits no longer for a look: nobody has answered, long after the target had to be well. It can
/// still be rolled back.
pub(super) fn is_given_up(batch: &Batch, target: &Target, sight: &Sight, patience: TimeDelta, now: DateTime<Utc>) -> bool {
    target.state == TargetState::Soaking && target.why.is_some() && late(batch, target, sight, patience + GIVEN_UP, now)
}

impl Target {
    /// Takes over what a look has found. Answers whether that brought it on; otherwise it is looked at again.
    pub fn after_look(&mut self, batch: &Batch, sight: &Sight, look: Look, patience: TimeDelta, now: DateTime<Utc>) -> bool {
        let soaked = has_soaked(batch, self, sight, now);
        match look {
            Look::Well if soaked => (self.state, self.since, self.why, self.over_at) = (TargetState::Done, now, None, Some(now)),
            // It was ill in between: it has to be well for as long as anybody else.
            Look::Well => self.why = None,
            Look::Ill(why) if late(batch, self, sight, patience, now) => {
                let why = format!("Not healthy {} s after the change: {why}", patience.num_seconds());
                self.fail(Some(why), self.back || batch.strategy.rollback != GoesBack::None, now);
            }
            Look::Ill(why) => {
                (self.since, self.why) = (now, Some(why));
                return false;
            }
            Look::Unanswered(why) => {
                self.why = Some(why);
                return false;
            }
        }
        true
    }
}
