//! Identities: a type per noun, so that a tenant's id can never be passed where a release's is wanted.
//! Does not make random ids: callers get them from [`super::clock::Entropy`].

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A tenant's id; kept in the database.
    TenantId
);
id!(
    /// A release's id: the same for as long as the cluster lives, over upgrades and re-installs.
    ReleaseId
);
id!(
    /// An operation's id: uuid v7, so that ids sort by time.
    OperationId
);
id!(
    /// An account's id: uuid v7.
    UserId
);
id!(
    /// An API token's id: uuid v7. It is no secret.
    TokenId
);

id!(
    /// A preview's id: uuid v7.
    PreviewId
);
id!(
    /// A batch's id: uuid v7.
    BatchId
);
id!(
    /// A saved selection's id: uuid v7.
    SelectionId
);
id!(
    /// A webhook's id: uuid v7.
    WebhookId
);
id!(
    /// A notice's id: derived from what it tells of, so that nothing is told twice under two ids.
    NoticeId
);

/// The uuid namespace from which release ids are derived.
const RELEASES: Uuid = Uuid::from_u128(0x6f2b_7d1c_52f1_4c0e_9b6a_3c1d_5d80_77aa);

impl ReleaseId {
    /// The id of a release by its place. Derived and not drawn, so that a projection rebuilt from nothing has
    /// the ids that links and audit rows already carry.
    pub fn at(namespace: &str, name: &str) -> Self {
        Self(Uuid::new_v5(&RELEASES, format!("{namespace}/{name}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_id_depends_on_the_place_alone() {
        assert_eq!(ReleaseId::at("a", "web"), ReleaseId::at("a", "web"));
        assert_ne!(ReleaseId::at("a", "web"), ReleaseId::at("b", "web"));
    }
}
