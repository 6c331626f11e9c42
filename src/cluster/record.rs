//! Writing a record as Helm would: for tests and benchmarks, which need clusters full of releases without running Helm
//! ten thousand times. The server itself never writes one.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value, json};

use crate::domain::{names::ReleaseKey, revision::HelmStatus};

/// A revision of a release, in the words of Helm's own record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where the release lives.
    pub key: ReleaseKey,
    /// The revision's number.
    pub revision: u32,
    /// Helm's word.
    pub status: HelmStatus,
    /// The chart's name.
    pub chart_name: String,
    /// The chart's version.
    pub chart_version: String,
    /// The application's version.
    pub app_version: String,
    /// Helm's description.
    pub description: String,
    /// The values override.
    pub values_override: Map<String, Value>,
    /// The chart's defaults.
    pub defaults: Map<String, Value>,
    /// The rendered objects.
    pub manifest: String,
    /// The notes.
    pub notes: String,
    /// The chart's templates by name: a reader skips them, but they make a record as heavy as it is.
    pub templates: Vec<(String, String)>,
    /// When it was deployed.
    pub at: DateTime<Utc>,
    /// Further labels of the Secret.
    pub labels: Vec<(String, String)>,
}

impl Record {
    /// A small deployed revision of a chart called `web`.
    pub fn new(key: ReleaseKey, revision: u32, at: DateTime<Utc>) -> Self {
        Self {
            key,
            revision,
            status: HelmStatus::Deployed,
            chart_name: "web".into(),
            chart_version: "1.0.0".into(),
            app_version: "1.0".into(),
            description: "Install complete".into(),
            values_override: Map::new(),
            defaults: Map::new(),
            manifest: String::new(),
            notes: String::new(),
            templates: Vec::new(),
            at,
            labels: Vec::new(),
        }
    }

    /// The record's JSON.
    pub fn json(&self) -> Value {
        let file = |(name, text): &(String, String)| json!({ "name": name, "data": STANDARD.encode(text) });
        let at = self.at.to_rfc3339_opts(SecondsFormat::Nanos, true);
        json!({
            "name": self.key.name,
            "namespace": self.key.namespace,
            "version": self.revision,
            "info": {
                "first_deployed": at, "last_deployed": at, "deleted": "",
                "description": self.description, "status": self.status, "notes": self.notes,
            },
            "chart": {
                "metadata": {
                    "name": self.chart_name, "version": self.chart_version, "appVersion": self.app_version,
                    "apiVersion": "v2", "type": "application",
                },
                "lock": null,
                "templates": self.templates.iter().map(file).collect::<Vec<_>>(),
                "values": self.defaults,
                "schema": null,
                "files": [],
            },
            "config": self.values_override,
            "manifest": self.manifest,
            "hooks": [],
            "apply_method": "ssa",
        })
    }

    /// The content of `data.release`, before the API's own base64.
    pub fn payload(&self) -> Vec<u8> {
        pack(self.json().to_string().as_bytes())
    }

    /// The whole Secret, in the API's JSON.
    pub fn secret(&self) -> Value {
        let mut labels: Map<String, Value> = self.labels.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
        for (name, value) in [
            ("name", self.key.name.to_string()),
            ("owner", "helm".into()),
            ("status", self.status.as_str().into()),
            ("version", self.revision.to_string()),
            ("modifiedAt", self.at.timestamp().to_string()),
        ] {
            labels.insert(name.into(), Value::String(value));
        }
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": {
                "name": super::sight::secret_name(&self.key, self.revision), "namespace": self.key.namespace, "labels": labels,
            },
            "data": { "release": STANDARD.encode(self.payload()) },
        })
    }
}

/// Packs a record's JSON the way Helm does: base64 of gzip.
pub fn pack(json: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let packed = encoder.write_all(json).and_then(|()| encoder.finish()).unwrap_or_default();
    STANDARD.encode(packed).into_bytes()
}
