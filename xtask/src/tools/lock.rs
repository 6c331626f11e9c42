//! The cache directory under its lock, so that two runs at once do not build the same tool twice.
//! What is put into the cache is the business of the builders.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths;
use crate::progress;

/// The cache while this process alone may write to it; released when dropped.
pub struct LockedCache {
    dir: PathBuf,
    temp: PathBuf,
    _lock: File,
}

impl LockedCache {
    /// Takes the lock, waiting for another run if there is one.
    pub fn take() -> Result<Self> {
        let dir = paths::cache()?;
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let lock = File::create(dir.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress::note("tools", "waiting for another run that is building tools");
                lock.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let temp = dir.join("building");
        // Whatever lies there was left by a run that was killed: we hold the lock.
        fs::remove_dir_all(&temp).ok();
        fs::create_dir_all(&temp)?;
        Ok(Self { dir, temp, _lock: lock })
    }

    /// Where a tool may be built; gone when the lock is released.
    pub fn temp(&self, name: &str) -> Result<PathBuf> {
        let dir = self.temp.join(name);
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// Moves a finished file or directory to its place in the cache, in one step.
    pub fn keep(&self, built: &Path, place: &str) -> Result<()> {
        let place = self.dir.join(place);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(built, &place).with_context(|| format!("cannot move {} to {}", built.display(), place.display()))
    }
}

impl Drop for LockedCache {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.temp).ok();
    }
}
