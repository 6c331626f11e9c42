//! The helm command line: find it, run it in a private workspace, stop it, find it again after a crash of ours, and
//! read what it said. Never a shell; values never in arguments or on disk.
//!
//! May use: `domain`. Does not decide what to run, does not write kubeconfigs, does not redact: `manager` does. What
//! became of a release is not read from here either, but from the cluster: an exit code is a hint.

mod arguments;
mod failure;
mod home;
mod input;
mod lines;
mod orphan;
mod render;
mod run;
mod workspace;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::{Map, Value};

use crate::domain::{change::RunOptions, ids::OperationId, names::ReleaseKey};

pub use arguments::arguments;
pub use failure::Failure;
pub use orphan::Orphan;
pub use run::{Outcome, Stop};
pub use workspace::Workspace;

/// How long Helm has, once told to stop, to write down that its release failed.
pub const GRACE: Duration = Duration::from_secs(20);
/// How long `helm version` may take.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);
/// The versions whose flags and behaviour this room was written for: at least this one …
const AT_LEAST: semver::Version = semver::Version::new(4, 2, 0);
/// … and below this one.
const BELOW: semver::Version = semver::Version::new(5, 0, 0);

/// Why Helm could not be run at all. What Helm itself reports is a [`Failure`].
#[derive(Debug, thiserror::Error)]
pub enum HelmError {
    /// There is no such program.
    #[error("The helm program was not found{0}. Install Helm 4.2 or newer, or configure the path of its program.")]
    NotFound(String),
    /// It does not answer like Helm.
    #[error("The program at {path} does not answer like Helm ({reason}). Configure the path of Helm 4.2 or newer.")]
    NotHelm {
        /// What was started.
        path: String,
        /// What is wrong with its answer.
        reason: String,
    },
    /// Another generation of Helm.
    #[error("Helm {0} was found, but 4.2 or newer (below 5) is needed. Install it, or configure the path of its program.")]
    Version(semver::Version),
    /// The chart is not a file by its full path: Helm would look it up by name, in places that are not ours.
    #[error("A chart has to be handed to Helm by its full path.")]
    ChartPath,
    /// The workspace could not be prepared.
    #[error("The workspace for Helm could not be prepared: {0}. Look at the data directory's space and permissions.")]
    Workspace(std::io::Error),
    /// The program could not be started or watched.
    #[error("Helm could not be started or watched: {0}. Look at the server's limits on memory and processes.")]
    Process(std::io::Error),
}

/// A usable helm program.
#[derive(Clone, Debug)]
pub struct Helm {
    path: PathBuf,
    version: String,
    grace: Duration,
}

/// What Helm is to do; every part was parsed by `domain` before.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Install a chart as a new release.
    Install {
        /// The release.
        key: ReleaseKey,
        /// The chart's archive or directory, by its full path.
        chart: PathBuf,
        /// The whole override; goes through standard input.
        values: Map<String, Value>,
        /// How.
        options: RunOptions,
        /// Becomes a label of the revision.
        operation: OperationId,
        /// Becomes the revision's description when it succeeds; Helm's own words otherwise.
        description: Option<String>,
    },
    /// Upgrade a release to that chart and exactly that override.
    Upgrade {
        /// The release.
        key: ReleaseKey,
        /// The chart's archive or directory, by its full path.
        chart: PathBuf,
        /// The whole override; goes through standard input.
        values: Map<String, Value>,
        /// How.
        options: RunOptions,
        /// Becomes a label of the revision.
        operation: OperationId,
        /// Becomes the revision's description when it succeeds; Helm's own words otherwise.
        description: Option<String>,
    },
    /// Make a new revision out of an earlier one. It bears that one's labels, not ours.
    Rollback {
        /// The release.
        key: ReleaseKey,
        /// The earlier revision.
        to: u32,
        /// How.
        options: RunOptions,
    },
    /// Take a release and its history out of the cluster.
    Uninstall {
        /// The release.
        key: ReleaseKey,
        /// How.
        options: RunOptions,
    },
    /// Run the tests of a release's chart.
    Test {
        /// The release.
        key: ReleaseKey,
        /// How.
        options: RunOptions,
    },
}

