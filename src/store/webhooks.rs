//! Webhooks, and the outbox of what they are told. A notice is put there in the transaction of what it tells of, by
//! [`super::batches::BatchStore::write`], and leaves it when its receiver has taken it. Sends nothing.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    audit::NewAudit,
    ids::{NoticeId, WebhookId},
    names::WebhookName,
    page::{Page, Paging},
    people::Issued,
    webhook::{Delivery, HookUrl, NewHook, Notice, Webhook},
};

/// A notice to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// To which webhook.
    pub webhook: WebhookId,
    /// That webhook's name.
    pub name: WebhookName,
    /// Where to.
    pub url: HookUrl,
    /// What it is signed with.
    pub secret: Issued,
    /// The notice's id.
    pub notice: NoticeId,
    /// What is sent.
    pub body: String,
    /// The how many-th try this is, from 1.
    pub attempts: u32,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It is sent again then.
    Again(DateTime<Utc>),
    /// It is not sent again.
    GivenUp,
    /// The receiver is gone for good: nothing is sent there any more. With the audit row that says so.
    Gone(Box<NewAudit>),
}

/// Webhooks and their outbox. They are the whole platform's, so that nobody's reach narrows them: who may ask is the manager's.
#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// All of them, by name.
    async fn list(&self) -> Result<Vec<Webhook>, StoreError>;

    /// Adds one. Answers whether its name was free.
    async fn add(&self, new: &NewHook, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Removes one with everything that it was to be told. Answers whether it was there.
    async fn remove(&self, id: WebhookId, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Has one notice sent to one webhook, whatever it has chosen. Answers whether that is there.
    async fn tell(&self, id: WebhookId, notice: &Notice, audit: &NewAudit) -> Result<bool, StoreError>;

    /// A page of what one was told and is still to be told, newest first.
    async fn deliveries(&self, id: WebhookId, paging: Paging) -> Result<Page<Delivery>, StoreError>;

    /// One of these.
    async fn delivery(&self, id: WebhookId, notice: NoticeId) -> Result<Option<Delivery>, StoreError>;

    /// Has a notice sent at that time as if it had never been. Answers whether it is there.
    async fn again(&self, id: WebhookId, notice: NoticeId, at: DateTime<Utc>, audit: &NewAudit) -> Result<bool, StoreError>;

    /// Takes what is due: the oldest notice of each webhook that is open and not `busy`. Whoever is killed before they
    /// [settle](Self::settle) one has it taken again at `until`.
    async fn take(&self, now: DateTime<Utc>, until: DateTime<Utc>, busy: &[WebhookId]) -> Result<Vec<Due>, StoreError>;

    /// Writes what came of a try, in a few words, too. Answers whether it was still the last try.
    async fn settle(&self, due: &Due, outcome: &Outcome, answer: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Forgets what ended before that.
    async fn forget(&self, before: DateTime<Utc>) -> Result<(), StoreError>;
}
