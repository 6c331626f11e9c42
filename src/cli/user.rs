//! `pilothouse user`: accounts. A password comes from standard input or is made up and told once; it is never an
//! argument, which everybody on the machine could read.

use std::io::Read;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{Office, role, say, table};
use crate::{
    auth::{NewAccount, Password},
    domain::{
        actor::Role,
        ago::exact,
        names::{TenantSlug, UserName},
        page::Paging,
        people::{Issued, Source, Standing},
    },
};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Add an account.
    Add {
        /// Its name.
        name: UserName,
        /// What it may: admin, support or viewer.
        #[arg(long, value_parser = role)]
        role: Role,
        /// A viewer's tenant; may be repeated.
        #[arg(long = "tenant", value_name = "SLUG")]
        tenants: Vec<TenantSlug>,
        #[command(flatten)]
        password: Typed,
    },
    /// Set the password of an account and end its sessions.
    Passwd {
        /// Its name.
        name: UserName,
        #[command(flatten)]
        password: Typed,
    },
    /// List all accounts.
    List,
    /// Disable an account: its sessions end, its tokens are revoked.
    Disable {
        /// Its name.
        name: UserName,
    },
    /// Let an account in again.
    Enable {
        /// Its name.
        name: UserName,
    },
}

#[derive(Args)]
pub(super) struct Typed {
    /// Read the password from standard input, instead of making one up.
    #[arg(long)]
    password_stdin: bool,
}

impl Typed {
    fn read(&self) -> anyhow::Result<Password> {
        if !self.password_stdin {
            return Ok(Password::MadeUp);
        }
        let mut text = String::new();
        std::io::stdin().take(64 * 1024).read_to_string(&mut text).context("the password cannot be read from standard input")?;
        Ok(Password::Given(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

pub(super) async fn run(office: &Office, verb: Verb) -> anyhow::Result<()> {
    let Office { auth, actor, .. } = office;
    match verb {
        Verb::Add { name, role, tenants, password } => {
            let standing = Standing { role, tenants: office.tenants(&tenants).await?, disabled: false };
            let (user, told) = auth.add_user(actor, NewAccount { name, standing, password: password.read()? }).await?;
            say(format!("added {}, {}", user.name, user.role.as_str()));
            tell(told);
        }
        Verb::Passwd { name, password } => {
            let user = auth.user_named(actor, name.as_str()).await?;
            let told = auth.reset_password(actor, user.id, &password.read()?).await?;
            say(format!("the password of {} is set, and its sessions have ended", user.name));
            tell(told);
        }
        Verb::List => {
            let mut rows = vec![];
            for page in 0.. {
                let found = auth.users(actor, Paging::new(page, 500)).await?;
                for user in &found.items {
                    let stand = if user.disabled { "disabled" } else { "" };
                    let source = if user.source == Source::Oidc { "oidc" } else { "local" };
                    let last = user.signed_in_at.map_or_else(|| "never".into(), exact);
                    let tenants = office.slugs(&user.tenants).await?;
                    rows.push([user.name.to_string(), user.role.as_str().into(), tenants, source.into(), last, stand.into()]);
                }
                if page + 1 >= found.pages() {
                    break;
                }
            }
            table(["NAME", "ROLE", "TENANTS", "SOURCE", "LAST SIGN-IN", ""], rows);
        }
        Verb::Disable { name } => shut(office, &name, true).await?,
        Verb::Enable { name } => shut(office, &name, false).await?,
    }
    Ok(())
}

async fn shut(office: &Office, name: &UserName, disabled: bool) -> anyhow::Result<()> {
    let user = office.auth.user_named(&office.actor, name.as_str()).await?;
    let to = Standing { disabled, ..Standing::from(&user) };
    office.auth.change_user(&office.actor, user.id, Some(user.version), to).await?;
    say(format!("{} is {}", user.name, if disabled { "disabled: its sessions have ended, its tokens are revoked" } else { "enabled" }));
    Ok(())
}

/// A password that was made up, shown this once.
fn tell(told: Option<Issued>) {
    if let Some(Issued(password)) = told {
        say(format!("password: {password}"));
    }
}
