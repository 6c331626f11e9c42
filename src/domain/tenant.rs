//! Tenants: who the releases belong to. Does not decide who may see one: [`super::actor`] does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    hold::Hold,
    ids::TenantId,
    limits::Limits,
    names::{Namespace, TenantSlug},
    problem::{Code, Problem},
    setup::NamespaceSetup,
    window::Window,
};

/// The namespace label that makes a namespace a tenant's.
pub const TENANT_LABEL: &str = "pilothouse.dev/tenant";
/// Namespace labels with this prefix become labels of the tenant (`tenant.pilothouse.dev/ring=canary`).
pub const TENANT_LABEL_PREFIX: &str = "tenant.pilothouse.dev/";

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in URLs and labels.
    pub slug: TenantSlug,
    /// Its name on screens.
    pub name: String,
    /// Ring, tier, region and what else the platform sorts by.
    pub labels: BTreeMap<String, String>,
    /// The namespaces that carry its label, sorted.
    pub namespaces: Vec<Namespace>,
    /// How far each namespace is set up, also those that are still to be made; sorted.
    pub setup: Vec<NamespaceSetup>,
    /// The bounds of its namespaces.
    pub limits: Limits,
    /// When batches may change it; empty for any time.
    pub windows: Vec<Window>,
    /// Left out of batches.
    pub pinned: Option<Hold>,
    /// Not to be changed by anybody.
    pub frozen: Option<Hold>,
    /// Retired.
    pub retired: Option<Hold>,
    /// Counts the changes made to it through Pilothouse, from 1.
    pub version: u32,
}

impl Tenant {
    /// Refuses a change of its releases while something holds it.
    pub fn open(&self) -> Result<(), Problem> {
        if let Some(hold) = &self.retired {
            let text = format!("{} was retired by {} ({}). Restore the tenant first.", self.slug, hold.by, hold.reason);
            return Err(Problem::new(Code::TenantRetired, text));
        }
        if let Some(hold) = &self.frozen {
            let text =
                format!("{} was frozen by {} ({}). Nothing of it is changed until somebody thaws it.", self.slug, hold.by, hold.reason);
            return Err(Problem::new(Code::TenantFrozen, text));
        }
        Ok(())
    }

    /// The path of its page.
    pub fn path(&self) -> String {
        format!("/tenants/{}", self.slug)
    }

    /// How far one of its namespaces is set up.
    pub fn setup_of(&self, namespace: &Namespace) -> Option<&NamespaceSetup> {
        self.setup.iter().find(|setup| setup.namespace == *namespace)
    }
}

/// The longest name of a tenant, in characters.
const MAX_NAME: usize = 100;

/// Trims a tenant's name on screens; an empty one is its slug.
pub fn checked_name(text: &str, slug: &TenantSlug) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        let rule = "has at most 100 characters, and no control characters";
        return Err(Problem::invalid_name("tenant's name", text, rule));
    }
    Ok(if text.is_empty() { slug.to_string() } else { text.to_owned() })
}

/// Refuses a slug that is also the address of a page.
pub fn checked_slug(slug: TenantSlug) -> Result<TenantSlug, Problem> {
    if slug.as_str() == "new" {
        return Err(Problem::invalid_name("tenant slug", "new", "is the address of the page that makes tenants"));
    }
    Ok(slug)
}

/// A tenant's row in the list of tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TenantRow {
    /// The tenant.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// How its releases stand.
    pub counts: super::release::StateCounts,
}

/// A namespace as the cluster shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNamespace {
    /// Its name.
    pub name: Namespace,
    /// The tenant that its label names; `None` where it carries no (valid) label.
    pub tenant: Option<TenantSlug>,
    /// The tenant labels on it, prefix taken off.
    pub labels: BTreeMap<String, String>,
}
