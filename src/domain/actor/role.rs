//! Roles, acts, and the table of which role may do what. Knows no persons: [`super::Actor`] does.

use crate::domain::problem::{Code, Problem};

/// What somebody is to the platform. A later one may no more than one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// Reads every tenant, changes nothing.
    Support,
    /// Reads the tenants they belong to.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Support, Self::Viewer];

    /// The word for it, as configuration, the API and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Support => "support",
            Self::Viewer => "viewer",
        }
    }

    /// Whether the role may at most what another may.
    pub fn within(self, other: Self) -> bool {
        self >= other
    }

    /// Whether the role allows the act: the whole table of rights. How far somebody reaches is apart ([`super::Reach`]).
    pub fn may(self, act: Act) -> bool {
        use Act::{
            Change, CheckDrift, ManagePeople, ManageSources, ManageTenants, ManageWebhooks, Read, ReadAudit, Reveal, RunBatches,
            SeeBatches, SeeUnassigned,
        };
        match self {
            Self::Admin => match act {
                Read | SeeUnassigned | SeeBatches | ReadAudit | CheckDrift | Change | Reveal | RunBatches | ManageTenants
                | ManagePeople | ManageSources | ManageWebhooks => true,
            },
            Self::Support => match act {
                Read | SeeUnassigned | SeeBatches | ReadAudit | CheckDrift => true,
                Change | Reveal | RunBatches | ManageTenants | ManagePeople | ManageSources | ManageWebhooks => false,
            },
            Self::Viewer => match act {
                Read | ReadAudit => true,
                SeeUnassigned | SeeBatches | CheckDrift | Change | Reveal | RunBatches | ManageTenants | ManagePeople | ManageSources
                | ManageWebhooks => false,
            },
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| Problem::new(Code::InvalidRequest, "A role is one of admin, support and viewer."))
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Look at tenants, releases, operations, what hides secrets included.
    Read,
    /// Look at releases in namespaces of no tenant.
    SeeUnassigned,
    /// Look at batches, which go over all tenants.
    SeeBatches,
    /// Look at the audit, as far as one reaches.
    ReadAudit,
    /// Have what runs compared with what a release's manifest says; changes nothing.
    CheckDrift,
    /// Install, upgrade, roll back, uninstall, cancel.
    Change,
    /// See one hidden value, for a reason.
    Reveal,
    /// Make, start, pause and end batches.
    RunBatches,
    /// Make, edit, pin, freeze and retire tenants; give them namespaces.
    ManageTenants,
    /// Users, their roles, everybody's sessions and tokens.
    ManagePeople,
    /// Where charts come from, and how to sign in there.
    ManageSources,
    /// Who else is told of batches.
    ManageWebhooks,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::SeeUnassigned,
        Self::SeeBatches,
        Self::ReadAudit,
        Self::CheckDrift,
        Self::Change,
        Self::Reveal,
        Self::RunBatches,
        Self::ManageTenants,
        Self::ManagePeople,
        Self::ManageSources,
        Self::ManageWebhooks,
    ];

    /// Whether the act concerns the whole platform, so that only who reaches all of it may do it.
    pub fn is_platform_wide(self) -> bool {
        matches!(
            self,
            Self::SeeUnassigned
                | Self::SeeBatches
                | Self::RunBatches
                | Self::ManageTenants
                | Self::ManagePeople
                | Self::ManageSources
                | Self::ManageWebhooks
        )
    }
}
