//! Chart sources as rows. Does not ask them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Sqlite, audit, from_json, json, micros, nonsense, parsed};
use crate::{
    domain::{audit::NewAudit, names::SourceName, source::SourceConfig},
    store::{StoreError, sources::SourceStore},
};

/// Where what is sealed belongs.
fn place(name: &SourceName) -> String {
    format!("chart_sources/{name}")
}

#[async_trait]
impl SourceStore for Sqlite {
    async fn list(&self) -> Result<Vec<SourceConfig>, StoreError> {
        let rows: Vec<(String, String, String, Vec<u8>)> =
            sqlx::query_as("SELECT name, url, charts, sealed FROM chart_sources ORDER BY name").fetch_all(&self.reader).await?;
        let source = |(name, url, charts, sealed): (String, String, String, Vec<u8>)| {
            let name = parsed(&name)?;
            let access = String::from_utf8(self.sealer.open(&place(&name), &sealed)?).map_err(|_| nonsense())?;
            Ok(SourceConfig { url: parsed(&url)?, charts: from_json(&charts)?, access: from_json(&access)?, name })
        };
        rows.into_iter().map(source).collect()
    }

    async fn add(&self, new: &SourceConfig, at: DateTime<Utc>, row: &NewAudit) -> Result<bool, StoreError> {
        let sealed = self.sealer.seal(&place(&new.name), json(&new.access)?.as_bytes())?;
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO chart_sources (name, url, charts, sealed, created_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO NOTHING",
        )
        .bind(new.name.as_str())
        .bind(String::from(new.url.clone()))
        .bind(json(&new.charts)?)
        .bind(sealed)
        .bind(micros(at))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, row).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove(&self, name: &SourceName, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM chart_sources WHERE name = ?1").bind(name.as_str()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, row).await?;
        tx.commit().await?;
        Ok(true)
    }
}
