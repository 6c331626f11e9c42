//! What a release has in the cluster at this moment, read when somebody asks: its objects with what they own, what
//! happened to them, what their containers write. Read with the rights of the tenant's own service account, so that no
//! look reaches further than the tenant's charts do. Watches nothing, and does not redact.

mod drift;
mod events;
mod hooks;
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

use self::object::Found;
pub use self::{hooks::HookNews, logs::LogError};
use super::{Cluster, access::Identity, error::ClusterError};
use crate::domain::{
    names::Namespace,
    resource::{Resources, Wanted},
};

/// Objects asked for at a time.
const AT_ONCE: usize = 8;
/// The most objects of a release that are looked at.
const MOST: usize = 500;
/// The most objects of a kind that are searched for what is the release's.
const SEARCHED: u32 = 2_000;

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
        Ok(Sighting { cluster: self.acting_as(&Identity::of(namespace)).await?, namespace: namespace.clone() })
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
        let roots: Vec<_> = stream::iter(wanted.into_iter().take(MOST)).map(|one| self.one(one)).buffered(AT_ONCE).collect().await;
        let roots = roots.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Resources { items: tree::grown(roots, owned), cut })
    }

    /// One object; an error only where asking for others is in vain, too.
    async fn one(&self, wanted: Wanted) -> Result<(Wanted, Result<Option<Found>, String>), ClusterError> {
        let answer = self.find(&wanted).await;
        let told = match answer {
            Ok(found) => Ok(found),
            Err(error @ (ClusterError::Unreachable(_) | ClusterError::Config(_))) => return Err(error),
            Err(ClusterError::Refused(_)) => Err("the tenant's service account may not look at it".to_owned()),
            Err(error) => {
                tracing::debug!(%error, kind = wanted.kind, "an object of a release could not be read");
                Err("the cluster knows no such kind, or does not tell".to_owned())
            }
        };
        Ok((wanted, told))
    }

    async fn find(&self, wanted: &Wanted) -> Result<Option<Found>, ClusterError> {
        let (group, version) = wanted.api_version.split_once('/').unwrap_or(("", &wanted.api_version));
        let kind = GroupVersionKind::gvk(group, version, &wanted.kind);
        let client = &self.cluster.client;
        let (resource, capabilities) = self.cluster.read(|| kube::discovery::pinned_kind(client, &kind)).await?;
        let namespace = wanted.namespace.as_deref().unwrap_or(self.namespace.as_str());
        let api: Api<Any> = match capabilities.scope {
            kube::discovery::Scope::Cluster => Api::all_with(client.clone(), &resource),
            kube::discovery::Scope::Namespaced => Api::namespaced_with(client.clone(), namespace, &resource),
        };
        // What these hold is not even fetched.
        let object = if group.is_empty() && matches!(wanted.kind.as_str(), "Secret" | "ConfigMap") {
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
