//! What a release has in the cluster at this moment, read when somebody asks: its objects with what they own, what
//! happened to them, what their containers write. Read with the rights of the tenant's own service account, so that no
//! look reaches further than the tenant's charts do. Watches nothing, and does not redact.

mod drift;
mod events;
mod hooks;
mod kinds;
mod logs;
mod object;
mod tree;

use futures::{StreamExt, stream};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod, discovery::v1::EndpointSlice};
use kube::{
    Api,
    api::ListParams,
    core::{ApiResource, GroupVersionKind, Object},
};
use serde_json::Value;

pub(super) use self::kinds::Kinds;
pub use self::{hooks::HookNews, logs::LogError};
use self::{kinds::Way, object::Found};
use super::{Cluster, access::Identity, error::ClusterError, verify::Verified};
use crate::domain::{
    names::Namespace,
    resource::{Resource, Resources, Wanted},
};

/// Objects asked for at a time.
const AT_ONCE: usize = 8;
/// The most objects of a release that are looked at.
const MOST: usize = 500;
/// The most objects of a kind that are searched for what is the release's.
const SEARCHED: u32 = 2_000;

/// Why nothing is known of an object that the account may not look at.
const REFUSED: &str = "the tenant's service account may not look at it";

/// What was found of an object, or why that is not known.
type Root = (Wanted, Result<Option<Found>, String>);

/// An object of any kind, read for no more than its state.
type Any = Object<Option<Value>, Value>;

/// A namespace as its tenant's service account sees it.
#[derive(Clone)]
pub struct Sighting {
    cluster: Cluster,
    namespace: Namespace,
}

impl Cluster {
    /// A look into a namespace with the rights of its tenant's service account.
    pub async fn look_into(&self, namespace: &Namespace) -> Result<Sighting, ClusterError> {
        Ok(Sighting { cluster: self.seeing_as(&Identity::of(namespace)).await?, namespace: namespace.clone() })
    }
}

impl Verified {
    /// A look into the namespace as whom this is the proof of, by the client that it was proven with.
    pub fn look(&self) -> Sighting {
        Sighting { cluster: self.cluster.clone(), namespace: self.identity().namespace().clone() }
    }
}

impl Sighting {
    /// These objects as they are, with all that they own. [`ClusterError::Refused`] where the account cannot be used.
    pub async fn resources(&self, wanted: Vec<Wanted>) -> Result<Resources, ClusterError> {
        // Pods are what every account may list: one that may not cannot be used at all.
        let (pods, more_pods) = self.list::<Pod>().await?;
        let (sets, jobs, slices) =
            tokio::join!(self.listed::<k8s_openapi::api::apps::v1::ReplicaSet>(), self.listed::<Job>(), self.listed::<EndpointSlice>());
        let mut owned: Vec<Found> = pods.into_iter().filter_map(|pod| Found::of("v1", "Pod", pod)).collect();
        owned.extend(sets?.into_iter().filter_map(|set| Found::of("apps/v1", "ReplicaSet", set)).filter(|set| !set.is_idle()));
        owned.extend(jobs?.into_iter().filter_map(|job| Found::of("batch/v1", "Job", job)));
        owned.extend(slices?.into_iter().filter_map(|slice| Found::of("discovery.k8s.io/v1", "EndpointSlice", slice)));
        let cut = more_pods || wanted.len() > MOST;
        Ok(Resources { items: tree::grown(self.roots(wanted).await?, owned), cut })
    }

    /// These objects as they are, without what they own: a look that costs little. [`ClusterError::Refused`] where the account
    /// may look at none of them.
    pub async fn named(&self, wanted: Vec<Wanted>) -> Result<Vec<Resource>, ClusterError> {
        let roots = self.roots(wanted).await?;
        let refused = |root: &Root| matches!(&root.1, Err(why) if why == REFUSED);
        if !roots.is_empty() && roots.iter().all(refused) {
            return Err(ClusterError::Refused(format!("nothing of a release in {} may be looked at", self.namespace)));
        }
        Ok(tree::grown(roots, Vec::new()))
    }

