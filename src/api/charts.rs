//! Charts and who runs them, what one version holds, and what the pages that choose a version need of them.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    chart::Chart,
    offer::{Between, ChartContents, VersionList},
    problem::Problem,
    release::Release,
    source::ChartSource,
    tenant::Tenant,
    values::ValueProblem,
};

/// The charts' page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartsLook {
    /// The charts.
    pub rows: Vec<ChartRow>,
    /// Where they come from, and how fresh that is.
    pub sources: Vec<ChartSource>,
}

/// A chart as its page lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartRow {
    /// The chart.
    pub chart: Chart,
    /// How many living releases run each version.
    pub in_use: BTreeMap<String, u64>,
}

/// One chart's page, with one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartLook {
    /// The chart.
    pub chart: Chart,
    /// Its versions, as far as they are looked for.
    pub list: VersionList,
    /// The version that is looked at.
    pub version: String,
    /// What it holds, or why that is not known.
    pub contents: Result<ChartContents, Problem>,
    /// What lies between it and another one, where somebody asks.
    pub between: Option<Result<Between, Problem>>,
    /// Who runs a chart of that name, as far as the actor reaches.
    pub releases: Vec<Release>,
    /// How many more do.
    pub more: u64,
    /// The cluster's version.
    pub kubernetes: Option<String>,
}

/// A version of a chart that somebody chose, with its own defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The chart.
    pub chart: Chart,
    /// The versions to choose from.
    pub list: VersionList,
    /// The version.
    pub version: String,
    /// The chart's own defaults as YAML, or why they cannot be shown.
    pub defaults: Result<String, Problem>,
    /// What lies between the release's present version and this one, where there is a release.
    pub between: Option<Result<Between, Problem>>,
}

/// The install page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallLook {
    /// Where to.
    pub tenant: Tenant,
    /// What there is to install, or why that is not known.
    pub charts: Result<Vec<Chart>, Problem>,
    /// What was chosen, once something was.
    pub chosen: Option<Result<Chosen, Problem>>,
    /// The form's idempotency key.
    pub key: String,
}

/// The charts' page.
#[server(prefix = "/api/fn", endpoint = "charts", input = GetUrl)]
pub async fn see_charts() -> Result<ChartsLook, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    let manager = manager()?;
    let used = manager.charts_in_use(&actor).await.map_err(refuse)?;
    let mut rows = vec![];
    for chart in manager.charts(&actor).await.map_err(refuse)? {
        let in_use = match used.iter().any(|name| name == chart.name.as_str()) {
            true => manager.versions_in_use(&actor, chart.name.as_str()).await.map_err(refuse)?,
            false => BTreeMap::new(),
        };
        rows.push(ChartRow { chart, in_use });
    }
    Ok(ChartsLook { rows, sources: manager.freshness(&actor).await.map_err(refuse)? })
}

/// One chart with a version of it, and what lies between that and another.
#[server(prefix = "/api/fn", endpoint = "chart", input = GetUrl)]
pub async fn see_chart(
    source: String,
    chart: String,
    version: Option<String>,
    search: Option<String>,
    from: Option<String>,
) -> Result<ChartLook, ApiError> {
    use super::{
        context::{actor, manager, refuse},
        find,
    };
    let actor = actor().await?;
    find::chart(&manager()?, &actor, &format!("{source}/{chart}"), version, search.as_deref().unwrap_or_default(), from)
        .await
        .map_err(refuse)
}

/// The install page, with what has been chosen so far.
#[server(prefix = "/api/fn", endpoint = "install", input = GetUrl)]
pub async fn see_install(
    slug: String,
    chart: Option<String>,
    version: Option<String>,
    search: Option<String>,
) -> Result<InstallLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        find,
    };
    let actor = actor().await?;
    let manager = manager()?;
    let slug = slug.parse().map_err(|_| refuse(Problem::tenant_not_found()))?;
    let tenant = manager.tenant(&actor, &slug).await.map_err(refuse)?;
    let charts = manager.charts(&actor).await;
    let chosen = match chart {
        Some(chart) => Some(find::chosen(&manager, &actor, &chart, version, search.as_deref(), None).await),
        None => None,
    };
    Ok(InstallLook { tenant, charts, chosen, key: fresh_key()? })
}

/// What a chart version has against an override that is being written. Changes nothing; posted for its size alone.
#[server(prefix = "/api/fn", endpoint = "check_values")]
pub async fn check_values(chart: String, version: String, values: String) -> Result<Vec<ValueProblem>, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.check_values(&actor, &chart.parse().map_err(refuse)?, &version, &values).await.map_err(refuse)
}

/// The schema of a chart version for its values, as JSON; for the editor.
#[server(prefix = "/api/fn", endpoint = "chart_schema", input = GetUrl)]
pub async fn see_chart_schema(chart: String, version: String) -> Result<serde_json::Value, ApiError> {
    use super::context::{actor, manager, refuse};
    let actor = actor().await?;
    manager()?.chart_schema(&actor, &chart.parse().map_err(refuse)?, &version).await.map_err(refuse)
}
