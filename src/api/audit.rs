//! The audit, for its page.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    audit::{AuditQuery, AuditRow},
    page::Page,
    tenant::Tenant,
};

/// The audit's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLook {
    /// A page of rows.
    pub rows: Page<AuditRow>,
    /// The tenants that who looks can see, for the filter and for links.
    pub tenants: Vec<Tenant>,
    /// The one whose rows these are.
    pub tenant: Option<Tenant>,
}

/// The audit's page; `tenant` is a slug.
#[server(prefix = "/api/fn", endpoint = "audit", input = GetUrl)]
pub async fn see_audit(query: AuditQuery, tenant: Option<String>) -> Result<AuditLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::problem::Problem;
    let actor = actor().await?;
    let manager = manager()?;
    let tenants: Vec<Tenant> = manager.tenants(&actor, true).await.map_err(refuse)?.into_iter().map(|row| row.tenant).collect();
    let tenant = match tenant {
        None => None,
        Some(slug) => {
            let found = tenants.iter().find(|tenant| tenant.slug.as_str() == slug);
            Some(found.cloned().ok_or_else(|| refuse(Problem::tenant_not_found()))?)
        }
    };
    let query = AuditQuery { tenant: tenant.as_ref().map(|tenant| tenant.id), ..query };
    let rows = manager.audit(&actor, &query).await.map_err(refuse)?;
    Ok(AuditLook { rows, tenants, tenant })
}
