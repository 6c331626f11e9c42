//! The watch of Helm's release Secrets, by their metadata alone. Does not decode and does not remember: who consumes
//! the events owns the picture.

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, core::PartialObjectMeta};

use super::{
    Cluster,
    follow::{Followed, Selection, follow},
    sight::{FIELDS, LABELS, Sighted},
};
use crate::domain::{names::ReleaseKey, seen::SecretSight};

/// Metadata is small: large pages cost less than many.
const RELEASES: Selection = Selection { what: "releases", labels: LABELS, fields: FIELDS, page: 2_000 };

/// What the watch has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseEvent {
    /// Every revision of every release that there is; what is not among them is gone.
    Listed(Vec<SecretSight>),
    /// A revision was made or changed.
    Seen(SecretSight),
    /// A revision is gone. A hint: look again ([`Cluster::present`]) before believing it.
    Gone {
        /// Of which release.
        key: ReleaseKey,
        /// Which revision.
        revision: u32,
    },
    /// Nothing new: the API server answers and the watch is open. Comes every few seconds at the least.
    Alive,
    /// The watch is interrupted and will be taken up again; repeated every few seconds for as long as it lasts.
    Lost {
        /// In a sentence that may be shown.
        why: String,
    },
}

impl Cluster {
    /// Watches all releases of the cluster. Begins with [`ReleaseEvent::Listed`] (or `Lost`), never ends, and stops
    /// when dropped. After an interruption it goes on where it was, or lists everything again.
    pub fn releases(&self) -> impl Stream<Item = ReleaseEvent> + Send + use<> {
        let api: Api<PartialObjectMeta<Secret>> = Api::all(self.client.clone());
        follow(api, RELEASES, Some(self.clone()), Sighted::of).filter_map(|seen| std::future::ready(event(seen)))
    }
}

fn event(seen: Followed<Sighted>) -> Option<ReleaseEvent> {
    Some(match seen {
        Followed::Listed(all) => {
            let sights: Vec<_> = all.into_iter().filter_map(Sighted::revision).collect();
            tracing::debug!(revisions = sights.len(), "all releases were listed");
            ReleaseEvent::Listed(sights)
        }
        Followed::Applied(Sighted::Revision(sight)) => ReleaseEvent::Seen(*sight),
        Followed::Deleted(Sighted::Revision(sight)) => ReleaseEvent::Gone { key: sight.key, revision: sight.revision },
        // Its labels may have been right before.
        Followed::Applied(Sighted::Contradictory(key, revision)) | Followed::Deleted(Sighted::Contradictory(key, revision)) => {
            ReleaseEvent::Gone { key, revision }
        }
        Followed::Applied(Sighted::Foreign) | Followed::Deleted(Sighted::Foreign) => return None,
        Followed::Alive => ReleaseEvent::Alive,
        Followed::Lost(error) => ReleaseEvent::Lost { why: error.problem().detail },
    })
}
