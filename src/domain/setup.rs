//! How far a tenant's namespaces are set up in the cluster, and what is still to be done to them. Does not do it:
//! `manager` does, by way of `cluster`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ids::TenantId, names::Namespace};

/// How far one namespace is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SetupState {
    /// It has its service account and bindings.
    Ready,
    /// It carries the tenant's label and is set up with the first change in it.
    Unused,
    /// Something is still to be done to it.
    Pending,
    /// The cluster refused or did not answer; it is tried again.
    Failed,
    /// It was set up, and its access was gone when it was needed. It is not given back but by a person.
    Lost,
}

impl SetupState {
    /// Reads the word that the database writes.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "ready" => Self::Ready,
            "unused" => Self::Unused,
            "pending" => Self::Pending,
            "failed" => Self::Failed,
            "lost" => Self::Lost,
            _ => return None,
        })
    }
}

/// How far a namespace is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct NamespaceSetup {
    /// Which; it need not exist yet.
    pub namespace: Namespace,
    /// How far.
    pub state: SetupState,
    /// Why it is not, in a sentence.
    pub why: Option<String>,
}

/// What is to be done to a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Make it, with the tenant's label, and equip it. One that exists without that label is left alone.
    Make,
    /// Label one that exists and belongs to nobody, and equip it.
    Adopt,
    /// Bring labels, account, bindings and bounds of one that carries the tenant's label up to date.
    Equip,
    /// Take its account and bindings away; it stays the tenant's.
    Withdraw,
    /// Take its account, bindings, bounds and label away.
    Release,
}

impl Errand {
    /// Every errand.
    pub const ALL: [Self; 5] = [Self::Make, Self::Adopt, Self::Equip, Self::Withdraw, Self::Release];

    /// The word that the database writes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Adopt => "adopt",
            Self::Equip => "equip",
            Self::Withdraw => "withdraw",
            Self::Release => "release",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|errand| errand.as_str() == text)
    }
}

/// Something that the cluster still has to take over; kept until it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chore {
    /// The namespace.
    pub namespace: Namespace,
    /// For which tenant.
    pub tenant: TenantId,
    /// What.
    pub errand: Errand,
    /// The tenant's labels to write to it; `None` leaves them as they are.
    pub labels: Option<BTreeMap<String, String>>,
}
