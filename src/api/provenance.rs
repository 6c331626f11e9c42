//! Where the values of a release come from, for their page.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{ApiError, releases::Place};
use crate::domain::{
    problem::Problem,
    provenance::{Provenance, ValueSearch},
    release::Release,
};

/// The page of a release's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenanceLook {
    /// The release.
    pub release: Release,
    /// Where its values come from, or why that is not known.
    pub found: Result<Provenance, Problem>,
}

/// The page that looks for values over the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchLook {
    /// What was found, or why nothing could be; `None` before anything is looked for.
    pub found: Option<Result<ValueSearch, Problem>>,
    /// The charts that the filter offers.
    pub charts: Vec<String>,
}

/// The page that looks for values over the fleet.
#[server(prefix = "/api/fn", endpoint = "search_values", input = GetUrl)]
pub async fn search_values(#[server(default)] key: String, #[server(default)] chart: String) -> Result<SearchLook, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    let manager = manager()?;
    let charts = manager.charts_in_use(&actor).await.map_err(refuse)?;
    let chart = (!chart.is_empty()).then_some(chart);
    let found = match key.trim().is_empty() {
        true => None,
        false => Some(manager.search_values(&actor, &key, chart.as_deref()).await),
    };
    Ok(SearchLook { found, charts })
}

/// The page of a release's values.
#[server(prefix = "/api/fn", endpoint = "provenance", input = GetUrl)]
pub async fn see_provenance(place: Place) -> Result<ProvenanceLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let release = find::at(&manager, &actor, &place).await.map_err(refuse)?;
    let found = manager.provenance(&actor, release.id).await;
    Ok(ProvenanceLook { release, found })
}
