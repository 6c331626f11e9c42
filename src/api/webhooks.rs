//! Webhooks, for the settings.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    page::Page,
    webhook::{Delivery, Webhook},
};

/// The page of one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookLook {
    /// The webhook.
    pub webhook: Webhook,
    /// A page of what it was told.
    pub deliveries: Page<Delivery>,
}

/// All webhooks.
#[server(prefix = "/api/fn", endpoint = "webhooks", input = GetUrl)]
pub async fn see_webhooks() -> Result<Vec<Webhook>, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.webhooks(&actor).await.map_err(refuse)
}

/// The page of one webhook.
#[server(prefix = "/api/fn", endpoint = "webhook", input = GetUrl)]
pub async fn see_webhook(id: String, #[server(default)] page: u32) -> Result<WebhookLook, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::{actor::Act, page::Paging, problem::Problem};
    let actor = actor().await?;
    actor.demand(Act::ManageWebhooks).map_err(refuse)?;
    let id = id.parse().map_err(|_| refuse(Problem::webhook_not_found()))?;
    let manager = manager()?;
    let webhook = manager.webhook(&actor, id).await.map_err(refuse)?;
    let deliveries = manager.deliveries(&actor, id, Paging::new(page, 50)).await.map_err(refuse)?;
    Ok(WebhookLook { webhook, deliveries })
}
