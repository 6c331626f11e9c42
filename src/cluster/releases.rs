//! Reading releases one at a time: a revision's body, or what there is of a release right now. Does not watch.

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::ListParams,
    core::{ObjectMeta, PartialObjectMeta},
};

use super::{
    Cluster,
    error::ClusterError,
    off_thread,
    release_secret::{self, RecordError},
    sight::{FIELDS, LABELS, Sighted, secret_name},
};
use crate::domain::{
    names::ReleaseKey,
    seen::{DecodedRevision, SecretSight},
};

/// A revision of which the body was asked for.
#[derive(Debug)]
pub struct Fetched {
    /// Of which release.
    pub key: ReleaseKey,
    /// Which revision.
    pub revision: u32,
    /// What came of it; `None` where it is gone.
    pub outcome: Result<Option<(SecretSight, DecodedRevision)>, ClusterError>,
}

impl Cluster {
    /// The body of a revision; `None` where it is gone. An error of kind [`ClusterError::Record`] will not go away.
    pub async fn decode(&self, key: &ReleaseKey, revision: u32) -> Result<Option<DecodedRevision>, ClusterError> {
        Ok(self.fetch(key, revision).await?.map(|(_, decoded)| decoded))
    }

    /// The body of a revision together with its metadata at that moment: whoever asked because of an older sight can
    /// tell by the uid whether it is still the same life of the release.
    pub async fn fetch(&self, key: &ReleaseKey, revision: u32) -> Result<Option<(SecretSight, DecodedRevision)>, ClusterError> {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), key.namespace.as_str());
        let name = secret_name(key, revision);
        let Some(secret) = self.read(|| api.get_opt(&name)).await? else { return Ok(None) };
        if secret.type_.as_deref() != Some("helm.sh/release.v1") {
            return Ok(None);
        }
        let Some(sight) = sighted(secret.metadata) else { return Ok(None) };
        let data = secret.data.and_then(|mut data| data.remove("release"));
        let data = data.ok_or_else(|| ClusterError::Record(RecordError::Empty.to_string()))?;
        // Never closed, so that there is always a permit to be had; without one we would go on all the same.
        let _permit = self.decoders.clone().acquire_owned().await.ok();
        let decoded = off_thread(move || release_secret::decode(&data.0).map_err(|error| ClusterError::Record(error.to_string()))).await?;
        Ok(Some((sight, decoded)))
    }

    /// The bodies of many revisions, in whatever order they arrive: for the first fill. Holds no more than
    /// `concurrency` of them at a time, so a slow consumer slows the reading.
    pub fn decode_many<I>(&self, wanted: I, concurrency: usize) -> impl Stream<Item = Fetched> + Send + use<I>
    where
        I: IntoIterator<Item = (ReleaseKey, u32), IntoIter: Send>,
    {
        let cluster = self.clone();
        let fetch = move |(key, revision): (ReleaseKey, u32)| {
            let cluster = cluster.clone();
            async move {
                let outcome = cluster.fetch(&key, revision).await;
                Fetched { key, revision, outcome }
            }
        };
        futures::stream::iter(wanted).map(fetch).buffer_unordered(concurrency.max(1))
    }

    /// What the cluster holds of a release right now, by revision. Empty where the release is gone.
    pub async fn present(&self, key: &ReleaseKey) -> Result<Vec<SecretSight>, ClusterError> {
        let api: Api<PartialObjectMeta<Secret>> = Api::namespaced(self.client.clone(), key.namespace.as_str());
        let labels = format!("{LABELS},name={}", key.name);
        let all = ListParams::default().labels(&labels).fields(FIELDS);
        let list = self.read(|| api.list(&all)).await?;
        let mut sights: Vec<_> = list.items.into_iter().filter_map(|secret| Sighted::of(secret).revision()).collect();
        sights.retain(|sight| sight.key == *key);
        sights.sort_by_key(|sight| sight.revision);
        Ok(sights)
    }

    /// The newest revision of a release right now; `None` where the release is gone.
    pub async fn newest(&self, key: &ReleaseKey) -> Result<Option<SecretSight>, ClusterError> {
        Ok(self.present(key).await?.pop())
    }
}

fn sighted(metadata: ObjectMeta) -> Option<SecretSight> {
    Sighted::of(PartialObjectMeta { metadata, ..PartialObjectMeta::default() }).revision()
}
