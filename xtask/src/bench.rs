//! `cargo xtask bench`: a release build and a fresh cluster for the bench, which does the measuring.
//! What is measured is written in `benches/street/main.rs`.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::progress::Step;
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
    match verb {
        // Runs the server in its own process, and looks at no page.
        Verb::Diff => std::fs::create_dir_all(paths::target("site"))?,
        _ => site::site(Profile::Release)?,
    }
    let stage = Stage::set("bench", bench_and_server()?)?;
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

/// Builds the bench and, in the same breath, the server that it starts: cargo builds a package's binaries with its benches.
/// By itself, without what only tests and benches need, the server would get other features of the same dependencies, and
/// all of them would be compiled once more.
fn bench_and_server() -> Result<PathBuf> {
    let step = Step::start("bench and server");
    command::build(command::cargo().args(["bench", "--package", site::NAME, "--bench", "street", "--no-run"]))?;
    let binary = paths::cargo_target().join("release").join(site::NAME);
    ensure!(binary.is_file(), "{} is not there", binary.display());
    step.done("");
    Ok(binary)
}
