//! What is said of tenants: to the audit, and to whom a change is refused. Decides nothing.

use serde_json::json;

use crate::{
    domain::{
        audit::Facts,
        hold::Hold,
        problem::{Code, Problem},
        tenant::Tenant,
    },
    store::tenants::Written,
};

/// What the audit tells of a tenant.
pub(super) fn facts(tenant: &Tenant) -> Facts {
    let reason = |hold: &Option<Hold>| hold.as_ref().map(|hold| hold.reason.clone());
    let facts = json!({
        "name": tenant.name, "labels": tenant.labels, "limits": tenant.limits, "windows": tenant.windows,
        "pinned": reason(&tenant.pinned), "frozen": reason(&tenant.frozen), "retired": reason(&tenant.retired),
    });
    facts.as_object().cloned().unwrap_or_default()
}

/// Refuses what was not written.
pub(super) fn refuse(written: Written, tenant: &Tenant) -> Result<(), Problem> {
    match written {
        Written::Done => Ok(()),
        Written::SlugTaken => {
            let text = format!("There is a tenant {} already, perhaps a retired one. Choose another slug.", tenant.slug);
            Err(Problem::new(Code::TenantExists, text))
        }
        Written::Moved => Err(version_moved(tenant)),
        Written::Busy => {
            let text = format!("{} still has releases, or an operation is under way. Uninstall them first.", tenant.slug);
            Err(Problem::new(Code::TenantInUse, text))
        }
        Written::NamespaceTaken => {
            Err(Problem::new(Code::NamespaceTaken, "One of the namespaces is being given to another tenant. Choose another one."))
        }
    }
}

/// Refuses a change of what is not as it was looked at.
pub(super) fn version_moved(tenant: &Tenant) -> Problem {
    let text =
        format!("Somebody changed {} meanwhile; it is at version {} now. Look at it again, then decide.", tenant.slug, tenant.version);
    Problem::new(Code::PreconditionFailed, text)
}
