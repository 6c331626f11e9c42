//! Where Helm runs: the seam between the worker and the machine. Today a child process of the server; a
//! Kubernetes Job under the tenant's own service account is to come. Decides nothing about operations.

use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    cluster::{Cluster, Verified},
    domain::{
        ids::{OperationId, PreviewId},
        problem::{Code, Problem},
    },
    helm::{Command, Failure, GRACE, Helm, HelmError, Outcome, Stop, Workspace},
};

/// Runs Helm for an operation, and knows what became of a run whose server died.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Runs a command as whom `access` was proven, to its end, or until `stop` resolves and Helm has let go. Lines of
    /// Helm's log go to `lines`.
    async fn run(
        &self,
        operation: OperationId,
        access: &Verified,
        command: &Command,
        stop: BoxFuture<'static, Stop>,
        lines: mpsc::Sender<String>,
    ) -> Result<Outcome, Problem>;

    /// What a command would make of its release, rendered as whom `access` was proven, as JSON in the shape of Helm's own
    /// records; or what Helm says is wrong with it. Changes nothing and leaves nothing behind.
    async fn render(
        &self,
        preview: PreviewId,
        access: &Verified,
        command: &Command,
        limit: Duration,
    ) -> Result<Result<Vec<u8>, Failure>, Problem>;

    /// Waits for a run that an earlier server left behind; `stop` ends it. Answers with Helm's last words on what
    /// went wrong, if there are any.
    async fn outlive(&self, operation: OperationId, stop: BoxFuture<'static, Stop>) -> Option<Failure>;

    /// Removes what runs of the operation left on disk.
    async fn clean(&self, operation: OperationId);
}

/// Where Helm renders, beside the folders of operations.
const RENDERS: &str = "renders";

/// Helm as a child process.
pub struct LocalProcess {
    helm: Helm,
    cluster: Cluster,
    root: PathBuf,
}

impl LocalProcess {
    /// Runs that Helm against that cluster, each operation in a folder of its own under `root`. What a killed server was
    /// rendering is of no use to anybody, and goes.
    pub fn new(helm: Helm, cluster: Cluster, root: PathBuf) -> Self {
        Workspace::clean_all(&root.join(RENDERS));
        Self { helm, cluster, root }
    }

    fn workspace(&self, operation: OperationId) -> Workspace {
        Workspace::at(&self.root, operation)
    }

    /// Makes the workspace one in which Helm acts as whom `access` was proven, for a release of that namespace.
    async fn prepare(&self, workspace: &Workspace, access: &Verified, command: &Command) -> Result<(), Problem> {
        if *access.identity().namespace() != command.key().namespace {
            tracing::error!(release = %command.key(), "the proof of access is for another namespace");
            return Err(Problem::internal());
        }
        workspace.create().map_err(|error| no_workspace(&error))?;
        self.cluster.write_kubeconfig(access.identity(), &workspace.kubeconfig()).await.map_err(|error| error.problem())
    }
}

fn not_started(error: &HelmError) -> Problem {
    tracing::error!(%error, "helm could not be run");
    Problem::new(Code::Internal, "Helm could not be started. The server's log has the details; nothing was changed.")
}

#[async_trait]
impl Executor for LocalProcess {
    async fn run(
        &self,
        operation: OperationId,
        access: &Verified,
        command: &Command,
        stop: BoxFuture<'static, Stop>,
        lines: mpsc::Sender<String>,
    ) -> Result<Outcome, Problem> {
        let workspace = self.workspace(operation);
        self.prepare(&workspace, access, command).await?;
        self.helm.run(&workspace, command, stop, lines).await.map_err(|error| not_started(&error))
    }

    async fn render(
        &self,
        preview: PreviewId,
        access: &Verified,
        command: &Command,
        limit: Duration,
    ) -> Result<Result<Vec<u8>, Failure>, Problem> {
        let workspace = Passing(Workspace::at(&self.root.join(RENDERS), OperationId(preview.0)));
        self.prepare(&workspace.0, access, command).await?;
        self.helm.render(&workspace.0, command, limit).await.map_err(|error| not_started(&error))
    }

    async fn outlive(&self, operation: OperationId, stop: BoxFuture<'static, Stop>) -> Option<Failure> {
        let workspace = self.workspace(operation);
        let orphan = workspace.orphan()?;
        let never = || Instant::now() + Duration::from_secs(86_400);
        tokio::select! {
            _ = orphan.wait(never()) => {}
            _ = stop => {
                orphan.terminate();
                if !orphan.wait(Instant::now() + GRACE).await {
                    orphan.kill();
                    orphan.wait(never()).await;
                }
            }
        }
        workspace.last_failure()
    }

    async fn clean(&self, operation: OperationId) {
        self.workspace(operation).clean();
    }
}

/// A workspace that goes with whoever looked through it, also when they go away in the middle.
struct Passing(Workspace);

impl Drop for Passing {
    fn drop(&mut self) {
        self.0.clean();
    }
}

fn no_workspace(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "no folder for a run of helm");
    Problem::new(
        Code::Internal,
        "The server cannot write to its data directory. Free space or mend its permissions, then try again; nothing was changed.",
    )
}
