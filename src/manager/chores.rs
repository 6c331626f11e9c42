//! Has the cluster take over what changes of tenants want of it: at once with the change, and again for as long as it
//! did not succeed. Decides nothing: what is to be done was written with the change.

use std::time::Duration;

use super::{ReleaseManager, store_problem};
use crate::{
    cluster::{Claimed, ClusterError},
    domain::{
        actor::Actor,
        ids::TenantId,
        live::Live,
        names::Namespace,
        problem::{Code, Problem},
        setup::{Chore, Errand},
        tenant::Tenant,
    },
    store::tenants::OpenChore,
};

/// How often what failed is tried again.
const AGAIN: Duration = Duration::from_secs(15);
/// How long the watch may take to show a namespace that was labelled.
const SHOWN: Duration = Duration::from_secs(3);

impl ReleaseManager {
    /// Does open chores, for ever.
    pub(super) async fn sync_chores(&self) {
        loop {
            self.do_chores(None).await;
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Tries every open chore once, those of one tenant or all.
    pub(super) async fn do_chores(&self, tenant: Option<TenantId>) {
        // One at a time, so that nothing is done and undone at once.
        let _turn = self.inner.chores.lock().await;
        let open = match self.inner.stores.tenants.chores(tenant).await {
            Ok(open) => open,
            Err(error) => {
                store_problem(error);
                return;
            }
        };
        for chore in &open {
            let why = self.run_errand(&chore.chore).await.err();
            if let Some(why) = &why {
                let Chore { namespace, errand, .. } = &chore.chore;
                tracing::warn!(%namespace, errand = errand.as_str(), code = %why.code, "the cluster did not take over a change of a tenant; it is tried again");
            }
            self.note(chore, why.as_ref()).await;
        }
        if !open.is_empty() {
            self.hint(Live::Tenants);
        }
    }

    async fn note(&self, chore: &OpenChore, why: Option<&Problem>) {
        let why = why.map(|problem| problem.detail.as_str());
        if let Err(error) = self.inner.stores.tenants.tried(chore, why, self.now()).await {
            store_problem(error);
        }
    }

    async fn run_errand(&self, chore: &Chore) -> Result<(), Problem> {
        let tenant = self.tenant_by_id(&Actor::system("chores"), chore.tenant).await?;
        let (cluster, namespace) = (&self.inner.cluster, &chore.namespace);
        let claimed = Claimed { tenant: &tenant.slug, labels: chore.labels.as_ref(), pod_security: tenant.limits.pod_security };
        match chore.errand {
            Errand::Make => {
                if !cluster.make_namespace(namespace, claimed).await.map_err(|error| error.problem())? {
                    // Perhaps made by an earlier try; what is nobody's was somebody's before us.
                    let owner = cluster.owner(namespace).await.map_err(|error| error.problem())?.flatten();
                    if owner.as_deref() != Some(tenant.slug.as_str()) {
                        let text = format!(
                            "A namespace {namespace} exists already and is not this tenant's. Give it to the tenant if it is meant."
                        );
                        return Err(Problem::new(Code::NamespaceTaken, text));
                    }
                    label(self, namespace, claimed).await?;
                }
                self.equip(&tenant, namespace).await?;
                self.shown(&tenant, namespace).await
            }
            Errand::Adopt => {
                label(self, namespace, claimed).await?;
                self.equip(&tenant, namespace).await?;
                self.shown(&tenant, namespace).await
            }
            Errand::Equip => {
                label(self, namespace, claimed).await?;
                self.equip(&tenant, namespace).await
            }
            Errand::Withdraw => match self.owned(&tenant, namespace).await? {
                true => cluster.withdraw(namespace).await.map_err(|error| error.problem()),
                false => Ok(()),
            },
            Errand::Release => {
                if self.owned(&tenant, namespace).await? {
                    cluster.withdraw(namespace).await.map_err(|error| error.problem())?;
                    cluster.bound(namespace, &crate::domain::limits::Limits::default()).await.map_err(|error| error.problem())?;
                    cluster.let_go(namespace, &tenant.slug).await.map_err(|error| error.problem())?;
                }
                Ok(())
            }
        }
    }

    /// Account, bindings and bounds.
    pub(super) async fn equip(&self, tenant: &Tenant, namespace: &Namespace) -> Result<(), Problem> {
        let cluster = &self.inner.cluster;
        let both = tokio::try_join!(cluster.equip(namespace), cluster.bound(namespace, &tenant.limits));
        both.map(drop).map_err(|error| {
            tracing::warn!(%namespace, %error, "a namespace could not be equipped");
            match error {
                ClusterError::Unexpected(_) => {
                    let text = format!("The cluster did not take the account, the bindings or the bounds of {namespace}. Perhaps an object of the same name is in the way, such as a binding to another role; the server's log has the cluster's words.");
                    Problem::new(Code::ClusterRefused, text)
                }
                error => error.problem(),
            }
        })
    }

    async fn owned(&self, tenant: &Tenant, namespace: &Namespace) -> Result<bool, Problem> {
        let owner = self.inner.cluster.owner(namespace).await.map_err(|error| error.problem())?.flatten();
        Ok(owner.as_deref() == Some(tenant.slug.as_str()))
    }

    /// Waits until the watch shows the namespace as the tenant's, so that who asked for it can use it.
    async fn shown(&self, tenant: &Tenant, namespace: &Namespace) -> Result<(), Problem> {
        let mut live = self.live();
        let seen = async {
            loop {
                let owner = self.inner.stores.tenants.of_namespace(namespace).await.ok().flatten();
                if owner.is_some_and(|owner| owner.id == tenant.id) {
                    return;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), live.recv()).await;
            }
        };
        tokio::time::timeout(SHOWN, seen).await.map_err(|_| {
            Problem::new(
                Code::ClusterUnreachable,
                "The namespace is labelled, but the watch has not shown it yet. It will appear by itself.",
            )
        })
    }
}

async fn label(manager: &ReleaseManager, namespace: &Namespace, claimed: Claimed<'_>) -> Result<(), Problem> {
    match manager.inner.cluster.label(namespace, claimed).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let text = format!("The namespace {namespace} is gone or belongs to another tenant.");
            Err(Problem::new(Code::NamespaceTaken, text))
        }
        Err(error) => Err(error.problem()),
    }
}
