//! What holds a tenant back from change: pins, freezes and retirement, each with who, when and why. Does not refuse
//! anything by itself: [`super::tenant::Tenant::open`] does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A pin, a freeze or a retirement that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Hold {
    /// Why, in their words.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// What can be done about holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum HoldAct {
    /// Leave the tenant out of batches; single changes stay possible.
    Pin,
    /// Let batches change it again.
    Unpin,
    /// No change of its releases by anybody.
    Freeze,
    /// Changes are possible again.
    Thaw,
    /// Nothing is left to manage: its access is taken away, its history stays.
    Retire,
    /// Back from retirement.
    Restore,
}

impl HoldAct {
    /// Every act.
    pub const ALL: [Self; 6] = [Self::Pin, Self::Unpin, Self::Freeze, Self::Thaw, Self::Retire, Self::Restore];

    /// The word, as routes, forms and the audit write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::Freeze => "freeze",
            Self::Thaw => "thaw",
            Self::Retire => "retire",
            Self::Restore => "restore",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == text)
    }

    /// Whether it sets a hold, which wants a reason.
    pub fn holds(self) -> bool {
        matches!(self, Self::Pin | Self::Freeze | Self::Retire)
    }
}
