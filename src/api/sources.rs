//! Chart sources, for the settings.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::ApiError;
use crate::domain::source::ChartSource;

/// All chart sources and how they stand.
#[server(prefix = "/api/fn", endpoint = "sources", input = GetUrl)]
pub async fn see_sources() -> Result<Vec<ChartSource>, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.chart_sources(&actor).await.map_err(refuse)
}
