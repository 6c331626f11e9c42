//! The home of one run of Helm: in memory where the machine has a place for that, since Helm leaves dozens of small files there that
//! are read once or never, and a disk takes longer over them than Helm over its work (docs/decisions/0038). Holds nothing that
//! anybody needs after a crash: that is in the [`super::Workspace`] itself.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
};

/// Where Linux keeps what lives in memory, and anybody may write.
const IN_MEMORY: &str = "/dev/shm";
/// Linux' number for file systems in memory (`TMPFS_MAGIC` in its `magic.h`).
const TMPFS: u64 = 0x0102_1994;
/// How many bytes have to be free there: what the API server can do takes a few hundred thousand in each home.
const ROOM: u64 = 16 << 20;
/// What our directories there are called, before what tells them apart.
const OURS: &str = "pilothouse-";
/// What Helm is told that it has in its home, by variable.
const INSIDE: [(&str, &str); 4] =
    [("HELM_CACHE_HOME", "cache"), ("HELM_CONFIG_HOME", "config"), ("HELM_DATA_HOME", "data"), ("TMPDIR", "tmp")];

/// Makes a home at that place, which is free: a link to one in memory called after `name`, or where that cannot be had, a directory.
pub(super) fn make(at: &Path, name: &str) -> io::Result<()> {
    let mut private = DirBuilder::new();
    private.mode(0o700);
    let linked = in_memory(Path::new(IN_MEMORY), name).is_some_and(|home| {
        // Only what was not there before is ours: others may write beside it.
        private.create(&home).is_ok() && (symlink(&home, at).is_ok() || fs::remove_dir(&home).is_err())
    });
    if !linked {
        private.create(at)?;
    }
    INSIDE.iter().try_for_each(|(_, inside)| private.create(at.join(inside)))
}

/// Takes away what that home has in memory.
pub(super) fn remove(at: &Path) -> io::Result<()> {
    let Ok(home) = fs::read_link(at) else { return Ok(()) };
    let ours = home.file_name().is_some_and(|name| name.to_string_lossy().starts_with(OURS));
    if !ours || home.parent() != Some(Path::new(IN_MEMORY)) {
        return Ok(());
    }
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// How Helm is told of it.
pub(super) fn environment(at: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    let inside = INSIDE.map(|(variable, inside)| (variable, at.join(inside)));
    std::iter::once(("HOME", at.to_owned())).chain(inside)
}

/// Where in memory a home of that name would be, if there is room for one.
fn in_memory(base: &Path, name: &str) -> Option<PathBuf> {
    let there = rustix::fs::statfs(base).ok()?;
    let free = there.f_bavail.saturating_mul(u64::try_from(there.f_bsize).ok()?);
    (u64::try_from(there.f_type).ok()? == TMPFS && free >= ROOM).then(|| base.join(format!("{OURS}{name}")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_home_has_all_that_helm_is_told_of_is_for_nobody_else_and_goes_wherever_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("home");
        let name = format!("test-{}", std::process::id());
        make(&at, &name).unwrap();
        for (_, told) in environment(&at) {
            assert_eq!(fs::metadata(&told).unwrap().permissions().mode() & 0o777, 0o700, "{}", told.display());
        }
        let target = fs::read_link(&at).unwrap_or_else(|_| at.clone());
        fs::write(at.join("tmp/file"), "x").unwrap();
        remove(&at).unwrap();
        fs::remove_dir_all(dir.path()).unwrap();
        assert!(!target.exists());
    }

    #[test]
    fn what_somebody_else_has_put_in_its_place_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let name = format!("taken-{}", std::process::id());
        let Some(theirs) = in_memory(Path::new(IN_MEMORY), &name) else { return };
        fs::create_dir(&theirs).unwrap();
        let at = dir.path().join("home");
        make(&at, &name).unwrap();
        assert!(fs::symlink_metadata(&at).unwrap().is_dir());
        assert_eq!(fs::read_dir(&theirs).unwrap().count(), 0);
        remove(&at).unwrap();
        fs::remove_dir(theirs).unwrap();
    }

    #[test]
    fn a_link_that_leads_elsewhere_takes_nothing_away() {
        let dir = tempfile::tempdir().unwrap();
        let (other, at) = (dir.path().join("pilothouse-other"), dir.path().join("home"));
        fs::create_dir(&other).unwrap();
        symlink(&other, &at).unwrap();
        remove(&at).unwrap();
        assert!(other.is_dir());
    }

    #[test]
    fn what_is_on_a_disk_is_no_place_in_memory() {
        assert_eq!(in_memory(Path::new("/proc"), "x"), None);
        assert_eq!(in_memory(Path::new("/nowhere"), "x"), None);
    }
}
