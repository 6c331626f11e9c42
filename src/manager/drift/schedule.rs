//! Checks that happen by themselves: each release once in a while, the longest unchecked first, spread so that they never
//! come all at once. A release that has changed is not checked for as long again. Decides nothing about a result.

use std::time::Duration;

use chrono::TimeDelta;
use futures::{StreamExt, stream};

use crate::{
    domain::{actor::Actor, ids::ReleaseId, problem::Code},
    manager::{ReleaseManager, store_problem},
};

/// How often it is looked whose turn it is.
const TICK: Duration = Duration::from_secs(15);
/// How many checks of the schedule run at the same time, so that people's find a turn.
const AT_ONCE: usize = 2;
/// The most that are begun at one tick.
const MOST: u64 = 50;

impl ReleaseManager {
    /// Checks releases as their turns come, for ever; returns where no schedule is set.
    pub(in crate::manager) async fn sync_drift(&self) {
        if self.inner.drift.settings.every.is_none() {
            return;
        }
        let mut synced = self.synced();
        // Before the first listing nobody knows which releases there are. An error means that the manager is gone.
        let _ = synced.wait_for(|synced| *synced).await;
        loop {
            self.check_due().await;
            tokio::time::sleep(TICK).await;
        }
    }

    /// Checks those whose turn has come, as many as keep the pace; answers which.
    pub async fn check_due(&self) -> Vec<ReleaseId> {
        let Some(every) = self.inner.drift.settings.every else { return Vec::new() };
        let drifts = &self.inner.stores.drifts;
        let before = self.now() - every;
        let due = match drifts.due(before, u32::try_from(MOST).unwrap_or(u32::MAX)).await {
            Ok(due) => due,
            Err(error) => {
                store_problem(error);
                return Vec::new();
            }
        };
        let now: Vec<ReleaseId> = due.releases.into_iter().take(pace(due.of, every)).collect();
        stream::iter(now.clone()).for_each_concurrent(AT_ONCE, |id| self.check_by_itself(id)).await;
        now
    }

    async fn check_by_itself(&self, id: ReleaseId) {
        // Whatever comes of it, its turn has been.
        if let Err(error) = self.inner.stores.drifts.tried(id, self.now()).await {
            store_problem(error);
            return;
        }
        let actor = Actor::system("drift");
        let checked = async { self.check(&actor, &self.release(&actor, id).await?, None).await };
        if let Err(problem) = checked.await
            && !matches!(problem.code, Code::OperationInProgress | Code::RevisionMoved | Code::TooManyChecks)
        {
            tracing::info!(release.id = %id, code = %problem.code, "a release could not be checked for drift; it is when its next turn comes");
        }
    }
}

/// How many are begun at a tick, so that all of them have had their turn when the first is due again.
fn pace(of: u64, every: TimeDelta) -> usize {
    let ticks = u64::try_from(every.num_seconds()).unwrap_or(0) / TICK.as_secs();
    usize::try_from(of.div_ceil(ticks.max(1)).clamp(1, MOST)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_spread_over_the_whole_span() {
        let hours = TimeDelta::hours;
        assert_eq!(pace(0, hours(6)), 1);
        assert_eq!(pace(1_440, hours(6)), 1, "one every fifteen seconds");
        assert_eq!(pace(2_500, hours(6)), 2);
        assert_eq!(pace(1_000_000, hours(1)), 50, "never more");
        assert_eq!(pace(3, TimeDelta::seconds(1)), 3);
    }
}
