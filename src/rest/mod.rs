//! REST v1: the same looks and changes as the pages, for scripts. Each handler reads the request, asks the release
//! manager as the actor that the guard found, and writes JSON. Holds no rules.
//!
//! May use: `auth`, `manager`, store traits, `cluster`; its signatures hold domain types and problems only.

mod body;
mod changes;
mod charts;
mod events;
mod operations;
mod prefer;
pub mod problem;
mod releases;
mod tenants;

use axum::{
    Router,
    extract::FromRef,
    routing::{get, post},
};

use crate::manager::ReleaseManager;

/// The routes of the API.
pub fn routes<S>() -> Router<S>
where
    ReleaseManager: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    let releases = Router::new()
        .route("/", get(releases::list).post(changes::install))
        .route("/summary", get(releases::summary))
        .route("/tenant/{tenant}", get(releases::of_tenant))
        .route("/chart/{chart}/versions", get(charts::versions_in_use))
        .route("/chart/{chart}/needs-upgrade", get(charts::needs_upgrade))
        .route("/{release}", get(releases::one).delete(changes::uninstall))
        .route("/{release}/history", get(releases::history))
        .route("/{release}/upgrade", post(changes::upgrade))
        .route("/{release}/rollback", post(changes::rollback))
        .route("/{release}/rollback/last-successful", post(changes::rollback_to_last_successful))
        .route("/{release}/revisions/{revision}/values", get(releases::values))
        .route("/{release}/revisions/{revision}/manifest", get(releases::manifest))
        .route("/{release}/diff", get(releases::diff));
    Router::new()
        .nest("/api/v1/helm/releases", releases)
        .route("/api/v1/tenants", get(tenants::list))
        .route("/api/v1/tenants/{tenant}", get(tenants::one))
        .route("/api/v1/charts", get(charts::list))
        .route("/api/v1/charts/{chart}/versions", get(charts::versions))
        .route("/api/v1/operations", get(operations::list))
        .route("/api/v1/operations/{operation}", get(operations::one))
        .route("/api/v1/operations/{operation}/cancel", post(operations::cancel))
        .route("/api/v1/operations/{operation}/events", get(events::of_operation))
        .route("/api/v1/live", get(events::live))
}
