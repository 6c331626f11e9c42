//! Looks at charts: what sources offer, and who runs what.

use std::{cmp::Ordering, collections::BTreeMap};

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    body::{Asked, Caller},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    chart::{self, Chart},
    names::{ChartName, ChartRef},
    page::Paging,
    problem::{Code, Problem},
    release::{Release, ReleaseQuery, ReleaseState},
};

/// All charts of all sources
#[utoipa::path(get, path = "/", tag = "Charts", responses((status = 200, body = Vec<Chart>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<Chart>>, ApiProblem> {
    Ok(Json(manager.charts(&actor).await?))
}

/// One chart with its versions
#[utoipa::path(get, path = "/{chart}/versions", tag = "Charts", params(("chart" = String, Path, pattern = "^[A-Za-z0-9][-A-Za-z0-9_.]{0,99}$")), responses((status = 200, body = Chart), Problems))]
pub async fn versions(Caller { actor, manager }: Caller, Path(chart): Path<String>) -> Result<Json<Chart>, ApiProblem> {
    Ok(Json(manager.chart(&actor, &chart.parse::<ChartRef>()?).await?))
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
