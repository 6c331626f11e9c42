//! From the watch of workloads into the projection: how each release runs, in words without what is secret. Judges nothing: the
//! cluster's index does.

use futures::{StreamExt, future::join_all, pin_mut};

use super::ReleaseManager;
use crate::{
    domain::{names::ReleaseKey, release::Health},
    store::{StoreError, releases::Changed},
};

/// How many moves are taken together.
const BATCH: usize = 250;
/// How many releases' health is worked out in one go.
const HEALTH: usize = 8;

impl ReleaseManager {
    pub(super) async fn sync_health(&self) {
        let moves = self.inner.workloads.changes().ready_chunks(BATCH);
        pin_mut!(moves);
        while let Some(keys) = moves.next().await {
            match self.write_health(keys).await {
                Ok(changed) => self.hint_releases(changed).await,
                Err(error) => tracing::error!(%error, "health could not be written"),
            }
        }
    }

    /// Writes the health of what changed anew: what is secret in its words may have changed with it.
    pub(super) async fn write_health_of(&self, changed: &[Changed]) -> Result<(), StoreError> {
        self.write_health(changed.iter().map(|changed| changed.key.clone()).collect()).await.map(drop)
    }

    async fn write_health(&self, keys: Vec<ReleaseKey>) -> Result<Vec<Changed>, StoreError> {
        let mut changed = Vec::new();
        for some in keys.chunks(HEALTH) {
            // One after another: words that were hidden by an older revision's secrets are not written over those of a newer
            // one. A few at a time: whoever writes a new revision waits for it, too.
            let _turn = self.inner.health.lock().await;
            let health = join_all(some.iter().map(|key| self.health_said(key))).await;
            changed.extend(self.inner.stores.releases.set_health(&health).await?);
        }
        Ok(changed)
    }

    async fn health_said(&self, key: &ReleaseKey) -> (ReleaseKey, Health, Option<String>) {
        let (state, detail) = self.inner.workloads.health(key);
        let detail = match detail {
            Some(detail) => Some(self.hide_in_health(key, detail).await),
            None => None,
        };
        (key.clone(), state, detail)
    }
}
