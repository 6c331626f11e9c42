//! Saved selections as rows. Looks for no release.

use async_trait::async_trait;

use super::{Sqlite, audit, from_json, instant, json, micros, parsed};
use crate::{
    domain::{
        actor::{Actor, Reach},
        audit::NewAudit,
        batch::SavedSelection,
        ids::SelectionId,
    },
    store::{StoreError, selections::SelectionStore},
};

/// Id, name, selection, who made it, when.
type Row = (String, String, String, String, i64);

#[async_trait]
impl SelectionStore for Sqlite {
    async fn saved(&self, actor: &Actor) -> Result<Vec<SavedSelection>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> =
            sqlx::query_as("SELECT id, name, selection, made_by, made_at FROM selections ORDER BY name").fetch_all(&self.reader).await?;
        rows.into_iter().map(read).collect()
    }

    async fn saved_by_id(&self, actor: &Actor, id: SelectionId) -> Result<Option<SavedSelection>, StoreError> {
        if *actor.reach() != Reach::All {
            return Ok(None);
        }
        let row: Option<Row> = sqlx::query_as("SELECT id, name, selection, made_by, made_at FROM selections WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(&self.reader)
            .await?;
        row.map(read).transpose()
    }

    async fn save(&self, new: &SavedSelection, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO selections (id, name, selection, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(&new.name)
        .bind(json(&new.selection)?)
        .bind(&new.made_by)
        .bind(micros(new.made_at))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, row).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn forget(&self, id: SelectionId, row: &NewAudit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM selections WHERE id = ?1").bind(id.to_string()).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, row).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn read((id, name, selection, made_by, made_at): Row) -> Result<SavedSelection, StoreError> {
    Ok(SavedSelection { id: parsed(&id)?, name, selection: from_json(&selection)?, made_by, made_at: instant(made_at)? })
}
