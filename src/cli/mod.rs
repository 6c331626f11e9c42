//! The command line: without a verb it runs the server; with one it does one thing on the data directory, also beside a
//! running server, and leaves. Whoever may read the data directory may do everything here, and the audit says by which
//! door. Holds no rules: `auth` does.

mod audit;
mod serve;
mod token;
mod user;

use std::{path::Path, sync::Arc};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

use crate::{
    auth::{Auth, Parts, address::Proxies},
    config::{Config, seal_key},
    domain::{
        actor::{Actor, Door, Role},
        clock::{Clock, Entropy},
        ids::TenantId,
        names::TenantSlug,
        problem::Problem,
    },
    server::{DATABASE, SystemClock, SystemEntropy},
    store::{Stores, seal::Sealer, sqlite::Sqlite},
};

/// Runs Pilothouse: the dashboard, the API and the release manager in one process.
#[derive(Parser)]
#[command(name = "pilothouse", version)]
pub struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Verify the audit.
    Audit {
        #[command(subcommand)]
        verb: audit::Verb,
    },
    /// Add, list and disable accounts, and set their passwords.
    User {
        #[command(subcommand)]
        verb: user::Verb,
    },
    /// Make, list and revoke API tokens.
    Token {
        #[command(subcommand)]
        verb: token::Verb,
    },
}

impl Cli {
    /// Does what was asked for.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.verb {
            None => serve::run(self.config).await,
            Some(Verb::Audit { verb }) => audit::run(&self.config.data, verb).await,
            Some(Verb::User { verb }) => user::run(&Office::open(&self.config.data).await?, verb).await,
            Some(Verb::Token { verb }) => token::run(&Office::open(&self.config.data).await?, verb).await,
        }
    }
}

/// The data directory, opened by its owner.
pub(crate) struct Office {
    auth: Auth,
    stores: Stores,
    actor: Actor,
}

impl Office {
    async fn open(data: &Path) -> anyhow::Result<Self> {
        let file = data.join(DATABASE);
        if !file.is_file() {
            bail!("there is no database in {}: name the data directory with --data, or start the server once", data.display());
        }
        let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let sealer = Sealer::new(&seal_key(data, &*entropy)?, entropy.clone());
        let stores = Sqlite::open(&file, sealer.clone()).await.context("the database cannot be opened")?.stores();
        let parts = Parts { stores: stores.clone(), sealer, clock, entropy, tls: false, proxies: Proxies::default(), oidc: None };
        let name = std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "operator".into());
        Ok(Self { auth: Auth::new(parts)?, stores, actor: Actor::person(name, Role::Admin, vec![], Door::Cli) })
    }

    /// The ids of tenants by their slugs.
    async fn tenants(&self, slugs: &[TenantSlug]) -> anyhow::Result<Vec<TenantId>> {
        let mut ids = vec![];
        for slug in slugs {
            let found = self.stores.tenants.by_slug(&self.actor, slug).await?;
            ids.push(found.with_context(|| format!("there is no tenant {slug}"))?.id);
        }
        Ok(ids)
    }

    /// The slugs of tenants by their ids, for lists.
    async fn slugs(&self, ids: &[TenantId]) -> anyhow::Result<String> {
        let mut slugs = vec![];
        for id in ids {
            slugs.extend(self.stores.tenants.by_id(&self.actor, *id).await?.map(|tenant| tenant.slug.to_string()));
        }
        Ok(slugs.join(","))
    }
}

/// A role on the command line.
fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|problem: Problem| problem.detail)
}

/// Writes a line for whoever asked.
#[expect(clippy::print_stdout, reason = "the answer of a command line")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Writes a table, its columns as wide as they need to be.
fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) {
    let widths: [usize; N] =
        std::array::from_fn(|i| rows.iter().map(|row| row[i].chars().count()).chain([head[i].len()]).max().unwrap_or(0));
    let line = |cells: [&str; N]| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        say(padded.join("  ").trim_end());
    };
    line(head);
    for row in &rows {
        line(std::array::from_fn(|i| row[i].as_str()));
    }
}
