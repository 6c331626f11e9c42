//! `pilothouse audit`: whether the audit is whole. Reads the file as it is, also beside a running server; writes nothing.

use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::say;
use crate::{
    config::seal_key,
    domain::audit::{Anchor, Verdict},
    server::{DATABASE, SystemEntropy},
    store::{seal::Sealer, sqlite::Sqlite},
};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Tell whether every row is there, in its place, and says what it said; ends with 1 where that is not so.
    Verify {
        /// What an earlier run printed: proves that the file has only grown since.
        #[arg(long)]
        anchor: Option<Anchor>,
    },
}

pub(super) async fn run(data: &Path, verb: Verb) -> anyhow::Result<()> {
    let Verb::Verify { anchor } = verb;
    let file = data.join(DATABASE);
    if !file.is_file() || !data.join("seal-key").is_file() {
        bail!("there is no database with its seal-key in {}: name the data directory with --data", data.display());
    }
    let sealer = Sealer::new(&seal_key(data, &SystemEntropy)?, std::sync::Arc::new(SystemEntropy));
    let database = Sqlite::look_at(&file, sealer).await.context("the database cannot be opened")?;
    let verdict = database.stores().audit.verify(anchor.as_ref()).await.context("the audit cannot be read: start the server once")?;
    database.close().await;
    match verdict {
        Verdict::Whole(_) => say(verdict),
        Verdict::Broken { .. } => bail!("{verdict}"),
    }
    Ok(())
}
