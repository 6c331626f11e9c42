//! `pilothouse token`: API tokens. A token is shown when it is made and never again.

use clap::Subcommand;

use super::{Office, role, say, table};
use crate::{
    auth::TokenWish,
    domain::{
        actor::Role,
        ago::exact,
        ids::TokenId,
        names::{TenantSlug, TokenName, UserName},
        people::Issued,
    },
};

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Make a token; it is the only line on standard output.
    Create {
        /// Its name.
        name: TokenName,
        /// The account that it belongs to, and whose rights it never exceeds.
        #[arg(long, default_value = crate::auth::ADMIN)]
        user: UserName,
        /// The most that it may: admin, support or viewer; left out, what its owner may.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        /// A tenant that it is restricted to; may be repeated.
        #[arg(long = "tenant", value_name = "SLUG")]
        tenants: Vec<TenantSlug>,
        /// In how many days it ends.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=366))]
        days: i64,
        /// Trust it to speak for others (X-User-ID).
        #[arg(long)]
        speaks_for_others: bool,
    },
    /// List all tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id, as `token list` has it.
        id: TokenId,
    },
}

pub(super) async fn run(office: &Office, verb: Verb) -> anyhow::Result<()> {
    let Office { auth, actor, .. } = office;
    match verb {
        Verb::Create { name, user, role, tenants, days, speaks_for_others } => {
            let owner = auth.user_named(actor, user.as_str()).await?;
            let wish = TokenWish {
                name,
                role: role.unwrap_or(owner.role),
                tenants: office.tenants(&tenants).await?,
                life: Some(days * 86_400),
                speaks: speaks_for_others,
                owner: Some(owner.id),
            };
            let (_, Issued(token)) = auth.make_token(actor, wish).await?;
            say(token);
        }
        Verb::List => {
            let mut rows = vec![];
            for token in auth.tokens(actor, true).await? {
                let tenants = match &token.tenants {
                    Some(tenants) => office.slugs(tenants).await?,
                    None => "all".into(),
                };
                let time = |at: Option<_>, never: &str| at.map_or_else(|| never.to_owned(), exact);
                let (used, ends) = (time(token.used_at, "never"), time(token.expires_at, "never"));
                rows.push([
                    token.id.to_string(),
                    token.owner.to_string(),
                    token.name.to_string(),
                    token.role.as_str().into(),
                    tenants,
                    used,
                    ends,
                ]);
            }
            table(["ID", "OWNER", "NAME", "ROLE", "TENANTS", "LAST USE", "ENDS"], rows);
        }
        Verb::Revoke { id } => {
            auth.revoke_token(actor, id).await?;
            say("revoked");
        }
    }
    Ok(())
}
