//! The embedded database: one writer, several readers, one file that only its owner may read.
//!
//! Every query is a text known when this is compiled; whatever comes from outside is bound to it, lists as JSON.
//! Does not read a clock, does not judge who may do what, and never looks at the texts of database errors.

mod audit;
mod batch_rows;
mod batch_targets;
mod batches;
mod drifts;
mod elsewhere;
mod landmarks;
mod lives;
mod matrix;
mod observe;
mod operation_rows;
mod operation_work;
mod operations;
mod previews;
mod projection;
mod reach;
mod release_list;
mod release_rows;
mod releases;
mod requests;
mod revisions;
mod selections;
mod sessions;
mod sources;
mod tenant_changes;
mod tenant_rows;
mod tenants;
mod tokens;
mod tx;
mod users;
mod version_key;
mod webhook_rows;
mod webhooks;

use std::{fs, io, path::Path, str::FromStr, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::tx::Tx;
use super::{StoreError, Stores, seal::Sealer};

/// How many connections read at the same time.
const READERS: u32 = 6;
/// How long to wait for another process, such as a backup, that holds the file.
const BUSY: Duration = Duration::from_secs(10);
/// What the write-ahead log shrinks to after a long transaction.
const LOG_BYTES: &str = "67108864";

/// The embedded database; cheap to clone.
#[derive(Clone)]
pub struct Sqlite {
    /// One connection, so that writers queue here and never meet in the file.
    writer: SqlitePool,
    reader: SqlitePool,
    sealer: Sealer,
}

impl Sqlite {
    /// Opens the database file, makes it (and its directory) where it is missing, and brings its tables up to date.
    /// [`StoreError::Seal`] where it was made with another key.
    pub async fn open(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        make_private(path).map_err(|error| StoreError::Database(format!("{}: {error}", path.display())))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("temp_store", "memory")
            .pragma("trusted_schema", "off");
        // Full: what a caller was told is done survives a power failure, which an operation must.
        let writing = options
            .clone()
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", LOG_BYTES);
        let writer = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(writing)
            .await?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await.map_err(|error| StoreError::Database(error.to_string()))?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true))
            .await?;
        let database = Self { writer, reader, sealer };
        landmarks::check_key(&database).await?;
        audit::chain::take_in(&database).await?;
        Ok(database)
    }

    /// Opens a database file to look at it as it is, beside a server or without one.
    pub async fn look_at(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).pragma("query_only", "on");
        let reader = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Self { writer: reader.clone(), reader, sealer })
    }

    /// Everything that is kept, as the traits that the other rooms know.
    pub fn stores(&self) -> Stores {
        let all = Arc::new(self.clone());
        Stores {
            tenants: all.clone(),
            releases: all.clone(),
            operations: all.clone(),
            audit: all.clone(),
            sessions: all.clone(),
            sources: all.clone(),
            users: all.clone(),
            tokens: all.clone(),
            previews: all.clone(),
            batches: all.clone(),
            selections: all.clone(),
            drifts: all.clone(),
            webhooks: all.clone(),
            requests: all,
        }
    }

    /// Ends all connections, after which the file is whole by itself, without its log.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A transaction that may write. Immediate: it waits for its turn at its beginning and cannot fail half-way
    /// because somebody else wrote.
    async fn write(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.writer.begin_with("BEGIN IMMEDIATE").await?, self.sealer.clone()))
    }

    /// A transaction in which several reads see one state.
    async fn read(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.reader.begin().await?, self.sealer.clone()))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// Makes the file for the eyes of its owner only; its log and index inherit that. A directory that exists is left
/// as its owner wants it.
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};

    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    }
    let file = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

/// Texts as a JSON list for `json_each`.
fn json_list(items: impl Iterator<Item = impl ToString>) -> String {
    serde_json::Value::from_iter(items.map(|item| item.to_string())).to_string()
}

/// JSON for a column.
fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(error.to_string()))
}

/// Reads JSON from a column.
fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Database(error.to_string()))
}

/// Reads a name or an id that was written by us.
fn parsed<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| nonsense())
}

/// What is stored breaks a rule of the domain.
fn nonsense() -> StoreError {
    StoreError::Database("a column holds what was never written there".into())
}

/// An instant as it is stored.
fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Reads an instant.
fn instant(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(nonsense)
}
