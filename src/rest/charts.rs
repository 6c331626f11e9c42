//! Looks at charts: what sources offer, and who runs what.

use std::{cmp::Ordering, collections::BTreeMap};

use axum::{Json, extract::Path};
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    chart::{self, Chart},
    constraint::Constraint,
    names::{ChartName, ChartRef},
    page::Paging,
    problem::{Code, Problem},
    release::{Release, ReleaseQuery, ReleaseState},
    values::ValueProblem,
};

/// All charts of all sources, with the newest few versions of each
#[utoipa::path(get, path = "/", tag = "Charts", responses((status = 200, body = Vec<Chart>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<Chart>>, ApiProblem> {
    Ok(Json(manager.charts(&actor).await?))
}

/// One chart with its versions
#[utoipa::path(get, path = "/{chart}/versions", tag = "Charts", params(("chart" = String, Path, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")), responses((status = 200, body = Chart), Problems))]
pub async fn versions(Caller { actor, manager }: Caller, Path(chart): Path<String>) -> Result<Json<Chart>, ApiProblem> {
    Ok(Json(Chart::clone(&*manager.chart(&actor, &chart.parse::<ChartRef>()?).await?)))
}

/// A chart version in full, as a path names it.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the API's document")]
pub struct ChartPlace {
    /// The chart source.
    #[param(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    source: String,
    /// The chart's name in it.
    #[param(max_length = 100, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")]
    chart: String,
    /// One of its versions.
    #[param(max_length = 100, pattern = "^[0-9A-Za-z][-0-9A-Za-z.+]{0,99}$")]
    version: String,
}

/// The chart that a path names.
fn chart_at(source: &str, chart: &str) -> Result<ChartRef, Problem> {
    Ok(ChartRef { source: Some(source.parse()?), name: chart.parse()? })
}

/// Which versions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Those that this constraint allows, in Helm's syntax; left out or empty, all.
    #[param(example = "^1.4", max_length = 50, pattern = "^([~^]?[0-9]{1,6}([.][0-9]{1,6}){0,2})?$")]
    constraint: Option<String>,
}

/// The versions of a chart of a source
#[utoipa::path(get, path = "/{source}/{chart}/versions", tag = "Charts",
    params(("source" = String, Path, max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
        ("chart" = String, Path, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$"), Wanted), responses((status = 200, body = Chart), Problems))]
pub async fn versions_of(
    Caller { actor, manager }: Caller,
    Path((source, chart)): Path<(String, String)>,
    Asked(query): Asked<Wanted>,
) -> Result<Json<Chart>, ApiProblem> {
    let wanted = query.constraint.filter(|text| !text.is_empty()).map(|text| text.parse::<Constraint>()).transpose()?;
    let mut found = Chart::clone(&*manager.chart(&actor, &chart_at(&source, &chart)?).await?);
    let allowed = |text: &str| wanted.as_ref().is_none_or(|wanted| chart::parse(text).is_some_and(|version| wanted.allows(&version)));
    found.versions.retain(|one| allowed(&one.version));
    Ok(Json(found))
}

/// The schema that a chart version has for its values
///
/// The one that allows everything where it has none; without the secrets that it proposes.
#[utoipa::path(get, path = "/{source}/{chart}/{version}/schema", tag = "Charts", params(ChartPlace), responses((status = 200, body = Object), Problems))]
pub async fn schema(
    Caller { actor, manager }: Caller,
    Path((source, chart, version)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiProblem> {
    Ok(Json(manager.chart_schema(&actor, &chart_at(&source, &chart)?, &version).await?))
}

/// The default values of a chart version as its authors wrote them, secrets hidden
#[utoipa::path(get, path = "/{source}/{chart}/{version}/defaults", tag = "Charts", params(ChartPlace),
    responses((status = 200, body = Value, content_type = "application/yaml"), Problems))]
pub async fn defaults(
    Caller { actor, manager }: Caller,
    Path((source, chart, version)): Path<(String, String, String)>,
) -> Result<([(http::HeaderName, &'static str); 1], String), ApiProblem> {
    let text = manager.chart_defaults(&actor, &chart_at(&source, &chart)?, &version).await?;
    Ok(([(CONTENT_TYPE, "application/yaml; charset=utf-8")], text))
}

/// Values to check.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Check {
    /// What would be set on top of the chart's defaults.
    #[serde(default)]
    values_override: Map<String, Value>,
}

/// Check values against the schema of a chart version
///
/// Merged with the chart's defaults as Helm does. Answers with what the schema has against them, which is nothing where
/// there is none.
#[utoipa::path(post, path = "/{source}/{chart}/{version}/check", tag = "Charts", params(ChartPlace), request_body = Check,
    responses((status = 200, body = Vec<ValueProblem>), Problems))]
pub async fn check(
    Caller { actor, manager }: Caller,
    Path((source, chart, version)): Path<(String, String, String)>,
    Body(asked): Body<Check>,
) -> Result<Json<Vec<ValueProblem>>, ApiProblem> {
    Ok(Json(manager.check_override(&actor, &chart_at(&source, &chart)?, &version, asked.values_override).await?))
}

/// How many releases are on each version of a chart
#[utoipa::path(get, path = "/chart/{chart}/versions", tag = "Releases", params(("chart" = String, Path, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")),
    responses((status = 200, body = BTreeMap<String, u64>), Problems))]
pub async fn versions_in_use(
    Caller { actor, manager }: Caller,
    Path(chart): Path<String>,
) -> Result<Json<BTreeMap<String, u64>>, ApiProblem> {
    Ok(Json(manager.versions_in_use(&actor, chart.parse::<ChartName>()?.as_str()).await?))
}

/// A version to be below.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct TargetQuery {
    #[param(example = "1.4.2", pattern = "^v?(0|[1-9][0-9]{0,8})([.](0|[1-9][0-9]{0,8})){0,2}$")]
    target_version: String,
}

/// The releases of a chart that are below a version
#[utoipa::path(get, path = "/chart/{chart}/needs-upgrade", tag = "Releases", params(("chart" = String, Path, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$"), TargetQuery),
    responses((status = 200, body = Vec<Release>), Problems))]
pub async fn needs_upgrade(
    Caller { actor, manager }: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<TargetQuery>,
) -> Result<Json<Vec<Release>>, ApiProblem> {
    let name: ChartName = name.parse()?;
    if chart::parse(&query.target_version).is_none() {
        return Err(Problem::new(Code::InvalidRequest, "targetVersion has to be a version, such as 1.4.2.").into());
    }
    let mut below = Vec::new();
    for page in 0.. {
        let asked = ReleaseQuery { chart: Some(name.to_string()), paging: Paging::new(page, 500), ..ReleaseQuery::default() };
        let found = manager.releases(&actor, &asked).await?;
        let last = page + 1 >= found.pages();
        below.extend(found.items.into_iter().filter(|release| {
            release.status != ReleaseState::Uninstalled && chart::compare(&release.chart_version, &query.target_version) == Ordering::Less
        }));
        if last {
            break;
        }
    }
    Ok(Json(below))
}
