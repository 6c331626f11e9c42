//! Tenants and the namespaces that belong to them. Written by the watch of namespaces alone, for now.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{
    actor::Actor,
    ids::TenantId,
    names::{Namespace, TenantSlug},
    tenant::{SeenNamespace, Tenant, TenantRow},
};

/// Tenants.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// The tenants that the actor reaches, by slug, with the counts of their releases.
    async fn list(&self, actor: &Actor) -> Result<Vec<TenantRow>, StoreError>;

    /// A tenant by slug, if the actor reaches it.
    async fn by_slug(&self, actor: &Actor, slug: &TenantSlug) -> Result<Option<Tenant>, StoreError>;

    /// A tenant by id, if the actor reaches it.
    async fn by_id(&self, actor: &Actor, id: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// The tenant that a namespace belongs to, whoever asks: for the server's own parts.
    async fn of_namespace(&self, namespace: &Namespace) -> Result<Option<Tenant>, StoreError>;

    /// Takes over namespaces as the cluster shows them now. A slug seen for the first time becomes a tenant with the
    /// id that `new_id` gives; labels on namespaces become the tenant's (later namespaces, by name, win).
    /// With `whole`, namespaces not named here no longer exist. A tenant is never removed. Answers whether anything
    /// changed.
    async fn observe(&self, seen: &[SeenNamespace], whole: bool, new_id: &(dyn Fn() -> TenantId + Send + Sync))
    -> Result<bool, StoreError>;

    /// Forgets one namespace that is gone.
    async fn forget(&self, namespace: &Namespace) -> Result<(), StoreError>;
}
