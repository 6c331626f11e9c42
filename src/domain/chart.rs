//! Charts as their sources offer them, and how chart versions compare. Does not fetch: `charts` does.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{ChartName, SourceName};

/// A chart of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// The source.
    pub source: SourceName,
    /// The chart's name.
    pub name: ChartName,
    /// Its versions, newest first; never empty. A list of charts has the newest few of each.
    pub versions: Vec<ChartVersion>,
    /// How many versions there are.
    pub total: usize,
}

/// A version of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChartVersion {
    /// The version.
    pub version: String,
    /// The application's version; hostile text.
    pub app_version: String,
    /// What the chart says of itself; hostile text.
    pub description: String,
    /// When it was packaged.
    pub created: Option<DateTime<Utc>>,
    /// Whether its authors advise against it.
    pub deprecated: bool,
    /// The versions of Kubernetes that it is for, as a constraint; empty for all. Hostile text.
    pub kube_version: String,
    /// What its archive is, by SHA-256; where its source tells.
    pub digest: Option<String>,
}

impl Chart {
    /// The chart's full name.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.source, self.name)
    }
}

/// Compares two versions by semver precedence, a leading `v` allowed; what is no version comes before all
/// that are, by its letters.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a.cmp_precedence(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => a.cmp(b),
    }
}

/// Reads a version as Helm does: `v1.2`, `1` and `1.2.3-rc.1` are versions.
pub fn parse(text: &str) -> Option<semver::Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    if let Ok(version) = semver::Version::parse(text) {
        return Some(version);
    }
    let core = text.find(['-', '+']).unwrap_or(text.len());
    let missing = 2usize.checked_sub(text[..core].matches('.').count())?;
    semver::Version::parse(&format!("{}{}{}", &text[..core], ".0".repeat(missing), &text[core..])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_semver_and_not_by_letters() {
        assert_eq!(compare("1.10.0", "1.9.0"), Ordering::Greater);
        assert_eq!(compare("v1.2", "1.2.0"), Ordering::Equal);
        assert_eq!(compare("1.2.0-rc.1", "1.2.0"), Ordering::Less);
        assert_eq!(compare("nonsense", "0.0.1"), Ordering::Less);
    }
}
