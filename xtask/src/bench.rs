//! `cargo xtask bench`: a release build and a fresh cluster for the bench, which does the measuring.
//! What is measured is written in `benches/street/main.rs`.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::site::{self, Profile};
use crate::testing::Stage;
use crate::{command, paths, signal};

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Verb {
    /// Showing many releases.
    List,
    /// Seeing a change of the cluster.
    Sync,
    /// Carrying out operations.
    Operate,
    /// Changing many releases, and looking at that.
    Batch,
    /// Comparing revisions that are as large as they get.
    Diff,
}

/// Runs one bench and shows what it says.
pub fn command(verb: Verb) -> Result<()> {
    signal::listen()?;
    let server = match verb {
        // Runs the server in its own process, and looks at no page.
        Verb::Diff => {
            std::fs::create_dir_all(paths::target("site"))?;
            PathBuf::new()
        }
        _ => site::build(Profile::Release)?,
    };
    let stage = Stage::set("bench", server)?;
    let name = verb.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut cargo = command::cargo();
    cargo.args(["bench", "--quiet", "--package", site::NAME, "--bench", "street", "--", &name]);
    stage.tell(&mut cargo)?;
    let mut child = cargo.stdin(Stdio::null()).spawn().context("cannot run cargo")?;
    let status = command::wait(&mut child)?;
    if !status.success() {
        bail!("the bench failed ({status})");
    }
    Ok(())
}