impl Command {
    /// Helm's word for it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Install { .. } => "install",
            Self::Upgrade { .. } => "upgrade",
            Self::Rollback { .. } => "rollback",
            Self::Uninstall { .. } => "uninstall",
            Self::Test { .. } => "test",
        }
    }

    /// The release that it changes.
    pub fn key(&self) -> &ReleaseKey {
        match self {
            Self::Install { key, .. }
            | Self::Upgrade { key, .. }
            | Self::Rollback { key, .. }
            | Self::Uninstall { key, .. }
            | Self::Test { key, .. } => key,
        }
    }

    /// How it is to be run.
    pub fn options(&self) -> &RunOptions {
        match self {
            Self::Install { options, .. }
            | Self::Upgrade { options, .. }
            | Self::Rollback { options, .. }
            | Self::Uninstall { options, .. }
            | Self::Test { options, .. } => options,
        }
    }

    /// What goes through standard input, and which chart is named; only where a chart is rendered.
    fn rendered(&self) -> Option<(&Path, &Map<String, Value>)> {
        match self {
            Self::Install { chart, values, .. } | Self::Upgrade { chart, values, .. } => Some((chart, values)),
            Self::Rollback { .. } | Self::Uninstall { .. } | Self::Test { .. } => None,
        }
    }
}

impl Helm {
    /// Finds Helm at that path, or on the `PATH` when there is none, and asks for its version.
    pub async fn find(path: Option<&Path>) -> Result<Self, HelmError> {
        let path = match path {
            Some(path) => std::path::absolute(path).map_err(HelmError::Process)?,
            None => on_path().ok_or_else(|| HelmError::NotFound(" on the PATH".into()))?,
        };
        let not_helm = |reason: &str| HelmError::NotHelm { path: path.display().to_string(), reason: reason.into() };
        let answer = tokio::process::Command::new(&path)
            .args(["version", "--template={{.Version}}"])
            .env_clear()
            .env("HELM_NO_PLUGINS", "1")
            .current_dir("/")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let answer = match tokio::time::timeout(VERSION_TIMEOUT, answer).await {
            Err(_) => return Err(not_helm("no answer in time")),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(HelmError::NotFound(format!(" at {}", path.display())));
            }
            Ok(Err(error)) => return Err(HelmError::Process(error)),
            Ok(Ok(answer)) => answer,
        };
        let text = String::from_utf8_lossy(&answer.stdout);
        let version = parse_version(&text).filter(|_| answer.status.success()).ok_or_else(|| not_helm("no version that can be read"))?;
        if version < AT_LEAST || version >= BELOW {
            return Err(HelmError::Version(version));
        }
        Ok(Self { path, version: version.to_string(), grace: GRACE })
    }

    /// Its version, without a `v`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The same Helm with another time between the request to stop and the kill.
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }
}

/// The first `helm` on the `PATH`.
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|dir| dir.join("helm")).find(|file| file.is_file())?;
    std::path::absolute(found).ok()
}

/// Reads `v4.3.1`, or `v4.3` as a build from plain source says.
fn parse_version(text: &str) -> Option<semver::Version> {
    let text = text.trim().strip_prefix('v')?;
    semver::Version::parse(text).or_else(|_| semver::Version::parse(&format!("{text}.0"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_helm_writes_them() {
        assert_eq!(parse_version("v4.3.1").unwrap(), semver::Version::new(4, 3, 1));
        assert_eq!(parse_version("v4.3\n").unwrap(), semver::Version::new(4, 3, 0));
        assert_eq!(parse_version("v4.2.0+gabcdef0").unwrap().minor, 2);
        for text in ["", "4", "version.BuildInfo{}", "usage: helm"] {
            assert!(parse_version(text).is_none(), "{text}");
        }
    }
}
