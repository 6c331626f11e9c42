//! What a chart source offers of one chart, for who chooses: its versions, whether they fit the cluster, what lies between
//! two of them, and what one holds. Fetches nothing: `charts` does.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{
    chart::{self, Chart, ChartVersion, compare},
    constraint::Constraint,
    problem::Problem,
};

/// The most versions that are listed at once.
pub const LISTED: usize = 50;

/// Chart.yaml as facts: a word for each, and what it says; hostile text.
pub type Facts = BTreeMap<String, String>;

/// Whether a version is for the cluster's version of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// It is, or asks for none in particular.
    Fits,
    /// It is for others: Helm refuses it.
    Unfit,
    /// The cluster's version or what is asked for is not known.
    Unknown,
}

impl Fit {
    /// Of a constraint as Chart.yaml has it, and the cluster's version.
    pub fn of(wanted: &str, kubernetes: Option<&str>) -> Self {
        if wanted.is_empty() {
            return Self::Fits;
        }
        match (wanted.parse::<Constraint>(), kubernetes.and_then(chart::parse)) {
            (Ok(wanted), Some(version)) if wanted.allows(&version) => Self::Fits,
            (Ok(_), Some(_)) => Self::Unfit,
            _ => Self::Unknown,
        }
    }
}

/// A version, for who chooses one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRow {
    /// The version.
    pub version: ChartVersion,
    /// Whether it is for the cluster.
    pub fit: Fit,
    /// How many living releases of a chart of that name are on it, as far as the actor reaches.
    pub releases: u64,
}

/// The versions of a chart that somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionList {
    /// The newest of those that are meant.
    pub rows: Vec<VersionRow>,
    /// How many are meant.
    pub found: usize,
    /// How many there are.
    pub total: usize,
    /// What was looked for: a constraint.
    pub search: String,
    /// Why that is none; then every version is meant.
    pub refused: Option<Problem>,
}

impl VersionList {
    /// The versions that a constraint allows; where it is empty or none, all. Those in `keep` are listed in any case.
    pub fn of(chart: &Chart, search: &str, kubernetes: Option<&str>, in_use: &BTreeMap<String, u64>, keep: &[&str]) -> Self {
        let (wanted, refused) = match search.trim() {
            "" => (None, None),
            text => match text.parse::<Constraint>() {
                Ok(wanted) => (Some(wanted), None),
                Err(problem) => (None, Some(problem)),
            },
        };
        let allowed = |text: &str| wanted.as_ref().is_none_or(|wanted| chart::parse(text).is_some_and(|version| wanted.allows(&version)));
        let meant = |one: &&ChartVersion| allowed(&one.version);
        let found = chart.versions.iter().filter(meant).count();
        let row = |version: &ChartVersion| VersionRow {
            fit: Fit::of(&version.kube_version, kubernetes),
            releases: in_use.get(&version.version).copied().unwrap_or(0),
            version: version.clone(),
        };
        let mut rows: Vec<VersionRow> = chart.versions.iter().filter(meant).take(LISTED).map(row).collect();
        let kept = chart.versions.iter().filter(|one| keep.contains(&one.version.as_str()));
        let missing: Vec<_> = kept.filter(|one| !rows.iter().any(|row| row.version.version == one.version)).map(row).collect();
        rows.extend(missing);
        rows.sort_by(|a, b| compare(&b.version.version, &a.version.version));
        Self { rows, found, total: chart.total, search: search.trim().to_owned(), refused }
    }
}

/// A fact that two versions of a chart tell differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FactChange {
    /// The word for it.
    pub fact: String,
    /// What the earlier one says.
    pub before: Option<String>,
    /// What the later one says.
    pub after: Option<String>,
}

/// What two versions tell differently of themselves.
pub fn changes(before: &Facts, after: &Facts) -> Vec<FactChange> {
    let mut words: Vec<&String> = before.keys().chain(after.keys()).collect();
    words.sort();
    words.dedup();
    let changed = words.into_iter().filter(|word| before.get(*word) != after.get(*word));
    changed.map(|word| FactChange { fact: word.clone(), before: before.get(word).cloned(), after: after.get(word).cloned() }).collect()
}

