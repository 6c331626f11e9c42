//! Which audit rows are wanted. Does not look for them: the store does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    actor::Door,
    ids::{OperationId, TenantId},
    page::Paging,
};

/// In which order rows are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AuditSort {
    /// The latest first.
    #[default]
    Newest,
    /// The first first.
    Oldest,
}

/// Which audit rows are wanted; what is `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditQuery {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Of this actor, exactly.
    pub actor: Option<String>,
    /// This act, or all acts of a noun (`release`).
    pub act: Option<String>,
    /// Done to this, such as `namespace/name`.
    pub subject: Option<String>,
    /// Of this operation.
    pub operation: Option<OperationId>,
    /// Through this door.
    pub door: Option<Door>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// Found in actor, act, subject or reason.
    pub text: Option<String>,
    /// In which order.
    pub sort: AuditSort,
    /// Which page.
    pub paging: Paging,
}
