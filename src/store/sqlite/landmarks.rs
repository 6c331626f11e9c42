//! What is known of the database as a whole: whether the seal key is the one it was made with, and whether the cluster's
//! releases were once listed to the end. Opens nothing that anybody reads.

use super::{Sqlite, operations, revisions};
use crate::store::StoreError;

/// What the sealed landmark says.
const SEALED: &[u8] = b"the key of this database";
/// Where it belongs.
const PLACE: &str = "landmark:seal";

/// Refuses a key that is not the one that the database was made with. A new database takes the key that it is given.
pub(super) async fn check_key(db: &Sqlite) -> Result<(), StoreError> {
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT value FROM landmarks WHERE name = 'seal'").fetch_optional(&db.writer).await?;
    if let Some(sealed) = sealed {
        return db.sealer.open(PLACE, &sealed).map(|_| ());
    }
    // Sealed before there was a landmark: what is there has to open.
    let change: Option<(String, Vec<u8>)> =
        sqlx::query_as("SELECT id, sealed FROM operations ORDER BY created_at DESC LIMIT 1").fetch_optional(&db.writer).await?;
    if let Some((id, sealed)) = change {
        db.sealer.open(&operations::place(operations::parse_id(&id)?), &sealed)?;
    }
    let body: Option<(String, u32, u32, Vec<u8>)> =
        sqlx::query_as("SELECT release_id, life, revision, sealed FROM revision_bodies LIMIT 1").fetch_optional(&db.writer).await?;
    if let Some((release, life, revision, sealed)) = body {
        db.sealer.open(&revisions::place(&release, life, revision), &sealed)?;
    }
    sqlx::query("INSERT INTO landmarks (name, value) VALUES ('seal', ?1) ON CONFLICT DO NOTHING")
        .bind(db.sealer.seal(PLACE, SEALED)?)
        .execute(&db.writer)
        .await?;
    Ok(())
}

/// Says that the cluster's releases have been listed to the end.
pub(super) async fn listed(db: &Sqlite) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO landmarks (name, value) VALUES ('listed', x'') ON CONFLICT DO NOTHING").execute(&db.writer).await?;
    Ok(())
}