/// A version on the way from one to another, with what its authors say that it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The version.
    pub row: VersionRow,
    /// The `artifacthub.io/changes` of its Chart.yaml; hostile text.
    pub changes: String,
}

/// What lies between two versions of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// Where it begins.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// The versions after the earlier one, up to the later one, newest first.
    pub steps: Vec<Step>,
    /// How many more there are.
    pub more: usize,
    /// What Chart.yaml tells differently, or why that is not known.
    pub changed: Result<Vec<FactChange>, Problem>,
}

impl Between {
    /// Whether a version is after the earlier of two and not after the later.
    pub fn holds(from: &str, to: &str, version: &str) -> bool {
        let (low, high) = if compare(from, to) == Ordering::Greater { (to, from) } else { (from, to) };
        compare(version, low) == Ordering::Greater && compare(version, high) != Ordering::Greater
    }
}

/// What a chart version holds, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartContents {
    /// Chart.yaml.
    pub facts: Facts,
    /// Its README as HTML of a few harmless elements; empty where it has none.
    pub readme: String,
    /// Its default values, secrets hidden.
    pub defaults: String,
    /// Its schema for values, written out; empty where it has none.
    pub schema: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(versions: &[&str]) -> Chart {
        let version = |text: &&str| ChartVersion { version: (*text).to_owned(), kube_version: ">=1.30".into(), ..ChartVersion::default() };
        let versions: Vec<_> = versions.iter().map(version).collect();
        Chart { source: "demo".parse().unwrap(), name: "web".parse().unwrap(), total: versions.len(), versions }
    }

    fn listed(list: &VersionList) -> Vec<&str> {
        list.rows.iter().map(|row| row.version.version.as_str()).collect()
    }

    #[test]
    fn versions_are_found_by_a_constraint_and_the_chosen_one_stays_in_the_list() {
        let chart = chart(&["2.0.0", "1.5.0", "1.4.2", "1.4.0", "1.0.0"]);
        let in_use = BTreeMap::from([("1.4.0".to_owned(), 3)]);
        let list = VersionList::of(&chart, "^1.4", Some("v1.36.3"), &in_use, &["1.0.0"]);
        assert_eq!(listed(&list), ["1.5.0", "1.4.2", "1.4.0", "1.0.0"]);
        assert_eq!((list.found, list.total, list.rows[2].releases, list.rows[0].fit), (3, 5, 3, Fit::Fits));
        let list = VersionList::of(&chart, "garbage", Some("v1.29.0"), &in_use, &[]);
        assert!(list.refused.is_some() && list.rows.len() == 5 && list.rows[0].fit == Fit::Unfit);
    }

    #[test]
    fn twenty_thousand_versions_are_not_all_listed() {
        let all: Vec<String> = (0..20_000).rev().map(|n| format!("1.{n}.0")).collect();
        let list = VersionList::of(&chart(&all.iter().map(String::as_str).collect::<Vec<_>>()), "", None, &BTreeMap::new(), &["1.7.0"]);
        assert_eq!((list.rows.len(), list.found, list.rows.last().unwrap().version.version.as_str()), (LISTED + 1, 20_000, "1.7.0"));
        assert_eq!(list.rows[0].fit, Fit::Unknown);
    }

    #[test]
    fn what_two_versions_tell_differently_is_found() {
        let facts = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Facts>();
        let changed = changes(
            &facts(&[("appVersion", "1"), ("type", "application"), ("home", "x")]),
            &facts(&[("appVersion", "2"), ("type", "application"), ("kubeVersion", ">=1.30")]),
        );
        let words: Vec<_> = changed.iter().map(|one| (one.fact.as_str(), one.before.as_deref(), one.after.as_deref())).collect();
        assert_eq!(words, [("appVersion", Some("1"), Some("2")), ("home", Some("x"), None), ("kubeVersion", None, Some(">=1.30"))]);
    }

    #[test]
    fn what_lies_between_is_the_same_in_both_directions() {
        for (from, to) in [("1.2.0", "1.4.0"), ("1.4.0", "1.2.0")] {
            assert!(Between::holds(from, to, "1.3.0") && Between::holds(from, to, "1.4.0"));
            assert!(!Between::holds(from, to, "1.2.0") && !Between::holds(from, to, "1.4.1"));
        }
    }
}
