//! What of a batch somebody has looked at who then acts on it, and whether the batch has moved since in a way that makes the
//! act mean something else. A running batch moves all the time: its targets do not count. Does nothing: `manager` does.

use std::{fmt, str::FromStr};

use super::{Batch, BatchState};
use crate::domain::problem::{Code, Problem};

/// What was looked at. As text, for forms and the API, such as `running.2.1.0.0.17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    state: BatchState,
    /// How many waves had begun.
    begun: u32,
    /// How many had been let go ahead.
    approved: u32,
    /// How many targets had failed.
    failures: u32,
    /// How many of those somebody had let it go on after.
    forgiven: u32,
    /// Counts every change.
    version: u32,
}

/// What an act depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depends {
    /// Nothing: a brake works however the batch has moved.
    Nothing,
    /// Where the batch stands.
    State,
    /// And which waves have begun or may begin.
    Waves,
    /// And what has failed.
    Failures,
    /// Everything that is on its board.
    Everything,
}

impl Batch {
    /// What whoever looks at it now has seen.
    pub fn seen(&self) -> Seen {
        let count = |is: fn(&super::Wave) -> bool| u32::try_from(self.waves.iter().filter(|wave| is(wave)).count()).unwrap_or(u32::MAX);
        Seen {
            state: self.state,
            begun: count(|wave| wave.begun_at.is_some()),
            approved: count(|wave| wave.approved_by.is_some()),
            failures: self.counts.failures,
            forgiven: self.forgiven,
            version: self.version,
        }
    }
}

impl Seen {
    /// Refuses an act of somebody who looked at this where the batch is so by now.
    pub fn still(&self, now: &Self, depends: Depends) -> Result<(), Problem> {
        let moved = |text: String| Err(Problem::new(Code::BatchMoved, format!("{text} Nothing was done. Look at it again, then decide.")));
        if depends == Depends::Nothing {
            return Ok(());
        }
        if self.state != now.state {
            return moved(format!("When you looked the batch was {}, and it is {} by now.", self.state.as_str(), now.state.as_str()));
        }
        let (waves, failures) = (|seen: &Self| (seen.begun, seen.approved), |seen: &Self| (seen.failures, seen.forgiven));
        if depends != Depends::State && waves(self) != waves(now) {
            return moved("Another wave of the batch has begun, or may begin, since you looked.".to_owned());
        }
        if matches!(depends, Depends::Failures | Depends::Everything) && failures(self) != failures(now) {
            return moved(format!("What has failed is not what you saw: {} then, {} by now.", self.failures, now.failures));
        }
        if depends == Depends::Everything && self.version != now.version {
            return moved("The batch is over other releases than those that you saw.".to_owned());
        }
        Ok(())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, begun, approved, failures, forgiven, version } = self;
        write!(f, "{}.{begun}.{approved}.{failures}.{forgiven}.{version}", state.as_str())
    }
}

impl FromStr for Seen {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let odd = || {
            Problem::new(Code::InvalidRequest, "What was seen of the batch cannot be read. Look at the batch again, and send its `seen`.")
        };
        let (state, numbers) = text.split_once('.').ok_or_else(odd)?;
        let numbers: Vec<u32> = numbers.split('.').map(|number| number.parse::<u32>().map_err(|_| odd())).collect::<Result<_, _>>()?;
        let [begun, approved, failures, forgiven, version] = numbers[..] else { return Err(odd()) };
        Ok(Self { state: BatchState::parse(state).ok_or_else(odd)?, begun, approved, failures, forgiven, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Seen = Seen { state: BatchState::Running, begun: 2, approved: 1, failures: 3, forgiven: 1, version: 17 };

    fn code(now: Seen, depends: Depends) -> Option<Code> {
        SEEN.still(&now, depends).err().map(|problem| problem.code)
    }

    #[test]
    fn what_was_seen_comes_back_from_its_text_and_nothing_else_is_taken_for_it() {
        assert_eq!(SEEN.to_string(), "running.2.1.3.1.17");
        assert_eq!(SEEN.to_string().parse::<Seen>().unwrap(), SEEN);
        for odd in
            ["", "running", "running.1", "running.1.2.3.4.5.6", "gone.1.2.3.4.5", "running.1.2.3.4.-5", "running.1.2.3.4.99999999999"]
        {
            assert_eq!(odd.parse::<Seen>().unwrap_err().code, Code::InvalidRequest, "{odd}");
        }
    }

    #[test]
    fn a_batch_whose_targets_move_is_still_what_was_seen_but_for_who_starts_it() {
        let later = Seen { version: 400, ..SEEN };
        for depends in [Depends::State, Depends::Waves, Depends::Failures] {
            assert_eq!(code(later, depends), None, "{depends:?}");
        }
        assert_eq!(code(later, Depends::Everything), Some(Code::BatchMoved));
    }

    #[test]
    fn each_act_is_refused_for_what_it_depends_on_and_for_nothing_more() {
        let paused = Seen { state: BatchState::Paused, ..SEEN };
        let wave = Seen { begun: 3, ..SEEN };
        let approved = Seen { approved: 2, ..SEEN };
        let failed = Seen { failures: 4, ..SEEN };
        for (now, first) in [(paused, 0), (wave, 1), (approved, 1), (failed, 2)] {
            assert_eq!(code(now, Depends::Nothing), None, "{now}");
            for (at, depends) in [Depends::State, Depends::Waves, Depends::Failures, Depends::Everything].into_iter().enumerate() {
                assert_eq!(code(now, depends).is_some(), at >= first, "{now} {depends:?}");
            }
        }
    }
}
