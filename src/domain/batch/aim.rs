//! What a batch does to each release, and to which. Finds no release: `store` does.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MOST_TARGETS;
use crate::domain::{
    constraint::Constraint,
    ids::{ReleaseId, SelectionId},
    labels,
    names::ChartRef,
    problem::{Code, Problem},
    release::ReleaseState,
    values,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// What is done to each release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Aim {
    /// To that version of the chart; the override stays.
    Upgrade {
        /// The chart, with its source where two have one of that name.
        chart: String,
        /// The version.
        version: String,
    },
    /// The same version with other values.
    Values {
        /// A JSON merge patch (RFC 7396) on each release's override: `null` takes a key away.
        patch: Map<String, Value>,
    },
    /// Back to the newest earlier revision that deployed.
    Rollback,
    /// Out of the cluster.
    Uninstall,
    /// Once more as it is: the same version, the same values.
    Restart,
}

impl Aim {
    /// Refuses what cannot be meant.
    pub fn checked(self) -> Result<Self, Problem> {
        match &self {
            Self::Upgrade { version, .. } if version.trim().is_empty() => {
                Err(Problem::new(Code::InvalidBatch, "A batch that upgrades needs the version to go to."))
            }
            Self::Values { patch } if patch.is_empty() => {
                Err(Problem::new(Code::InvalidValues, "The patch is empty: it would change nothing. Say what to set."))
            }
            Self::Values { patch } => values::checked(patch.clone()).map(|_| self),
            _ => Ok(self),
        }
    }

    /// The word for it, as the API writes it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Upgrade { .. } => "upgrade",
            Self::Values { .. } => "values",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
            Self::Restart => "restart",
        }
    }

    /// In a few words what it does.
    pub fn title(&self, selection: &Selection) -> String {
        self.words(selection).chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect()
    }

    fn words(&self, selection: &Selection) -> String {
        let what = selection.chart_name().unwrap_or("releases");
        match self {
            Self::Upgrade { chart, version } => format!("{} to {version}", chart.rsplit('/').next().unwrap_or(chart)),
            Self::Values { patch } => {
                let some = patch.keys().take(3).cloned().collect::<Vec<_>>().join(", ");
                let more = patch.len().saturating_sub(3);
                format!("{what}: set {some}{}", if more > 0 { format!(" and {more} more") } else { String::new() })
            }
            Self::Rollback => format!("{what} back to what deployed before"),
            Self::Uninstall => format!("uninstall {what}"),
            Self::Restart => format!("{what} once more"),
        }
    }

    /// The version that all go to; `None` where each stays at its own, or goes to one of its own.
    pub fn to(&self) -> Option<&str> {
        match self {
            Self::Upgrade { version, .. } => Some(version),
            _ => None,
        }
    }

    /// Whether a release of that chart in that version is where it is to go.
    pub fn is_there(&self, name: &str, at: &str) -> bool {
        matches!(self, Self::Upgrade { chart, version } if version == at && chart.rsplit('/').next() == Some(name))
    }

    /// Whether what it did can be rolled back.
    pub fn can_go_back(&self) -> bool {
        !matches!(self, Self::Uninstall)
    }
}

/// Which releases; what is empty does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Selection {
    /// Of this chart. Which source a release came from is not known: the source in `demo/web` does not narrow, and says where the
    /// chart is taken from where more than one has it.
    pub chart: Option<String>,
    /// In a version that this constraint allows, such as `<1.4.0`. Early versions count only where it names one: `<1.4.0 >=0-0`.
    pub versions: Option<String>,
    /// Of tenants that carry all of these labels.
    pub labels: BTreeMap<String, String>,
    /// In one of these states.
    pub states: Vec<ReleaseState>,
    /// These alone.
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<ReleaseId>))]
    pub releases: BTreeSet<ReleaseId>,
    /// Those that a saved selection takes; beside it only a chart may stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<SelectionId>,
}

