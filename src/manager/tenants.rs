//! Changing tenants: made, edited, held, retired. Each change is written with its audit row and with what the cluster has
//! to take over ([`super::chores`]), which is tried at once. Changes no release; [`super::tenant_namespaces`] gives
//! namespaces and takes them.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use super::{
    ReleaseManager, store_problem,
    tenant_words::{facts, refuse, version_moved},
};
use crate::{
    domain::{
        actor::{Act, Actor, Reach},
        audit::NewAudit,
        change,
        clock::uuid_v7,
        hold::{Hold, HoldAct},
        ids::TenantId,
        labels,
        limits::Limits,
        live::Live,
        names::{Namespace, TenantSlug},
        problem::{Code, Problem},
        setup::{Chore, Errand},
        tenant::{Tenant, checked_name, checked_slug},
        window::{self, Window},
    },
    store::tenants::{Idle, TenantChange, Written},
};

/// How long the cluster may take to take a change over before its author is answered.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most namespaces that a tenant is made with.
const MOST_NAMESPACES: usize = 20;
/// How often a change is tried anew when another one came between.
const TRIES: usize = 5;

/// A tenant that is to be made.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its slug, for good.
    pub slug: TenantSlug,
    /// Its name on screens; empty for the slug.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its namespaces; empty for one of the slug's name.
    pub namespaces: Vec<Namespace>,
    /// Their bounds.
    pub limits: Limits,
    /// When batches may change it; empty for any time.
    pub windows: Vec<Window>,
    /// Why.
    pub reason: Option<String>,
}

/// What is to be changed about a tenant; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TenantEdit {
    /// Its name; empty for the slug.
    pub name: Option<String>,
    /// All of its labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// All of its bounds.
    pub limits: Option<Limits>,
    /// All of its windows.
    pub windows: Option<Vec<Window>>,
    /// Why.
    pub reason: Option<String>,
}

impl ReleaseManager {
    /// Makes a tenant and its namespaces.
    pub async fn create_tenant(&self, actor: &Actor, new: NewTenant) -> Result<Tenant, Problem> {
        demand_everywhere(actor)?;
        let id = TenantId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let slug = checked_slug(new.slug)?;
        let mut namespaces = new.namespaces;
        if namespaces.is_empty() {
            namespaces.push(slug.as_str().parse()?);
        }
        namespaces.sort();
        namespaces.dedup();
        if namespaces.len() > MOST_NAMESPACES {
            let text = format!("A tenant is made with at most {MOST_NAMESPACES} namespaces. Give it the others afterwards.");
            return Err(Problem::new(Code::InvalidValues, text));
        }
        let reason = change::reason(new.reason.as_deref())?;
        let tenant = Tenant {
            id,
            name: checked_name(&new.name, &slug)?,
            labels: labels::checked(new.labels)?,
            limits: new.limits,
            windows: window::checked(new.windows)?,
            slug,
            namespaces: vec![],
            setup: vec![],
            pinned: None,
            frozen: None,
            retired: None,
            version: 1,
        };
        for namespace in &namespaces {
            self.check_usable(namespace).await?;
            // Where the cluster does not answer, the errand finds out.
            if let Ok(Some(_)) = self.inner.cluster.owner(namespace).await {
                return Err(Problem::new(
                    Code::NamespaceTaken,
                    format!(
                        "A namespace {namespace} exists already. Choose another name for the new one, or make the tenant first and give it that namespace."
                    ),
                ));
            }
        }
        let chores = namespaces.iter().map(|namespace| Chore {
            namespace: namespace.clone(),
            tenant: id,
            errand: Errand::Make,
            labels: Some(tenant.labels.clone()),
        });
        let mut after = facts(&tenant);
        after.insert("namespaces".into(), json!(namespaces));
        let audit = NewAudit {
            tenant: Some(id),
            reason,
            after: Some(after),
            ..NewAudit::of(actor, self.now(), "tenant.create", tenant.slug.as_str())
        };
        let change = TenantChange { chores: chores.collect(), tenant, idle: None };
        let written = self.inner.stores.tenants.create(&change, &audit).await.map_err(store_problem)?;
        refuse(written, &change.tenant)?;
        self.carry_out(actor, id).await
    }

    /// Changes a tenant's name, labels, bounds or windows; where a version is given, if it is still at that one.
    pub async fn edit_tenant(&self, actor: &Actor, id: TenantId, version: Option<u32>, edit: TenantEdit) -> Result<Tenant, Problem> {
        actor.demand(Act::ManageTenants)?;
        let labels = edit.labels.map(labels::checked).transpose()?;
        let windows = edit.windows.map(window::checked).transpose()?;
        let reason = change::reason(edit.reason.as_deref())?;
        self.change_tenant(actor, id, version, "tenant.edit", reason, |mut tenant| {
            if let Some(name) = &edit.name {
                tenant.name = checked_name(name, &tenant.slug)?;
            }
            let bounds = edit.limits.as_ref().filter(|limits| **limits != tenant.limits);
            let errands = (bounds.is_some() || labels.is_some()) && tenant.retired.is_none();
            let chores = if errands { equip_all(&tenant, labels.as_ref()) } else { vec![] };
            tenant.limits = bounds.cloned().unwrap_or(tenant.limits);
            tenant.labels = labels.clone().unwrap_or(tenant.labels);
            tenant.windows = windows.clone().unwrap_or(tenant.windows);
            Ok(Some(TenantChange { tenant, chores, idle: None }))
        })
        .await
    }

