//! A batch as its driver has it in hand: read once, kept, and looked at again where something was heard. Moves nothing:
//! [`super::drive`] does.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::{hints::Heard, launch::is_at_work, store_problem};
use crate::{
    domain::{
        actor::Actor,
        batch::{Batch, Definition, Target, step::Sight},
        ids::BatchId,
        problem::Problem,
    },
    manager::ReleaseManager,
};

/// A batch at the version that was read, with its targets and what is seen of them. What is written is taken over here, and what
/// is heard of a release is looked at again, so that nothing is read twice: with hundreds of targets, reading them costs more than
/// driving them. Whoever finds that somebody else wrote meanwhile reads anew.
pub(super) struct Driven {
    pub(super) batch: Batch,
    pub(super) definition: Definition,
    pub(super) seen: Vec<(Target, Sight)>,
    /// When that was.
    pub(super) read: Instant,
    /// Who was looked at in vain by now.
    pub(super) in_vain: BTreeSet<u32>,
}

/// How the watch stands: what it does not tell is nobody's fault.
#[derive(Clone, Copy)]
pub(super) struct Watched {
    /// Since when it has told of releases without a break.
    pub(super) since: DateTime<Utc>,
    /// Whether it is silent now.
    pub(super) blind: bool,
}

impl Watched {
    fn seen(self, sight: Sight) -> Sight {
        Sight { watched_since: Some(self.since), blind: self.blind, ..sight }
    }
}

impl ReleaseManager {
    /// Reads all of a batch.
    pub(super) async fn read(&self, system: &Actor, id: BatchId, watched: Watched) -> Result<Option<Driven>, Problem> {
        let batches = &self.inner.stores.batches;
        let Some((batch, definition)) = batches.by_id(system, id).await.map_err(store_problem)? else { return Ok(None) };
        let seen = batches.targets(system, id).await.map_err(store_problem)?;
        let seen = seen.into_iter().map(|(target, sight)| (target, watched.seen(sight))).collect();
        Ok(Some(Driven { batch, definition, seen, read: Instant::now(), in_vain: BTreeSet::new() }))
    }

    /// Looks at those releases anew that something was heard of; who else has written the batch meanwhile is found out when it is
    /// written.
    pub(super) async fn look_again(&self, system: &Actor, driven: &mut Driven, heard: &Heard, watched: Watched) -> Result<(), Problem> {
        driven.in_vain.clear();
        let mut releases = heard.releases();
        // Nothing is heard of an operation that is taken up: it makes room in the queue.
        releases.extend(driven.seen.iter().map(|(target, _)| target).filter(|target| is_at_work(target)).map(|target| target.release_id));
        let found = self.inner.stores.batches.targets_of(system, driven.batch.id, &releases).await.map_err(store_problem)?;
        for (target, sight) in found {
            if let Some((_, before)) = driven.seen.iter_mut().find(|(one, _)| one.ord == target.ord) {
                *before = watched.seen(sight);
            }
        }
        Ok(())
    }
}

impl Driven {
    /// Takes over what was written; of those that are yet to be asked for, the operation before is nothing any more.
    pub(super) fn wrote(&mut self, changed: Vec<Target>, asked: &BTreeSet<u32>) {
        self.batch.version += 1;
        for now in changed {
            let Some((target, sight)) = self.seen.iter_mut().find(|(target, _)| target.ord == now.ord) else { continue };
            if asked.contains(&now.ord) {
                sight.operation = None;
            }
            *target = now;
        }
    }
}
