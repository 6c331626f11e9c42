//! Rendering a change without making it: Helm's server-side dry run, whose whole answer is secret and never touches the
//! disk. Bounded in time, memory and size. Does not read the answer: it is the record of a release, which `cluster` reads.

use std::{ffi::OsString, process::Stdio, time::Duration};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::{io::AsyncReadExt, time::timeout};

use super::{Command, Failure, Helm, HelmError, Workspace, arguments, input::standard_input};
use crate::domain::problem::Code;

/// The most that Helm may say, and write to any file; a release's record has at most 1 MiB compressed.
const MOST: u64 = 32 << 20;
/// The memory that a render may take: a template that loops fills what it gets.
const MEMORY: u64 = 2 << 30;

impl Helm {
    /// What a change would make of a release, as JSON in the shape of Helm's own records; or what Helm says is wrong.
    /// Ends within `limit`. Dropping this future ends Helm, too: nothing is changed by it.
    pub async fn render(&self, workspace: &Workspace, command: &Command, limit: Duration) -> Result<Result<Vec<u8>, Failure>, HelmError> {
        let Some((chart, values)) = command.rendered() else { return Err(HelmError::ChartPath) };
        if !chart.is_absolute() {
            return Err(HelmError::ChartPath);
        }
        let mut child = tokio::process::Command::new(&self.path)
            .args(dry(arguments(command, &workspace.kubeconfig())))
            .env_clear()
            .envs(workspace.environment())
            .current_dir(workspace.dir())
            .stdin(standard_input(values).map_err(HelmError::Process)?)
            .stdout(Stdio::piped())
            .stderr(Workspace::output(&workspace.stderr()).map_err(HelmError::Workspace)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(HelmError::Process)?;
        bound(&child);
        let mut said = Vec::new();
        let run = async {
            if let Some(out) = child.stdout.take() {
                out.take(MOST + 1).read_to_end(&mut said).await?;
            }
            // Whatever is left unread would keep it from ending.
            if said.len() as u64 > MOST {
                child.start_kill()?;
            }
            child.wait().await
        };
        let status = match timeout(limit, run).await {
            Ok(status) => status.map_err(HelmError::Process)?,
            Err(_) => return Ok(Err(refused(format!("Rendering took longer than {} seconds and was stopped.", limit.as_secs())))),
        };
        if said.len() as u64 > MOST {
            return Ok(Err(refused("What the chart renders is larger than any release can be.".into())));
        }
        if status.success() {
            return Ok(Ok(said));
        }
        Ok(Err(workspace.last_failure().unwrap_or_else(|| Failure::without_words(status))))
    }
}

/// The arguments of a run, turned into those of a dry run that tells everything.
fn dry(mut list: Vec<OsString>) -> Vec<OsString> {
    // What is previewed is validated, whatever the run itself leaves out.
    list.retain(|argument| argument != "--hide-notes" && argument != "--disable-openapi-validation");
    let at = list.iter().position(|argument| argument == "--").unwrap_or(list.len());
    list.splice(at..at, ["--dry-run=server".into(), "--output=json".into()]);
    list
}

/// Bounds the memory and the files of a process that has just begun. Where that cannot be done, its time is bounded all the same.
fn bound(child: &tokio::process::Child) {
    let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else { return };
    for (what, most) in [(Resource::Data, MEMORY), (Resource::Fsize, MOST)] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        if let Err(error) = prlimit(Some(pid), what, limit) {
            tracing::warn!(%error, ?what, "what a render may take could not be bounded");
        }
    }
}

fn refused(message: String) -> Failure {
    Failure { code: Code::RenderFailed, message: format!("{message} Look at the chart's templates, or at the values."), raw: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dry_run_is_the_run_itself_with_its_answer_and_nothing_else() {
        let list: Vec<OsString> =
            ["upgrade", "--hide-notes", "--disable-openapi-validation", "--values=-", "--", "web", "/c.tgz"].map(Into::into).into();
        assert_eq!(dry(list), ["upgrade", "--values=-", "--dry-run=server", "--output=json", "--", "web", "/c.tgz"].map(OsString::from));
    }
}
