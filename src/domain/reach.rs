//! How far somebody sees: every tenant, or some. Knows no persons; stores put it into every query.

use super::{actor::Role, ids::TenantId};

/// How far an actor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every tenant, and what belongs to none.
    All,
    /// These tenants and nothing else.
    Tenants(Vec<TenantId>),
}

impl Reach {
    /// How far an account of that role and with these tenants reaches.
    pub fn of(role: Role, tenants: &[TenantId]) -> Self {
        match role {
            Role::Admin | Role::Support => Self::All,
            Role::Viewer => Self::Tenants(tenants.to_vec()),
        }
    }

    /// Whether that tenant is reached.
    pub fn holds(&self, tenant: TenantId) -> bool {
        match self {
            Self::All => true,
            Self::Tenants(own) => own.contains(&tenant),
        }
    }

    /// Whether everything that the other reaches is reached.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Tenants(_), Self::All) => false,
            (Self::Tenants(_), Self::Tenants(theirs)) => theirs.iter().all(|tenant| self.holds(*tenant)),
        }
    }

    /// What both reach.
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) => other.clone(),
            (mine, Self::All) => mine,
            (Self::Tenants(mine), _) => Self::Tenants(mine.into_iter().filter(|tenant| other.holds(*tenant)).collect()),
        }
    }
}
