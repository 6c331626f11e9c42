//! Every program that Pilothouse's own commands need: found in a fitting version, or built once into the cache.
//! How each is built is in `golang` and `host`; this file only looks and decides.

pub mod debian;
pub mod golang;
pub mod host;
mod lock;
pub mod npm;
pub mod python;
mod version;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{command, paths, progress};
use golang::Project;
use lock::LockedCache;
use version::Version;

/// A program of the demo cluster, or one that talks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Kubernetes' API server.
    ApiServer,
    /// Kubernetes' controllers.
    ControllerManager,
    /// Kubernetes' scheduler.
    Scheduler,
    /// Kubernetes' command line.
    Kubectl,
    /// What runs the pods of a real node.
    Kubelet,
    /// The API server's database.
    Etcd,
    /// Simulated nodes.
    Kwok,
    /// Helm.
    Helm,
    /// A registry of the OCI kind, for tests.
    Registry,
}

impl Tool {
    /// What a cluster takes, in the order in which they are built.
    pub const CLUSTER: [Self; 7] =
        [Self::Etcd, Self::ApiServer, Self::ControllerManager, Self::Scheduler, Self::Kubectl, Self::Kwok, Self::Helm];

    /// The program's name on PATH and in the cache.
    pub fn program(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kubectl => "kubectl",
            Self::Kubelet => "kubelet",
            Self::Etcd => "etcd",
            Self::Kwok => "kwok",
            Self::Helm => "helm",
            Self::Registry => "registry",
        }
    }

    fn project(self) -> Project {
        match self {
            Self::ApiServer | Self::ControllerManager | Self::Scheduler | Self::Kubectl | Self::Kubelet => Project::Kubernetes,
            Self::Etcd => Project::Etcd,
            Self::Kwok => Project::Kwok,
            Self::Helm => Project::Helm,
            Self::Registry => Project::Registry,
        }
    }

    fn version_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Kubectl => &["version", "--client"],
            Self::Helm => &["version", "--short"],
            _ => &["--version"],
        }
    }

    fn cached(self) -> Result<PathBuf> {
        Ok(paths::cache()?.join(self.project().place()).join(self.program()))
    }

    /// Where the program is, if it is anywhere in a fitting version.
    fn find(self) -> Result<Option<PathBuf>> {
        let cached = self.cached()?;
        if cached.is_file() {
            return Ok(Some(cached));
        }
        Ok(on_path(self.program()).filter(|path| {
            let printed = command::output(Command::new(path).args(self.version_arguments()));
            printed.ok().and_then(|printed| Version::find(&printed.text())).is_some_and(|version| version.fits(self.project().version()))
        }))
    }
}

/// Makes sure that all of these are there, building what is missing.
pub fn ensure(tools: &[Tool]) -> Result<()> {
    let missing = missing(tools)?;
    if missing.is_empty() {
        return Ok(());
    }
    let cache = LockedCache::take()?;
    // Another run may have built them while this one waited for the lock.
    let missing = self::missing(&missing)?;
    let mut projects: Vec<Project> = Vec::new();
    for tool in &missing {
        if !projects.contains(&tool.project()) {
            projects.push(tool.project());
        }
    }
    for project in projects {
        let programs: Vec<&str> = missing.iter().filter(|tool| tool.project() == project).map(|tool| tool.program()).collect();
        project.build(&cache, &programs)?;
    }
    Ok(())
}

/// Where a tool is; it is built if need be.
pub fn path(tool: Tool) -> Result<PathBuf> {
    if let Some(path) = tool.find()? {
        return Ok(path);
    }
    ensure(&[tool])?;
    tool.find()?.with_context(|| format!("{} is not there although it was built", tool.program()))
}

/// Makes sure of everything that the full test needs and that has to be built or installed first, and tells where it is;
/// `node` is for a machine that can have a real node.
pub fn gather(node: bool) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut tools = [Tool::CLUSTER.as_slice(), &[Tool::Registry]].concat();
    if node {
        tools.push(Tool::Kubelet);
    }
    ensure(&tools)?;
    if node {
        debian::node_parts()?;
    }
    let mut all = tools.into_iter().map(|tool| Ok((tool.program(), path(tool)?))).collect::<Result<Vec<_>>>()?;
    all.extend(host::all()?);
    all.push(("schemathesis", python::schemathesis()?));
    Ok(all)
}

/// `cargo xtask tools`: builds what is missing and prints where everything is.
pub fn print_all(node: bool) -> Result<()> {
    for (name, path) in gather(node)? {
        progress::note(name, &path.display().to_string());
    }
    Ok(())
}

fn missing(tools: &[Tool]) -> Result<Vec<Tool>> {
    let mut missing = Vec::new();
    for tool in tools {
        if tool.find()?.is_none() {
            missing.push(*tool);
        }
    }
    Ok(missing)
}

/// The first executable of that name on PATH.
fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(program)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
