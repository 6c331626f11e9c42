//! Tenants: the list, one tenant with its releases, making and editing one, giving it namespaces, and installing a new
//! release.

mod bounds;
mod edit;
mod give;
mod install;
mod list;
mod look;
mod manage;
mod new;

pub use edit::EditTenantPage;
pub use give::GivePage;
pub use install::InstallPage;
pub use list::TenantsPage;
pub use look::TenantPage;
pub use new::NewTenantPage;
