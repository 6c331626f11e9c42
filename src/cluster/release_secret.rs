//! Reading the body of a release Secret, as Helm wrote it or as somebody else made it up. Takes neither namespace nor
//! name nor revision from it: those are the Secret's own. Chart templates and files are skipped, not kept.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Datelike, Utc};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::text::short;
use crate::domain::{
    revision::{Hook, RevisionBody},
    seen::DecodedRevision,
};

/// A Secret holds 1 MiB at most; genuine releases inflate to a tenth of this.
pub const MAX_INFLATED: usize = 32 << 20;
/// A number in JSON takes two bytes and in memory thirty: as many values as this and no more.
const MAX_VALUES: usize = 500_000;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The Secret has no `release` in its data.
    #[error("it has no data.release")]
    Empty,
    /// Not base64.
    #[error("it is not base64")]
    NotBase64,
    /// Not gzip, in spite of its first bytes.
    #[error("it cannot be unpacked")]
    NotGzip,
    /// Too large when unpacked, or too many values.
    #[error("it is too large when unpacked")]
    TooLarge,
    /// Not JSON, nested too deep, or not of a release's shape.
    #[error("it is not a release: {0}")]
    NotARelease(String),
}

/// Reads `data.release` once the API's own base64 is off: base64 of JSON, gzipped or plain. Takes up to a few hundred
/// milliseconds: not for a thread that answers requests.
pub fn decode(data: &[u8]) -> Result<DecodedRevision, RecordError> {
    let packed = STANDARD.decode(data.trim_ascii()).map_err(|_| RecordError::NotBase64)?;
    let json = if packed.starts_with(&[0x1f, 0x8b, 0x08]) { inflate(&packed)? } else { packed };
    read(&json)
}

/// Reads a release's record, as Helm stores it and as a dry run tells it.
pub fn read(json: &[u8]) -> Result<DecodedRevision, RecordError> {
    if json.len() > MAX_INFLATED || (json.len() > MAX_VALUES * 2 && count_values(json) > MAX_VALUES) {
        return Err(RecordError::TooLarge);
    }
    // An array would do for a struct too, field by field.
    if !json.trim_ascii_start().starts_with(b"{") {
        return Err(RecordError::NotARelease("no object".into()));
    }
    let stored: Stored = serde_json::from_slice(json).map_err(|error| RecordError::NotARelease(short(&error.to_string(), 200)))?;
    Ok(stored.into())
}

fn inflate(packed: &[u8]) -> Result<Vec<u8>, RecordError> {
    let mut json = Vec::with_capacity(packed.len().saturating_mul(6).min(1 << 20));
    let limit = u64::try_from(MAX_INFLATED).unwrap_or(u64::MAX) + 1;
    MultiGzDecoder::new(packed).take(limit).read_to_end(&mut json).map_err(|_| RecordError::NotGzip)?;
    Ok(json)
}

/// How many values a JSON text holds, roughly: its commas and opening brackets outside of strings.
fn count_values(json: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default, deserialize_with = "nullable")]
    info: Info,
    #[serde(default, deserialize_with = "nullable")]
    chart: Chart,
    #[serde(default, deserialize_with = "nullable")]
    config: Map<String, Value>,
    #[serde(default, deserialize_with = "nullable")]
    manifest: String,
    #[serde(default, deserialize_with = "nullable")]
    hooks: Vec<Option<StoredHook>>,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default, deserialize_with = "nullable")]
    description: String,
    #[serde(default, deserialize_with = "nullable")]
    notes: String,
    #[serde(default, deserialize_with = "nullable")]
    first_deployed: String,
    #[serde(default, deserialize_with = "nullable")]
    last_deployed: String,
}

/// Its templates and files are skipped, as all that is not named here.
#[derive(Default, Deserialize)]
struct Chart {
    #[serde(default, deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "nullable")]
    values: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    #[serde(default, deserialize_with = "nullable")]
    version: String,
    #[serde(default, deserialize_with = "nullable")]
    app_version: String,
}

#[derive(Default, Deserialize)]
struct StoredHook {
    #[serde(default, deserialize_with = "nullable")]
    name: String,
    #[serde(default, deserialize_with = "nullable")]
    kind: String,
    #[serde(default, deserialize_with = "nullable")]
    events: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    manifest: String,
}

impl From<Stored> for DecodedRevision {
    fn from(stored: Stored) -> Self {
        let hook = |hook: StoredHook| Hook {
            name: short(&hook.name, 253),
            kind: short(&hook.kind, 100),
            events: hook.events.iter().take(20).map(|event| short(event, 40)).collect(),
            manifest: hook.manifest,
        };
        Self {
            chart_name: short(&stored.chart.metadata.name, 100),
            chart_version: short(&stored.chart.metadata.version, 100),
            app_version: short(&stored.chart.metadata.app_version, 100),
            description: short(&stored.info.description, 1_000),
            first_deployed: instant(&stored.info.first_deployed),
            last_deployed: instant(&stored.info.last_deployed),
            body: RevisionBody {
                values_override: stored.config,
                defaults: stored.chart.values,
                manifest: stored.manifest,
                notes: stored.info.notes,
                hooks: stored.hooks.into_iter().flatten().map(hook).collect(),
            },
        }
    }
}

/// Go writes an instant that was never set as the year 1.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (instant.year() >= 1970).then_some(instant)
}

/// Go writes what is empty as `null`.
fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
#[path = "release_secret_tests.rs"]
mod tests;
