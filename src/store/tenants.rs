//! Tenants, the namespaces that belong to them, and what the cluster still has to take over. Whose a namespace is, is
//! written by the watch alone.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    actor::Actor,
    audit::NewAudit,
    ids::TenantId,
    names::{Namespace, TenantSlug},
    setup::Chore,
    tenant::{SeenNamespace, Tenant, TenantRow},
};

/// A change of a tenant through Pilothouse, written with its audit row and with what the cluster has to take over.
#[derive(Clone, Debug)]
pub struct TenantChange {
    /// The tenant as it is to be. Its `version` is the one that it was read with. Its labels count only where it has no
    /// namespace: otherwise they are the namespaces' and come back from the cluster. Namespaces and setup do not count.
    pub tenant: Tenant,
    /// What the cluster has to take over.
    pub chores: Vec<Chore>,
    /// What has to be without living releases and without operations under way.
    pub idle: Option<Idle>,
}

/// What has to be idle for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// The whole tenant.
    Tenant,
    /// One of its namespaces.
    Namespace(Namespace),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Done,
    /// The slug is another tenant's.
    SlugTaken,
    /// The tenant is not at that version any more.
    Moved,
    /// What has to be idle is not.
    Busy,
    /// Another tenant is being given one of the namespaces.
    NamespaceTaken,
}

/// Something to do, with the edition that tells whether it was replaced meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChore {
    /// What.
    pub chore: Chore,
    /// Its edition.
    pub edition: i64,
}

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

    /// Makes a tenant.
    async fn create(&self, new: &TenantChange, audit: &NewAudit) -> Result<Written, StoreError>;

    /// Changes a tenant that is still at the version it was read with, and counts that up.
    async fn change(&self, change: &TenantChange, audit: &NewAudit) -> Result<Written, StoreError>;

    /// What the cluster still has to take over, for one tenant or for all: for the server's own parts.
    async fn chores(&self, tenant: Option<TenantId>) -> Result<Vec<OpenChore>, StoreError>;

    /// A chore was tried: it is done unless `why` says why not. One that was replaced meanwhile stays.
    async fn tried(&self, chore: &OpenChore, why: Option<&str>, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// A namespace has its account and bindings.
    async fn equipped(&self, namespace: &Namespace, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// A namespace that had its account and bindings was found without; with `None`, they are there after all.
    async fn lost(&self, namespace: &Namespace, why: Option<&str>) -> Result<(), StoreError>;

    /// Namespaces of no tenant that hold releases, with how many living ones, as far as the actor reaches.
    async fn unassigned(&self, actor: &Actor) -> Result<Vec<(Namespace, u64)>, StoreError>;

    /// Takes over namespaces as the cluster shows them now. A slug seen for the first time becomes a tenant with the
    /// id that `new_id` gives; labels on namespaces become the tenant's (later namespaces, by name, win).
    /// With `whole`, namespaces not named here no longer exist. A tenant is never removed. Answers whether anything
    /// changed.
    async fn observe(&self, seen: &[SeenNamespace], whole: bool, new_id: &(dyn Fn() -> TenantId + Send + Sync))
    -> Result<bool, StoreError>;

    /// Forgets one namespace that is gone.
    async fn forget(&self, namespace: &Namespace) -> Result<(), StoreError>;
}
