//! Packages from npm: installed exactly as a lock file says, and only when it says something else than the last time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::host;
use crate::progress::Step;
use crate::{command, paths};

/// Where the editor of values is.
pub fn editor() -> PathBuf {
    paths::root().join("editor")
}

/// `npm ci`, unless what the lock file says is installed already.
pub fn install(dir: &Path) -> Result<()> {
    host::require_node()?;
    let lock = fs::read(dir.join("package-lock.json"))?;
    let mark = dir.join("node_modules/.installed-from");
    if fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let step = Step::start("npm ci");
    command::run(&mut command::npm_ci(dir))?;
    fs::write(mark, lock)?;
    step.done(dir.file_name().unwrap_or_default().to_string_lossy());
    Ok(())
}

/// A script of the package.
pub fn run(dir: &Path, script: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(dir).args(["run", "--silent", script]);
    npm
}
