//! What chart sources offer, for the pages and the API. Downloads for an operation are the worker's.

use super::{ReleaseManager, look::off_thread};
use crate::domain::{
    actor::{Act, Actor},
    chart::Chart,
    names::ChartRef,
    problem::Problem,
};

impl ReleaseManager {
    /// All charts of all sources.
    pub async fn charts(&self, actor: &Actor) -> Result<Vec<Chart>, Problem> {
        actor.demand(Act::Read)?;
        Ok(self.inner.charts.list().await)
    }

    /// One chart with its versions.
    pub async fn chart(&self, actor: &Actor, chart: &ChartRef) -> Result<Chart, Problem> {
        actor.demand(Act::Read)?;
        self.inner.charts.find(chart).await
    }

    /// The default values of a chart version as its authors wrote them, without what is secret in them.
    pub async fn chart_defaults(&self, actor: &Actor, chart: &ChartRef, version: &str) -> Result<String, Problem> {
        actor.demand(Act::Read)?;
        let (manager, values) = (self.clone(), self.inner.charts.details(chart, version).await?.values);
        off_thread(move || manager.inner.rules.defaults_text(&values)).await
    }
}