impl Selection {
    /// Refuses what cannot be read, and a selection of everything, which nobody means.
    pub fn checked(self) -> Result<Self, Problem> {
        if let Some(versions) = &self.versions {
            versions.parse::<Constraint>().map_err(|problem| Problem::new(Code::InvalidSelection, problem.detail))?;
        }
        if self.saved.is_some() {
            let text = "A saved selection cannot stand for another one. Spell out which releases are meant.";
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        if self.releases.len() > MOST_TARGETS {
            let text = format!("A selection names at most {MOST_TARGETS} releases. Choose by chart, label or state instead.");
            return Err(Problem::new(Code::InvalidSelection, text));
        }
        if let Some(full) = self.chart.as_deref().filter(|chart| chart.contains('/')) {
            full.parse::<ChartRef>()?;
        }
        let labels = labels::checked(self.labels)?;
        let chosen = Self { labels, chart: self.chart.filter(|chart| !chart.is_empty()), ..self };
        if chosen.chart.is_none() && chosen.labels.is_empty() && chosen.states.is_empty() && chosen.releases.is_empty() {
            let text = "A batch over every release of every tenant is never meant. Choose a chart, a label, a state, or the releases.";
            return Err(Problem::new(Code::InvalidSelection, text));
        }
        Ok(chosen)
    }

    /// What a saved selection says, where this one asks for it: with the chart that stands beside, which may narrow it but
    /// not turn it into another one.
    pub fn with(self, saved: Self) -> Result<Self, Problem> {
        let alone = Self { chart: self.chart.clone(), saved: self.saved, ..Self::default() };
        if self != alone {
            let text = "A saved selection says by itself which releases are meant. Send it alone, or spell everything out.";
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        if let (Some(of), Some(chart)) = (saved.chart_name(), self.chart_name())
            && of != chart
        {
            let text = format!("The saved selection is of the chart {of}, not of {chart}. Choose that chart, or another selection.");
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        // Whichever names a source says more.
        let chart = match (self.chart, saved.chart.clone()) {
            (Some(own), Some(of)) if !own.contains('/') => Some(of),
            (own, of) => own.or(of),
        };
        Ok(Self { chart, ..saved })
    }

    /// The name of its chart, without a source.
    pub fn chart_name(&self) -> Option<&str> {
        let chart = self.chart.as_deref().filter(|chart| !chart.is_empty())?;
        Some(chart.split_once('/').map_or(chart, |(_, name)| name))
    }

    /// Its chart, where it says which source that is taken from.
    pub fn chart_of_source(&self) -> Option<ChartRef> {
        self.chart.as_deref()?.parse::<ChartRef>().ok().filter(|chart| chart.source.is_some())
    }

    /// The chart that an upgrade of these goes to: from the source that either names. Another chart is refused.
    pub fn upgraded_to(&self, chart: ChartRef) -> Result<ChartRef, Problem> {
        let Some(own) = self.chart_name() else { return Ok(chart) };
        let of = self.chart_of_source().and_then(|chart| chart.source);
        let elsewhere = of.is_some() && chart.source.is_some() && of != chart.source;
        if own != chart.name.as_str() || elsewhere {
            let own = self.chart.as_deref().unwrap_or_default();
            let text = format!("The selection is of the chart {own}, and the upgrade goes to {chart}. Choose one of them.");
            return Err(Problem::new(Code::InvalidCombination, text));
        }
        Ok(ChartRef { source: chart.source.or(of), ..chart })
    }

    /// What it says, in a few words, such as `web, version <1.4.0, ring=early`; hostile text.
    pub fn words(&self) -> String {
        let one_of = |words: Vec<&str>| words.join(" or ");
        let chart = self.chart.clone();
        let versions = self.versions.as_ref().map(|versions| format!("version {versions}"));
        let labels = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let states = (!self.states.is_empty()).then(|| one_of(self.states.iter().map(|state| state.word()).collect()));
        let named = match self.releases.len() {
            0 => None,
            1 => Some("1 named release".to_owned()),
            some => Some(format!("{some} named releases")),
        };
        let words: Vec<String> = chart.into_iter().chain(versions).chain(labels).chain(states).chain(named).collect();
        words.join(", ")
    }

    /// Whether a version is one of those; one that is no version never is where a constraint asks.
    pub fn takes_version(&self, version: &str) -> bool {
        let Some(wanted) = &self.versions else { return true };
        match (wanted.parse::<Constraint>(), crate::domain::chart::parse(version)) {
            (Ok(wanted), Some(version)) => wanted.allows(&version),
            _ => false,
        }
    }

    /// Whether a tenant's labels are those.
    pub fn takes_labels(&self, labels: &BTreeMap<String, String>) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

/// Applies a JSON merge patch (RFC 7396).
pub fn patched(mut map: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    for (key, value) in patch {
        match value {
            Value::Null => {
                map.remove(key);
            }
            Value::Object(inner) => {
                let below = match map.remove(key) {
                    Some(Value::Object(below)) => below,
                    _ => Map::new(),
                };
                map.insert(key.clone(), Value::Object(patched(below, inner)));
            }
            other => {
                map.insert(key.clone(), other.clone());
            }
        }
    }
    map
}
