//! Where things are: the repository, its target directory, and the cache of tools.
//! It creates nothing.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the repository, whatever the current directory is.
pub fn root() -> PathBuf {
    // CARGO_MANIFEST_DIR is read when running, too, so that a moved checkout still works.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map(Path::to_path_buf).unwrap_or(manifest)
}

/// A path below the repository's `target`, where everything that a run leaves behind lives.
///
/// It is not cargo's target directory: that one may be shared by several checkouts.
pub fn target(below: &str) -> PathBuf {
    root().join("target").join(below)
}

/// Cargo's own target directory, where compiled binaries are.
pub fn cargo_target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The path as given on the command line, made absolute against the repository's root.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(root().join(path)).with_context(|| format!("cannot resolve {}", path.display()))
}

/// A file that was named on the command line, relative to where the command was given.
pub fn given(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("cannot find {}", path.display()))
}

/// Where tools are kept between runs and outside `target`, so that `cargo clean` does not cost ten minutes.
pub fn cache() -> Result<PathBuf> {
    if let Some(dir) = set("PILOTHOUSE_CACHE") {
        return Ok(dir);
    }
    if let Some(dir) = set("XDG_CACHE_HOME") {
        return Ok(dir.join("pilothouse"));
    }
    let home = set("HOME").context("HOME is not set: set PILOTHOUSE_CACHE to the directory that tools may be kept in")?;
    Ok(home.join(".cache/pilothouse"))
}

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
