//! The matrix: which tenant runs which version of which chart, and how far behind each is. Does not know what sources
//! offer: `charts` does.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    ids::ReleaseId,
    lag::{Lag, newest_of},
    names::{Namespace, ReleaseKey, ReleaseName, SourceName, TenantSlug},
    page::{Page, Paging},
    release::{Health, ReleaseState, release_path},
};

/// The most charts that have a column.
pub const MOST_CHARTS: usize = 40;

/// How many living releases of tenants run a version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartRun {
    /// The chart's name; hostile text.
    pub chart: String,
    /// The version; hostile text.
    pub version: String,
    /// How many.
    pub releases: u64,
}

/// The newest version that a chart source offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The source.
    pub source: SourceName,
    /// The version.
    pub version: String,
}

/// A chart's column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatrixChart {
    /// Its name; hostile text.
    pub name: String,
    /// The newest version that its source offers; where no source knows the chart, the newest in use.
    pub newest: String,
    /// The source that offers it; `None` where none knows the chart.
    pub source: Option<SourceName>,
    /// How many living releases of tenants there are of it.
    pub releases: u64,
    /// How many of them are behind.
    pub behind: u64,
}

impl MatrixChart {
    /// The columns for what is in use, by name; `offered` tells what a source has of a chart.
    pub fn columns(runs: &[ChartRun], mut offered: impl FnMut(&str) -> Option<Offered>) -> Vec<Self> {
        // Runs of a chart come one after the other.
        let of_chart = |runs: &[ChartRun]| {
            let name = runs.first()?.chart.clone();
            let (newest, source) = match offered(&name) {
                Some(offered) => (offered.version, Some(offered.source)),
                None => (newest_of(runs.iter().map(|run| run.version.as_str()))?.to_owned(), None),
            };
            let count = |runs: &mut dyn Iterator<Item = &ChartRun>| runs.map(|run| run.releases).sum();
            let behind = count(&mut runs.iter().filter(|run| Lag::of(&run.version, &newest).is_behind()));
            Some(Self { name, newest, source, releases: count(&mut runs.iter()), behind })
        };
        runs.chunk_by(|a, b| a.chart == b.chart).filter_map(of_chart).collect()
    }

    /// Of the columns those of what some tenants run: who looks for them has no need of what others run.
    pub fn run_by(mut columns: Vec<Self>, rows: &[MatrixRow]) -> Vec<Self> {
        let runs: BTreeSet<_> = rows.iter().flat_map(|row| &row.releases).map(|cell| cell.chart.as_str()).collect();
        columns.retain(|column| runs.contains(column.name.as_str()));
        columns
    }

    /// Of many columns those of the charts that run most, in their order; and how many are left out.
    pub fn most_used(mut columns: Vec<Self>) -> (Vec<Self>, usize) {
        let left_out = columns.len().saturating_sub(MOST_CHARTS);
        if left_out > 0 {
            columns.sort_by(|a, b| b.releases.cmp(&a.releases).then_with(|| a.name.cmp(&b.name)));
            columns.truncate(MOST_CHARTS);
            columns.sort_by(|a, b| a.name.cmp(&b.name));
        }
        (columns, left_out)
    }
}

/// Which part of the matrix is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MatrixQuery {
    /// The label of tenants that they are grouped by; one that no tenant has groups nothing.
    pub group: Option<String>,
    /// A tenant's slug, name or labels (`ring=canary`) contain this, whatever the case.
    pub text: Option<String>,
    /// Only tenants with a release that is behind.
    pub behind: bool,
    /// Which page of tenants.
    pub paging: Paging,
}

impl MatrixQuery {
    /// Whether every tenant is meant.
    pub fn is_blank(&self) -> bool {
        self.text.is_none() && !self.behind
    }
}

/// A release in the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatrixCell {
    /// The release.
    pub id: ReleaseId,
    /// Its chart; hostile text.
    pub chart: String,
    /// The chart's version; hostile text.
    pub version: String,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// One of the six states.
    pub status: ReleaseState,
    /// Why, where the state alone does not tell.
    pub status_reason: Option<String>,
    /// How its workloads run.
    pub health: Health,
    /// How far behind it is.
    pub lag: Lag,
}

