//! Which releases a query wants, in which order, and how many there are: pages of ids. What a row holds is in
//! [`super::release_rows`].

use super::{
    Tx,
    drifts::drifted,
    json_list,
    reach::{reach_of, reached_namespace},
    release_rows,
};
use crate::{
    domain::{
        actor::Actor,
        page::Page,
        release::{Health, Release, ReleaseQuery, ReleaseSort, ReleaseState},
    },
    store::StoreError,
};

/// Holds for the releases that a query wants, by the values 1 to 8; a filter that is NULL lets everything through.
/// What asks for a tenant asks for a set of namespaces: a join for each row would cost more than all else.
macro_rules! wanted {
    () => {
        concat!(
            " WHERE ",
            reached_namespace!("r.namespace"),
            " AND (?2 IS NULL OR r.namespace IN (SELECT name FROM namespaces WHERE tenant_id = ?2))
              AND (NOT ?3 OR r.namespace NOT IN (SELECT name FROM namespaces))
              AND (?4 IS NULL OR r.state IN (SELECT value FROM json_each(?4)))
              AND (?5 IS NULL OR r.health = ?5)
              AND (?6 IS NULL OR r.chart_name = ?6)
              AND (?7 IS NULL OR instr(r.search, ?7) OR r.namespace IN (
                  SELECT n.name FROM namespaces n JOIN tenants t ON t.id = n.tenant_id
                  WHERE instr(t.slug, ?7) OR instr(lower(t.name), ?7)
              ))
              AND (NOT ?8 OR ",
            drifted!(),
            ")"
        )
    };
}

/// A page of them in an order.
macro_rules! ordered {
    ($($order:tt)+) => {
        concat!("SELECT r.id FROM releases r", wanted!(), " ORDER BY ", $($order)+, " LIMIT ?9 OFFSET ?10")
    };
}

/// A page of them in an order by tenant.
macro_rules! ordered_by_tenant {
    ($order:literal) => {
        concat!(
            "SELECT r.id FROM releases r
             LEFT JOIN namespaces rn ON rn.name = r.namespace
             LEFT JOIN tenants rt ON rt.id = rn.tenant_id",
            wanted!(),
            " ORDER BY ",
            $order,
            " LIMIT ?9 OFFSET ?10"
        )
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
        (ReleaseSort::Tenant, false) => ordered_by_tenant!("rt.slug NULLS LAST, r.name, r.namespace"),
        (ReleaseSort::Tenant, true) => ordered_by_tenant!("rt.slug DESC NULLS FIRST, r.name DESC, r.namespace DESC"),
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
    let reach = reach_of(actor);
    let tenant = query.tenant.map(|id| id.to_string());
    let states = (!query.states.is_empty()).then(|| json_list(query.states.iter().map(|state| ReleaseState::as_str(*state))));
    let text = query.text.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
    let total: i64 = sqlx::query_scalar(concat!("SELECT count(*) FROM releases r", wanted!()))
        .bind(&reach)
        .bind(&tenant)
        .bind(query.unassigned)
        .bind(&states)
        .bind(query.health.map(Health::as_str))
        .bind(&query.chart)
        .bind(&text)
        .bind(query.drifted)
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
        .bind(query.drifted)
        .bind(query.paging.size)
        .bind(query.paging.offset())
        .fetch_all(&mut **tx)
        .await?;
    let items = release_rows::load(tx, &reach, ids.iter()).await?;
    Ok(Page { items, page: query.paging.page, size: query.paging.size, total: total.unsigned_abs() })
}
