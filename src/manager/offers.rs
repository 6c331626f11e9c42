//! What chart sources offer, for the pages and the API, and what a chart has against values. Downloads for an operation
//! are the worker's.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use super::{ReleaseManager, look::off_thread};
use crate::{
    charts,
    domain::{
        actor::{Act, Actor},
        chart::Chart,
        names::ChartRef,
        problem::{Code, Problem},
        values::{self, ValueProblem},
    },
};

impl ReleaseManager {
    /// All charts of all sources, with the newest few versions of each.
    pub async fn charts(&self, actor: &Actor) -> Result<Vec<Chart>, Problem> {
        actor.demand(Act::Read)?;
        Ok(self.inner.charts.list().await)
    }

    /// Of these names of charts those that more than one source has, each with its full names.
    pub async fn charts_of_several(&self, actor: &Actor, names: &[String]) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        actor.demand(Act::Read)?;
        Ok(self.inner.charts.of_several(names).await)
    }

    /// One chart with its versions.
    pub async fn chart(&self, actor: &Actor, chart: &ChartRef) -> Result<Arc<Chart>, Problem> {
        actor.demand(Act::Read)?;
        self.inner.charts.find(chart).await
    }

    /// The default values of a chart version as its authors wrote them, without what is secret in them.
    pub async fn chart_defaults(&self, actor: &Actor, chart: &ChartRef, version: &str) -> Result<String, Problem> {
        actor.demand(Act::Read)?;
        let (manager, values) = (self.clone(), self.inner.charts.details(chart, version).await?.values);
        off_thread(move || manager.inner.rules.defaults_text(&values)).await
    }

    /// The schema of a chart version for its values, without the secrets that it proposes. Where it has none: the one that
    /// allows everything.
    pub async fn chart_schema(&self, actor: &Actor, chart: &ChartRef, version: &str) -> Result<Value, Problem> {
        actor.demand(Act::Read)?;
        let (manager, details) = (self.clone(), self.inner.charts.details(chart, version).await?);
        let read = move || {
            let Some(schema) = details.schema else { return Ok(Value::Object(Map::new())) };
            let schema = serde_json::from_str(&schema).map_err(|_| "its values.schema.json cannot be read as JSON")?;
            let defaults = values::parse_override(&details.values).unwrap_or_default();
            Ok(manager.inner.rules.schema_shown(&schema, &defaults))
        };
        off_thread(read).await?.map_err(|why: &str| rejected(chart, version, why))
    }

    /// What a chart version has against an override, as YAML: [`Self::check_override`].
    pub async fn check_values(&self, actor: &Actor, chart: &ChartRef, version: &str, yaml: &str) -> Result<Vec<ValueProblem>, Problem> {
        actor.demand(Act::Read)?;
        self.check_override(actor, chart, version, values::parse_override(yaml)?).await
    }

    /// What the schema of a chart version has against an override, merged with the chart's defaults as Helm does; nothing
    /// where it has no schema. The schemas of subcharts are Helm's to look at, in a dry run.
    pub async fn check_override(
        &self,
        actor: &Actor,
        chart: &ChartRef,
        version: &str,
        given: Map<String, Value>,
    ) -> Result<Vec<ValueProblem>, Problem> {
        actor.demand(Act::Read)?;
        let given = values::checked(given)?;
        let details = self.inner.charts.details(chart, version).await?;
        let Some(schema) = details.schema else { return Ok(vec![]) };
        // Never closed; the few that check at a time keep a stranger's schemas from taking all memory.
        let _turn = self.inner.checks.acquire().await.ok();
        let check = move || {
            let defaults = values::parse_override(&details.values).map_err(|_| "its values.yaml cannot be read".to_owned())?;
            charts::validate(&schema, &values::merge(&defaults, &given))
        };
        off_thread(check).await?.map_err(|why| rejected(chart, version, &why))
    }
}

fn rejected(chart: &ChartRef, version: &str, why: &str) -> Problem {
    Problem::new(
        Code::ChartRejected,
        format!("Values cannot be checked against {chart} {version}: {why}. Its authors have to put it right, or choose another version."),
    )
}
