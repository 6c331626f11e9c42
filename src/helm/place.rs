//! Where Helm works: a directory of ours alone, in memory where the machine has a place for that. What is in it holds
//! credentials while Helm runs, and Helm writes dozens of small files there that are read once or never, which costs a disk
//! more than all the rest of a run (docs/decisions/0038). Makes no workspace: [`super::Workspace`] does.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Where Linux keeps what lives in memory and is anybody's to write.
const IN_MEMORY: &str = "/dev/shm";
/// Linux' number for file systems in memory (`TMPFS_MAGIC` in its `magic.h`).
const TMPFS: u64 = 0x0102_1994;
/// How many bytes have to be free there: a workspace takes less than one of them in a thousand.
const ROOM: u64 = 32 << 20;

/// Where Helm works for the server with that data: always the same place, so that a Helm which outlived its server is found.
pub fn place(data: &Path) -> PathBuf {
    in_memory(Path::new(IN_MEMORY), data).unwrap_or_else(|| data.join("run"))
}

/// Takes away what is empty of that place, for a server that ends in order.
pub fn leave(place: &Path) {
    // What is not empty is for whoever comes later.
    for inside in fs::read_dir(place).into_iter().flatten().flatten() {
        drop(fs::remove_dir(inside.path()));
    }
    drop(fs::remove_dir(place));
}

/// A directory below `base` with a name that only this data has, if it can be had for us alone.
fn in_memory(base: &Path, data: &Path) -> Option<PathBuf> {
    let there = rustix::fs::statfs(base).ok()?;
    let free = there.f_bavail.saturating_mul(u64::try_from(there.f_bsize).ok()?);
    if u64::try_from(there.f_type).ok()? != TMPFS || free < ROOM {
        return None;
    }
    let data = data.canonicalize().or_else(|_| std::path::absolute(data)).ok()?;
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let dir = base.join(format!("pilothouse-{name}"));
    match private(&dir) {
        Ok(()) => Some(dir),
        Err(error) => {
            tracing::warn!(%error, dir = %dir.display(), "helm works below the data directory, and not in memory");
            None
        }
    }
}

/// Makes a directory that we alone may read and write; one that is there already has to be such a one.
pub fn private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(dir)?;
    // Where others may write beside it, somebody may have been faster.
    let found = fs::symlink_metadata(dir)?;
    let ours = found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    ours.then_some(()).ok_or_else(|| io::Error::new(io::ErrorKind::PermissionDenied, "the directory is not ours alone"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_place_that_others_can_write_to_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(private(&open).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        let own = dir.path().join("own/deep");
        private(&own).unwrap();
        private(&own).unwrap();
        assert_eq!(fs::metadata(dir.path().join("own")).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_link_that_somebody_laid_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (theirs, link) = (dir.path().join("theirs"), dir.path().join("link"));
        private(&theirs).unwrap();
        symlink(&theirs, &link).unwrap();
        assert_eq!(private(&link).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn what_is_on_a_disk_is_no_place_in_memory() {
        let data = tempfile::tempdir().unwrap();
        let root = Path::new("/proc");
        assert_eq!(in_memory(root, data.path()), None);
        assert_eq!(in_memory(Path::new("/nowhere"), data.path()), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn each_data_has_one_place_and_leaves_nothing_behind() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, again, second) = (place(one.path()), place(&one.path().join(".")), place(other.path()));
        assert_eq!(first, again);
        assert_ne!(first, second);
        private(&first.join("renders")).unwrap();
        private(&first.join("operation/home")).unwrap();
        leave(&first);
        assert!(first.join("operation/home").is_dir(), "somebody works there");
        fs::remove_dir(first.join("operation/home")).unwrap();
        leave(&first);
        leave(&second);
        assert!(!first.exists() && !second.exists());
    }
}
