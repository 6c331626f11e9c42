//! Looking at audit rows: a page of them, or all that match, piece by piece. Changes nothing.

use super::{Row, select_rows};
use crate::{
    domain::{
        actor::Actor,
        audit::{AuditQuery, AuditRow, AuditSort},
        page::Page,
    },
    store::{
        StoreError,
        sqlite::{
            Sqlite, json, micros,
            reach::{reach_of, reached_tenant},
        },
    },
};

/// What a look is narrowed to: reach, tenant, actor, act, subject, operation, door, from, to, text.
macro_rules! wanted {
    () => {
        concat!(
            "WHERE ",
            reached_tenant!("tenant_id"),
            "
           AND (?2 IS NULL OR tenant_id = ?2)
           AND (?3 IS NULL OR actor = ?3)
           AND (?4 IS NULL OR act = ?4 OR substr(act, 1, length(?4) + 1) = ?4 || '.')
           AND (?5 IS NULL OR subject = ?5)
           AND (?6 IS NULL OR operation_id = ?6)
           AND (?7 IS NULL OR door = ?7)
           AND (?8 IS NULL OR at >= ?8)
           AND (?9 IS NULL OR at < ?9)
           AND (?10 IS NULL OR instr(lower(actor || char(10) || act || char(10) || subject || char(10) || coalesce(reason, '')), lower(?10)) > 0) "
        )
    };
}

/// Binds what [`wanted!`] asks for.
macro_rules! narrowed {
    ($statement:expr, $actor:expr, $query:expr) => {
        $statement
            .bind(reach_of($actor))
            .bind($query.tenant.map(|id| id.to_string()))
            .bind($query.actor.as_deref())
            .bind($query.act.as_deref())
            .bind($query.subject.as_deref())
            .bind($query.operation.map(|id| id.to_string()))
            .bind($query.door.as_ref().map(json).transpose()?)
            .bind($query.since.map(micros))
            .bind($query.until.map(micros))
            .bind($query.text.as_deref())
    };
}

/// A page of rows.
pub(super) async fn page(db: &Sqlite, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditRow>, StoreError> {
    let mut tx = db.read().await?;
    let count = sqlx::query_scalar::<_, i64>(concat!("SELECT count(*) FROM audit ", wanted!()));
    let total = narrowed!(count, actor, query).fetch_one(&mut *tx).await?;
    let rows = sqlx::query_as::<_, Row>(match query.sort {
        AuditSort::Newest => concat!(select_rows!(), wanted!(), "ORDER BY seq DESC LIMIT ?11 OFFSET ?12"),
        AuditSort::Oldest => concat!(select_rows!(), wanted!(), "ORDER BY seq LIMIT ?11 OFFSET ?12"),
    });
    let rows = narrowed!(rows, actor, query).bind(query.paging.size).bind(query.paging.offset()).fetch_all(&mut *tx).await?;
    let items = rows.into_iter().map(Row::into_domain).collect::<Result<_, _>>()?;
    Ok(Page { items, page: query.paging.page, size: query.paging.size, total: total.unsigned_abs() })
}

/// The rows that come after that one in the query's order.
pub(super) async fn after(
    db: &Sqlite,
    actor: &Actor,
    query: &AuditQuery,
    seq: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query_as::<_, Row>(match query.sort {
        AuditSort::Newest => concat!(select_rows!(), wanted!(), "AND (?11 IS NULL OR seq < ?11) ORDER BY seq DESC LIMIT ?12"),
        AuditSort::Oldest => concat!(select_rows!(), wanted!(), "AND (?11 IS NULL OR seq > ?11) ORDER BY seq LIMIT ?12"),
    });
    let rows = narrowed!(rows, actor, query).bind(seq).bind(limit).fetch_all(&db.reader).await?;
    rows.into_iter().map(Row::into_domain).collect()
}
