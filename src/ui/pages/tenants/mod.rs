//! Tenants: the list, one tenant with its releases, and installing a new one.

mod install;
mod list;
mod look;

pub use install::{InstallPage, ValuesFields};
pub use list::TenantsPage;
pub use look::TenantPage;
