//! A change as it is asked for, parsed and bounded: what an operation carries to its worker. Does not check it
//! against the cluster: `manager` does.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    names::ChartRef,
    operation::OperationKind,
    problem::{Code, Problem},
};

/// How Helm is to run; the defaults are those of the release interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct RunOptions {
    /// Seconds that Helm may wait in each of its steps: 1 to 3600.
    pub timeout: u32,
    /// On failure, roll back (or take away a failed first install) as a phase of the same operation.
    pub atomic: bool,
    /// Wait until workloads are ready.
    pub wait: bool,
    /// Wait for Jobs to complete, too.
    pub wait_for_jobs: bool,
    /// How many revisions Helm keeps in the cluster: 1 to 100.
    pub history_max: u32,
    /// Only with this archive of the chart, by its digest: the one that was previewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { timeout: 300, atomic: false, wait: true, wait_for_jobs: false, history_max: 10, archive: None }
    }
}

impl RunOptions {
    /// Refuses numbers out of bounds.
    pub fn checked(self) -> Result<Self, Problem> {
        if !(1..=3600).contains(&self.timeout) {
            return Err(Problem::new(Code::InvalidRequest, "The timeout has to be between 1 and 3600 seconds."));
        }
        if !(1..=100).contains(&self.history_max) {
            return Err(Problem::new(Code::InvalidRequest, "Helm's history has to keep between 1 and 100 revisions."));
        }
        Ok(self)
    }
}

/// What to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Change {
    /// Install a chart as a new release.
    Install {
        /// The chart.
        chart: ChartRef,
        /// Its version, exactly.
        version: String,
        /// On top of the chart's defaults.
        values_override: Map<String, Value>,
    },
    /// Upgrade to a chart version with an override; both are always spelled out by the time it is enqueued.
    Upgrade {
        /// The chart.
        chart: ChartRef,
        /// Its version, exactly.
        version: String,
        /// On top of the chart's defaults; replaces the former override.
        values_override: Map<String, Value>,
    },
    /// Make a new revision with exactly the target's values and chart.
    Rollback {
        /// The revision to go back to.
        to: u32,
    },
    /// Take the release out of the cluster.
    Uninstall,
    /// Run the chart's own tests; the release stays as it is.
    Test,
}

impl Change {
    /// The kind of operation that carries it out.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Install { .. } => OperationKind::Install,
            Self::Upgrade { .. } => OperationKind::Upgrade,
            Self::Rollback { .. } => OperationKind::Rollback,
            Self::Uninstall => OperationKind::Uninstall,
            Self::Test => OperationKind::Test,
        }
    }

    /// In a few words, for lists.
    pub fn target(&self) -> String {
        match self {
            Self::Install { chart, version, .. } | Self::Upgrade { chart, version, .. } => {
                format!("{} {version}", chart.name)
            }
            Self::Rollback { to } => format!("to revision {to}"),
            Self::Uninstall | Self::Test => String::new(),
        }
    }
}

/// Longest reason or description that is accepted, in characters.
pub const MAX_REASON: usize = 500;

/// Trims a reason; empty is none.
pub fn reason(text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_REASON {
        return Err(Problem::new(Code::InvalidRequest, format!("The reason has more than {MAX_REASON} characters. Shorten it.")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Problem::new(Code::InvalidRequest, "The reason holds control characters. Take them out."));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_bounds_are_refused() {
        assert!(RunOptions { timeout: 0, ..RunOptions::default() }.checked().is_err());
        assert!(RunOptions { timeout: 3601, ..RunOptions::default() }.checked().is_err());
        assert!(RunOptions { history_max: 0, ..RunOptions::default() }.checked().is_err());
        assert!(RunOptions::default().checked().is_ok());
    }

    #[test]
    fn an_empty_reason_is_none_and_an_endless_one_is_refused() {
        assert_eq!(reason(Some("  ")).unwrap(), None);
        assert_eq!(reason(Some(" why ")).unwrap().as_deref(), Some("why"));
        assert!(reason(Some(&"x".repeat(501))).is_err());
    }
}
