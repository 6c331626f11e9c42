//! REST v1: the same looks and changes as the pages, for scripts. Each handler reads the request, asks the release
//! manager as the actor that the guard found, and writes JSON; the API's document is made from the handlers. Holds no
//! rules.
//!
//! May use: `auth`, `manager`, store traits, `cluster`; its signatures hold domain types and problems only.

#![allow(unused_qualifications, reason = "the macro that describes a handler spells its types out")]

mod audit;
mod batches;
mod body;
mod changes;
mod charts;
mod csv;
pub mod document;
mod drift;
mod events;
mod operations;
mod people;
mod prefer;
mod previews;
pub mod problem;
mod reference;
mod releases;
mod resources;
mod run;
mod selections;
mod sources;
mod tenant_changes;
mod tenants;
mod tokens;
mod webhooks;

use axum::{Router, extract::FromRef};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{auth::Auth, manager::ReleaseManager};

/// The routes of the API, its document among them.
pub fn routes<S>() -> Router<S>
where
    Auth: FromRef<S>,
    ReleaseManager: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    let (router, mut api) = documented().split_for_parts();
    document::close_variants(&mut api);
    router.merge(document::routes(api))
}

/// The routes with what the document says of each.
fn documented<S>() -> OpenApiRouter<S>
where
    Auth: FromRef<S>,
    ReleaseManager: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    let releases = OpenApiRouter::new()
        .routes(routes!(releases::list, changes::install))
        .routes(routes!(releases::summary))
        .routes(routes!(releases::matrix))
        .routes(routes!(releases::of_tenant))
        .routes(routes!(charts::versions_in_use))
        .routes(routes!(charts::needs_upgrade))
        .routes(routes!(batches::upgrade_all))
        .routes(routes!(releases::search_values))
        .routes(routes!(releases::one, changes::uninstall))
        .routes(routes!(releases::history))
        .routes(routes!(previews::install))
        .routes(routes!(previews::upgrade))
        .routes(routes!(previews::rollback))
        .routes(routes!(changes::upgrade))
        .routes(routes!(changes::rollback))
        .routes(routes!(changes::rollback_to_last_successful))
        .routes(routes!(changes::test))
        .routes(routes!(drift::last, drift::check))
        .routes(routes!(resources::list))
        .routes(routes!(resources::events))
        .routes(routes!(resources::log))
        .routes(routes!(resources::follow))
        .routes(routes!(releases::values))
        .routes(routes!(releases::manifest))
        .routes(routes!(releases::provenance))
        .routes(routes!(audit::reveal))
        .routes(routes!(releases::diff));
    let tenants = OpenApiRouter::new()
        .routes(routes!(tenants::list, tenant_changes::create))
        .routes(routes!(tenants::one, tenant_changes::edit))
        .routes(routes!(tenant_changes::hold))
        .routes(routes!(tenant_changes::give))
        .routes(routes!(tenant_changes::release))
        .routes(routes!(tenant_changes::set_up));
    let charts = OpenApiRouter::new()
        .routes(routes!(charts::list))
        .routes(routes!(charts::versions))
        .routes(routes!(charts::versions_of))
        .routes(routes!(charts::schema))
        .routes(routes!(charts::defaults))
        .routes(routes!(charts::check))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::test))
        .routes(routes!(sources::refresh))
        .routes(routes!(sources::remove));
    let operations = OpenApiRouter::new()
        .routes(routes!(operations::list))
        .routes(routes!(operations::one))
        .routes(routes!(operations::cancel))
        .routes(routes!(events::of_operation));
    let previews = OpenApiRouter::new().routes(routes!(previews::one)).routes(routes!(previews::apply));
    let batches = OpenApiRouter::new()
        .routes(routes!(batches::list, batches::make))
        .routes(routes!(batches::selected))
        .routes(routes!(batches::one))
        .routes(routes!(batches::act));
    let selections = OpenApiRouter::new().routes(routes!(selections::list, selections::save)).routes(routes!(selections::remove));
    let audit = OpenApiRouter::new().routes(routes!(audit::list));
    let users = OpenApiRouter::new()
        .routes(routes!(people::list, people::add))
        .routes(routes!(people::one, people::change))
        .routes(routes!(people::password))
        .routes(routes!(people::sign_out));
    let tokens = OpenApiRouter::new().routes(routes!(tokens::list, tokens::make)).routes(routes!(tokens::revoke));
    let webhooks = OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::again));
    OpenApiRouter::with_openapi(document::frame())
        .nest("/api/v1/helm/releases", releases)
        .nest("/api/v1/tenants", tenants)
        .nest("/api/v1/charts", charts)
        .nest("/api/v1/operations", operations)
        .nest("/api/v1/previews", previews)
        .nest("/api/v1/batches", batches)
        .nest("/api/v1/selections", selections)
        .nest("/api/v1/audit", audit)
        .nest("/api/v1/users", users)
        .nest("/api/v1/tokens", tokens)
        .nest("/api/v1/webhooks", webhooks)
        .routes(routes!(people::me))
        .routes(routes!(events::live))
}
