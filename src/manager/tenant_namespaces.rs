//! Giving tenants namespaces, letting go of them, and setting them up again. Does not talk to the cluster but to look:
//! what it has to take over is written down ([`super::tenants`], [`super::chores`]).

use super::{ReleaseManager, store_problem, tenants::demand_everywhere};
use crate::{
    domain::{
        actor::{Act, Actor},
        change,
        ids::TenantId,
        names::Namespace,
        problem::{Code, Problem},
        setup::{Chore, Errand, SetupState},
        tenant::Tenant,
    },
    store::tenants::{Idle, TenantChange},
};

impl ReleaseManager {
    /// Gives a tenant a namespace: one that belongs to nobody, with all that is in it, or a new one where there is none.
    pub async fn give_namespace(
        &self,
        actor: &Actor,
        id: TenantId,
        namespace: &Namespace,
        reason: Option<String>,
    ) -> Result<Tenant, Problem> {
        demand_everywhere(actor)?;
        self.check_usable(namespace).await?;
        let owner = self.inner.stores.tenants.of_namespace(namespace).await.map_err(store_problem)?;
        if owner.as_ref().is_some_and(|owner| owner.id != id) {
            return Err(taken(namespace));
        }
        let errand = match self.inner.cluster.owner(namespace).await.map_err(|error| error.problem())? {
            None => Errand::Make,
            Some(_) => Errand::Adopt,
        };
        let reason = change::reason(reason.as_deref())?;
        self.change_tenant(actor, id, None, "tenant.give-namespace", reason, |tenant| {
            tenant.retired.as_ref().map_or(Ok(()), |_| tenant.open())?;
            let labels = Some(tenant.labels.clone());
            let chore = Chore { namespace: namespace.clone(), tenant: id, errand, labels };
            Ok(Some(TenantChange { tenant, chores: vec![chore], idle: None }))
        })
        .await
    }

    /// Lets go of a namespace without living releases: it belongs to nobody then. It is not deleted.
    pub async fn release_namespace(
        &self,
        actor: &Actor,
        id: TenantId,
        namespace: &Namespace,
        reason: Option<String>,
    ) -> Result<Tenant, Problem> {
        actor.demand(Act::ManageTenants)?;
        let reason = change::reason(reason.as_deref())?;
        self.change_tenant(actor, id, None, "tenant.release-namespace", reason, |tenant| {
            not_its_namespace(&tenant, namespace)?;
            let chore = Chore { namespace: namespace.clone(), tenant: id, errand: Errand::Release, labels: None };
            Ok(Some(TenantChange { tenant, chores: vec![chore], idle: Some(Idle::Namespace(namespace.clone())) }))
        })
        .await
    }

    /// Sets a namespace up again whose access was lost, or tries at once what had failed.
    pub async fn set_up_namespace(&self, actor: &Actor, id: TenantId, namespace: &Namespace) -> Result<Tenant, Problem> {
        self.change_tenant(actor, id, None, "tenant.set-up-namespace", None, |tenant| {
            not_its_namespace(&tenant, namespace)?;
            let failed = tenant.setup_of(namespace).is_some_and(|setup| matches!(setup.state, SetupState::Failed | SetupState::Pending));
            let errand = if tenant.retired.is_some() { Errand::Withdraw } else { Errand::Equip };
            let chore = Chore { namespace: namespace.clone(), tenant: id, errand, labels: None };
            // What failed keeps its errand; it is only tried sooner.
            let chores = if failed { vec![] } else { vec![chore] };
            Ok(Some(TenantChange { tenant, chores, idle: None }))
        })
        .await
    }
}

fn taken(namespace: &Namespace) -> Problem {
    let text = format!("The namespace {namespace} belongs to another tenant. Release it there first.");
    Problem::new(Code::NamespaceTaken, text)
}

fn not_its_namespace(tenant: &Tenant, namespace: &Namespace) -> Result<(), Problem> {
    if tenant.setup_of(namespace).is_some() {
        return Ok(());
    }
    let text = format!("The namespace {namespace} does not belong to {}. Its page lists those that do.", tenant.slug);
    Err(Problem::new(Code::NamespaceNotOfTenant, text))
}
