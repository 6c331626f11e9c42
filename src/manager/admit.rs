//! Before each run of Helm: whether it may be, and the proof that it acts as the tenant's own service account. Runs
//! nothing. A namespace that was never set up is set up here; one whose access is gone is not, and the run is refused.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    ReleaseManager,
    desk::{Desk, Halt},
    store_problem,
};
use crate::{
    cluster::Verified,
    domain::{
        live::Live,
        names::{Namespace, ReleaseKey},
        problem::{Code, Problem},
        seen::SecretSight,
        setup::SetupState,
        tenant::Tenant,
    },
};

/// How long the API server may need to know of rights that were given a moment ago.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How often it is asked meanwhile.
const AGAIN: Duration = Duration::from_millis(40);

impl ReleaseManager {
    /// The tenant of a release that is to be changed.
    pub(super) async fn tenant_to_change(&self, namespace: &Namespace) -> Result<Tenant, Problem> {
        let tenant = self.inner.stores.tenants.of_namespace(namespace).await.map_err(store_problem)?;
        tenant.ok_or_else(|| {
            let text = format!("The namespace {namespace} belongs to no tenant, so that there is nobody as whom Helm could act. Give its namespace to a tenant first.");
            Problem::new(Code::ReleaseUnassigned, text)
        })
    }
}

/// Admits an operation that is about to begin: its tenant is still its tenant, nothing holds it, and Helm acts as the
/// tenant's account. Answers the newest revision, too, as that account sees it.
pub(super) async fn admit(desk: &Desk) -> Result<(Verified, Option<SecretSight>), Halt> {
    let tenant = same_tenant(desk).await?;
    tenant.open()?;
    Ok(verified(&desk.manager, &tenant, &desk.operation().key()).await?)
}

/// Admits a further run of an operation that has begun, to set right what it left: a freeze does not stop that.
pub(super) async fn admit_again(desk: &Desk) -> Result<Verified, Halt> {
    let tenant = same_tenant(desk).await?;
    Ok(verified(&desk.manager, &tenant, &desk.operation().key()).await?.0)
}

async fn same_tenant(desk: &Desk) -> Result<Tenant, Problem> {
    let operation = desk.operation();
    let tenant = desk.manager.tenant_to_change(&operation.namespace).await?;
    if operation.tenant_id != Some(tenant.id) {
        let text = format!("The namespace {} is not the tenant's any more. Nothing was changed.", operation.namespace);
        return Err(Problem::new(Code::NamespaceNotOfTenant, text));
    }
    Ok(tenant)
}

/// Proof that Helm acts as the tenant's account, with the newest revision as that account sees it.
pub(super) async fn verified(
    manager: &ReleaseManager,
    tenant: &Tenant,
    key: &ReleaseKey,
) -> Result<(Verified, Option<SecretSight>), Problem> {
    let (cluster, tenants, namespace) = (&manager.inner.cluster, &manager.inner.stores.tenants, &key.namespace);
    let state = tenant.setup_of(namespace).map(|setup| setup.state);
    let mut until = Instant::now();
    if matches!(state, None | Some(SetupState::Unused | SetupState::Pending | SetupState::Failed)) {
        manager.equip(tenant, namespace).await?;
        until += CATCH_UP;
    }
    loop {
        match cluster.verify(&tenant.slug, key).await {
            Ok(proof) => {
                if state != Some(SetupState::Ready) {
                    tenants.equipped(namespace, manager.now()).await.map_err(store_problem)?;
                    manager.hint(Live::Tenants);
                }
                return Ok(proof);
            }
            Err(error) if error.is_missing_access() && Instant::now() < until => tokio::time::sleep(AGAIN).await,
            Err(error) => {
                tracing::warn!(release = %key, %error, "a run of helm was refused");
                let problem = error.problem();
                if error.is_missing_access() {
                    tenants.lost(namespace, Some(&problem.detail)).await.map_err(store_problem)?;
                    manager.hint(Live::Tenants);
                }
                return Err(problem);
            }
        }
    }
}
