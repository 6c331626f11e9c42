//! Charts and who runs them, and what the install page needs of them.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{chart::Chart, problem::Problem, tenant::Tenant, values::ValueProblem};

/// A chart as its page lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartRow {
    /// The chart.
    pub chart: Chart,
    /// How many living releases run each version.
    pub in_use: BTreeMap<String, u64>,
}

/// A version of a chart that somebody chose, with its own defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The chart.
    pub chart: Chart,
    /// The version.
    pub version: String,
    /// The chart's own defaults as YAML, or why they cannot be shown.
    pub defaults: Result<String, Problem>,
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
pub async fn see_charts() -> Result<Vec<ChartRow>, ApiError> {
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
    Ok(rows)
}

/// The install page, with what has been chosen so far.
#[server(prefix = "/api/fn", endpoint = "install", input = GetUrl)]
pub async fn see_install(slug: String, chart: Option<String>, version: Option<String>) -> Result<InstallLook, ApiError> {
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
        Some(chart) => Some(find::chosen(&manager, &actor, &chart, version).await),
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
