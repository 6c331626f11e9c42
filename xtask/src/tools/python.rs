//! Programs that PyPI brings: Schemathesis, which tries the API against its own document. Each lives in a virtual
//! environment of its own in the cache.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::lock::LockedCache;
use crate::progress::Step;
use crate::{command, paths};

/// The one version that the document is tried with.
const SCHEMATHESIS: &str = "4.32.5";

/// Where Schemathesis is; it is installed into the cache if need be.
pub fn schemathesis() -> Result<PathBuf> {
    let home = paths::cache()?.join(format!("schemathesis-{SCHEMATHESIS}"));
    let (program, whole) = (home.join("bin/schemathesis"), home.join("installed"));
    if whole.is_file() {
        return Ok(program);
    }
    let _cache = LockedCache::take()?;
    if whole.is_file() {
        return Ok(program);
    }
    let step = Step::start("schemathesis");
    // Built where it stays, since an environment cannot be moved; the mark says that it is whole.
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).output();
    if !made.is_ok_and(|made| made.status.success()) {
        bail!("Python 3.10 or newer with venv is missing: install it (on Debian: apt-get install python3-venv).");
    }
    let package = format!("schemathesis=={SCHEMATHESIS}");
    command::run(Command::new(home.join("bin/python")).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &package]))?;
    std::fs::write(whole, SCHEMATHESIS)?;
    step.done(SCHEMATHESIS);
    Ok(program)
}
