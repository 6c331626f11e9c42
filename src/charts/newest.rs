//! What sources offer of charts in use, as far as it is known already: the newest version, and which names more than one has.
//! Waits for no source longer than a moment: the first page of everybody asks.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::timeout;

use super::{
    ChartSources,
    index::{Entry, Index},
};
use crate::domain::{
    chart::{self, ChartVersion, compare},
    matrix::{ChartRun, Offered},
    names::ChartName,
};

/// How long a source that has never been asked is waited for; it is asked to the end all the same.
const MOMENT: Duration = Duration::from_millis(300);

impl ChartSources {
    /// What the sources offer of the charts in use, by name. Of several sources with a chart of that name those count that
    /// have one of the versions in use, if any has; of these the newest.
    pub async fn newest(&self, runs: &[ChartRun]) -> BTreeMap<String, Offered> {
        let indexes = self.at_hand().await;
        let of_chart = |runs: &[ChartRun]| {
            let name = &runs.first()?.chart;
            let wanted: ChartName = name.parse().ok()?;
            let entries = indexes.iter().filter_map(|index| index.charts.get(&wanted));
            let candidates = entries.filter_map(|entry| {
                let runs_it = runs.iter().any(|run| entry.position(&run.version).is_some());
                let version = newest(entry)?.version.clone();
                Some((runs_it, Offered { source: entry.chart.source.clone(), version }))
            });
            let best = candidates.max_by(|(a_runs, a), (b_runs, b)| a_runs.cmp(b_runs).then_with(|| compare(&a.version, &b.version)));
            best.map(|(_, offered)| (name.clone(), offered))
        };
        runs.chunk_by(|a, b| a.chart == b.chart).filter_map(of_chart).collect()
    }

    /// Of these names of charts those that more than one source has, each with its full names.
    pub async fn of_several(&self, names: &[String]) -> BTreeMap<String, Vec<String>> {
        let indexes = self.at_hand().await;
        let of_chart = |name: &String| {
            let wanted: ChartName = name.parse().ok()?;
            let entries = indexes.iter().filter_map(|index| index.charts.get(&wanted));
            let mut full: Vec<String> = entries.map(|entry| entry.chart.full_name()).collect();
            full.sort();
            (full.len() > 1).then(|| (name.clone(), full))
        };
        names.iter().filter_map(of_chart).collect()
    }

    async fn at_hand(&self) -> Vec<Arc<Index>> {
        let sources = self.all();
        let indexes = join_all(sources.iter().map(|source| timeout(MOMENT, source.index()))).await;
        indexes.into_iter().filter_map(|index| index.ok().flatten()).collect()
    }
}

/// The newest that is meant for everybody: neither early nor advised against, where there is one.
fn newest(entry: &Entry) -> Option<&ChartVersion> {
    let versions = &entry.chart.versions;
    let stable = |one: &&ChartVersion| chart::parse(&one.version).is_some_and(|version| version.pre.is_empty());
    versions.iter().find(|one| stable(one) && !one.deprecated).or_else(|| versions.iter().find(stable)).or(versions.first())
}
