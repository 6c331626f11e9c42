//! Rows of tenants, and how they become the domain's. Asks nothing.

use serde::Deserialize;

use super::{from_json, nonsense, parsed};
use crate::{
    domain::{
        names::Namespace,
        setup::{NamespaceSetup, SetupState},
        tenant::Tenant,
    },
    store::StoreError,
};

/// What every look at a tenant reads; its namespaces come sorted, as a JSON list.
macro_rules! tenant_columns {
    () => {
        "t.id, t.slug, t.name, t.labels, t.limits, t.windows, t.pinned, t.frozen, t.retired, t.version,
         (SELECT json_group_array(n.name ORDER BY n.name) FROM namespaces n WHERE n.tenant_id = t.id) AS namespaces,
         (SELECT json_group_array(json_object('namespace', s.namespace, 'state', s.state, 'why', s.why) ORDER BY s.namespace)
          FROM setup s WHERE s.tenant_id = t.id) AS setup"
    };
}
pub(super) use tenant_columns;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    slug: String,
    name: String,
    labels: String,
    limits: String,
    windows: String,
    pinned: Option<String>,
    frozen: Option<String>,
    retired: Option<String>,
    version: u32,
    namespaces: String,
    setup: String,
}

#[derive(Deserialize)]
struct Setup {
    namespace: Namespace,
    state: String,
    why: Option<String>,
}

impl Row {
    pub(super) fn into_domain(self) -> Result<Tenant, StoreError> {
        let hold = |text: &Option<String>| text.as_deref().map(from_json).transpose();
        let setup: Vec<Setup> = from_json(&self.setup)?;
        let setup = setup.into_iter().map(|one| {
            let state = SetupState::parse(&one.state).ok_or_else(nonsense)?;
            Ok(NamespaceSetup { namespace: one.namespace, state, why: one.why })
        });
        Ok(Tenant {
            id: parsed(&self.id)?,
            slug: parsed(&self.slug)?,
            labels: from_json(&self.labels)?,
            namespaces: from_json(&self.namespaces)?,
            setup: setup.collect::<Result<_, StoreError>>()?,
            limits: from_json(&self.limits)?,
            windows: from_json(&self.windows)?,
            pinned: hold(&self.pinned)?,
            frozen: hold(&self.frozen)?,
            retired: hold(&self.retired)?,
            version: self.version,
            name: self.name,
        })
    }
}
