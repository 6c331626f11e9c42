//! Webhooks and their outbox as rows. Sends nothing and knows no clock.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    Sqlite, audit, from_json, instant, json, json_list, micros, parsed,
    tx::Tx,
    webhook_rows::{DeliveryRow, DueRow, HookRow, Inside, delivery_columns},
};
use crate::{
    domain::{
        audit::NewAudit,
        ids::{NoticeId, WebhookId},
        page::{Page, Paging},
        webhook::{Delivery, NewHook, Notice, Webhook},
    },
    store::{
        StoreError,
        webhooks::{Due, Outcome, WebhookStore},
    },
};

#[async_trait]
impl WebhookStore for Sqlite {
    async fn list(&self) -> Result<Vec<Webhook>, StoreError> {
        let mut tx = self.read().await?;
        let rows: Vec<HookRow> = sqlx::query_as("SELECT id, name, events, created_at, disabled_at, sealed FROM webhooks ORDER BY name")
            .fetch_all(&mut *tx)
            .await?;
        let mut found = Vec::new();
        for row in rows {
            let last: Option<DeliveryRow> = sqlx::query_as(concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM webhook_deliveries WHERE webhook_id = ?1 AND tried_at IS NOT NULL ORDER BY tried_at DESC, seq DESC LIMIT 1"
            ))
            .bind(&row.id)
            .fetch_optional(&mut *tx)
            .await?;
            found.push(Webhook {
                // One that cannot be read can still be removed.
                place: self.inside(&row.id, &row.sealed).map_or_else(|_| String::new(), |inside| inside.url.place().to_owned()),
                id: parsed(&row.id)?,
                name: parsed(&row.name)?,
                events: from_json(&row.events)?,
                created_at: instant(row.created_at)?,
                disabled_at: row.disabled_at.map(instant).transpose()?,
                last: last.map(DeliveryRow::into_domain).transpose()?,
            });
        }
        Ok(found)
    }

    async fn add(&self, new: &NewHook, row: &NewAudit) -> Result<bool, StoreError> {
        let inside = Inside { url: new.wish.url.clone(), secret: new.secret.clone() };
        let sealed = self.sealer.seal(&place(&new.id.to_string()), json(&inside)?.as_bytes())?;
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO webhooks (id, name, events, created_at, sealed) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.wish.name.as_str())
        .bind(json(&new.wish.events)?)
        .bind(micros(new.created_at))
        .bind(sealed)
        .execute(&mut *tx)
        .await?;
        finish(tx, done.rows_affected(), row).await
    }

    async fn remove(&self, id: WebhookId, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM webhooks WHERE id = ?1").bind(id.to_string()).execute(&mut *tx).await?;
        finish(tx, done.rows_affected(), row).await
    }

    async fn tell(&self, id: WebhookId, notice: &Notice, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO webhook_deliveries (webhook_id, id, event, batch_id, body, made_at, next_at)
             SELECT w.id, ?2, ?3, ?4, ?5, ?6, ?6 FROM webhooks w WHERE w.id = ?1 AND w.disabled_at IS NULL",
        )
        .bind(id.to_string())
        .bind(notice.id.to_string())
        .bind(notice.kind.as_str())
        .bind(notice.batch.map(|batch| batch.to_string()))
        .bind(&notice.body)
        .bind(micros(notice.at))
        .execute(&mut *tx)
        .await?;
        finish(tx, done.rows_affected(), row).await
    }

    async fn deliveries(&self, id: WebhookId, paging: Paging) -> Result<Page<Delivery>, StoreError> {
        let Paging { page, size } = paging;
        let mut tx = self.read().await?;
        let total: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ?1")
            .bind(id.to_string())
            .fetch_one(&mut *tx)
            .await?;
        let rows: Vec<DeliveryRow> = sqlx::query_as(concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM webhook_deliveries WHERE webhook_id = ?1 ORDER BY seq DESC LIMIT ?2 OFFSET ?3"
        ))
        .bind(id.to_string())
        .bind(size)
        .bind(paging.offset())
        .fetch_all(&mut *tx)
        .await?;
        let items = rows.into_iter().map(DeliveryRow::into_domain).collect::<Result<_, _>>()?;
        Ok(Page { items, page, size, total: total.unsigned_abs() })
    }

    async fn delivery(&self, id: WebhookId, notice: NoticeId) -> Result<Option<Delivery>, StoreError> {
        let row: Option<DeliveryRow> =
            sqlx::query_as(concat!("SELECT ", delivery_columns!(), " FROM webhook_deliveries WHERE webhook_id = ?1 AND id = ?2"))
                .bind(id.to_string())
                .bind(notice.to_string())
                .fetch_optional(&self.reader)
                .await?;
        row.map(DeliveryRow::into_domain).transpose()
    }

    async fn again(&self, id: WebhookId, notice: NoticeId, at: DateTime<Utc>, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE webhook_deliveries SET next_at = ?3, attempts = 0, delivered_at = NULL, given_up_at = NULL
             WHERE webhook_id = (SELECT id FROM webhooks WHERE id = ?1 AND disabled_at IS NULL) AND id = ?2",
        )
        .bind(id.to_string())
        .bind(notice.to_string())
        .bind(micros(at))
        .execute(&mut *tx)
        .await?;
        finish(tx, done.rows_affected(), row).await
    }

    async fn take(&self, now: DateTime<Utc>, until: DateTime<Utc>, busy: &[WebhookId]) -> Result<Vec<Due>, StoreError> {
        let rows: Vec<DueRow> = sqlx::query_as(
            "SELECT d.seq, d.webhook_id, w.name, w.sealed, d.id, d.body, d.attempts
             FROM webhooks w
             JOIN webhook_deliveries d ON d.seq =
                 (SELECT seq FROM webhook_deliveries WHERE webhook_id = w.id AND next_at <= ?1 ORDER BY next_at, seq LIMIT 1)
             WHERE w.disabled_at IS NULL AND w.id NOT IN (SELECT value FROM json_each(?2))
             ORDER BY d.seq",
        )
        .bind(micros(now))
        .bind(json_list(busy.iter()))
        .fetch_all(&self.reader)
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let mut taken = Vec::new();
        for row in rows {
            let Ok(Inside { url, secret }) = self.inside(&row.webhook_id, &row.sealed) else {
                tracing::error!(webhook = row.name, "a webhook's address and secret cannot be read; remove it and add it anew");
                continue;
            };
            let mine = sqlx::query(
                "UPDATE webhook_deliveries SET attempts = attempts + 1, tried_at = ?3, next_at = ?4
                 WHERE seq = ?1 AND attempts = ?2 AND next_at <= ?3",
            )
            .bind(row.seq)
            .bind(row.attempts)
            .bind(micros(now))
            .bind(micros(until))
            .execute(&mut *tx)
            .await?;
            if mine.rows_affected() == 0 {
                continue;
            }
            let (webhook, name, notice) = (parsed(&row.webhook_id)?, parsed(&row.name)?, parsed(&row.id)?);
            taken.push(Due { webhook, name, url, secret, notice, body: row.body, attempts: row.attempts + 1 });
        }
        tx.commit().await?;
        Ok(taken)
    }

    async fn settle(&self, due: &Due, outcome: &Outcome, answer: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let over = Some(micros(at));
        let (next, delivered, given_up) = match outcome {
            Outcome::Delivered => (None, over, None),
            Outcome::Again(next) => (Some(micros(*next)), None, None),
            Outcome::GivenUp | Outcome::Gone(_) => (None, None, over),
        };
        let webhook = due.webhook.to_string();
        let mut tx = self.write().await?;
        let written = sqlx::query(
            "UPDATE webhook_deliveries SET answer = ?4, next_at = ?5, delivered_at = ?6, given_up_at = ?7
             WHERE webhook_id = ?1 AND id = ?2 AND attempts = ?3 AND next_at IS NOT NULL",
        )
        .bind(&webhook)
        .bind(due.notice.to_string())
        .bind(due.attempts)
        .bind(answer)
        .bind(next)
        .bind(delivered)
        .bind(given_up)
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        if let Outcome::Gone(row) = outcome {
            sqlx::query("UPDATE webhooks SET disabled_at = ?2 WHERE id = ?1").bind(&webhook).bind(over).execute(&mut *tx).await?;
            sqlx::query("UPDATE webhook_deliveries SET next_at = NULL, given_up_at = ?2 WHERE webhook_id = ?1 AND next_at IS NOT NULL")
                .bind(&webhook)
                .bind(over)
                .execute(&mut *tx)
                .await?;
            audit::append(&mut tx, row).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn forget(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM webhook_deliveries WHERE coalesce(delivered_at, given_up_at) < ?1")
            .bind(micros(before))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

impl Sqlite {
    fn inside(&self, id: &str, sealed: &[u8]) -> Result<Inside, StoreError> {
        serde_json::from_slice(&self.sealer.open(&place(id), sealed)?).map_err(|_| StoreError::Seal)
    }
}

/// Queues notices for every open webhook that has chosen them, in the transaction of what they tell of; one that is there
/// already stays as it is.
pub(super) async fn queue(tx: &mut Tx, notices: &[Notice]) -> Result<(), StoreError> {
    for notice in notices {
        sqlx::query(
            "INSERT INTO webhook_deliveries (webhook_id, id, event, batch_id, body, made_at, next_at)
             SELECT w.id, ?1, ?2, ?3, ?4, ?5, ?5 FROM webhooks w
             WHERE w.disabled_at IS NULL AND ?2 IN (SELECT value FROM json_each(w.events))
             ON CONFLICT (webhook_id, id) DO NOTHING",
        )
        .bind(notice.id.to_string())
        .bind(notice.kind.as_str())
        .bind(notice.batch.map(|batch| batch.to_string()))
        .bind(&notice.body)
        .bind(micros(notice.at))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Ends a change with its audit row, if anything was changed; answers whether.
async fn finish(mut tx: Tx, changed: u64, row: &NewAudit) -> Result<bool, StoreError> {
    if changed == 0 {
        return Ok(false);
    }
    audit::append(&mut tx, row).await?;
    tx.commit().await?;
    Ok(true)
}

/// Where what is sealed belongs.
fn place(id: &str) -> String {
    format!("webhooks/{id}")
}
