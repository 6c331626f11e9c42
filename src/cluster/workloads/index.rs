//! What is remembered of workloads: a few words each, by release; and that one which does not get ready for long is
//! degraded, where the cluster itself would not say so. Does not know the time: it is told.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};

use super::{
    inquiries::Inquiries,
    judge::Verdict,
    object::{Kind, Place, Sighted},
};
use crate::{
    cluster::text::short,
    domain::{names::ReleaseKey, operation::Readiness, release::Health},
};

/// A workload that was healthy, is no longer, and does not move for so long, is degraded.
const BROKEN_AFTER: Duration = Duration::seconds(60);
/// One that has not been healthy since its last change may take longer: a Deployment's own default.
const STALLED_AFTER: Duration = Duration::minutes(10);
/// How long a reason may be.
const REASON: usize = 200;
/// Workloads listed of one release; a release with more is no release but an attack on the page.
const LISTED: usize = 200;

#[derive(Default)]
pub(super) struct Index {
    releases: HashMap<ReleaseKey, BTreeMap<(Kind, String), Kept>>,
    owners: HashMap<Place, ReleaseKey>,
    /// Those that may grow old without being ready.
    waiting: HashSet<Place>,
    listed: HashSet<Kind>,
    /// Those whose pods may tell why they are not ready.
    inquiries: Inquiries,
}

struct Kept {
    verdict: Verdict,
    /// Why its pods are not ready.
    pods: Option<String>,
    generation: i64,
    /// The generation at which it was healthy last.
    healthy_at: Option<i64>,
    /// Since when nothing has moved.
    still_since: DateTime<Utc>,
}

impl Kept {
    fn is_late(&self, now: DateTime<Utc>) -> bool {
        let patience = if self.healthy_at == Some(self.generation) { BROKEN_AFTER } else { STALLED_AFTER };
        self.may_be_late() && now - self.still_since >= patience
    }

    fn reason(&self) -> Option<String> {
        match (&self.verdict.reason, &self.pods) {
            (_, None) => self.verdict.reason.clone(),
            // What its pods say is nearer to the cause than what the object says of waiting for them.
            (Some(reason), Some(pods)) if self.verdict.health == Health::Degraded => Some(short(&format!("{reason}; {pods}"), REASON)),
            (_, Some(pods)) => Some(pods.clone()),
        }
    }

    fn may_be_late(&self) -> bool {
        self.verdict.health == Health::Progressing && !self.verdict.has_deadline
    }
}

impl Index {
    /// Takes in everything there is of a kind; tells which releases changed.
    pub(super) fn replace(&mut self, kind: Kind, all: impl Iterator<Item = Sighted>, now: DateTime<Utc>) -> Vec<ReleaseKey> {
        let before = self.is_whole();
        let mut gone: HashSet<Place> = self.owners.keys().filter(|place| place.kind == kind).cloned().collect();
        let mut changed = Vec::new();
        for sighted in all {
            gone.remove(&sighted.place);
            changed.extend(self.put(sighted, now));
        }
        for place in gone {
            changed.extend(self.remove(&place));
        }
        self.listed.insert(kind);
        if !before && self.is_whole() {
            changed = self.releases.keys().cloned().collect();
        }
        changed
    }

    /// Takes in one workload; tells which releases changed by it.
    pub(super) fn put(&mut self, sighted: Sighted, now: DateTime<Utc>) -> Vec<ReleaseKey> {
        let Sighted { place, owner, generation, verdict, pods } = sighted;
        let mut changed = Vec::new();
        if self.owners.get(&place) != owner.as_ref() {
            changed = self.remove(&place);
        }
        let Some(owner) = owner else { return changed };
        match pods {
            Some(selector) => self.inquiries.note(&place, selector, now),
            None => self.inquiries.forget(&place),
        }
        let slot = (place.kind, place.name.clone());
        let items = self.releases.entry(owner.clone()).or_default();
        let old = items.remove(&slot);
        let mut kept = Kept { pods: None, generation, healthy_at: None, still_since: verdict.since.unwrap_or(now).min(now), verdict };
        if let Some(old) = &old {
            kept.healthy_at = old.healthy_at;
            if old.generation == generation && kept.verdict.ready < kept.verdict.wanted {
                kept.pods.clone_from(&old.pods);
            }
            let still =
                old.generation == generation && (old.verdict.ready, old.verdict.wanted) == (kept.verdict.ready, kept.verdict.wanted);
            if still && old.verdict.health != Health::Healthy {
                kept.still_since = old.still_since;
            }
        }
        if kept.verdict.health == Health::Healthy {
            kept.healthy_at = Some(generation);
        }
        if kept.is_late(now) {
            kept.verdict.health = Health::Degraded;
        }
        if kept.may_be_late() {
            self.waiting.insert(place.clone());
        } else {
            self.waiting.remove(&place);
        }
        if old.is_none_or(|old| old.verdict != kept.verdict || old.pods != kept.pods) {
            changed.push(owner.clone());
        }
        items.insert(slot, kept);
        self.owners.insert(place, owner);
        changed
    }

