//! The watch of namespaces: which there are, and whose they are by their labels. Does not decide who may use one.

use std::collections::BTreeMap;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Namespace as Object;
use kube::{Api, core::PartialObjectMeta};

use super::{
    Cluster,
    error::ClusterError,
    follow::{Followed, Selection, follow},
    text::short,
};
use crate::domain::{
    names::{Namespace, TenantSlug},
    tenant::{SeenNamespace, TENANT_LABEL, TENANT_LABEL_PREFIX},
};

const NAMESPACES: Selection = Selection { what: "namespaces", labels: "", fields: "", page: 1_000 };

/// What the watch has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceEvent {
    /// Every namespace that there is; what is not among them is gone.
    Listed(Vec<SeenNamespace>),
    /// A namespace was made or changed.
    Seen(SeenNamespace),
    /// A namespace is gone.
    Gone(Namespace),
}

impl Cluster {
    /// Watches all namespaces. Never ends; after an interruption it goes on where it was, or lists them all again.
    pub fn namespaces(&self) -> impl Stream<Item = NamespaceEvent> + Send + use<> {
        let api: Api<PartialObjectMeta<Object>> = Api::all(self.client.clone());
        follow(api, NAMESPACES, None, seen).filter_map(|followed| {
            std::future::ready(match followed {
                Followed::Listed(all) => Some(NamespaceEvent::Listed(all.into_iter().flatten().collect())),
                Followed::Applied(namespace) => namespace.map(NamespaceEvent::Seen),
                Followed::Deleted(namespace) => namespace.map(|namespace| NamespaceEvent::Gone(namespace.name)),
                Followed::Alive | Followed::Lost(_) => None,
            })
        })
    }

    /// Whether there is such a namespace right now.
    pub async fn namespace_exists(&self, name: &Namespace) -> Result<bool, ClusterError> {
        let api: Api<PartialObjectMeta<Object>> = Api::all(self.client.clone());
        Ok(self.read(|| api.get_opt(name.as_str())).await?.is_some())
    }
}

fn seen(object: PartialObjectMeta<Object>) -> Option<SeenNamespace> {
    let name = object.metadata.name?.parse().ok()?;
    let labels = object.metadata.labels.unwrap_or_default();
    let tenant = labels.get(TENANT_LABEL).and_then(|slug| slug.parse::<TenantSlug>().ok());
    let ours = |(label, value): (&String, &String)| Some((label.strip_prefix(TENANT_LABEL_PREFIX)?.to_owned(), short(value, 63)));
    Some(SeenNamespace { name, tenant, labels: labels.iter().filter_map(ours).collect::<BTreeMap<_, _>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_belongs_to_the_tenant_that_its_label_names() {
        let read = |labels| {
            let object = serde_json::json!({"metadata": {"name": "acme-prod", "labels": labels}});
            seen(serde_json::from_value(object).unwrap()).unwrap()
        };
        let labels = serde_json::json!({"pilothouse.dev/tenant": "acme", "tenant.pilothouse.dev/ring": "canary", "other": "x"});
        let namespace = read(labels);
        assert_eq!(namespace.tenant, "acme".parse().ok());
        assert_eq!(namespace.labels, BTreeMap::from([("ring".into(), "canary".into())]));
        assert_eq!(read(serde_json::json!({"pilothouse.dev/tenant": "Not A Slug"})).tenant, None);
        assert_eq!(read(serde_json::json!(null)).tenant, None);
    }
}
