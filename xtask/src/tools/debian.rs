//! Programs that come as Debian packages: unpacked into the cache and not installed, so that no service is started and
//! nothing outside of the cache changes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::lock::LockedCache;
use crate::progress::Step;
use crate::{command, paths};

/// What a real node is made of, beside its kubelet. The mark in the cache says which of them are there.
const PACKAGES: [&str; 4] = ["busybox-static", "runc", "containerd", "containernetworking-plugins"];
/// Raised when the list changes.
const EDITION: u32 = 1;

/// The root below which the packages' files are.
pub fn node_parts() -> Result<PathBuf> {
    let place = format!("debian-node-{EDITION}");
    let root = paths::cache()?.join(&place);
    if root.is_dir() {
        return Ok(root);
    }
    let cache = LockedCache::take()?;
    if root.is_dir() {
        return Ok(root);
    }
    let step = Step::start("containerd, runc, CNI");
    let temp = cache.temp("debian-node")?;
    let (archives, unpacked) = (temp.join("archives"), temp.join("root"));
    fs::create_dir_all(&archives)?;
    fs::create_dir_all(&unpacked)?;
    let mut download = Command::new("apt-get");
    download.current_dir(&archives).args(["download", "-qq", "-o", "APT::Sandbox::User=root"]).args(PACKAGES);
    if !command::succeeds(&mut download) {
        command::run(Command::new("apt-get").args(["update", "-qq"]))?;
        command::run(&mut download).context("Debian's packages of containerd and runc cannot be downloaded")?;
    }
    for archive in fs::read_dir(&archives)? {
        command::run(Command::new("dpkg-deb").arg("--extract").arg(archive?.path()).arg(&unpacked))?;
    }
    cache.keep(&unpacked, &place)?;
    step.done("unpacked from Debian");
    Ok(root)
}
