//! Which batches a hint concerns, so that a busy cluster does not have every batch read again and again: an operation that
//! has ended, of any release of theirs, and whatever happens to a release whose health they wait for. What goes on within an
//! operation concerns none. Whatever is not known for sure concerns all of them. Reads nothing itself: [`super::drive`] does.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::sync::broadcast::error::RecvError;

use crate::domain::{
    batch::{Target, TargetState, step::Sight},
    ids::{BatchId, ReleaseId},
    live::Live,
};

/// What the batches at work listen for.
pub(super) type Listening = HashMap<BatchId, Ears>;

/// What one batch listens for.
#[derive(Default)]
pub(super) struct Ears {
    /// Its releases: each is changed by an operation, and may be in the way by another.
    members: HashSet<ReleaseId>,
    /// Those of which the watch is to tell how they run.
    awaited: HashSet<ReleaseId>,
}

impl Ears {
    /// For targets that stand so.
    pub(super) fn of(seen: &[(Target, Sight)]) -> Self {
        let awaited = |target: &&Target| matches!(target.state, TargetState::Settling | TargetState::Soaking);
        let targets = || seen.iter().map(|(target, _)| target);
        Self {
            members: targets().map(|target| target.release_id).collect(),
            awaited: targets().filter(awaited).map(|target| target.release_id).collect(),
        }
    }
}

/// What was heard since the last look.
#[derive(Default)]
pub(super) struct Heard {
    everything: bool,
    /// Releases that are somewhere else by now.
    moved: HashSet<ReleaseId>,
    /// Releases of which an operation has ended.
    ended: HashSet<ReleaseId>,
}

impl Heard {
    /// Something that concerns every batch, such as that time has gone on.
    pub(super) fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Whether every batch is concerned.
    pub(super) fn is_everything(&self) -> bool {
        self.everything
    }

    /// The releases of which something was heard.
    pub(super) fn releases(&self) -> BTreeSet<ReleaseId> {
        self.moved.union(&self.ended).copied().collect()
    }

    /// Takes a hint in; answers whether it concerns any batch that is known. Where hints were missed, nobody knows whom they
    /// concerned.
    pub(super) fn take(&mut self, hint: Result<Live, RecvError>, listening: &Listening) -> bool {
        match hint {
            Ok(Live::Release { id, .. }) => {
                let awaited = listening.values().any(|ears| ears.awaited.contains(&id));
                if awaited {
                    self.moved.insert(id);
                }
                awaited
            }
            // That one has ended is told apart from these. Batches are moved by their driver, or it is told otherwise.
            Ok(Live::Operation { .. } | Live::Batch { .. }) => false,
            // Holds, windows and namespaces are of tenants, and any batch may have one of theirs.
            Ok(Live::Tenants) | Err(_) => {
                self.everything = true;
                true
            }
        }
    }

    /// Takes in that an operation of a release has ended.
    pub(super) fn ended(&mut self, release: Result<ReleaseId, RecvError>) {
        match release {
            Ok(release) => {
                self.ended.insert(release);
            }
            Err(_) => self.everything = true,
        }
    }

    /// Whether that batch is concerned; one of which nothing is known is.
    pub(super) fn concerns(&self, id: BatchId, listening: &Listening) -> bool {
        let hears = |ears: &Ears| !ears.members.is_disjoint(&self.ended) || !ears.awaited.is_disjoint(&self.moved);
        self.everything || listening.get(&id).is_none_or(hears)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::OperationId;

    fn batch(number: u128) -> BatchId {
        BatchId(Uuid::from_u128(number))
    }

    fn release(number: u128) -> ReleaseId {
        ReleaseId(Uuid::from_u128(number))
    }

    fn set(numbers: &[u128]) -> HashSet<ReleaseId> {
        numbers.iter().map(|number| release(*number)).collect()
    }

    /// Two batches; each waits for one of its releases to be healthy.
    fn listening() -> Listening {
        let ears = |members: &[u128], awaited: &[u128]| Ears { members: set(members), awaited: set(awaited) };
        Listening::from([(batch(1), ears(&[1, 2], &[2])), (batch(2), ears(&[3], &[3]))])
    }

    /// Which of the two and of a third one is concerned.
    fn concerned(heard: &Heard) -> [bool; 3] {
        [1, 2, 3].map(|number| heard.concerns(batch(number), &listening()))
    }

    /// The same after a hint, and whether it concerns any.
    fn hinted(hint: Result<Live, RecvError>) -> (bool, [bool; 3]) {
        let mut heard = Heard::default();
        let any = heard.take(hint, &listening());
        (any, concerned(&heard))
    }

    #[test]
    fn a_release_concerns_the_batches_that_wait_for_it_and_those_nothing_is_known_of() {
        let moved = |number| hinted(Ok(Live::Release { id: release(number), tenant: None }));
        assert_eq!(moved(2), (true, [true, false, true]));
        assert_eq!(moved(3), (true, [false, true, true]));
        assert_eq!(moved(1), (false, [false, false, true]), "it is at work, or has not begun");
        assert_eq!(moved(9), (false, [false, false, true]));
    }

    #[test]
    fn what_goes_on_within_an_operation_concerns_nobody_and_its_end_does() {
        let operation = Live::Operation { id: OperationId(Uuid::nil()), release: release(1), tenant: None };
        assert_eq!(hinted(Ok(operation)), (false, [false, false, true]));
        let mut heard = Heard::default();
        heard.ended(Ok(release(1)));
        assert_eq!(concerned(&heard), [true, false, true]);
    }

    #[test]
    fn what_may_concern_anybody_and_what_was_missed_concerns_all() {
        assert_eq!(hinted(Ok(Live::Tenants)), (true, [true; 3]));
        assert_eq!(hinted(Err(RecvError::Lagged(7))), (true, [true; 3]));
        let mut heard = Heard::default();
        heard.ended(Err(RecvError::Lagged(7)));
        assert_eq!(concerned(&heard), [true; 3]);
        assert!(Heard::everything().concerns(batch(1), &Listening::from([(batch(1), Ears::default())])));
    }
}
