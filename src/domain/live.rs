//! What open pages are told: that something they may show has changed, never what it is. They ask again, and
//! that question passes the same checks as the first one.

use serde::{Deserialize, Serialize};

use super::ids::{BatchId, OperationId, ReleaseId, TenantId};

/// A hint that something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Live {
    /// A release, its revisions or its health.
    Release {
        /// Which.
        id: ReleaseId,
        /// Its tenant.
        tenant: Option<TenantId>,
    },
    /// An operation or its events.
    Operation {
        /// Which.
        id: OperationId,
        /// The release it changes.
        release: ReleaseId,
        /// That release's tenant.
        tenant: Option<TenantId>,
    },
    /// A batch or its targets.
    Batch {
        /// Which.
        id: BatchId,
    },
    /// Tenants or their namespaces.
    Tenants,
}

impl Live {
    /// The tenant concerned; `None` is for those who reach everything.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Release { tenant, .. } | Self::Operation { tenant, .. } => *tenant,
            Self::Batch { .. } | Self::Tenants => None,
        }
    }
}
