//! Operations, for their pages.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    operation::{Operation, OperationEvent, OperationQuery},
    page::Page,
    release::Release,
};

/// How many events a page begins with at most; the rest follows live.
#[cfg(feature = "ssr")]
const MOST_EVENTS: usize = 5_000;

/// An operation's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationLook {
    /// The operation.
    pub operation: Operation,
    /// What it left behind so far.
    pub events: Vec<OperationEvent>,
    /// The release as the watch sees it; `None` before a first install shows.
    pub release: Option<Release>,
}

/// The operations' page.
#[server(prefix = "/api/fn", endpoint = "operations", input = GetUrl)]
pub async fn see_operations(query: OperationQuery) -> Result<Page<Operation>, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.operations(&actor, &query).await.map_err(refuse)
}

/// An operation's page.
#[server(prefix = "/api/fn", endpoint = "operation", input = GetUrl)]
pub async fn see_operation(id: String) -> Result<OperationLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::problem::Problem;
    let actor = actor().await?;
    let manager = manager()?;
    let id = id.parse().map_err(|_| refuse(Problem::operation_not_found()))?;
    let operation = manager.operation(&actor, id).await.map_err(refuse)?;
    let mut events: Vec<OperationEvent> = vec![];
    while events.len() < MOST_EVENTS {
        let more = manager.operation_events(&actor, id, events.last().map_or(0, |event| event.seq)).await.map_err(refuse)?;
        if more.is_empty() {
            break;
        }
        events.extend(more);
    }
    let release = manager.release(&actor, operation.release_id).await.ok();
    Ok(OperationLook { operation, events, release })
}
