//! A transaction: a connection for whoever runs statements in it, and the key with which what is written to the audit is
//! chained. Writes nothing by itself; dropped, it leaves nothing behind.

use std::ops::{Deref, DerefMut};

use sqlx::SqliteConnection;

use crate::store::{StoreError, seal::Sealer};

/// A transaction.
pub(super) struct Tx {
    inner: sqlx::Transaction<'static, sqlx::Sqlite>,
    sealer: Sealer,
}

impl Tx {
    pub(super) fn new(inner: sqlx::Transaction<'static, sqlx::Sqlite>, sealer: Sealer) -> Self {
        Self { inner, sealer }
    }

    /// The key.
    pub(super) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Makes what was written last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }
}

impl Deref for Tx {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}
