//! Whose a namespace is, written as labels: made for a tenant, given to one, brought up to date, let go. Never takes a
//! namespace from another tenant, and deletes none.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Namespace as Object;
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
    core::PartialObjectMeta,
};
use serde_json::{Map, Value, json};

use super::{Cluster, equip::MANAGER, error::ClusterError};
use crate::domain::{
    limits::PodSecurity,
    names::{Namespace, TenantSlug},
    tenant::{TENANT_LABEL, TENANT_LABEL_PREFIX},
};

const POD_SECURITY: &str = "pod-security.kubernetes.io/enforce";

/// What a namespace is to carry.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// The tenant's slug.
    pub tenant: &'a TenantSlug,
    /// The tenant's labels; `None` leaves them as they are.
    pub labels: Option<&'a BTreeMap<String, String>>,
    /// The Pod Security level; `None` leaves it as it is.
    pub pod_security: Option<PodSecurity>,
}

impl Cluster {
    /// Whose a namespace is by its label right now: `None` where there is no such namespace, `Some(None)` where it is
    /// nobody's. A label that is no slug is somebody else's business, too, and comes as it is.
    pub async fn owner(&self, name: &Namespace) -> Result<Option<Option<String>>, ClusterError> {
        let found = self.namespace(name).await?;
        Ok(found.map(|found| found.metadata.labels.and_then(|mut labels| labels.remove(TENANT_LABEL))))
    }

    /// Makes a namespace with these labels; `false` where one of that name exists.
    pub async fn make_namespace(&self, name: &Namespace, claimed: Claimed<'_>) -> Result<bool, ClusterError> {
        let object = json!({ "metadata": { "name": name, "labels": labels(claimed, &BTreeMap::new()) } });
        let object: Object = serde_json::from_value(object).map_err(|error| ClusterError::Unexpected(error.to_string()))?;
        let ours = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        let api: Api<Object> = Api::all(self.client.clone());
        let made = self.read(|| async {
            match api.create(&ours, &object).await {
                Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
                done => done.map(|_| true),
            }
        });
        made.await
    }

    /// Writes the labels of a namespace that is nobody's or the tenant's already; `false` where it is another's or gone.
    pub async fn label(&self, name: &Namespace, claimed: Claimed<'_>) -> Result<bool, ClusterError> {
        let mine = |owner: Option<&String>| owner.is_none_or(|owner| owner == claimed.tenant.as_str());
        self.relabel(name, |now| mine(now.get(TENANT_LABEL)).then(|| labels(claimed, now))).await
    }

    /// Takes the tenant's labels from a namespace that carries them; one that does not is left as it is.
    pub async fn let_go(&self, name: &Namespace, tenant: &TenantSlug) -> Result<(), ClusterError> {
        let gone = |now: &BTreeMap<String, String>| {
            let ours = now.keys().filter(|key| *key == TENANT_LABEL || key.starts_with(TENANT_LABEL_PREFIX));
            (now.get(TENANT_LABEL).map(String::as_str) == Some(tenant.as_str()))
                .then(|| ours.map(|key| (key.clone(), Value::Null)).collect())
        };
        self.relabel(name, gone).await.map(drop)
    }

    /// Changes labels by what they are now, and not over a change that somebody makes meanwhile.
    async fn relabel(
        &self,
        name: &Namespace,
        change: impl Fn(&BTreeMap<String, String>) -> Option<Map<String, Value>>,
    ) -> Result<bool, ClusterError> {
        let api: Api<Object> = Api::all(self.client.clone());
        let ours = PatchParams { field_manager: Some(MANAGER.into()), ..PatchParams::default() };
        for _ in 0..5 {
            let Some(found) = self.namespace(name).await? else { return Ok(false) };
            let now = found.metadata.labels.unwrap_or_default();
            let Some(labels) = change(&now) else { return Ok(false) };
            if labels.iter().all(|(key, value)| now.get(key).map(String::as_str) == value.as_str()) {
                return Ok(true);
            }
            let patch = Patch::Merge(json!({ "metadata": { "resourceVersion": found.metadata.resource_version, "labels": labels } }));
            let written = self.read(|| async {
                match api.patch(name.as_str(), &ours, &patch).await {
                    Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
                    done => done.map(|_| true),
                }
            });
            if written.await? {
                return Ok(true);
            }
        }
        Err(ClusterError::Unreachable(format!("the namespace {name} is changed by somebody all the time")))
    }

    async fn namespace(&self, name: &Namespace) -> Result<Option<PartialObjectMeta<Object>>, ClusterError> {
        let api: Api<Object> = Api::all(self.client.clone());
        self.read(|| api.get_metadata_opt(name.as_str())).await
    }
}

/// The labels to write: the tenant's, with those taken off that it no longer has.
fn labels(claimed: Claimed<'_>, now: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut labels = Map::new();
    if let Some(wanted) = claimed.labels {
        let stale = now.keys().filter(|key| key.starts_with(TENANT_LABEL_PREFIX));
        labels.extend(stale.map(|key| (key.clone(), Value::Null)));
        labels.extend(wanted.iter().map(|(key, value)| (format!("{TENANT_LABEL_PREFIX}{key}"), value.clone().into())));
    }
    labels.insert(TENANT_LABEL.into(), claimed.tenant.as_str().into());
    if let Some(level) = claimed.pod_security {
        labels.insert(POD_SECURITY.into(), level.as_str().into());
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_a_tenant_no_longer_has_are_taken_off_and_foreign_ones_stay() {
        let now = BTreeMap::from([("tenant.pilothouse.dev/ring".into(), "late".into()), ("team".into(), "a".into())]);
        let (tenant, wanted) = ("acme".parse().unwrap(), BTreeMap::from([("tier".into(), "gold".into())]));
        let claimed = Claimed { tenant: &tenant, labels: Some(&wanted), pod_security: Some(PodSecurity::Baseline) };
        let written = Value::Object(labels(claimed, &now));
        assert_eq!(
            written,
            json!({
                "pilothouse.dev/tenant": "acme", "pod-security.kubernetes.io/enforce": "baseline",
                "tenant.pilothouse.dev/ring": null, "tenant.pilothouse.dev/tier": "gold",
            })
        );
        let claimed = Claimed { labels: None, pod_security: None, ..claimed };
        assert_eq!(Value::Object(labels(claimed, &now)), json!({"pilothouse.dev/tenant": "acme"}));
    }
}
