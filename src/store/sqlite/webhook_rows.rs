//! Rows of webhooks and of their outbox, and how they become the domain's. Chooses none.

use serde::{Deserialize, Serialize};

use super::{instant, nonsense, parsed};
use crate::{
    domain::{
        people::Issued,
        webhook::{Delivery, HookUrl, NoticeKind},
    },
    store::StoreError,
};

/// What is sealed of a webhook.
#[derive(Serialize, Deserialize)]
pub(super) struct Inside {
    pub(super) url: HookUrl,
    pub(super) secret: Issued,
}

#[derive(sqlx::FromRow)]
pub(super) struct HookRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) events: String,
    pub(super) created_at: i64,
    pub(super) disabled_at: Option<i64>,
    pub(super) sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
pub(super) struct DeliveryRow {
    id: String,
    event: String,
    batch_id: Option<String>,
    made_at: i64,
    attempts: u32,
    tried_at: Option<i64>,
    answer: Option<String>,
    next_at: Option<i64>,
    delivered_at: Option<i64>,
    given_up_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(super) struct DueRow {
    pub(super) seq: i64,
    pub(super) webhook_id: String,
    pub(super) name: String,
    pub(super) sealed: Vec<u8>,
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attempts: u32,
}

macro_rules! delivery_columns {
    () => {
        "id, event, batch_id, made_at, attempts, tried_at, answer, next_at, delivered_at, given_up_at"
    };
}
pub(super) use delivery_columns;

impl DeliveryRow {
    pub(super) fn into_domain(self) -> Result<Delivery, StoreError> {
        Ok(Delivery {
            id: parsed(&self.id)?,
            event: NoticeKind::parse(&self.event).ok_or_else(nonsense)?,
            batch_id: self.batch_id.as_deref().map(parsed).transpose()?,
            made_at: instant(self.made_at)?,
            attempts: self.attempts,
            tried_at: self.tried_at.map(instant).transpose()?,
            answer: self.answer,
            next_at: self.next_at.map(instant).transpose()?,
            delivered_at: self.delivered_at.map(instant).transpose()?,
            given_up_at: self.given_up_at.map(instant).transpose()?,
        })
    }
}
