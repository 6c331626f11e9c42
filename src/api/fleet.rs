//! The platform at a glance, for its page.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::ApiError;
use crate::domain::fleet::Fleet;

/// The fleet page's data.
#[server(prefix = "/api/fn", endpoint = "fleet", input = GetUrl)]
pub async fn see_fleet() -> Result<Fleet, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.fleet(&actor).await.map_err(refuse)
}
