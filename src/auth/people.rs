//! Managing people: an admin's acts on accounts. The platform always keeps an admin who can sign in.

use serde_json::json;

use super::{Auth, unavailable};
use crate::{
    domain::{
        actor::{Act, Actor},
        audit::{Facts, NewAudit},
        clock::uuid_v7,
        ids::UserId,
        names::UserName,
        page::{Page, Paging},
        people::{Issued, Source, Standing, User, check_password},
        problem::{Code, Problem},
    },
    store::users::{Changed, NewUser, Proof},
};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: UserName,
    /// What it may.
    pub standing: Standing,
    /// Its password.
    pub password: Password,
}

/// A password that is to be set.
#[derive(Clone)]
pub enum Password {
    /// That one.
    Given(String),
    /// One that is made up, and told once.
    MadeUp,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Given(…)",
            Self::MadeUp => "MadeUp",
        })
    }
}

impl Auth {
    /// A page of all accounts.
    pub async fn users(&self, actor: &Actor, paging: Paging) -> Result<Page<User>, Problem> {
        actor.demand(Act::ManagePeople)?;
        self.inner.stores.users.list(paging).await.map_err(unavailable)
    }

    /// An account: anybody's for who manages people, or else one's own.
    pub async fn user(&self, actor: &Actor, id: UserId) -> Result<User, Problem> {
        if !actor.may(Act::ManagePeople) && actor.account() != Some(id) {
            return Err(Problem::user_not_found());
        }
        self.inner.stores.users.by_id(id).await.map_err(unavailable)?.ok_or_else(Problem::user_not_found)
    }

    /// An account by its name.
    pub async fn user_named(&self, actor: &Actor, name: &str) -> Result<User, Problem> {
        actor.demand(Act::ManagePeople)?;
        let found = self.inner.stores.users.by_name(name).await.map_err(unavailable)?;
        found.map(|(user, _)| user).ok_or_else(Problem::user_not_found)
    }

    /// Makes an account with a password. One that was made up is told this once.
    pub async fn add_user(&self, actor: &Actor, new: NewAccount) -> Result<(User, Option<Issued>), Problem> {
        actor.demand(Act::ManagePeople)?;
        let standing = new.standing.checked()?;
        self.check_tenants(actor, &standing.tenants).await?;
        let (hash, told) = self.hashed(&new.password).await?;
        let id = UserId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let mut audit = NewAudit::of(actor, self.inner.clock.now(), "user.add", new.name.as_str());
        audit.after = Some(facts(&standing));
        let new = NewUser { id, name: new.name, standing, proof: Proof::Password(hash) };
        let made = self.inner.stores.users.add(&new, &audit).await.map_err(unavailable)?;
        let taken = || Problem::new(Code::NameTaken, format!("There is an account {} already. Choose another name.", new.name));
        Ok((made.ok_or_else(taken)?, told))
    }

    /// Changes what an account may, provided that it is still as its editor saw it.
    pub async fn change_user(&self, actor: &Actor, id: UserId, version: Option<u32>, to: Standing) -> Result<User, Problem> {
        let user = self.managed(actor, id).await?;
        let to = to.checked()?;
        let before = Standing::from(&user);
        if user.source == Source::Oidc && (to.role, &to.tenants) != (before.role, &before.tenants) {
            let text = "The identity provider says at each sign-in what this account may. Change the person's groups there; here you can disable it.";
            return Err(Problem::new(Code::InvalidRequest, text));
        }
        self.check_tenants(actor, &to.tenants).await?;
        let act = match (before.disabled, to.disabled) {
            (false, true) => "user.disable",
            (true, false) => "user.enable",
            _ => "user.role",
        };
        let mut audit = NewAudit::of(actor, self.inner.clock.now(), act, user.name.as_str());
        (audit.before, audit.after) = (Some(facts(&before)), Some(facts(&to)));
        // Against what was just read, so that the audit's "before" is true.
        let seen = version.unwrap_or(user.version);
        match self.inner.stores.users.change(id, Some(seen), &to, &audit).await.map_err(unavailable)? {
            Changed::Done(user) => Ok(user),
            Changed::Moved(_) => {
                Err(Problem::new(Code::UserMoved, "Somebody changed this account since you looked. Look at it again, then decide."))
            }
            Changed::LastAdmin => {
                Err(Problem::new(Code::LastAdmin, "This is the last admin with a password. Make another one first, then change this one."))
            }
            Changed::Missing => Err(Problem::user_not_found()),
        }
    }

    /// Sets an account's password and ends its sessions. One that was made up is told this once.
    pub async fn reset_password(&self, actor: &Actor, id: UserId, password: &Password) -> Result<Option<Issued>, Problem> {
        let user = self.managed(actor, id).await?;
        if user.source == Source::Oidc {
            return Err(no_password());
        }
        let (hash, told) = self.hashed(password).await?;
        let audit = NewAudit::of(actor, self.inner.clock.now(), "user.password", user.name.as_str());
        match self.inner.stores.users.set_password(id, &hash, None, &audit).await.map_err(unavailable)? {
            true => Ok(told),
            false => Err(Problem::user_not_found()),
        }
    }

    /// An account that the actor manages.
    async fn managed(&self, actor: &Actor, id: UserId) -> Result<User, Problem> {
        let user = self.user(actor, id).await?;
        actor.demand(Act::ManagePeople)?;
        Ok(user)
    }

    /// The hash of a password, and the password where it was made up.
    pub(super) async fn hashed(&self, password: &Password) -> Result<(String, Option<Issued>), Problem> {
        match password {
            Password::Given(text) => {
                check_password(text)?;
                Ok((self.inner.passwords.hash(text).await?, None))
            }
            Password::MadeUp => {
                let text = self.random::<15>();
                Ok((self.inner.passwords.hash(&text).await?, Some(Issued(text))))
            }
        }
    }
}

/// The answer to who wants a password where there is none.
pub(super) fn no_password() -> Problem {
    Problem::new(Code::InvalidPassword, "This account signs in through the identity provider and has no password here.")
}

/// What an account may, for the audit.
pub(super) fn facts(standing: &Standing) -> Facts {
    [("role", json!(standing.role)), ("tenants", json!(standing.tenants)), ("disabled", json!(standing.disabled))]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}
