//! Building Pilothouse: the site that browsers load, then the server that carries it inside.
//! The steps of the site are `wasm`, `editor` and `css`; this file puts their results into `target/site`.

mod css;
mod editor;
mod wasm;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

use crate::progress::{self, Step};
use crate::tools::host;
use crate::{command, paths};

/// What everything in the site is called; Leptos compiles the name into the server.
pub const NAME: &str = "pilothouse";
/// Smaller ones gain nothing from compression but a second file.
const WORTH_COMPRESSING: usize = 1024;

/// How the server is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Fast to build, for the demo and the tests.
    Dev,
    /// Fast to run, for a release and the bench.
    Release,
}

/// The finished files, by their path in the site.
type Files = BTreeMap<String, Vec<u8>>;

/// Builds site and server; gives back where the server's binary is.
pub fn build(profile: Profile) -> Result<PathBuf> {
    site(profile)?;
    server(profile)
}

/// Builds the site into `target/site`.
pub fn site(profile: Profile) -> Result<()> {
    host::require_wasm_target()?;
    let mut files = public()?;
    wasm::build(&mut files, profile)?;
    editor::build(&mut files)?;
    css::build(&mut files)?;
    compress(&mut files)?;
    put(&paths::target("site"), &files)
}

/// Builds the server, which embeds the site; gives back where its binary is.
pub fn server(profile: Profile) -> Result<PathBuf> {
    let step = Step::start("server");
    let mut cargo = command::cargo();
    cargo.args(["build", "--package", NAME, "--bin", NAME]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            cargo.arg("--release");
            "release"
        }
    };
    command::build(&mut cargo)?;
    let binary = paths::cargo_target().join(folder).join(NAME);
    let size = fs::metadata(&binary).with_context(|| format!("{} is not there", binary.display()))?.len();
    step.done(format!("{} {folder}", progress::bytes(size)));
    Ok(binary)
}

/// Everything under `public`, as it is.
fn public() -> Result<Files> {
    let root = paths::root().join("public");
    let mut files = Files::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(relative(&root, &path), fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

/// Adds a `.gz` beside every file that gains from it, so that nobody compresses the same bytes twice.
fn compress(files: &mut Files) -> Result<()> {
    let compressible = ["js", "wasm", "css", "svg", "json", "txt", "html"];
    let mut compressed = Files::new();
    for (name, bytes) in files.iter() {
        let fits = name.rsplit('.').next().is_some_and(|kind| compressible.contains(&kind));
        if fits && bytes.len() >= WORTH_COMPRESSING {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(bytes)?;
            compressed.insert(format!("{name}.gz"), encoder.finish()?);
        }
    }
    files.append(&mut compressed);
    Ok(())
}

/// Makes the directory hold exactly these files and touches none that is right already:
/// the server is compiled again whenever one of them is newer than it.
fn put(dir: &Path, files: &Files) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if !files.contains_key(&relative(dir, &path)) {
                fs::remove_file(&path)?;
            }
        }
    }
    for (name, bytes) in files {
        let path = dir.join(name);
        if fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Tells whether bytes are the same as the last time.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_holds_exactly_what_was_built_and_unchanged_files_are_left_alone() {
        let dir = std::env::temp_dir().join(format!("xtask-site-{}", std::process::id()));
        let files = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), b"x".to_vec())).collect::<Files>();
        put(&dir, &files(&["a.txt", "pkg/b.js"])).expect("it is written");
        let before = fs::metadata(dir.join("a.txt")).and_then(|meta| meta.modified()).expect("a time");
        put(&dir, &files(&["a.txt", "pkg/c.js"])).expect("it is written");
        assert_eq!(fs::metadata(dir.join("a.txt")).and_then(|meta| meta.modified()).expect("a time"), before);
        assert!(dir.join("pkg/c.js").is_file() && !dir.join("pkg/b.js").exists());
        fs::remove_dir_all(dir).ok();
    }
}
