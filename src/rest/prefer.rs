//! Answers to changes: 202 with the operation, or, with `Prefer: wait=N`, the release once it is done within N
//! seconds. An operation that ended without success is answered as the operation, which says why.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION};

use super::problem::ApiProblem;
use crate::{
    domain::{
        actor::Actor,
        operation::{Operation, OperationStatus},
    },
    manager::ReleaseManager,
};

/// The longest that an answer is held back.
const MOST: u64 = 600;

/// Answers a change with what became of it.
pub async fn answer(manager: &ReleaseManager, actor: &Actor, headers: &HeaderMap, operation: Operation) -> Result<Response, ApiProblem> {
    let operation = match wait(headers) {
        Some(span) => manager.settled_within(actor, operation.id, span).await?,
        None => operation,
    };
    if operation.status == OperationStatus::Succeeded
        && wait(headers).is_some()
        && let Ok(release) = manager.release(actor, operation.release_id).await
    {
        return Ok((StatusCode::OK, Json(release)).into_response());
    }
    let link = format!("/api/v1/operations/{}", operation.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, link)], Json(operation)).into_response())
}

/// Reads `Prefer: wait=N` (RFC 7240).
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").iter().filter_map(|header| header.to_str().ok());
    let seconds = preferences.flat_map(|header| header.split([',', ';'])).find_map(|part| part.trim().strip_prefix("wait="))?;
    Some(Duration::from_secs(seconds.trim().parse::<u64>().ok()?.min(MOST)))
}
