//! Which releases a query wants, in which order, and how many there are: pages of ids. What a row holds is in
//! [`super::release_rows`].

use super::{Tx, json_list, reach_json, release_rows};
use crate::{
    domain::{
        actor::Actor,
        page::Page,
        release::{Health, Release, ReleaseQuery, ReleaseSort, ReleaseState},
    },
    store::StoreError,
};

/// The releases that a query wants, by the values 1 to 7; a filter that is NULL lets everything through.
macro_rules! wanted {
    () => {
        "FROM releases r
         LEFT JOIN namespaces n ON n.name = r.namespace
         LEFT JOIN tenants t ON t.id = n.tenant_id
         WHERE (?1 IS NULL OR n.tenant_id IN (SELECT value FROM json_each(?1)))
           AND (?2 IS NULL OR n.tenant_id = ?2)
           AND (NOT ?3 OR n.tenant_id IS NULL)
           AND (?4 IS NULL OR r.state IN (SELECT value FROM json_each(?4)))
           AND (?5 IS NULL OR r.health = ?5)
           AND (?6 IS NULL OR r.chart_name = ?6)
           AND (?7 IS NULL OR instr(r.search, ?7) OR instr(t.slug, ?7) OR instr(lower(t.name), ?7))"
    };
}

/// A page of them in an order.
macro_rules! ordered {
    ($($order:tt)+) => {
        concat!("SELECT r.id ", wanted!(), " ORDER BY ", $($order)+, " LIMIT ?8 OFFSET ?9")
    };
}

/// States in the order in which screens count them.
macro_rules! by_state {
    () => {
        "CASE r.state WHEN 'DEPLOYED' THEN 0 WHEN 'PENDING_INSTALL' THEN 1 WHEN 'PENDING_UPGRADE' THEN 2
                      WHEN 'PENDING_ROLLBACK' THEN 3 WHEN 'FAILED' THEN 4 ELSE 5 END"
    };
}

/// Health from good to bad to nothing known.
macro_rules! by_health {
    () => {
        "CASE r.health WHEN 'healthy' THEN 0 WHEN 'progressing' THEN 1 WHEN 'degraded' THEN 2 ELSE 3 END"
    };
}

/// The query for an order. Turned round, the whole order is, to the last tie.
fn ordered(sort: ReleaseSort, descending: bool) -> &'static str {
    match (sort, descending) {
        (ReleaseSort::Tenant, false) => ordered!("t.slug NULLS LAST, r.name, r.namespace"),
        (ReleaseSort::Tenant, true) => ordered!("t.slug DESC NULLS FIRST, r.name DESC, r.namespace DESC"),
        (ReleaseSort::Name, false) => ordered!("r.name, r.namespace"),
        (ReleaseSort::Name, true) => ordered!("r.name DESC, r.namespace DESC"),
        (ReleaseSort::Chart, false) => ordered!("r.chart_name, r.version_key, r.name, r.namespace"),
        (ReleaseSort::Chart, true) => ordered!("r.chart_name DESC, r.version_key DESC, r.name DESC, r.namespace DESC"),
        (ReleaseSort::Status, false) => ordered!(by_state!(), ", r.name, r.namespace"),
        (ReleaseSort::Status, true) => ordered!(by_state!(), " DESC, r.name DESC, r.namespace DESC"),
        (ReleaseSort::Health, false) => ordered!(by_health!(), ", r.name, r.namespace"),
        (ReleaseSort::Health, true) => ordered!(by_health!(), " DESC, r.name DESC, r.namespace DESC"),
        (ReleaseSort::Updated, false) => ordered!("r.updated_at, r.name, r.namespace"),
        (ReleaseSort::Updated, true) => ordered!("r.updated_at DESC, r.name DESC, r.namespace DESC"),
    }
}

/// A page of the releases that the actor reaches and the query wants.
pub(super) async fn page(tx: &mut Tx, actor: &Actor, query: &ReleaseQuery) -> Result<Page<Release>, StoreError> {
    let reach = reach_json(actor.reach());
    let tenant = query.tenant.map(|id| id.to_string());
    let states = (!query.states.is_empty()).then(|| json_list(query.states.iter().map(|state| ReleaseState::as_str(*state))));
    let text = query.text.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let total: i64 = sqlx::query_scalar(concat!("SELECT count(*) ", wanted!()))
        .bind(&reach)
        .bind(&tenant)
        .bind(query.unassigned)
        .bind(&states)
        .bind(query.health.map(Health::as_str))
        .bind(&query.chart)
        .bind(&text)
        .fetch_one(&mut **tx)
        .await?;
    let ids: Vec<String> = sqlx::query_scalar(ordered(query.sort, query.descending))
        .bind(&reach)
        .bind(&tenant)
        .bind(query.unassigned)
        .bind(&states)
        .bind(query.health.map(Health::as_str))
        .bind(&query.chart)
        .bind(&text)
        .bind(query.paging.size)
        .bind(query.paging.offset())
        .fetch_all(&mut **tx)
        .await?;
    let items = release_rows::load(tx, &reach, ids.iter()).await?;
    Ok(Page { items, page: query.paging.page, size: query.paging.size, total: total.unsigned_abs() })
}
