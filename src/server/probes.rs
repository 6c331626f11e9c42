//! Probes: alive, and ready to be of use. Tell nothing but that.

use std::time::Duration;

use axum::{Router, extract::State, routing::get};
use http::StatusCode;

use super::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

/// Ready once the projection has taken over a full listing, or when the cluster cannot be reached: what is known can
/// be looked at all the same, and a restart would not help.
async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    let mut synced = state.manager.synced();
    if *synced.borrow_and_update() {
        return (StatusCode::OK, "ready\n");
    }
    match tokio::time::timeout(Duration::from_secs(3), state.manager.cluster_answers()).await {
        Ok(true) => (StatusCode::SERVICE_UNAVAILABLE, "reading the cluster\n"),
        _ => (StatusCode::OK, "ready, but the cluster cannot be reached\n"),
    }
}