impl MatrixCell {
    /// The path of the release's page.
    pub fn path(&self, tenant: &TenantSlug) -> String {
        release_path(Some(tenant), &ReleaseKey { namespace: self.namespace.clone(), name: self.release_name.clone() })
    }
}

/// A tenant's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatrixRow {
    /// The tenant's slug.
    pub tenant: TenantSlug,
    /// Its name on screens.
    pub name: String,
    /// The value of the label that tenants are grouped by; `None` where it has none.
    pub group: Option<String>,
    /// Its releases by chart and name. Those that are uninstalled stand here only where none of the chart lives.
    pub releases: Vec<MatrixCell>,
}

/// Tenants with the same value of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct MatrixGroup {
    /// The value; `None` for those without that label.
    pub value: Option<String>,
    /// How many tenants there are of it, on all pages.
    pub tenants: u64,
}

/// Who runs what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// The columns, by name. Where tenants are looked for, those of what the tenants of this page run.
    pub charts: Vec<MatrixChart>,
    /// How many charts have no column, since there are too many; the least used ones.
    pub more_charts: usize,
    /// The labels that tenants can be grouped by.
    pub labels: Vec<String>,
    /// The label that they are grouped by.
    pub group: Option<String>,
    /// The groups, in their order; one of no value where nothing is grouped, none where no tenant is meant.
    pub groups: Vec<MatrixGroup>,
    /// A page of tenants, by group and slug.
    pub tenants: Page<MatrixRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(of: &[(&str, &str, u64)]) -> Vec<ChartRun> {
        of.iter()
            .map(|(chart, version, releases)| ChartRun { chart: (*chart).into(), version: (*version).into(), releases: *releases })
            .collect()
    }

    #[test]
    fn a_column_counts_those_behind_what_its_source_offers_or_else_the_newest_in_use() {
        let runs = runs(&[("api", "1.0.0", 3), ("api", "1.1.0", 1), ("web", "1.3.2", 2), ("web", "latest", 1)]);
        let offered = |chart: &str| (chart == "web").then(|| Offered { source: "demo".parse().unwrap(), version: "1.4.1".into() });
        let columns = MatrixChart::columns(&runs, offered);
        let told: Vec<_> =
            columns.iter().map(|one| (one.name.as_str(), one.newest.as_str(), one.source.is_some(), one.releases, one.behind)).collect();
        assert_eq!(told, [("api", "1.1.0", false, 4, 3), ("web", "1.4.1", true, 3, 2)]);
    }

    #[test]
    fn who_looks_for_a_tenant_sees_all_its_charts_however_few_run_them() {
        let cell = |chart: &str| MatrixCell {
            id: ReleaseId::at("acme", "own"),
            chart: chart.into(),
            version: "1.0.0".into(),
            namespace: "acme".parse().unwrap(),
            release_name: "own".parse().unwrap(),
            status: ReleaseState::Deployed,
            status_reason: None,
            health: Health::Unknown,
            lag: Lag::None,
        };
        let row = MatrixRow { tenant: "acme".parse().unwrap(), name: "Acme".into(), group: None, releases: vec![cell("chart-60")] };
        let names: Vec<String> = (0..61).map(|n| format!("chart-{n:02}")).collect();
        let runs: Vec<_> = names.iter().map(|name| ChartRun { chart: name.clone(), version: "1.0.0".into(), releases: 1 }).collect();
        let (columns, left_out) = MatrixChart::most_used(MatrixChart::run_by(MatrixChart::columns(&runs, |_| None), &[row]));
        assert_eq!((columns.len(), left_out, columns[0].name.as_str()), (1, 0, "chart-60"));
    }

    #[test]
    fn of_too_many_charts_the_least_used_have_no_column() {
        let names: Vec<String> = (0..50).map(|n| format!("chart-{n:02}")).collect();
        let runs: Vec<_> =
            names.iter().zip(1..).map(|(name, releases)| ChartRun { chart: name.clone(), version: "1.0.0".into(), releases }).collect();
        let (columns, left_out) = MatrixChart::most_used(MatrixChart::columns(&runs, |_| None));
        assert_eq!((columns.len(), left_out, columns[0].name.as_str()), (MOST_CHARTS, 10, "chart-10"));
        assert!(columns.is_sorted_by(|a, b| a.name < b.name));
    }
}
