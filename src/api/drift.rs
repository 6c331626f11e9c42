//! A release's drift, for its page.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, releases::Place};
use crate::domain::{drift::Drift, release::Release};

/// The page of a release's drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftLook {
    /// The release.
    pub release: Release,
    /// What the last check found; `None` where there was none.
    pub found: Option<Drift>,
}

/// The page of a release's drift.
#[server(prefix = "/api/fn", endpoint = "drift", input = GetUrl)]
pub async fn see_drift(place: Place) -> Result<DriftLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let found = manager.last_drift(&actor, release.id).await.map_err(refuse)?;
    Ok(DriftLook { release, found })
}
