//! The chain of audit rows: what a row's hash is, the head that counts them, taking in the rows of before there was a
//! chain, and verifying all of it. The hashes are keyed, so that the file alone is not enough to make one up.

use futures::TryStreamExt;

use super::{Row, select_rows};
use crate::{
    domain::audit::{Anchor, Fault, Verdict},
    store::{
        StoreError,
        seal::Sealer,
        sqlite::{Sqlite, Tx},
    },
};

/// What the first row follows.
const BEGINNING: &[u8] = &[0; 32];
/// How many rows of before there was a chain are taken in at a time.
const AT_ONCE: u32 = 500;

/// The count of rows and the hash of the last one.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(super) struct Head {
    pub rows: i64,
    pub hash: Vec<u8>,
    mac: Vec<u8>,
}

impl Head {
    fn new(sealer: &Sealer, rows: i64, hash: Vec<u8>) -> Self {
        let mac = Self::mac(sealer, rows, &hash);
        Self { rows, hash, mac }
    }

    fn mac(sealer: &Sealer, rows: i64, hash: &[u8]) -> Vec<u8> {
        sealer.digest("audit.head", &[&rows.to_be_bytes(), hash].concat()).to_vec()
    }

    fn is_genuine(&self, sealer: &Sealer) -> bool {
        self.mac == Self::mac(sealer, self.rows, &self.hash)
    }
}

impl Row {
    /// The hash of the row after that one: over every column, each with its length, so that no two rows read alike.
    fn hash(&self, sealer: &Sealer, previous: &[u8]) -> Vec<u8> {
        let mut text = b"1".to_vec();
        let at = self.at.to_string();
        let columns = [
            Some(at.as_str()),
            Some(&self.actor),
            self.via.as_deref(),
            self.from_address.as_deref(),
            Some(&self.door),
            Some(&self.act),
            self.tenant_id.as_deref(),
            Some(&self.subject),
            self.operation_id.as_deref(),
            self.reason.as_deref(),
            self.before.as_deref(),
            self.after.as_deref(),
        ];
        for column in columns {
            match column {
                None => text.push(0),
                Some(column) => {
                    text.push(1);
                    text.extend((column.len() as u64).to_be_bytes());
                    text.extend(column.as_bytes());
                }
            }
        }
        text.extend(previous);
        sealer.digest("audit.row", &text).to_vec()
    }
}

/// Where the next row belongs: the hash that it follows, and its own.
pub(super) async fn follow(tx: &mut Tx, row: &Row) -> Result<(Head, Vec<u8>), StoreError> {
    let sealer = tx.sealer().clone();
    let head: Option<Head> = sqlx::query_as("SELECT rows, hash, mac FROM audit_head").fetch_optional(&mut **tx).await?;
    let head = match head {
        Some(head) if head.is_genuine(&sealer) => head,
        found => {
            let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM audit").fetch_one(&mut **tx).await?;
            if found.is_none() && last == 0 {
                Head::new(&sealer, 0, BEGINNING.to_vec())
            } else {
                // The row is written all the same, after nothing: so that the break stays to be found for ever.
                tracing::error!("the head of the audit is missing or was altered: run `pilothouse audit verify`");
                Head::new(&sealer, last, sealer.digest("audit.broken", &last.to_be_bytes()).to_vec())
            }
        }
    };
    let hash = row.hash(&sealer, &head.hash);
    let next = Head::new(&sealer, head.rows + 1, hash.clone());
    write_head(tx, &next).await?;
    Ok((head, hash))
}

async fn write_head(tx: &mut Tx, head: &Head) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_head (id, rows, hash, mac) VALUES (1, ?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET rows = excluded.rows, hash = excluded.hash, mac = excluded.mac",
    )
    .bind(head.rows)
    .bind(&head.hash)
    .bind(&head.mac)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes the rows of before there was a chain into it, once: where there is a head or a hash, nothing is made up.
pub(in crate::store::sqlite) async fn take_in(db: &Sqlite) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    let (begun, rows): (bool, i64) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM audit_head) OR EXISTS (SELECT 1 FROM audit WHERE hash IS NOT NULL), (SELECT count(*) FROM audit)",
    )
    .fetch_one(&mut *tx)
    .await?;
    if begun || rows == 0 {
        return Ok(());
    }
    let sealer = db.sealer.clone();
    let mut head = Head::new(&sealer, 0, BEGINNING.to_vec());
    loop {
        let rows: Vec<Row> =
            sqlx::query_as(concat!(select_rows!(), "WHERE hash IS NULL ORDER BY seq LIMIT ?1")).bind(AT_ONCE).fetch_all(&mut *tx).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let hash = row.hash(&sealer, &head.hash);
            sqlx::query("UPDATE audit SET previous = ?2, hash = ?3 WHERE seq = ?1")
                .bind(row.seq)
                .bind(&head.hash)
                .bind(&hash)
                .execute(&mut *tx)
                .await?;
            head = Head::new(&sealer, head.rows + 1, hash);
        }
    }
    write_head(&mut tx, &head).await?;
    tx.commit().await
}

/// Walks the chain from its first row to its head, one row in memory at a time.
pub(super) async fn verify(db: &Sqlite, anchor: Option<&Anchor>) -> Result<Verdict, StoreError> {
    let broken = |row, fault| Ok(Verdict::Broken { row, fault });
    let mut tx = db.read().await?;
    let head: Option<Head> = sqlx::query_as("SELECT rows, hash, mac FROM audit_head").fetch_optional(&mut *tx).await?;
    let mut last = Anchor { rows: 0, hash: BEGINNING.to_vec() };
    let mut rows = sqlx::query_as::<_, Row>(concat!(select_rows!(), "ORDER BY seq")).fetch(&mut *tx);
    while let Some(row) = rows.try_next().await? {
        let expected = last.rows + 1;
        if row.seq != expected {
            return broken(expected, Fault::Missing);
        }
        let (Some(previous), Some(hash)) = (&row.previous, &row.hash) else {
            return broken(row.seq, Fault::Altered);
        };
        if *hash != row.hash(&db.sealer, previous) {
            return broken(row.seq, Fault::Altered);
        }
        if *previous != last.hash {
            return broken(row.seq, Fault::Moved);
        }
        last = Anchor { rows: row.seq, hash: hash.clone() };
        if anchor.is_some_and(|anchor| anchor.rows == last.rows && anchor.hash != last.hash) {
            return broken(row.seq, Fault::NotTheAnchor);
        }
    }
    let known = head.as_ref().filter(|head| head.is_genuine(&db.sealer)).map(|head| head.rows);
    match known {
        Some(rows) if rows > last.rows => broken(last.rows + 1, Fault::Missing),
        Some(rows) if rows == last.rows && head.as_ref().is_some_and(|head| head.hash == last.hash) => match anchor {
            Some(anchor) if anchor.rows > last.rows => broken(last.rows + 1, Fault::Missing),
            _ => Ok(Verdict::Whole(last)),
        },
        None if head.is_none() && last.rows == 0 && anchor.is_none_or(|anchor| anchor.rows == 0) => Ok(Verdict::Whole(last)),
        _ => broken(last.rows, Fault::Head),
    }
}
