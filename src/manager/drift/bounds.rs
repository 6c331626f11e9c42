//! The bounds of checks: how many run at a time, one at a time for each release, and how many somebody may ask for in a
//! minute. Checks nothing.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::DriftSettings;
use crate::domain::{
    actor::Actor,
    ids::ReleaseId,
    problem::{Code, Problem},
};

/// How many checks run at the same time.
const AT_ONCE: usize = 3;
/// How long a check may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many checks somebody may ask for within a minute.
const A_MINUTE: usize = 60;

/// The settings of checks, and which are under way.
pub(in crate::manager) struct Checks {
    pub settings: DriftSettings,
    turns: Semaphore,
    busy: Mutex<BTreeSet<ReleaseId>>,
    /// When somebody asked, within the last minute.
    asked: Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>,
}

/// A check's turn; it ends when this is dropped.
pub(super) struct Turn<'a> {
    checks: &'a Checks,
    release: ReleaseId,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.checks.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.release);
    }
}

impl Checks {
    /// Nothing is under way.
    pub fn new(settings: DriftSettings) -> Self {
        Self { settings, turns: Semaphore::new(AT_ONCE), busy: Mutex::default(), asked: Mutex::default() }
    }

    /// Counts that somebody asks for a check; refused where they asked too often.
    pub(super) fn admit(&self, actor: &Actor, now: DateTime<Utc>) -> Result<(), Problem> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, times| {
            times.retain(|at| now - *at < TimeDelta::minutes(1));
            !times.is_empty()
        });
        let times = asked.entry(actor.name().to_owned()).or_default();
        if times.len() >= A_MINUTE {
            let text = format!("You asked for {A_MINUTE} checks within a minute. Wait a moment, then ask again.");
            return Err(Problem::new(Code::TooManyChecks, text));
        }
        times.push_back(now);
        Ok(())
    }

    /// Waits for a turn to check that release; refused where it is being checked, or where too many others wait.
    pub(super) async fn turn(&self, release: ReleaseId) -> Result<Turn<'_>, Problem> {
        if !self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(release) {
            let text = "This release is being checked right now. Its result shows here in a moment.";
            return Err(Problem::new(Code::TooManyChecks, text));
        }
        // From here on it is taken off again, however this ends.
        let mut turn = Turn { checks: self, release, _permit: None };
        match tokio::time::timeout(PATIENCE, self.turns.acquire()).await {
            Ok(Ok(permit)) => {
                turn._permit = Some(permit);
                Ok(turn)
            }
            _ => Err(Problem::new(Code::TooManyChecks, "Too many releases are being checked. Try again in a moment.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::{Door, Role};

    fn release(number: u128) -> ReleaseId {
        ReleaseId(uuid::Uuid::from_u128(number))
    }

    #[tokio::test(start_paused = true)]
    async fn a_release_is_checked_once_at_a_time_and_only_so_many_are_checked_together() {
        let checks = Checks::new(DriftSettings::default());
        let first = checks.turn(release(0)).await.ok();
        let refused = checks.turn(release(0)).await.err().unwrap();
        assert_eq!(refused.code, Code::TooManyChecks);
        let others = [checks.turn(release(1)).await.ok(), checks.turn(release(2)).await.ok()];
        assert!(others.iter().all(Option::is_some));
        assert!(checks.turn(release(3)).await.is_err(), "nobody ended while it waited");
        drop(first);
        assert!(checks.turn(release(3)).await.is_ok() && checks.turn(release(0)).await.is_ok());
    }

    #[test]
    fn nobody_asks_for_more_than_so_many_checks_in_a_minute() {
        let checks = Checks::new(DriftSettings::default());
        let (mia, ada) = (Actor::person("mia", Role::Support, vec![], Door::Api), Actor::person("ada", Role::Admin, vec![], Door::Api));
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        assert!((0..A_MINUTE).all(|_| checks.admit(&mia, at(0)).is_ok()));
        assert_eq!(checks.admit(&mia, at(59)).unwrap_err().code, Code::TooManyChecks);
        assert!(checks.admit(&ada, at(59)).is_ok() && checks.admit(&mia, at(60)).is_ok());
    }
}
