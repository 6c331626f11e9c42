//! Reading a source's index and keeping of it what screens and downloads need. Does not fetch it.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde::{Deserialize, Deserializer};

use super::{about::lines, text::short};
use crate::domain::{
    chart::{self, Chart, ChartVersion},
    names::{ChartName, SourceName},
};

/// Large public sources come to a tenth of this. It also bounds the memory that a hostile index can take: a version
/// takes four of them at least.
const MAX_EVENTS: usize = 4_000_000;
/// Longest description that is kept.
pub(super) const DESCRIPTION: usize = 500;

/// What a source offers.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) charts: BTreeMap<ChartName, Arc<Entry>>,
}

/// A chart and, for each of its versions, the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) chart: Arc<Chart>,
    pub(super) files: Vec<File>,
}

/// Where a version's archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) url: Url,
    /// SHA-256 in lower-case hex.
    pub(super) digest: Option<String>,
    /// What its authors say that it changes.
    pub(super) changes: Box<str>,
}

impl Entry {
    /// Of these versions, newest first.
    pub(super) fn of(source: SourceName, name: ChartName, versions: Vec<ChartVersion>, files: Vec<File>) -> Self {
        let total = versions.len();
        Self { chart: Arc::new(Chart { source, name, versions, total }), files }
    }

    /// Which of its versions that is.
    pub(super) fn position(&self, version: &str) -> Option<usize> {
        self.chart.versions.iter().position(|known| known.version == version)
    }
}

#[derive(Deserialize)]
struct RawIndex {
    #[serde(default, deserialize_with = "nullable")]
    entries: BTreeMap<String, Option<Vec<RawVersion>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawVersion {
    version: String,
    #[serde(default, deserialize_with = "nullable")]
    app_version: String,
    #[serde(default, deserialize_with = "nullable")]
    description: String,
    #[serde(default, deserialize_with = "nullable")]
    created: String,
    #[serde(default, deserialize_with = "nullable")]
    deprecated: bool,
    #[serde(default, deserialize_with = "nullable")]
    kube_version: String,
    #[serde(default, deserialize_with = "nullable")]
    digest: String,
    #[serde(default, deserialize_with = "nullable")]
    urls: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    annotations: Annotations,
}

/// Of all annotations, the one that is shown.
#[derive(Default, Deserialize)]
pub(super) struct Annotations {
    #[serde(rename = "artifacthub.io/changes", default, deserialize_with = "any")]
    pub(super) changes: String,
}

impl Index {
    /// Reads an index; relative addresses are taken from `base`. What cannot be used of it is left out. Takes up to
    /// seconds: not for a thread that answers requests.
    pub(super) fn parse(text: &[u8], source: &SourceName, base: &Url) -> Result<Self, String> {
        Self::parse_within(MAX_EVENTS, text, source, base)
    }

    fn parse_within(events: usize, text: &[u8], source: &SourceName, base: &Url) -> Result<Self, String> {
        let raw: RawIndex = if text.trim_ascii_start().starts_with(b"{") {
            // Before each value there is a comma or a bracket; a version has two of them at least, where in YAML it has four events.
            let parts = text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
            if parts > events / 2 {
                return Err("it has too many parts".into());
            }
            serde_json::from_slice(text).map_err(|error| error.to_string())?
        } else {
            let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
            serde_saphyr::from_str_with_options(text, options(events, text.len())).map_err(|error| error.to_string())?
        };
        let mut index = Self::default();
        for (name, versions) in raw.entries {
            let Ok(name) = name.parse::<ChartName>() else { continue };
            let mut versions: Vec<_> = versions.into_iter().flatten().filter_map(|version| usable(version, base)).collect();
            versions.sort_by(|(a, _), (b, _)| chart::compare(&b.version, &a.version));
            versions.dedup_by(|(a, _), (b, _)| a.version == b.version);
            if !versions.is_empty() {
                let (mut versions, mut files): (Vec<_>, Vec<_>) = versions.into_iter().unzip();
                versions.shrink_to_fit();
                files.shrink_to_fit();
                index.charts.insert(name.clone(), Arc::new(Entry::of(source.clone(), name, versions, files)));
            }
        }
        Ok(index)
    }
}

fn options(events: usize, length: usize) -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: events,
            max_nodes: events,
            max_total_scalar_bytes: length,
            max_depth: 64,
            max_aliases: 1_000,
            max_documents: 1,
        },
        with_snippet: false,
    }
}

fn usable(raw: RawVersion, base: &Url) -> Option<(ChartVersion, File)> {
    chart::parse(&raw.version).filter(|_| raw.version.len() <= 100)?;
    let address = |text: &String| base.join(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let changes = lines(&raw.annotations.changes).into_boxed_str();
    let file = File { url: raw.urls.iter().find_map(address)?, digest: digest(&raw.digest)?, changes };
    let version = ChartVersion {
        app_version: short(&raw.app_version, 100),
        description: short(&raw.description, DESCRIPTION),
        created: DateTime::parse_from_rfc3339(&raw.created).ok().map(|at| at.with_timezone(&Utc)),
        deprecated: raw.deprecated,
        kube_version: short(&raw.kube_version, 100),
        digest: file.digest.as_ref().map(|hex| format!("sha256:{hex}")),
        version: raw.version,
    };
    Some((version, file))
}

/// No digest is no digest; one that is none is a reason to leave the version alone.
#[expect(clippy::option_option, reason = "three outcomes: unusable, none, some")]
fn digest(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let valid = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| Some(hex.to_ascii_lowercase()))
}

fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A text, or nothing where it is none.
fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().map(str::to_owned).unwrap_or_default())
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
