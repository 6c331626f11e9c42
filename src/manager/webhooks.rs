//! Webhooks of the settings: added, tested, removed, and what became of what they were told. For admins; each act with its
//! audit row. Sends nothing itself: [`super::notices`] does.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::{ReleaseManager, notices::PREFIX, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    audit::NewAudit,
    change,
    clock::uuid_v7,
    ids::{NoticeId, WebhookId},
    page::{Page, Paging},
    people::Issued,
    problem::{Code, Problem},
    webhook::{Delivery, MOST_WEBHOOKS, NewHook, Notice, Webhook, WebhookWish},
};

impl ReleaseManager {
    /// All webhooks, by name.
    pub async fn webhooks(&self, actor: &Actor) -> Result<Vec<Webhook>, Problem> {
        actor.demand(Act::ManageWebhooks)?;
        self.inner.stores.webhooks.list().await.map_err(store_problem)
    }

    /// One of them.
    pub async fn webhook(&self, actor: &Actor, id: WebhookId) -> Result<Webhook, Problem> {
        self.webhooks(actor).await?.into_iter().find(|webhook| webhook.id == id).ok_or_else(Problem::webhook_not_found)
    }

    /// Adds one. The answer is the only time that it is shown what its notices are signed with.
    pub async fn add_webhook(&self, actor: &Actor, wish: WebhookWish, reason: Option<&str>) -> Result<(Webhook, Issued), Problem> {
        let there = self.webhooks(actor).await?;
        let wish = wish.checked()?;
        let reason = wanted(reason)?;
        if there.len() >= MOST_WEBHOOKS {
            let text = format!("There are {MOST_WEBHOOKS} webhooks already, which is the most. Remove one first.");
            return Err(Problem::new(Code::InvalidWebhook, text));
        }
        self.inner
            .courier
            .admitted(&wish.url)
            .map_err(|why| Problem::new(Code::InvalidWebhook, format!("Nothing can be sent there: {why}.")))?;
        let mut key = [0; 32];
        self.inner.entropy.fill(&mut key);
        let secret = Issued(format!("{PREFIX}{}", STANDARD.encode(key)));
        let now = self.now();
        let new = NewHook { id: WebhookId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)), wish, secret, created_at: now };
        let facts = json!({"url": new.wish.url.place(), "events": new.wish.events});
        let audit = NewAudit {
            after: facts.as_object().cloned(),
            reason: Some(reason),
            ..NewAudit::of(actor, now, "webhook.add", new.wish.name.as_str())
        };
        if !self.inner.stores.webhooks.add(&new, &audit).await.map_err(store_problem)? {
            let text = format!("There is a webhook {} already. Choose another name, or remove that one first.", new.wish.name);
            return Err(Problem::new(Code::NameTaken, text));
        }
        Ok((self.webhook(actor, new.id).await?, new.secret))
    }

    /// Removes one, with everything that it was still to be told. Answers what it was.
    pub async fn remove_webhook(&self, actor: &Actor, id: WebhookId, reason: Option<&str>) -> Result<Webhook, Problem> {
        let webhook = self.webhook(actor, id).await?;
        let reason = wanted(reason)?;
        let facts = json!({"url": webhook.place, "events": webhook.events});
        let audit = NewAudit { before: facts.as_object().cloned(), ..noted(actor, self.now(), "webhook.remove", &webhook, Some(reason)) };
        match self.inner.stores.webhooks.remove(id, &audit).await.map_err(store_problem)? {
            true => Ok(webhook),
            false => Err(Problem::webhook_not_found()),
        }
    }

    /// Has a ping sent to one.
    pub async fn test_webhook(&self, actor: &Actor, id: WebhookId, reason: Option<&str>) -> Result<Delivery, Problem> {
        let webhook = self.webhook(actor, id).await?;
        webhook.demand_open()?;
        let now = self.now();
        let ping = Notice::ping(NoticeId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)), now);
        let audit = noted(actor, now, "webhook.test", &webhook, change::reason(reason)?);
        if !self.inner.stores.webhooks.tell(id, &ping, &audit).await.map_err(store_problem)? {
            return Err(Problem::webhook_not_found());
        }
        self.delivery(id, ping.id).await
    }

    /// A page of what one was told and is still to be told, newest first.
    pub async fn deliveries(&self, actor: &Actor, id: WebhookId, paging: Paging) -> Result<Page<Delivery>, Problem> {
        self.webhook(actor, id).await?;
        self.inner.stores.webhooks.deliveries(id, paging).await.map_err(store_problem)
    }

    /// Has a notice sent once more, under its own id.
    pub async fn deliver_again(&self, actor: &Actor, id: WebhookId, notice: NoticeId, reason: Option<&str>) -> Result<Delivery, Problem> {
        let webhook = self.webhook(actor, id).await?;
        let before = self.delivery(id, notice).await?;
        webhook.demand_open()?;
        let now = self.now();
        let facts = json!({"notice": notice, "event": before.event});
        let audit = NewAudit { after: facts.as_object().cloned(), ..noted(actor, now, "webhook.again", &webhook, change::reason(reason)?) };
        if !self.inner.stores.webhooks.again(id, notice, now, &audit).await.map_err(store_problem)? {
            return Err(Problem::notice_not_found());
        }
        self.delivery(id, notice).await
    }

    async fn delivery(&self, id: WebhookId, notice: NoticeId) -> Result<Delivery, Problem> {
        let found = self.inner.stores.webhooks.delivery(id, notice).await.map_err(store_problem)?;
        found.ok_or_else(Problem::notice_not_found)
    }
}

fn noted(actor: &Actor, now: DateTime<Utc>, act: &str, webhook: &Webhook, reason: Option<String>) -> NewAudit {
    NewAudit { reason, ..NewAudit::of(actor, now, act, webhook.name.as_str()) }
}

/// Who is told what happens on the platform is nobody's to change without a word.
fn wanted(reason: Option<&str>) -> Result<String, Problem> {
    let missing = || Problem::new(Code::ReasonMissing, "Say why, so that whoever reads the audit later knows.");
    change::reason(reason)?.ok_or_else(missing)
}
