//! What an operation asks of Helm, and what its phases say of it. Runs nothing.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{ReleaseManager, desk::Desk};
use crate::{
    domain::{
        change::{Change, RunOptions},
        ids::OperationId,
        names::ReleaseKey,
        operation::{Operation, OperationKind, Phase},
        problem::{Code, Problem},
    },
    helm::Command,
    store::operations::Claim,
};

/// What Helm is to do, with the chart fetched.
pub(super) async fn command(desk: &Desk) -> Result<Command, Problem> {
    let Claim { operation, change, options, .. } = &desk.claim;
    let archive = desk.manager.archive(change, options.archive.as_deref()).await?;
    spelled_out(change, operation.key(), archive, options.clone(), operation.id, operation.reason.clone())
}

impl ReleaseManager {
    /// The archive of the chart that a change renders, where it renders one; refused where it is not the one that was
    /// previewed.
    pub(super) async fn archive(&self, change: &Change, previewed: Option<&str>) -> Result<Option<PathBuf>, Problem> {
        let (Change::Install { chart, version, .. } | Change::Upgrade { chart, version, .. }) = change else { return Ok(None) };
        let archive = self.inner.charts.fetch(chart, version).await?;
        if previewed.is_some() && previewed != digest(&archive).as_deref() {
            let text = "The chart source has another archive for that version now. Make another preview.";
            return Err(Problem::new(Code::PreviewStale, text));
        }
        Ok(Some(archive))
    }
}

/// The digest of an archive, by which the cache names its file.
pub(super) fn digest(archive: &Path) -> Option<String> {
    archive.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// The command that carries a change out; with the chart's archive where one is rendered.
pub(super) fn spelled_out(
    change: &Change,
    key: ReleaseKey,
    archive: Option<PathBuf>,
    options: RunOptions,
    operation: OperationId,
    description: Option<String>,
) -> Result<Command, Problem> {
    Ok(match change {
        Change::Install { values_override, .. } | Change::Upgrade { values_override, .. } => {
            let (chart, values) = (archive.ok_or_else(Problem::internal)?, values_override.clone());
            match change.kind() {
                OperationKind::Install => Command::Install { key, chart, values, options, operation, description },
                _ => Command::Upgrade { key, chart, values, options, operation, description },
            }
        }
        Change::Rollback { to } => Command::Rollback { key, to: *to, options },
        Change::Uninstall => Command::Uninstall { key, options },
        Change::Test => Command::Test { key, options },
    })
}

/// The most time that one run of Helm may take: its timeout counts anew for hooks before, for the workloads, and
/// for hooks after; one minute on top for everything that does not wait.
pub(super) fn limit(options: &RunOptions) -> Duration {
    Duration::from_secs(u64::from(options.timeout) * 3 + 60)
}

/// The phase in which Helm does what was asked for.
pub(super) fn main_phase(change: &Change) -> Phase {
    match change {
        Change::Install { .. } => Phase::Install,
        Change::Upgrade { .. } => Phase::Upgrade,
        Change::Rollback { .. } => Phase::Rollback,
        Change::Uninstall => Phase::Uninstall,
        Change::Test => Phase::Test,
    }
}

/// What the first phase says.
pub(super) fn preparing(change: &Change) -> String {
    match change {
        Change::Install { chart, version, .. } | Change::Upgrade { chart, version, .. } => format!("chart {chart} {version}"),
        Change::Rollback { .. } | Change::Uninstall | Change::Test => "looking at the release".to_owned(),
    }
}

/// What the main phase says.
pub(super) fn doing(operation: &Operation, change: &Change) -> String {
    match change {
        Change::Install { .. } | Change::Upgrade { .. } => format!("{} as {}", operation.target, operation.key()),
        Change::Rollback { to } => format!("{} to revision {to}", operation.key()),
        Change::Uninstall | Change::Test => operation.key().to_string(),
    }
}