    async fn roots(&self, wanted: Vec<Wanted>) -> Result<Vec<Root>, ClusterError> {
        let roots: Vec<_> = stream::iter(wanted.into_iter().take(MOST)).map(|one| self.one(one)).buffered(AT_ONCE).collect().await;
        roots.into_iter().collect()
    }

    /// One object; an error only where asking for others is in vain, too.
    async fn one(&self, wanted: Wanted) -> Result<Root, ClusterError> {
        let answer = self.find(&wanted).await;
        let told = match answer {
            Ok(found) => Ok(found),
            Err(error @ (ClusterError::Unreachable(_) | ClusterError::Config(_))) => return Err(error),
            Err(ClusterError::Refused(_)) => Err(REFUSED.to_owned()),
            Err(error) => {
                tracing::debug!(%error, kind = wanted.kind, "an object of a release could not be read");
                Err("the cluster knows no such kind, or does not tell".to_owned())
            }
        };
        Ok((wanted, told))
    }

    async fn find(&self, wanted: &Wanted) -> Result<Option<Found>, ClusterError> {
        let (kinds, Wanted { api_version, kind, .. }) = (&self.cluster.kinds, wanted);
        if let Some(way) = kinds.way(api_version, kind) {
            match self.get(wanted, &way).await? {
                // It is gone, or its whole kind is.
                None => kinds.forget(api_version, kind),
                found => return Ok(found),
            }
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version.as_str()));
        let name = GroupVersionKind::gvk(group, version, kind);
        let client = &self.cluster.client;
        let (resource, capabilities) = self.cluster.read(|| kube::discovery::pinned_kind(client, &name)).await?;
        let way = (resource, capabilities.scope);
        kinds.learn(api_version, kind, way.clone());
        self.get(wanted, &way).await
    }

    async fn get(&self, wanted: &Wanted, (resource, scope): &Way) -> Result<Option<Found>, ClusterError> {
        let client = self.cluster.client.clone();
        let namespace = wanted.namespace.as_deref().unwrap_or(self.namespace.as_str());
        let api: Api<Any> = match scope {
            kube::discovery::Scope::Cluster => Api::all_with(client, resource),
            kube::discovery::Scope::Namespaced => Api::namespaced_with(client, namespace, resource),
        };
        // What these hold is not even fetched.
        let object = if wanted.api_version == "v1" && matches!(wanted.kind.as_str(), "Secret" | "ConfigMap") {
            let found = self.cluster.read(|| api.get_metadata_opt(&wanted.name)).await?;
            found.map(|found| Object { types: None, metadata: found.metadata, spec: None, status: None })
        } else {
            self.cluster.read(|| api.get_opt(&wanted.name)).await?
        };
        Ok(object.and_then(|object| Found::of(&wanted.api_version, &wanted.kind, object)))
    }

    /// All objects of a kind in the namespace, and whether there are more.
    async fn list<K: kube::Resource<DynamicType = ()>>(&self) -> Result<(Vec<Any>, bool), ClusterError> {
        let api: Api<Any> = Api::namespaced_with(self.cluster.client.clone(), self.namespace.as_str(), &ApiResource::erase::<K>(&()));
        let some = ListParams::default().limit(SEARCHED);
        let all = self.cluster.read(|| api.list(&some)).await?;
        let more = all.metadata.continue_.is_some_and(|more| !more.is_empty());
        Ok((all.items, more))
    }

    /// The same, where the account may not be allowed to look: then there are none.
    async fn listed<K: kube::Resource<DynamicType = ()>>(&self) -> Result<Vec<Any>, ClusterError> {
        match self.list::<K>().await {
            Ok((items, _)) => Ok(items),
            Err(ClusterError::Refused(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
