//! Finding the chart that somebody means, and one version of it. Does not fetch archives.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::timeout;

use super::{
    ChartSources,
    index::{Entry, File},
    source::Source,
    text::short,
};
use crate::domain::{
    chart::{self, Chart, ChartVersion},
    names::ChartRef,
    problem::{Code, Problem},
};

/// What is not in an index is looked for in a newer one, unless the index is as new as this.
const NEW_ENOUGH: Duration = Duration::from_secs(2);

/// A version of a chart of one source.
pub(super) struct Chosen {
    pub(super) source: Arc<Source>,
    pub(super) chart: ChartRef,
    pub(super) version: ChartVersion,
    pub(super) file: File,
}

impl ChartSources {
    /// The chart that is meant.
    pub async fn find(&self, wanted: &ChartRef) -> Result<Arc<Chart>, Problem> {
        self.in_time(self.entry(wanted)).await.map(|(_, entry)| Arc::clone(&entry.chart))
    }

    /// What the authors of these versions say that they change, as far as the source tells; hostile texts.
    pub async fn changes(&self, wanted: &ChartRef, versions: &[String]) -> Result<Vec<String>, Problem> {
        let (_, entry) = self.in_time(self.entry(wanted)).await?;
        let said = |version: &String| entry.position(version).and_then(|place| entry.files.get(place)).map(|file| file.changes.to_string());
        Ok(versions.iter().map(|version| said(version).unwrap_or_default()).collect())
    }

    /// A version of the chart that is meant, and the chart's full name.
    pub async fn version(&self, wanted: &ChartRef, version: &str) -> Result<(ChartRef, ChartVersion), Problem> {
        self.choose(wanted, version).await.map(|chosen| (chosen.chart, chosen.version))
    }

    pub(super) async fn choose(&self, wanted: &ChartRef, version: &str) -> Result<Chosen, Problem> {
        self.in_time(self.look_for(wanted, version)).await
    }

    /// What takes too long over all is given up, whichever sources it waits for.
    async fn in_time<T>(&self, looking: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        timeout(self.inner.limits.choose_time, looking).await.unwrap_or_else(|_| {
            let text = "The chart sources take too long to say what they have. Try again later; /settings/sources shows how they stand.";
            Err(Problem::new(Code::ChartSourceUnreachable, text))
        })
    }

    async fn look_for(&self, wanted: &ChartRef, version: &str) -> Result<Chosen, Problem> {
        let (source, mut entry) = self.entry(wanted).await?;
        let mut place = entry.position(version);
        if place.is_none() {
            // It may have been published since.
            source.refresh(NEW_ENOUGH).await;
            if let Some(newer) = source.index().await.and_then(|index| index.charts.get(&wanted.name).cloned()) {
                place = newer.position(version);
                entry = newer;
            }
        }
        let chart = ChartRef { source: Some(source.name().clone()), name: wanted.name.clone() };
        let chosen = place.and_then(|place| Some((entry.chart.versions.get(place)?.clone(), entry.files.get(place)?.clone())));
        match chosen {
            Some((version, file)) => Ok(Chosen { source, chart, version, file }),
            None => Err(no_such_version(&chart, version, &entry.chart)),
        }
    }

    async fn entry(&self, wanted: &ChartRef) -> Result<(Arc<Source>, Arc<Entry>), Problem> {
        let mut sources = self.all();
        sources.retain(|source| wanted.source.as_ref().is_none_or(|name| name == source.name()));
        let mut found = holders(&sources, wanted).await;
        if found.is_empty() {
            join_all(sources.iter().map(|source| source.refresh(NEW_ENOUGH))).await;
            found = holders(&sources, wanted).await;
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(source, _)| format!("{}/{}", source.name(), wanted.name)).collect();
            return Err(Problem::new(
                Code::ChartAmbiguous,
                format!("More than one source has a chart of that name. Say which you mean: {}.", names.join(" or ")),
            ));
        }
        found.pop().ok_or_else(|| {
            // Whether it is not there or only cannot be seen is a difference.
            let unknown = sources.iter().filter(|source| !source.is_known()).find_map(|source| source.state().problem);
            unknown.unwrap_or_else(|| no_such_chart(wanted))
        })
    }
}

async fn holders(sources: &[Arc<Source>], wanted: &ChartRef) -> Vec<(Arc<Source>, Arc<Entry>)> {
    let indexes = join_all(sources.iter().map(|source| source.index())).await;
    let entry = |(source, index): (&Arc<Source>, Option<Arc<super::index::Index>>)| {
        Some((Arc::clone(source), index?.charts.get(&wanted.name)?.clone()))
    };
    sources.iter().zip(indexes).filter_map(entry).collect()
}

fn no_such_chart(wanted: &ChartRef) -> Problem {
    let place = wanted.source.as_ref().map_or_else(|| "No chart source".into(), |source| format!("The chart source {source}"));
    let verb = if wanted.source.is_some() { "has no" } else { "has a" };
    Problem::new(Code::ChartNotFound, format!("{place} {verb} chart “{}”. Look at /charts for those there are.", wanted.name))
}

fn no_such_version(chart: &ChartRef, version: &str, known: &Chart) -> Problem {
    let stable = |version: &&ChartVersion| chart::parse(&version.version).is_some_and(|version| version.pre.is_empty());
    let newest = known.versions.iter().find(stable).or(known.versions.first());
    let newest = newest.map_or_else(String::new, |newest| format!(" Its newest is {}.", newest.version));
    Problem::new(Code::ChartVersionNotFound, format!("{chart} has no version “{}”.{newest}", short(version, 60)))
}
