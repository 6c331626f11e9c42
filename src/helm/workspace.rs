//! The directory that one operation's Helm works in: its kubeconfig, its [home](super::home), its output and the record of its
//! process. Readable by us alone. Outlives a crash of ours, so that a Helm that outlived it, too, can be found.
//! Does not write the kubeconfig: the caller does, and only for the time that Helm runs.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{Failure, failure, home, orphan::Orphan};
use crate::domain::ids::OperationId;

/// How Go collects garbage in Helm: a run is short, and a sixth of its time would go into collecting what its end frees anyway
/// (docs/decisions/0036). Above half a gigabyte it collects as eagerly as ever.
const COLLECTOR: [(&str, &str); 2] = [("GOGC", "400"), ("GOMEMLIMIT", "512MiB")];

/// A workspace; made and taken away explicitly, since it has to outlive us.
#[derive(Clone, Debug)]
pub struct Workspace {
    dir: PathBuf,
}

impl Workspace {
    /// The workspace of an operation under that root. Touches nothing.
    pub fn at(root: &Path, operation: OperationId) -> Self {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        Self { dir: root.join(operation.to_string()) }
    }

    /// Makes it, empty. Refuses while a Helm is alive in it.
    pub fn create(&self) -> io::Result<()> {
        if self.orphan().is_some_and(|orphan| orphan.alive()) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "a helm process is still at work on this operation"));
        }
        self.clear()?;
        DirBuilder::new().mode(0o700).recursive(true).create(&self.dir)?;
        let name = self.dir.file_name().unwrap_or_default().to_string_lossy();
        home::make(&self.home(), &name)
    }

    /// Where the caller writes the kubeconfig that Helm uses.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// Takes it away. What cannot be removed is logged; nothing depends on it.
    pub fn clean(&self) {
        if let Err(error) = self.clear() {
            tracing::warn!(%error, dir = %self.dir.display(), "a workspace could not be removed");
        }
    }

    /// Takes all of them below that root away: none of them is at work.
    pub fn clean_all(root: &Path) {
        for inside in fs::read_dir(root).into_iter().flatten().flatten() {
            Self { dir: inside.path() }.clean();
        }
    }

    fn clear(&self) -> io::Result<()> {
        home::remove(&self.home())?;
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The Helm that was last started here and whose end nobody has seen, alive or not.
    pub fn orphan(&self) -> Option<Orphan> {
        match fs::read_to_string(self.record()) {
            Ok(text) => Orphan::parse(&text),
            // Killed between Helm's start and its record: a process that works in this directory is it all the same.
            Err(_) => Orphan::inside(&self.dir.canonicalize().ok()?),
        }
    }

    /// What Helm's last words here mean, for an orphan that has ended; `None` where it ended without an error.
    pub fn last_failure(&self) -> Option<Failure> {
        let file = File::open(self.stderr()).ok()?;
        failure::of_file(&file)
    }

    /// The directory itself.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where Helm's standard output goes.
    pub(super) fn stdout(&self) -> PathBuf {
        self.dir.join("stdout")
    }

    /// Where Helm's standard error goes.
    pub(super) fn stderr(&self) -> PathBuf {
        self.dir.join("stderr")
    }

    /// Remembers Helm's process across a crash of ours.
    pub(super) fn remember(&self, orphan: &Orphan) -> io::Result<()> {
        let whole = self.dir.join("helm.pid.new");
        fs::write(&whole, orphan.record())?;
        fs::rename(whole, self.record())
    }

    /// Its end was seen.
    pub(super) fn forget(&self) {
        // What stays behind names a process that has ended, and is told apart by its birth.
        drop(fs::remove_file(self.record()));
    }

    /// A file for Helm to write to, new and empty.
    pub(super) fn output(path: &Path) -> io::Result<File> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    /// Helm's environment: nothing of ours, everything inside.
    pub(super) fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let mut list: Vec<_> = home::environment(&self.home()).collect();
        list.push(("KUBECONFIG", self.kubeconfig()));
        // An empty PATH: Helm starts no other program.
        list.extend([("PATH", ""), ("HELM_NO_PLUGINS", "1"), ("HELM_DRIVER", "secret"), ("NO_COLOR", "1")].map(|(k, v)| (k, v.into())));
        list.extend(COLLECTOR.map(|(k, v)| (k, v.into())));
        list
    }

    fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    fn record(&self) -> PathBuf {
        self.dir.join("helm.pid")
    }
}
