//! What is known to be secret in what is said about an operation: in the change, in the revisions that it is about, and in
//! what Helm has rendered anew. Writes nothing: [`super::desk`] does.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, MutexGuard, PoisonError},
};

use super::desk::Desk;
use crate::domain::{
    change::Change,
    redact::{Carried, Secrets},
};

/// What is known to be secret, and from which revisions; and what each writer may have begun to write of it.
pub(super) struct Known {
    pub(super) secrets: Arc<Secrets>,
    revisions: BTreeSet<u32>,
    begun: HashMap<String, Carried>,
}

/// Whether it is known what is secret in what Helm has rendered anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rendered {
    /// It is, or nothing is rendered.
    Known,
    /// It is not on record yet.
    NotYet,
    /// The cluster does not tell.
    Unread,
}

impl Known {
    /// Nothing is known: everything is secret.
    pub(super) fn nothing() -> Self {
        Self { secrets: Arc::new(Secrets::unknown()), revisions: BTreeSet::new(), begun: HashMap::new() }
    }

    /// What that writer writes next, without what is secret in it.
    pub(super) fn hide_next(&mut self, writer: &str, text: &str) -> String {
        self.secrets.hide_next(self.begun.entry(writer.to_owned()).or_default(), text)
    }
}

impl Desk {
    /// Learns what is secret in a revision, once; one that is not there yet is asked for again the next time.
    pub async fn learn(&self, revision: u32) {
        if self.known().revisions.contains(&revision) {
            return;
        }
        if let Some(more) = self.manager.secrets_of_revision(&self.operation().key(), revision).await {
            self.know(revision, &more);
        }
    }

    /// Learns what is secret in what Helm has rendered anew, which is on record before any hook runs and before any workload
    /// moves. The cluster alone is asked: an earlier life of the release may have had a revision of that number, too.
    pub(super) async fn learn_rendered(&self) -> Rendered {
        if matches!(self.claim.change, Change::Uninstall | Change::Test) {
            return Rendered::Known;
        }
        let next = self.operation().base_revision.unwrap_or(0) + 1;
        if self.known().revisions.contains(&next) {
            return Rendered::Known;
        }
        match self.manager.secrets_of_record(&self.operation().key(), next).await {
            Ok(Some(more)) => {
                self.know(next, &more);
                Rendered::Known
            }
            Ok(None) => Rendered::NotYet,
            Err(error) => {
                tracing::warn!(operation.id = %self.operation().id, %error, "what was rendered could not be read for its secrets");
                Rendered::Unread
            }
        }
    }

    /// What is secret, as far as that is known; everything where the cluster does not tell what it has on record.
    pub(super) fn secrets(&self, rendered: Rendered) -> Arc<Secrets> {
        if rendered == Rendered::Unread { Arc::new(Secrets::unknown()) } else { self.known().secrets.clone() }
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, revision: u32, more: &Secrets) {
        let mut known = self.known();
        known.revisions.insert(revision);
        known.secrets = Arc::new(known.secrets.and(more));
    }
}
