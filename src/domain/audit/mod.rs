//! Audit rows: who did what, to what, why, from where, through which door, and how it was before and after.
//! Append-only; written by stores in the same transaction as the change itself. Holds no secret: a value that was
//! changed is named, never shown.

mod query;
mod verdict;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    query::{AuditQuery, AuditSort},
    verdict::{Anchor, Fault, Verdict},
};
use super::{
    actor::{Actor, Door},
    ids::{OperationId, TenantId},
    operation::Operation,
};

/// Facts about a subject at one time, such as chart and version; never values.
pub type Facts = Map<String, Value>;

/// An audit row before it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewAudit {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// The API token or gateway through which they spoke.
    pub via: Option<String>,
    /// The address they asked from.
    pub from: Option<String>,
    /// Through which door.
    pub door: Door,
    /// What was done, as `noun.verb`, such as `release.upgrade`.
    pub act: String,
    /// The tenant concerned.
    #[serde(rename = "tenantId")]
    pub tenant: Option<TenantId>,
    /// What it was done to, such as `namespace/name`.
    pub subject: String,
    /// The operation that carries it out.
    #[serde(rename = "operationId")]
    pub operation: Option<OperationId>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// How the subject was.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Object>))]
    pub before: Option<Facts>,
    /// How it is meant to be.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<Object>))]
    pub after: Option<Facts>,
}

impl NewAudit {
    /// The row that tells how an operation ended.
    pub fn of_end(operation: &Operation, at: DateTime<Utc>) -> Self {
        let mut after = Facts::new();
        if let Some(revision) = operation.result_revision {
            after.insert("revision".into(), revision.into());
        }
        if let Some(error) = &operation.error {
            after.insert("code".into(), error.code.to_string().into());
        }
        Self {
            at,
            actor: "worker".into(),
            via: None,
            from: None,
            door: Door::System,
            act: format!("operation.{}", operation.status.as_str()),
            tenant: operation.tenant_id,
            subject: operation.key().to_string(),
            operation: Some(operation.id),
            reason: None,
            before: None,
            after: Some(after).filter(|after| !after.is_empty()),
        }
    }

    /// A row for that act of that actor.
    pub fn of(actor: &Actor, at: DateTime<Utc>, act: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            at,
            actor: actor.name().to_owned(),
            via: actor.via().map(str::to_owned),
            from: actor.from().map(|address| address.to_string()),
            door: actor.door(),
            act: act.into(),
            tenant: None,
            subject: subject.into(),
            operation: None,
            reason: None,
            before: None,
            after: None,
        }
    }
}

/// An audit row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its number, from 1.
    pub seq: i64,
    /// What it says.
    #[serde(flatten)]
    pub entry: NewAudit,
}
