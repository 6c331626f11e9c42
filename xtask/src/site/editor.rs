//! The editor of values: the TypeScript of `editor/` in one script, made by the esbuild that its lock file names.
//! What has not changed since the last time is taken from `target/editor` instead of being made again, without Node.js.

use std::fs;

use anyhow::{Context, Result};

use super::{Files, files_below, hash};
use crate::progress::{self, Step};
use crate::tools::npm;
use crate::{command, paths};

/// Adds the script to the site.
pub fn build(files: &mut Files) -> Result<()> {
    let (source, out) = (npm::editor(), paths::target("editor"));
    let (script, mark) = (out.join("editor.js"), out.join("made-from"));
    let mut sources = files_below(&source.join("src"))?;
    sources.extend([source.join("package.json"), source.join("package-lock.json")]);
    sources.sort();
    let mut made_from = String::new();
    for path in sources {
        made_from += &format!("{:016x} {}\n", hash(&fs::read(&path)?), super::relative(&source, &path));
    }
    if !(script.is_file() && fs::read_to_string(&mark).is_ok_and(|text| text == made_from)) {
        npm::install(&source)?;
        let step = Step::start("editor");
        command::run(&mut npm::run(&source, "build"))?;
        fs::write(&mark, made_from)?;
        step.done(progress::bytes(fs::metadata(&script)?.len()));
    }
    files.insert("pkg/editor.js".to_owned(), fs::read(&script).with_context(|| format!("{} is not there", script.display()))?);
    Ok(())
}
