//! What there is to know before a version is chosen: which there are and whether they fit, what lies between two, what one
//! holds. Chooses nothing.

use super::{ReleaseManager, look::off_thread};
use crate::{
    charts,
    domain::{
        actor::{Act, Actor},
        chart::{Chart, ChartVersion, compare},
        names::ChartRef,
        offer::{Between, ChartContents, Fit, LISTED, Step, VersionList, VersionRow, changes},
        problem::Problem,
        values,
    },
};

impl ReleaseManager {
    /// The cluster's version of Kubernetes, where it answers.
    pub async fn kubernetes(&self, actor: &Actor) -> Result<Option<String>, Problem> {
        actor.demand(Act::Read)?;
        Ok(self.inner.cluster.version().await.ok())
    }

    /// The versions of a chart that a constraint allows, and those to keep in the list; with the chart as lists have it.
    pub async fn versions(&self, actor: &Actor, chart: &ChartRef, search: &str, keep: &[&str]) -> Result<(Chart, VersionList), Problem> {
        let (all, kubernetes) = (self.chart(actor, chart).await?, self.kubernetes(actor).await?);
        let in_use = self.versions_in_use(actor, all.name.as_str()).await?;
        let list = VersionList::of(&all, search, kubernetes.as_deref(), &in_use, keep);
        let few = all.versions.iter().enumerate().filter(|(at, one)| *at < charts::NEWEST || keep.contains(&one.version.as_str()));
        let versions = few.map(|(_, one)| one.clone()).collect();
        Ok((Chart { source: all.source.clone(), name: all.name.clone(), versions, total: all.total }, list))
    }

    /// What lies between two versions of a chart, in whichever direction.
    pub async fn between(&self, actor: &Actor, chart: &ChartRef, from: &str, to: &str) -> Result<Between, Problem> {
        let (all, kubernetes) = (self.chart(actor, chart).await?, self.kubernetes(actor).await?);
        let in_use = self.versions_in_use(actor, all.name.as_str()).await?;
        let mut meant: Vec<_> = all.versions.iter().filter(|one| Between::holds(from, to, &one.version)).cloned().collect();
        let more = meant.len().saturating_sub(LISTED);
        meant.sort_by(|a, b| compare(&b.version, &a.version));
        meant.truncate(LISTED);
        let names: Vec<String> = meant.iter().map(|one| one.version.clone()).collect();
        let said = self.inner.charts.changes(chart, &names).await?;
        let step = |(version, changes): (ChartVersion, String)| {
            let (fit, releases) =
                (Fit::of(&version.kube_version, kubernetes.as_deref()), in_use.get(&version.version).copied().unwrap_or(0));
            Step { row: VersionRow { version, fit, releases }, changes }
        };
        let steps = meant.into_iter().zip(said).map(step).collect();
        let facts = |version| self.inner.charts.details(chart, version);
        let changed = match (facts(from).await, facts(to).await) {
            (Ok(before), Ok(after)) => Ok(changes(&before.facts, &after.facts)),
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        };
        Ok(Between { from: from.to_owned(), to: to.to_owned(), steps, more, changed })
    }

    /// What a chart version holds, for people.
    pub async fn chart_contents(&self, actor: &Actor, chart: &ChartRef, version: &str) -> Result<ChartContents, Problem> {
        actor.demand(Act::Read)?;
        let (manager, details) = (self.clone(), self.inner.charts.details(chart, version).await?);
        off_thread(move || {
            let rules = &manager.inner.rules;
            let values = values::parse_override(&details.values).unwrap_or_default();
            let schema = details.schema.and_then(|schema| serde_json::from_str(&schema).ok());
            let schema = schema.and_then(|schema| serde_json::to_string_pretty(&rules.schema_shown(&schema, &values)).ok());
            ChartContents {
                readme: details.readme.as_deref().map(charts::readme).unwrap_or_default(),
                defaults: rules.defaults_text(&details.values),
                schema: schema.unwrap_or_default(),
                facts: details.facts,
            }
        })
        .await
    }
}
