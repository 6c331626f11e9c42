//! Reach in SQL: the two conditions that stand in every query somebody asks for. Their first value is always the
//! reach. Does not decide how far somebody reaches: [`crate::domain::actor`] does.

use super::json_list;
use crate::domain::actor::{Actor, Reach};

/// Holds where a tenant is reached: `reached_tenant!("o.tenant_id")`. What belongs to no tenant is reached by those
/// alone who reach everything.
macro_rules! reached_tenant {
    ($column:literal) => {
        concat!("(?1 IS NULL OR ", $column, " IN (SELECT value FROM json_each(?1)))")
    };
}

/// Holds where a namespace's tenant is reached: `reached_namespace!("r.namespace")`. As a set, worked out once in a
/// query, and not as a join for each row.
macro_rules! reached_namespace {
    ($column:literal) => {
        concat!("(?1 IS NULL OR ", $column, " IN (SELECT name FROM namespaces WHERE tenant_id IN (SELECT value FROM json_each(?1))))")
    };
}

pub(super) use {reached_namespace, reached_tenant};

/// The value for those conditions: the tenants reached, as JSON; `None` reaches everything.
pub(super) fn reach_of(actor: &Actor) -> Option<String> {
    match actor.reach() {
        Reach::All => None,
        Reach::Tenants(ids) => Some(json_list(ids.iter())),
    }
}
