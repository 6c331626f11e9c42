//! How objects of a kind are asked for: what the API server said of it, remembered for a while, so that not every look at every
//! release asks anew. The same for everybody; whether somebody may look at an object is asked each time.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kube::{core::ApiResource, discovery::Scope};
use tokio::time::Instant;

/// How long that is.
const KEPT: Duration = Duration::from_secs(60);

/// How objects of a kind are asked for.
pub(super) type Way = (ApiResource, Scope);

/// Version of an API and kind.
type Name = (String, String);

/// The ways that are known.
#[derive(Default)]
pub(in crate::cluster) struct Kinds(Mutex<HashMap<Name, (Way, Instant)>>);

impl Kinds {
    /// The way to objects of a kind, where it is known.
    pub(super) fn way(&self, api_version: &str, kind: &str) -> Option<Way> {
        let known = self.known();
        let (way, since) = known.get(&(api_version.to_owned(), kind.to_owned()))?;
        (since.elapsed() < KEPT).then(|| way.clone())
    }

    /// Remembers the way to a kind that the API server serves: there are not many.
    pub(super) fn learn(&self, api_version: &str, kind: &str, way: Way) {
        self.known().insert((api_version.to_owned(), kind.to_owned()), (way, Instant::now()));
    }

    /// Forgets the way to a kind that may not be served any more.
    pub(super) fn forget(&self, api_version: &str, kind: &str) {
        self.known().remove(&(api_version.to_owned(), kind.to_owned()));
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Name, (Way, Instant)>> {
        // Whoever broke off while holding it has left a whole map behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way() -> Way {
        (ApiResource::erase::<k8s_openapi::api::core::v1::ConfigMap>(&()), Scope::Namespaced)
    }

    #[tokio::test(start_paused = true)]
    async fn a_way_is_remembered_for_a_minute_or_until_it_leads_nowhere() {
        let kinds = Kinds::default();
        assert!(kinds.way("v1", "ConfigMap").is_none());
        kinds.learn("v1", "ConfigMap", way());
        assert!(kinds.way("v1", "ConfigMap").is_some() && kinds.way("v2", "ConfigMap").is_none());
        tokio::time::advance(KEPT).await;
        assert!(kinds.way("v1", "ConfigMap").is_none());
        kinds.learn("v1", "ConfigMap", way());
        kinds.forget("v1", "ConfigMap");
        assert!(kinds.way("v1", "ConfigMap").is_none());
    }
}
