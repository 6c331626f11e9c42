//! What a tenant's namespace is equipped with: the account that Helm acts as, its rights in that namespace, our right to
//! act as it there, and the bounds of what runs in it. Applied as a whole by the field manager `pilothouse`. Does not
//! label namespaces: [`super::claim`] does.

use std::{fmt::Debug, future::Future, time::Duration};

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        core::v1::{LimitRange, ResourceQuota, ServiceAccount},
        rbac::v1::RoleBinding,
    },
};
use kube::{
    Api, Resource,
    api::{DeleteParams, Patch, PatchParams},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Cluster, access::ACCOUNT, error::ClusterError};
use crate::domain::{limits::Limits, names::Namespace};

/// Who owns the fields that we set.
pub(super) const MANAGER: &str = "pilothouse";
/// The role of our own right to act as the account, and the name of its binding.
const IMPERSONATOR: &str = "pilothouse-impersonator";
/// The name of quota and limit range.
const BOUNDS: &str = "pilothouse";
/// How long the API server may need to know of a label or a right that was given a moment ago.
const CATCH_UP: Duration = Duration::from_secs(3);
/// How often it is asked meanwhile.
const AGAIN: Duration = Duration::from_millis(40);

impl Cluster {
    /// Gives a namespace its account and both bindings. What is there already stays as it is.
    pub async fn equip(&self, namespace: &Namespace) -> Result<(), ClusterError> {
        let subject = subject(self.own_name().await?);
        let account = json!({ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace });
        caught_up(|| async {
            tokio::try_join!(
                self.put::<ServiceAccount>(namespace, ACCOUNT, json!({})),
                self.put::<RoleBinding>(namespace, ACCOUNT, binding(ACCOUNT, &account)),
                self.put::<RoleBinding>(namespace, IMPERSONATOR, binding(IMPERSONATOR, &subject)),
            )
        })
        .await
        .map(drop)
    }

    /// Brings quota and container defaults up to date; bounds that are none are taken away.
    pub async fn bound(&self, namespace: &Namespace, limits: &Limits) -> Result<(), ClusterError> {
        let object = |pairs: Vec<(&str, String)>| Value::from_iter(pairs);
        let (quota, defaults) = (limits.quota(), limits.container_defaults());
        caught_up(|| async {
            let quota = async {
                if quota.is_empty() {
                    return self.take::<ResourceQuota>(namespace, BOUNDS).await;
                }
                self.put::<ResourceQuota>(namespace, BOUNDS, json!({ "spec": { "hard": object(quota.clone()) } })).await
            };
            let defaults = async {
                if defaults.is_empty() {
                    return self.take::<LimitRange>(namespace, BOUNDS).await;
                }
                let limit = json!({ "type": "Container", "defaultRequest": object(defaults.clone()) });
                self.put::<LimitRange>(namespace, BOUNDS, json!({ "spec": { "limits": [limit] } })).await
            };
            tokio::try_join!(quota, defaults)
        })
        .await
        .map(drop)
    }

    /// Takes the account and both bindings away.
    pub async fn withdraw(&self, namespace: &Namespace) -> Result<(), ClusterError> {
        // Our own right goes first: from then on nobody acts as the account, whatever becomes of the rest.
        self.take::<RoleBinding>(namespace, IMPERSONATOR).await?;
        self.take::<RoleBinding>(namespace, ACCOUNT).await?;
        self.take::<ServiceAccount>(namespace, ACCOUNT).await
    }

    async fn put<K>(&self, namespace: &Namespace, name: &str, body: Value) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace.as_str());
        let mut object = body;
        object["apiVersion"] = K::api_version(&()).into();
        object["kind"] = K::kind(&()).into();
        object["metadata"] = json!({ "name": name, "labels": { "app.kubernetes.io/managed-by": MANAGER } });
        let (ours, patch) = (PatchParams::apply(MANAGER).force(), Patch::Apply(&object));
        self.read(|| api.patch(name, &ours, &patch)).await.map(drop)
    }

    async fn take<K>(&self, namespace: &Namespace, name: &str) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace.as_str());
        let all = DeleteParams::default();
        let taken = self.read(|| async {
            match api.delete(name, &all).await {
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
                done => done.map(drop),
            }
        });
        taken.await
    }
}

/// Tries again while the API server still refuses what it will allow as soon as it has caught up with itself.
async fn caught_up<T, F>(write: impl Fn() -> F) -> Result<T, ClusterError>
where
    F: Future<Output = Result<T, ClusterError>>,
{
    let end = Instant::now() + CATCH_UP;
    loop {
        match write().await {
            Err(ClusterError::Refused(_)) if Instant::now() < end => tokio::time::sleep(AGAIN).await,
            done => return done,
        }
    }
}

fn binding(role: &str, subject: &Value) -> Value {
    json!({
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
        "subjects": [subject],
    })
}

/// Whoever we are, as the subject of a binding.
fn subject(name: &str) -> Value {
    match name.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':')) {
        Some((namespace, name)) => json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace }),
        None => json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_right_is_bound_to_whoever_we_are() {
        assert_eq!(subject("system:serviceaccount:a:b"), json!({"kind": "ServiceAccount", "name": "b", "namespace": "a"}));
        assert_eq!(subject("admin")["kind"], "User");
    }
}
