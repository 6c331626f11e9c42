//! The way up: from the watch of Helm's records, namespaces and workloads into the projection. The only writer of
//! the projection; knows nothing of what operations hope for.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::Ordering,
    time::Duration,
};

use futures::{StreamExt, pin_mut};

use super::ReleaseManager;
use crate::{
    cluster::{Fetched, NamespaceEvent, ReleaseEvent},
    domain::{
        clock::uuid_v7,
        ids::TenantId,
        live::Live,
        names::ReleaseKey,
        revision::HelmStatus,
        seen::{SecretSight, SeenRevision},
    },
    store::{StoreError, releases::Changed},
};

/// How many revisions are written in one transaction.
const BATCH: usize = 250;
/// How many bodies of older revisions are read in one go, at leisure.
const LEISURE: u32 = 50;
/// How many bodies are read at the same time.
const AT_ONCE: usize = 32;
/// How often states that depend on time are worked out anew.
const TICK: Duration = Duration::from_secs(5);
/// How long to wait before everything is listed anew, after the projection could not be written or checked.
const PAUSE: Duration = Duration::from_secs(2);

impl ReleaseManager {
    /// Keeps the projection like the cluster, for ever.
    pub async fn sync(self) {
        tokio::join!(
            self.sync_namespaces(),
            self.sync_releases(),
            self.sync_health(),
            self.sync_states(),
            self.sync_chores(),
            self.sync_drift()
        );
    }