    /// Pins, freezes or retires a tenant, or takes that back. What is in force already stays as it is.
    pub async fn hold_tenant(&self, actor: &Actor, id: TenantId, act: HoldAct, reason: Option<String>) -> Result<Tenant, Problem> {
        actor.demand(Act::ManageTenants)?;
        let reason = change::reason(reason.as_deref())?;
        let hold = match (&reason, act.holds()) {
            (Some(reason), true) => Some(Hold { reason: reason.clone(), by: actor.name().to_owned(), at: self.now() }),
            (None, true) => {
                let text = "Say why: whoever is stopped by it will ask.";
                return Err(Problem::new(Code::ReasonMissing, text));
            }
            (_, false) => None,
        };
        self.change_tenant(actor, id, None, &format!("tenant.{}", act.as_str()), reason, |mut tenant| {
            let (now, mut chores, mut idle) = (hold.clone(), vec![], None);
            let place = match act {
                HoldAct::Pin | HoldAct::Unpin => &mut tenant.pinned,
                HoldAct::Freeze | HoldAct::Thaw => &mut tenant.frozen,
                HoldAct::Retire | HoldAct::Restore => &mut tenant.retired,
            };
            if place.is_some() == now.is_some() {
                return Ok(None);
            }
            *place = now;
            if act == HoldAct::Retire {
                (chores, idle) = (errands(&tenant, Errand::Withdraw, None), Some(Idle::Tenant));
            }
            if act == HoldAct::Restore {
                chores = equip_all(&tenant, None);
            }
            Ok(Some(TenantChange { tenant, chores, idle }))
        })
        .await
    }

    /// Reads, changes and writes a tenant, and has the cluster take it over. `to` answers `None` where there is nothing
    /// to change.
    pub(super) async fn change_tenant(
        &self,
        actor: &Actor,
        id: TenantId,
        version: Option<u32>,
        act: &str,
        reason: Option<String>,
        to: impl Fn(Tenant) -> Result<Option<TenantChange>, Problem>,
    ) -> Result<Tenant, Problem> {
        actor.demand(Act::ManageTenants)?;
        for _ in 0..TRIES {
            let tenant = self.tenant_by_id(actor, id).await?;
            if version.is_some_and(|version| version != tenant.version) {
                return Err(version_moved(&tenant));
            }
            let before = facts(&tenant);
            let Some(change) = to(tenant.clone())? else { return Ok(tenant) };
            let mut after = facts(&change.tenant);
            if let [chore] = change.chores.as_slice() {
                after.insert("namespace".into(), json!(chore.namespace));
            }
            let audit = NewAudit {
                tenant: Some(id),
                reason: reason.clone(),
                before: Some(before),
                after: Some(after),
                ..NewAudit::of(actor, self.now(), act, tenant.slug.as_str())
            };
            let written = self.inner.stores.tenants.change(&change, &audit).await.map_err(store_problem)?;
            if written == Written::Moved {
                continue;
            }
            match (written, &change.idle) {
                (Written::Busy, Some(Idle::Namespace(namespace))) => {
                    return Err(Problem::new(
                        Code::NamespaceInUse,
                        format!("Releases live in {namespace}, or an operation is under way there. Uninstall them first."),
                    ));
                }
                (written, _) => refuse(written, &tenant)?,
            }
            return self.carry_out(actor, id).await;
        }
        Err(version_moved(&self.tenant_by_id(actor, id).await?))
    }

    /// Has the cluster take over what was written, and answers with how that stands.
    async fn carry_out(&self, actor: &Actor, id: TenantId) -> Result<Tenant, Problem> {
        // A cluster that does not answer keeps nobody waiting for long: what is left is done later.
        let _ = tokio::time::timeout(PATIENCE, self.do_chores(Some(id))).await;
        self.hint(Live::Tenants);
        self.tenant_by_id(actor, id).await
    }

    pub(super) async fn check_usable(&self, namespace: &Namespace) -> Result<(), Problem> {
        if namespace.is_system() || self.inner.cluster.own_namespace().await.as_ref() == Some(namespace) {
            let text = format!("The namespace {namespace} is the cluster's own, or Pilothouse's. Choose another one.");
            return Err(Problem::new(Code::NamespaceReserved, text));
        }
        Ok(())
    }
}

/// Refuses whoever may manage tenants but was narrowed to some: what belongs to none of them is out of their reach.
pub(super) fn demand_everywhere(actor: &Actor) -> Result<(), Problem> {
    actor.demand(Act::ManageTenants)?;
    if *actor.reach() == Reach::All {
        return Ok(());
    }
    let text = "You reach some tenants only; this is for who reaches all of them. Leave X-Tenant-ID out, or use another token.";
    Err(Problem::new(Code::Forbidden, text))
}

/// The same errand in every namespace of the tenant.
fn errands(tenant: &Tenant, errand: Errand, labels: Option<&BTreeMap<String, String>>) -> Vec<Chore> {
    let chore = |namespace: &Namespace| Chore { namespace: namespace.clone(), tenant: tenant.id, errand, labels: labels.cloned() };
    tenant.setup.iter().map(|setup| chore(&setup.namespace)).collect()
}

fn equip_all(tenant: &Tenant, labels: Option<&BTreeMap<String, String>>) -> Vec<Chore> {
    errands(tenant, Errand::Equip, labels)
}
