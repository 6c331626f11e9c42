//! What the machine itself must offer: node and npm, a browser, the wasm target, cargo's helpers.
//! What can be installed without asking is installed; for the rest there is one sentence that says what to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::lock::LockedCache;
use super::on_path;
use super::version::Version;
use crate::progress::{self, Step};
use crate::{command, paths};

/// A helper that `cargo install` brings, in exactly this version.
#[derive(Clone, Copy, Debug)]
pub enum CargoTool {
    /// Licences, bans, sources and advisories of the dependency tree.
    Deny,
    /// Dependencies that nobody uses.
    Machete,
}

impl CargoTool {
    fn name(self) -> &'static str {
        match self {
            Self::Deny => "cargo-deny",
            Self::Machete => "cargo-machete",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Deny => "0.20.2",
            Self::Machete => "0.9.2",
        }
    }

    /// Where the program is; it is installed into the cache if need be.
    pub fn path(self) -> Result<PathBuf> {
        let place = format!("{}-{}", self.name(), self.version());
        let program = paths::cache()?.join(&place).join("bin").join(self.name());
        if program.is_file() {
            return Ok(program);
        }
        let cache = LockedCache::take()?;
        if program.is_file() {
            return Ok(program);
        }
        progress::note(self.name(), "installing it, once; some minutes on two cores");
        let step = Step::start(self.name());
        let temp = cache.temp(self.name())?;
        let root = temp.join("root");
        // A lock file may name a version that a lagging index mirror does not have yet: then without it.
        if !command::succeeds(&mut self.install(&root, &temp, true)) {
            command::run(&mut self.install(&root, &temp, false))?;
        }
        cache.keep(&root, &place)?;
        step.done(self.version());
        Ok(program)
    }

    fn install(self, root: &Path, temp: &Path, locked: bool) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(["install", "--quiet", self.name(), "--version", self.version(), "--root"]).arg(root);
        cargo.env("CARGO_TARGET_DIR", temp.join("target"));
        // It runs for seconds: what counts is how long it takes to build.
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        if locked {
            cargo.arg("--locked");
        }
        cargo
    }
}

/// Everything of the machine that the full test needs, by name.
pub fn all() -> Result<Vec<(&'static str, PathBuf)>> {
    require_node()?;
    require_wasm_target()?;
    let node = on_path("node").context("node is missing")?;
    let (deny, machete) = (CargoTool::Deny, CargoTool::Machete);
    Ok(vec![("node", node), ("chromium", chromium()?), (deny.name(), deny.path()?), (machete.name(), machete.path()?)])
}

/// A sentence if node or npm is missing or too old.
pub fn require_node() -> Result<()> {
    let advice = "install Node.js 20 or newer with npm (https://nodejs.org) and put it on PATH";
    let Ok(printed) = command::run(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing: {advice}.");
    };
    match Version::find(&printed) {
        Some(version) if version.major >= 20 => {}
        _ => bail!("Node.js {} is too old: {advice}.", printed.trim()),
    }
    if on_path("npm").is_none() {
        bail!("npm is missing: {advice}.");
    }
    Ok(())
}

/// Adds the wasm target to the toolchain when it is not there.
pub fn require_wasm_target() -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let sysroot = command::run(Command::new("rustc").args(["--print", "sysroot"]).current_dir(paths::root()))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(target).join("lib").is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!("The Rust target {target} is missing: install it with your system's Rust packages, or install rustup.");
    }
    let step = Step::start("rustup target");
    command::run(Command::new("rustup").args(["target", "add", target]).current_dir(paths::root()))?;
    step.done(target);
    Ok(())
}

/// A Chromium for the browser journeys; on Debian it is installed when this runs as root.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = find_chromium() {
        return Ok(path);
    }
    let advice = "install Chromium (on Debian: apt-get install chromium) and put it on PATH";
    if rustix::process::geteuid().is_root() && is_debian() {
        let step = Step::start("chromium");
        let apt = |arguments: &[&str]| command::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
        apt(&["update"]).and_then(|_| apt(&["install", "-y", "--no-install-recommends", "chromium"])).context(advice)?;
        step.done("installed from Debian");
    }
    find_chromium().with_context(|| format!("Chromium is missing: {advice}."))
}

fn find_chromium() -> Option<PathBuf> {
    let debian = PathBuf::from("/usr/bin/chromium");
    if super::is_executable(&debian) {
        return Some(debian);
    }
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(on_path)
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}
