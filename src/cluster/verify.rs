//! Proving, before a run of Helm, that it will act as the tenant's service account and as nobody else. Fails closed:
//! without the proof there is no [`Verified`], and without that nothing runs Helm. Mends nothing.

use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    core::v1::{Namespace as Object, ServiceAccount},
};
use kube::{Api, api::PostParams};

use super::{
    Cluster,
    access::{ACCOUNT, Identity},
    error::ClusterError,
};
use crate::domain::{
    names::{Namespace, ReleaseKey, TenantSlug},
    problem::{Code, Problem},
    seen::SecretSight,
    tenant::TENANT_LABEL,
};

/// The proof that a helm child given this identity acts as the tenant's account. Made by [`Cluster::verify`] alone.
#[derive(Debug)]
pub struct Verified {
    identity: Identity,
    /// The client that it was proven with: whoever looks while Helm runs need not connect anew.
    pub(super) cluster: Cluster,
}

impl Verified {
    /// As whom Helm acts.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

/// Why there is no proof. The texts are for the log alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The cluster did not answer, or not usefully.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The namespace is gone.
    #[error("there is no namespace {0}")]
    NoNamespace(Namespace),
    /// The namespace does not carry the tenant's label.
    #[error("the namespace {0} does not carry the tenant's label")]
    NotTheTenants(Namespace),
    /// The namespace has no such account.
    #[error("the namespace {0} has no service account {ACCOUNT}")]
    NoAccount(Namespace),
    /// We may not act as the account.
    #[error("we may not impersonate {ACCOUNT} in {namespace}: {why}")]
    NotAllowed {
        /// Where.
        namespace: Namespace,
        /// The API server's words.
        why: String,
    },
    /// The API server took us for somebody else.
    #[error("the API server took us for {0}")]
    SomebodyElse(String),
    /// The account may not even read Helm's records.
    #[error("{ACCOUNT} has no rights in {namespace}: {why}")]
    NoRights {
        /// Where.
        namespace: Namespace,
        /// The API server's words.
        why: String,
    },
}

impl AccessError {
    /// Whether an account or binding is missing, which may be because it was made a moment ago.
    pub fn is_missing_access(&self) -> bool {
        matches!(self, Self::NoAccount(_) | Self::NotAllowed { .. } | Self::NoRights { .. })
    }

    /// What a client may know.
    pub fn problem(&self) -> Problem {
        let missing = |what: &str| {
            let next = "An administrator has to look at it and set the namespace up again, on the tenant's page.";
            Problem::new(Code::TenantAccessMissing, format!("Helm was not run: {what}. {next}"))
        };
        match self {
            Self::Cluster(error) => error.problem(),
            Self::NoNamespace(name) => {
                Problem::new(Code::NamespaceNotOfTenant, format!("There is no namespace {name} in the cluster any more. Helm was not run."))
            }
            Self::NotTheTenants(name) => Problem::new(
                Code::NamespaceNotOfTenant,
                format!(
                    "The namespace {name} does not carry the tenant's label any more. Helm was not run; give the namespace to the tenant again if it is the tenant's."
                ),
            ),
            Self::NoAccount(name) => missing(&format!("the namespace {name} has no service account {ACCOUNT}")),
            Self::NotAllowed { namespace, .. } => missing(&format!("Pilothouse may not act as {ACCOUNT} in the namespace {namespace}")),
            Self::NoRights { namespace, .. } => {
                missing(&format!("{ACCOUNT} has no rights in the namespace {namespace}; its binding or its role (deploy/rbac) is missing"))
            }
            Self::SomebodyElse(_) => missing("the cluster does not take Pilothouse for the tenant's service account"),
        }
    }
}

impl Cluster {
    /// Proves that Helm, run for that release, acts as the tenant's service account: the namespace carries the tenant's
    /// label, the account is there, the API server takes a client made of Helm's own kubeconfig for it, and it may read
    /// Helm's records. Answers with the newest of them, as it was read with the account's rights.
    pub async fn verify(&self, tenant: &TenantSlug, key: &ReleaseKey) -> Result<(Verified, Option<SecretSight>), AccessError> {
        let identity = Identity::of(&key.namespace);
        let (label, account, records) =
            tokio::join!(self.check_label(tenant, &key.namespace), self.check_account(&key.namespace), self.check_identity(&identity, key));
        label?;
        account?;
        let (cluster, newest) = records?;
        Ok((Verified { identity, cluster }, newest))
    }

    async fn check_label(&self, tenant: &TenantSlug, name: &Namespace) -> Result<(), AccessError> {
        let api: Api<Object> = Api::all(self.client.clone());
        let found = self.read(|| api.get_metadata_opt(name.as_str())).await?;
        let found = found.ok_or_else(|| AccessError::NoNamespace(name.clone()))?;
        let label = found.metadata.labels.and_then(|mut labels| labels.remove(TENANT_LABEL));
        if label.as_deref() == Some(tenant.as_str()) { Ok(()) } else { Err(AccessError::NotTheTenants(name.clone())) }
    }

    async fn check_account(&self, namespace: &Namespace) -> Result<(), AccessError> {
        // Impersonating does not ask whether the account exists.
        let api: Api<ServiceAccount> = Api::namespaced(self.client.clone(), namespace.as_str());
        let found = self.read(|| api.get_metadata_opt(ACCOUNT)).await?;
        found.map(drop).ok_or_else(|| AccessError::NoAccount(namespace.clone()))
    }

    async fn check_identity(&self, identity: &Identity, key: &ReleaseKey) -> Result<(Self, Option<SecretSight>), AccessError> {
        let tenant = self.acting_as(identity).await?;
        let namespace = key.namespace.clone();
        let (name, newest) = tokio::join!(tenant.ask_who(), tenant.newest(key));
        let name = name.map_err(|error| match error {
            ClusterError::Refused(why) => AccessError::NotAllowed { namespace: namespace.clone(), why },
            error => error.into(),
        })?;
        if name != identity.user() {
            return Err(AccessError::SomebodyElse(name));
        }
        let newest = newest.map_err(|error| match error {
            ClusterError::Refused(why) => AccessError::NoRights { namespace, why },
            error => error.into(),
        })?;
        Ok((tenant, newest))
    }

    /// Who we are to the API server, by Pilothouse's own access.
    pub(super) async fn own_name(&self) -> Result<&str, ClusterError> {
        self.own_name.get_or_try_init(|| self.ask_who()).await.map(String::as_str)
    }

    /// The namespace that Pilothouse's own account is in, where it has one.
    pub async fn own_namespace(&self) -> Option<Namespace> {
        let name = self.own_name().await.ok()?;
        name.strip_prefix("system:serviceaccount:")?.split_once(':')?.0.parse().ok()
    }

    async fn ask_who(&self) -> Result<String, ClusterError> {
        let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let review = self.read(|| async { api.create(&PostParams::default(), &SelfSubjectReview::default()).await }).await?;
        let name = review.status.and_then(|status| status.user_info).and_then(|user| user.username);
        name.ok_or_else(|| ClusterError::Unexpected("a SelfSubjectReview without a name".into()))
    }
}
