//! Delivers notices to webhooks: takes what is due from the outbox, one notice of each webhook at a time, and writes what came
//! of it. Whoever is killed in between sends it again, under the same id. Decides nothing about what is told, nor to whom.

mod post;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;

pub use self::post::Courier;
pub(super) use self::post::PREFIX;
use super::{ReleaseManager, store_problem};
use crate::{
    domain::{actor::Actor, audit::NewAudit, ids::WebhookId, webhook::retry},
    store::webhooks::{Due, Outcome},
};

/// How often it is looked whether something is due.
const TICK: std::time::Duration = std::time::Duration::from_secs(1);
/// After which a notice is taken for not sent by whoever took it; longer than a try lasts.
const LEASE: TimeDelta = TimeDelta::seconds(20);
/// How long it is kept what became of notices.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How often what is older is forgotten.
const SWEEP: TimeDelta = TimeDelta::hours(1);

impl ReleaseManager {
    /// Delivers notices, for ever.
    pub async fn send_notices(self) {
        let webhooks = &self.inner.stores.webhooks;
        let mut busy: Vec<WebhookId> = Vec::new();
        // Tasks of their own: a try that is not looked after while this one waits for the database could be what holds it.
        let mut under_way = JoinSet::new();
        let mut swept: Option<DateTime<Utc>> = None;
        loop {
            let now = self.now();
            match webhooks.take(now, now + LEASE, &busy).await {
                Ok(due) => {
                    for due in due {
                        busy.push(due.webhook);
                        let manager = self.clone();
                        under_way.spawn(async move { manager.send(due).await });
                    }
                }
                Err(error) => drop(store_problem(error)),
            }
            if swept.is_none_or(|at| now - at >= SWEEP) {
                swept = Some(now);
                if let Err(error) = webhooks.forget(now - KEPT).await {
                    store_problem(error);
                }
            }
            tokio::select! {
                Some(sent) = under_way.join_next() => match sent {
                    Ok(sent) => busy.retain(|webhook| *webhook != sent),
                    // Whatever it was of, its lease says when it is taken again.
                    Err(_) => busy.clear(),
                },
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// One try; answers which webhook is free again.
    async fn send(&self, due: Due) -> WebhookId {
        let courier = &self.inner.courier;
        let reply = courier.post(&due, self.now()).await;
        let now = self.now();
        let mut chance = [0];
        self.inner.entropy.fill(&mut chance);
        let outcome = match (reply.status, retry::after(&courier.delays, due.attempts, chance[0])) {
            (Some(200..=299), _) => Outcome::Delivered,
            (Some(410), _) => Outcome::Gone(Box::new(gone(&due, now))),
            (_, Some(wait)) => Outcome::Again(now + wait),
            (_, None) => Outcome::GivenUp,
        };
        match &outcome {
            Outcome::Delivered => {}
            Outcome::Again(next) => {
                tracing::info!(webhook = %due.name, notice = %due.notice, answer = reply.words, %next, "a notice was not taken; it is sent again");
            }
            Outcome::GivenUp => {
                tracing::warn!(webhook = %due.name, notice = %due.notice, answer = reply.words, tries = due.attempts, "a notice is given up");
            }
            Outcome::Gone(_) => tracing::warn!(webhook = %due.name, "a webhook's receiver is gone; nothing is sent there any more"),
        }
        if let Err(error) = self.inner.stores.webhooks.settle(&due, &outcome, &reply.words, now).await {
            store_problem(error);
        }
        due.webhook
    }
}

fn gone(due: &Due, now: DateTime<Utc>) -> NewAudit {
    NewAudit {
        reason: Some("Its receiver answered 410, gone for good.".to_owned()),
        ..NewAudit::of(&Actor::system("webhooks"), now, "webhook.disable", due.name.as_str())
    }
}