    async fn sync_namespaces(&self) {
        let new_id = || TenantId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        loop {
            let events = self.inner.cluster.namespaces();
            pin_mut!(events);
            while let Some(event) = events.next().await {
                let tenants = &self.inner.stores.tenants;
                let written = match event {
                    NamespaceEvent::Listed(seen) => tenants.observe(&seen, true, &new_id).await,
                    NamespaceEvent::Seen(seen) => tenants.observe(std::slice::from_ref(&seen), false, &new_id).await,
                    NamespaceEvent::Gone(namespace) => tenants.forget(&namespace).await.map(|()| true),
                };
                match written {
                    Ok(true) => self.hint(Live::Tenants),
                    Ok(false) => {}
                    Err(error) => {
                        tracing::error!(%error, "namespaces could not be written; they are listed anew");
                        break;
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn sync_releases(&self) {
        loop {
            let events = self.inner.cluster.releases();
            pin_mut!(events);
            let mut leisure: Option<tokio::task::JoinHandle<()>> = None;
            while let Some(event) = events.next().await {
                if !matches!(event, ReleaseEvent::Lost { .. }) {
                    self.inner.seen_at.store(self.now().timestamp_millis(), Ordering::Relaxed);
                }
                let written = match event {
                    ReleaseEvent::Alive => Ok(()),
                    ReleaseEvent::Lost { why } => {
                        tracing::warn!(why, "the watch of releases broke off; it is being taken up again");
                        Ok(())
                    }
                    ReleaseEvent::Listed(sights) => {
                        if let Some(task) = leisure.take() {
                            task.abort();
                        }
                        let written = self.take_over(sights).await;
                        if written.is_ok() {
                            self.inner.synced.send_replace(true);
                            let manager = self.clone();
                            leisure = Some(tokio::spawn(async move { manager.read_older().await }));
                        }
                        written
                    }
                    ReleaseEvent::Seen(sight) => self.take_in(sight).await,
                    ReleaseEvent::Gone { key, .. } => self.check_gone(&key).await,
                };
                if let Err(error) = written {
                    tracing::error!(%error, "the projection could not be brought up to date; everything is listed anew");
                    break;
                }
            }
            if let Some(task) = leisure {
                task.abort();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes over a full listing: what changed is read and written, newest revisions first and with their bodies,
    /// older ones by their metadata; what is no longer there is let go.
    async fn take_over(&self, sights: Vec<SecretSight>) -> Result<(), StoreError> {
        let mut known = self.inner.stores.releases.known().await?;
        let mut newest: HashMap<ReleaseKey, u32> = HashMap::new();
        for sight in &sights {
            let top = newest.entry(sight.key.clone()).or_default();
            *top = (*top).max(sight.revision);
        }
        let mut present: BTreeMap<ReleaseKey, Vec<u32>> = BTreeMap::new();
        // What changed of each release: written together, since revisions tell of each other which life they belong to.
        let mut changed: HashMap<ReleaseKey, Vec<SecretSight>> = HashMap::new();
        for sight in sights {
            present.entry(sight.key.clone()).or_default().push(sight.revision);
            if known.get(&sight.key).and_then(|revisions| revisions.get(&sight.revision)) != Some(&sight.resource_version) {
                changed.entry(sight.key.clone()).or_default().push(sight);
            }
        }
        let tops: Vec<(ReleaseKey, u32)> = changed.keys().map(|key| (key.clone(), newest.get(key).copied().unwrap_or_default())).collect();
        let bodies = self.inner.cluster.decode_many(tops, AT_ONCE);
        pin_mut!(bodies);
        let mut batch = Vec::with_capacity(BATCH * 2);
        while let Some(Fetched { key, revision, outcome }) = bodies.next().await {
            let mut outcome = Some(outcome);
            for sight in changed.remove(&key).unwrap_or_default() {
                let newest = if sight.revision == revision { outcome.take() } else { None };
                batch.push(match newest {
                    Some(outcome) => self.whole(sight, outcome).await?,
                    None => self.witness(sight, None).await?,
                });
            }
            if batch.len() >= BATCH {
                self.write(&std::mem::take(&mut batch)).await?;
            }
        }
        self.write(&batch).await?;
        for (key, revisions) in &present {
            let complete = known.remove(key).is_none_or(|old| old.keys().all(|revision| revisions.contains(revision)));
            if !complete {
                self.retain(key, revisions).await?;
            }
        }
        for key in known.keys() {
            self.retain(key, &[]).await?;
        }
        self.inner.stores.releases.listed().await
    }

    /// Takes in one revision that appeared or changed.
    async fn take_in(&self, sight: SecretSight) -> Result<(), StoreError> {
        // What makes a revision superseded changes nothing but that word.
        let seen = if sight.status == HelmStatus::Superseded {
            self.witness(sight, None).await?
        } else {
            let outcome = self.inner.cluster.fetch(&sight.key, sight.revision).await;
            self.whole(sight, outcome).await?
        };
        self.write(&[seen]).await
    }

    /// A deletion is only a hint: what is there now decides.
    async fn check_gone(&self, key: &ReleaseKey) -> Result<(), StoreError> {
        match self.inner.cluster.present(key).await {
            Ok(sights) => self.retain(key, &sights.iter().map(|sight| sight.revision).collect::<Vec<_>>()).await,
            Err(error) => Err(StoreError::Database(format!("a deletion of {key} could not be checked: {error}"))),
        }
    }

    /// Reads the bodies of older revisions, a few at a time, so that it costs nobody's patience.
    async fn read_older(&self) {
        let mut failed = 0;
        loop {
            let Ok(keys) = self.inner.stores.releases.without_body(LEISURE).await else { return };
            if keys.is_empty() || failed > 3 {
                return;
            }
            let bodies = self.inner.cluster.decode_many(keys, AT_ONCE);
            pin_mut!(bodies);
            let (mut batch, mut unreadable) = (Vec::new(), Vec::new());
            while let Some(Fetched { key, revision, outcome }) = bodies.next().await {
                match outcome {
                    Ok(Some((sight, decoded))) => batch.extend(self.witness(sight, Some(decoded)).await.ok()),
                    Err(error) if error.is_for_good() => unreadable.push((key, revision)),
                    Ok(None) | Err(_) => {}
                }
            }
            failed = if batch.is_empty() && unreadable.is_empty() { failed + 1 } else { 0 };
            if let Err(error) = self.write_late(&batch, &unreadable).await {
                tracing::error!(%error, "older revisions could not be written");
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn write(&self, seen: &[SeenRevision]) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        let changed = self.inner.stores.releases.observe(seen, self.now()).await?;
        self.write_health_of(&changed).await?;
        self.hint_releases(changed).await;
        Ok(())
    }

    async fn write_late(&self, seen: &[SeenRevision], unreadable: &[(ReleaseKey, u32)]) -> Result<(), StoreError> {
        let releases = &self.inner.stores.releases;
        releases.unreadable(unreadable).await?;
        let changed = releases.observe_late(seen, self.now()).await?;
        self.write_health_of(&changed).await?;
        self.hint_releases(changed).await;
        Ok(())
    }

    async fn retain(&self, key: &ReleaseKey, present: &[u32]) -> Result<(), StoreError> {
        let changed = self.inner.stores.releases.retain(key, present, self.now()).await?;
        self.write_health_of(changed.as_slice()).await?;
        self.hint_releases(changed).await;
        Ok(())
    }

    async fn sync_states(&self) {
        loop {
            let _ = tokio::time::timeout(TICK, self.inner.refresh.notified()).await;
            match self.inner.stores.releases.refresh_states(self.now()).await {
                Ok(changed) => self.hint_releases(changed).await,
                Err(error) => tracing::error!(%error, "states could not be worked out anew"),
            }
        }
    }

    pub(super) async fn hint_releases(&self, changed: impl IntoIterator<Item = Changed>) {
        let mut tenants = HashMap::new();
        for Changed { id, key } in changed {
            let tenant = match tenants.get(&key.namespace) {
                Some(tenant) => *tenant,
                None => {
                    let tenant = self.inner.stores.tenants.of_namespace(&key.namespace).await.ok().flatten().map(|tenant| tenant.id);
                    tenants.insert(key.namespace, tenant);
                    tenant
                }
            };
            self.hint(Live::Release { id, tenant });
        }
    }
}