    /// Forgets a workload; tells which release changed by it.
    pub(super) fn remove(&mut self, place: &Place) -> Vec<ReleaseKey> {
        self.waiting.remove(place);
        self.inquiries.forget(place);
        let Some(owner) = self.owners.remove(place) else { return Vec::new() };
        if let Some(items) = self.releases.get_mut(&owner) {
            items.remove(&(place.kind, place.name.clone()));
            if items.is_empty() {
                self.releases.remove(&owner);
            }
        }
        vec![owner]
    }

    /// Calls those degraded that have not moved for too long; tells which releases changed.
    pub(super) fn grow_impatient(&mut self, now: DateTime<Utc>) -> Vec<ReleaseKey> {
        let (mut changed, mut done) = (Vec::new(), Vec::new());
        for place in &self.waiting {
            let Some(owner) = self.owners.get(place) else { continue };
            let kept = self.releases.get_mut(owner).and_then(|items| items.get_mut(&(place.kind, place.name.clone())));
            if let Some(kept) = kept.filter(|kept| kept.is_late(now)) {
                kept.verdict.health = Health::Degraded;
                changed.push(owner.clone());
                done.push(place.clone());
            }
        }
        for place in done {
            self.waiting.remove(&place);
        }
        changed
    }

    /// Workloads of which the pods should be asked, with their selectors.
    pub(super) fn unexplained(&mut self, now: DateTime<Utc>, most: usize) -> Vec<(Place, String)> {
        self.inquiries.due(now, most)
    }

    /// Takes in what the pods of a workload said; tells which release changed by it.
    pub(super) fn explain(&mut self, place: &Place, pods: Option<String>) -> Vec<ReleaseKey> {
        let Some(owner) = self.owners.get(place) else { return Vec::new() };
        let kept = self.releases.get_mut(owner).and_then(|items| items.get_mut(&(place.kind, place.name.clone())));
        // It may have become ready while they were asked.
        let Some(kept) = kept.filter(|kept| kept.pods != pods && kept.verdict.ready < kept.verdict.wanted) else { return Vec::new() };
        kept.pods = pods;
        vec![owner.clone()]
    }

    /// The worst of a release's workloads, and in a few words how it stands.
    pub(super) fn health(&self, key: &ReleaseKey) -> (Health, Option<String>) {
        let Some(items) = self.releases.get(key).filter(|_| self.is_whole()) else { return (Health::Unknown, None) };
        let worst = items.iter().max_by_key(|(_, kept)| kept.verdict.health.severity());
        let Some(((kind, name), worst)) = worst else { return (Health::Unknown, None) };
        // Jobs come and go: only where there is nothing else are they what is counted.
        let standing = items.iter().any(|((kind, _), _)| *kind != Kind::Job);
        let counted = items.iter().filter(|((kind, _), _)| (*kind != Kind::Job) == standing);
        let (ready, wanted) = counted.fold((0u32, 0u32), |(ready, wanted), (_, kept)| {
            (ready.saturating_add(kept.verdict.ready), wanted.saturating_add(kept.verdict.wanted))
        });
        let mut detail = format!("{ready} of {wanted} {}", if standing { "ready" } else { "done" });
        if let Some(reason) = worst.reason().filter(|_| worst.verdict.health != Health::Healthy) {
            detail = format!("{detail}; {}/{name}: {reason}", kind.as_str());
        }
        (worst.verdict.health, Some(short(&detail, REASON)))
    }

    /// Each workload of a release.
    pub(super) fn readiness(&self, key: &ReleaseKey) -> Vec<Readiness> {
        let items = self.releases.get(key).into_iter().flatten().take(LISTED);
        let line = |((kind, name), kept): (&(Kind, String), &Kept)| Readiness {
            name: format!("{}/{name}", kind.as_str()),
            ready: kept.verdict.ready,
            wanted: kept.verdict.wanted,
            reason: kept.reason(),
        };
        items.map(line).collect()
    }

    fn is_whole(&self) -> bool {
        self.listed.len() == Kind::ALL.len()
    }
}

trait Severity {
    fn severity(self) -> u8;
}

impl Severity for Health {
    fn severity(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Healthy => 1,
            Self::Progressing => 2,
            Self::Degraded => 3,
        }
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
