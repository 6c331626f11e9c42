//! Objects as they are beside what they would be, were their manifest applied once more: the API server itself is asked,
//! by a dry run of what Helm would do, as the tenant's own service account. Changes nothing, and does not compare.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::{StreamExt, stream};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams},
    core::{ApiResource, GroupVersionKind},
    discovery::Scope,
};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::Sighting;
use crate::{
    cluster::{ATTEMPT, error::ClusterError, text::short},
    domain::drift::{Asked, Autoscaled, Met},
};

/// As whom Helm writes.
const HELM: &str = "helm";
/// Objects asked for at a time.
const AT_ONCE: usize = 4;
/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How many bytes of objects are held at most.
const BYTES: usize = 48 * 1024 * 1024;
/// How long a reason may be.
const REASON: usize = 400;

/// How objects of a kind are asked for; or why they cannot be.
type Way = Result<(ApiResource, Scope), &'static str>;
/// Ways by version of the API and kind.
type Ways = HashMap<(String, String), Way>;

impl Sighting {
    /// What is there of these objects, and what applying them would make of each. An error only where asking on is in
    /// vain.
    pub async fn against(&self, asked: &[Asked]) -> Result<Vec<Met>, ClusterError> {
        let end = Instant::now() + LIMIT;
        let mut ways = Ways::new();
        for one in asked.iter().filter(|one| one.object.is_some()) {
            if let Entry::Vacant(kind) = ways.entry((one.api_version.clone(), one.kind.clone())) {
                kind.insert(timeout_at(end, self.way(one)).await.unwrap_or(Ok(Err(LATE)))?);
            }
        }
        let held = AtomicUsize::new(0);
        let met = stream::iter(0..asked.len()).map(|at| self.met_until(end, &asked[at], &ways, &held));
        met.buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
    }

    /// What autoscalers in the namespace scale; nothing where the account may not look at them.
    pub async fn autoscaled(&self) -> Result<Autoscaled, ClusterError> {
        let target = |spec: &Value| {
            let text = |path: &str| spec.pointer(path).and_then(Value::as_str).map(str::to_owned);
            Some((text("/scaleTargetRef/kind")?, text("/scaleTargetRef/name")?))
        };
        let found = self.listed::<HorizontalPodAutoscaler>().await?;
        Ok(found.iter().filter_map(|scaler| target(scaler.spec.as_ref()?)).collect())
    }

    async fn way(&self, one: &Asked) -> Result<Way, ClusterError> {
        let (group, version) = one.api_version.split_once('/').unwrap_or(("", &one.api_version));
        let kind = GroupVersionKind::gvk(group, version, &one.kind);
        let client = &self.cluster.client;
        match self.cluster.read(|| kube::discovery::pinned_kind(client, &kind)).await {
            Ok((resource, capabilities)) => Ok(Ok((resource, capabilities.scope))),
            Err(error @ (ClusterError::Unreachable(_) | ClusterError::Config(_))) => Err(error),
            Err(ClusterError::Refused(_)) => Ok(Err("the tenant's service account may not learn of this kind")),
            Err(error) => {
                tracing::debug!(%error, kind = one.kind, "a kind of a manifest is not served");
                Ok(Err("the cluster serves no such kind, or not in this version any more"))
            }
        }
    }

    async fn met_until(&self, end: Instant, one: &Asked, ways: &Ways, held: &AtomicUsize) -> Result<Met, ClusterError> {
        timeout_at(end, self.met(one, ways, held)).await.unwrap_or_else(|_| Ok(Met::Unknown(LATE.into())))
    }

    async fn met(&self, one: &Asked, ways: &Ways, held: &AtomicUsize) -> Result<Met, ClusterError> {
        let unknown = |why: &str| Ok(Met::Unknown(why.to_owned()));
        let Some(object) = &one.object else { return unknown("it cannot be read as an object") };
        let (resource, scope) = match ways.get(&(one.api_version.clone(), one.kind.clone())) {
            Some(Ok(way)) => way,
            Some(Err(why)) => return unknown(why),
            None => return unknown(LATE),
        };
        let namespace = one.namespace.as_deref().unwrap_or(self.namespace.as_str());
        let api: Api<DynamicObject> = match scope {
            Scope::Cluster => Api::all_with(self.cluster.client.clone(), resource),
            Scope::Namespaced => Api::namespaced_with(self.cluster.client.clone(), namespace, resource),
        };
        let live = match self.cluster.read(|| api.get_opt(&one.name)).await {
            Ok(Some(live)) => live,
            Ok(None) => return Ok(Met::Missing),
            Err(error @ (ClusterError::Unreachable(_) | ClusterError::Config(_))) => return Err(error),
            Err(ClusterError::Refused(_)) => return unknown("the tenant's service account may not look at it"),
            Err(error) => {
                tracing::debug!(%error, kind = one.kind, "an object of a release could not be read");
                return unknown("the cluster does not tell");
            }
        };
        let answer = match dry_run(&api, &one.name, object).await {
            Ok(answer) => answer,
            Err(why) => return unknown(&why),
        };
        let size = |object: &Value| serde_json::to_vec(object).map_or(0, |bytes| bytes.len());
        match (serde_json::to_value(live), serde_json::to_value(answer)) {
            (Ok(live), Ok(answer)) => match held.fetch_add(size(&live) + size(&answer), Ordering::Relaxed) {
                0..BYTES => Ok(Met::There { live, answer }),
                _ => unknown("the release's objects are too large to be compared all at once"),
            },
            _ => unknown("the cluster answered in a way that cannot be read"),
        }
    }
}

const LATE: &str = "there was no time left to look at it";

/// What the object would be after it was applied as Helm does it; or why it would not be, in the API server's words.
async fn dry_run(api: &Api<DynamicObject>, name: &str, object: &Value) -> Result<DynamicObject, String> {
    let how = PatchParams { dry_run: true, force: true, field_manager: Some(HELM.into()), field_validation: None };
    let error = match timeout(ATTEMPT, api.patch(name, &how, &Patch::Apply(object))).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error,
        Err(_) => return Err("the dry run was not answered in time".into()),
    };
    // Its words may quote values: they are for whoever hides those, and not for the log.
    Err(match error {
        kube::Error::Api(status) => {
            tracing::debug!(status.code, status.reason, "a dry run was refused");
            format!("the dry run was refused: {}", short(&status.message, REASON))
        }
        _ => "the dry run was not answered".to_owned(),
    })
}
