//! Audit rows: who did what, to what, why, through which door. Append-only; written by stores in the same
//! transaction as the change itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    actor::{Actor, Door},
    ids::{OperationId, TenantId},
};

/// An audit row before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// Through which door.
    pub door: Door,
    /// What was done, as `noun.verb`, such as `release.upgrade`.
    pub act: String,
    /// The tenant concerned.
    pub tenant: Option<TenantId>,
    /// What it was done to, such as `namespace/name`.
    pub subject: String,
    /// The operation that carries it out.
    pub operation: Option<OperationId>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

impl NewAudit {
    /// A row for that act of that actor.
    pub fn of(actor: &Actor, at: DateTime<Utc>, act: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            at,
            actor: actor.name().to_owned(),
            door: actor.door(),
            act: act.into(),
            tenant: None,
            subject: subject.into(),
            operation: None,
            reason: None,
        }
    }
}

/// An audit row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its number, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// Through which door.
    pub door: Door,
    /// What was done.
    pub act: String,
    /// The tenant concerned.
    pub tenant: Option<TenantId>,
    /// What it was done to.
    pub subject: String,
    /// The operation that carries it out.
    pub operation: Option<OperationId>,
    /// Why.
    pub reason: Option<String>,
}
