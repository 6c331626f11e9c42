//! One's own account: its password, and signing out everywhere. An API token has no say over the account behind it,
//! but where it may manage people.

use http::HeaderMap;

use super::{Auth, people::no_password, unavailable};
use crate::domain::{
    actor::{Act, Actor},
    audit::NewAudit,
    ids::UserId,
    people::{Source, User, check_password},
    problem::{Code, Problem},
};

impl Auth {
    /// The account behind an actor.
    pub async fn own_account(&self, actor: &Actor) -> Result<User, Problem> {
        let nobody = || Problem::new(Code::UserNotFound, "Nobody's account is behind this request.");
        let id = actor.account().ok_or_else(nobody)?;
        self.inner.stores.users.by_id(id).await.map_err(unavailable)?.ok_or_else(nobody)
    }

    /// Changes one's own password; all other sessions end. Wrong guesses at the present one are counted like those at
    /// the door.
    pub async fn change_password(&self, actor: &Actor, headers: &HeaderMap, old: &str, new: &str) -> Result<(), Problem> {
        let id = holder(actor)?;
        let user = self.own_account(actor).await?;
        if user.source == Source::Oidc {
            return Err(no_password());
        }
        check_password(new)?;
        let name = user.name.as_str();
        if !self.inner.limits.attempt(name, actor.from()) {
            return Err(Problem::new(Code::TooManyAttempts, "Too many attempts. Wait a minute, then try again."));
        }
        let known = self.inner.stores.users.by_name(name).await.map_err(unavailable)?;
        if !self.inner.passwords.verify(old, known.and_then(|(_, hash)| hash).as_deref()).await? {
            return Err(Problem::new(Code::InvalidPassword, "The present password is not right. Nothing was changed."));
        }
        self.inner.limits.succeeded(name, actor.from());
        let hash = self.inner.passwords.hash(new).await?;
        let audit = NewAudit::of(actor, self.inner.clock.now(), "user.password", name);
        match self.inner.stores.users.set_password(id, &hash, self.session_id(headers), &audit).await.map_err(unavailable)? {
            true => Ok(()),
            false => Err(Problem::user_not_found()),
        }
    }

    /// Ends all sessions of an account: one's own, or, for who manages people, anybody's.
    pub async fn sign_out_everywhere(&self, actor: &Actor, id: UserId) -> Result<(), Problem> {
        let user = self.user(actor, id).await?;
        if !actor.may(Act::ManagePeople) {
            holder(actor)?;
        }
        let audit = NewAudit::of(actor, self.inner.clock.now(), "session.sign-out-everywhere", user.name.as_str());
        match self.inner.stores.sessions.end_all(id, &audit).await.map_err(unavailable)? {
            true => Ok(()),
            false => Err(Problem::user_not_found()),
        }
    }
}

/// The account that an actor has signed in to.
fn holder(actor: &Actor) -> Result<UserId, Problem> {
    let text = "This takes the account's holder, signed in; an API token does not do. Sign in, or ask a platform admin.";
    actor.account().filter(|_| actor.via().is_none()).ok_or_else(|| Problem::new(Code::Forbidden, text))
}
