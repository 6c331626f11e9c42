//! The first admin: the account `admin` and its API token `bootstrap`, made at the start from the configuration, so that
//! there is never a moment in which anybody may set the platform up. What the configuration says holds at every start;
//! what was made up for want of it is for the first start alone.

use super::{ADMIN, Auth, digest, unavailable};
use crate::{
    domain::{
        actor::{Actor, Role},
        audit::NewAudit,
        clock::uuid_v7,
        ids::{TokenId, UserId},
        people::{Source, Standing, User},
        problem::Problem,
    },
    store::{
        tokens::NewToken,
        users::{NewUser, Proof},
    },
};

/// The name of the token.
const TOKEN: &str = "bootstrap";

/// A secret of the first admin.
#[derive(Clone)]
pub struct Secret {
    /// It.
    pub text: String,
    /// Whether somebody configured it, rather than that it was made up.
    pub configured: bool,
}

/// What proves the first admin.
#[derive(Clone)]
pub struct Bootstrap {
    /// The account's password.
    pub password: Secret,
    /// Its API token.
    pub token: Secret,
}

impl Auth {
    /// Makes the account and its token where they are missing, and brings them up to what is configured. An account that
    /// somebody has disabled stays disabled.
    pub async fn bootstrap(&self, with: &Bootstrap) -> Result<(), Problem> {
        let actor = Actor::system("bootstrap");
        let known = self.inner.stores.users.by_name(ADMIN).await.map_err(unavailable)?;
        let (user, new) = match known {
            None => (self.first_admin(&actor, &with.password.text).await?, true),
            Some((user, hash)) => {
                let stale = with.password.configured && !self.inner.passwords.verify(&with.password.text, hash.as_deref()).await?;
                if stale && user.source == Source::Local {
                    let hash = self.inner.passwords.hash(&with.password.text).await?;
                    let audit = NewAudit::of(&actor, self.inner.clock.now(), "user.password", ADMIN);
                    self.inner.stores.users.set_password(user.id, &hash, None, &audit).await.map_err(unavailable)?;
                }
                (user, false)
            }
        };
        if (new || with.token.configured) && !user.disabled && user.source == Source::Local {
            self.first_token(&actor, &user, &with.token.text).await?;
        }
        Ok(())
    }

    async fn first_admin(&self, actor: &Actor, password: &str) -> Result<User, Problem> {
        let standing = Standing { role: Role::Admin, tenants: vec![], disabled: false };
        let mut audit = NewAudit::of(actor, self.inner.clock.now(), "user.add", ADMIN);
        audit.after = Some(super::people::facts(&standing));
        let new = NewUser {
            id: UserId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)),
            name: ADMIN.parse()?,
            standing,
            proof: Proof::Password(self.inner.passwords.hash(password).await?),
        };
        self.inner.stores.users.add(&new, &audit).await.map_err(unavailable)?.ok_or_else(Problem::internal)
    }

    async fn first_token(&self, actor: &Actor, owner: &User, text: &str) -> Result<(), Problem> {
        let tokens = &self.inner.stores.tokens;
        if tokens.find(digest(text)).await.map_err(unavailable)?.is_some() {
            return Ok(());
        }
        let now = self.inner.clock.now();
        let subject = format!("{ADMIN}/{TOKEN}");
        let former = tokens.list(Some(owner.id)).await.map_err(unavailable)?.into_iter().find(|token| token.name.as_str() == TOKEN);
        if let Some(former) = former {
            tokens.revoke(former.id, &NewAudit::of(actor, now, "token.revoke", &subject)).await.map_err(unavailable)?;
        }
        let new = NewToken {
            id: TokenId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)),
            owner: owner.id,
            name: TOKEN.parse()?,
            digest: digest(text),
            role: Role::Admin,
            tenants: None,
            speaks: false,
            created_at: now,
            expires_at: None,
        };
        tokens.add(&new, &NewAudit::of(actor, now, "token.create", &subject)).await.map_err(unavailable)?;
        Ok(())
    }
}
