//! Looks at charts: what sources offer, and who runs what.

use std::{cmp::Ordering, collections::BTreeMap};

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::{body::Asked, problem::ApiProblem};
use crate::{
    domain::{
        actor::Actor,
        chart::{self, Chart},
        names::{ChartName, ChartRef},
        page::Paging,
        problem::{Code, Problem},
        release::{Release, ReleaseQuery, ReleaseState},
    },
    manager::ReleaseManager,
};

pub async fn list(Extension(actor): Extension<Actor>, State(manager): State<ReleaseManager>) -> Result<Json<Vec<Chart>>, ApiProblem> {
    Ok(Json(manager.charts(&actor).await?))
}

pub async fn versions(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(chart): Path<String>,
) -> Result<Json<Chart>, ApiProblem> {
    Ok(Json(manager.chart(&actor, &chart.parse::<ChartRef>()?).await?))
}

pub async fn versions_in_use(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
    Path(chart): Path<String>,
) -> Result<Json<BTreeMap<String, u64>>, ApiProblem> {
    Ok(Json(manager.versions_in_use(&actor, chart.parse::<ChartName>()?.as_str()).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetQuery {
    target_version: String,
}

pub async fn needs_upgrade(
    Extension(actor): Extension<Actor>,
    State(manager): State<ReleaseManager>,
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
