//! Which batches a hint concerns, so that a busy cluster does not have every batch read again and again. Whatever is not known
//! for sure concerns all of them. Reads nothing itself: [`super::drive`] does.

use std::collections::{HashMap, HashSet};

use tokio::sync::broadcast::error::RecvError;

use crate::domain::{
    ids::{BatchId, ReleaseId},
    live::Live,
};

/// The releases of the batches at work. Those of a batch are the same for as long as it lives, so that they are read once.
pub(super) type Members = HashMap<BatchId, HashSet<ReleaseId>>;

/// What was heard since the last look.
#[derive(Default)]
pub(super) struct Heard {
    everything: bool,
    batches: HashSet<BatchId>,
    releases: HashSet<ReleaseId>,
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

    /// Takes a hint in. Where hints were missed, nobody knows whom they concerned.
    pub(super) fn take(&mut self, hint: Result<Live, RecvError>) {
        match hint {
            Ok(Live::Batch { id }) => {
                self.batches.insert(id);
            }
            Ok(Live::Release { id, .. }) => {
                self.releases.insert(id);
            }
            Ok(Live::Operation { release, .. }) => {
                self.releases.insert(release);
            }
            // Holds, windows and namespaces are of tenants, and any batch may have one of theirs.
            Ok(Live::Tenants) | Err(_) => self.everything = true,
        }
    }

    /// Whether that batch is concerned; one whose releases are not known is.
    pub(super) fn concerns(&self, id: BatchId, members: &Members) -> bool {
        self.everything || self.batches.contains(&id) || members.get(&id).is_none_or(|mine| !mine.is_disjoint(&self.releases))
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

    /// Two batches whose releases are known, and which of them and of a third one is concerned.
    fn concerned(hints: impl IntoIterator<Item = Result<Live, RecvError>>) -> [bool; 3] {
        let members = Members::from([(batch(1), HashSet::from([release(1), release(2)])), (batch(2), HashSet::from([release(3)]))]);
        let mut heard = Heard::default();
        hints.into_iter().for_each(|hint| heard.take(hint));
        [1, 2, 3].map(|number| heard.concerns(batch(number), &members))
    }

    #[test]
    fn a_hint_concerns_the_batches_that_it_is_about_and_those_nothing_is_known_of() {
        let operation = Live::Operation { id: OperationId(Uuid::nil()), release: release(2), tenant: None };
        assert_eq!(concerned([Ok(operation)]), [true, false, true]);
        assert_eq!(concerned([Ok(Live::Release { id: release(3), tenant: None })]), [false, true, true]);
        assert_eq!(concerned([Ok(Live::Release { id: release(9), tenant: None })]), [false, false, true]);
        assert_eq!(concerned([Ok(Live::Batch { id: batch(2) })]), [false, true, true]);
    }

    #[test]
    fn what_may_concern_anybody_and_what_was_missed_concerns_all() {
        assert_eq!(concerned([Ok(Live::Tenants)]), [true; 3]);
        assert_eq!(concerned([Err(RecvError::Lagged(7))]), [true; 3]);
        assert!(Heard::everything().concerns(batch(1), &Members::from([(batch(1), HashSet::new())])));
    }
}
