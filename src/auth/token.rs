//! API tokens: who one speaks for, and how they are made, listed and revoked. A token may never do more than whoever
//! made it, nor at any time more than its owner. Only its digest is kept.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::{
    Auth, digest,
    session::{TOUCH, actor_of},
    unavailable,
};
use crate::{
    domain::{
        actor::{Act, Actor, Door, Reach, Role},
        audit::{Facts, NewAudit},
        clock::uuid_v7,
        ids::{TenantId, TokenId, UserId},
        names::TokenName,
        people::{ApiToken, Issued, User},
        problem::{Code, Problem},
    },
    store::tokens::NewToken,
};

/// How a token of ours begins, so that one that leaked is recognised.
const PREFIX: &str = "plt_";
/// How long a token lasts where nobody said.
const USUAL_LIFE: i64 = 90 * 86_400;
/// How long one may last.
const LONGEST_LIFE: i64 = 366 * 86_400;

/// A token as somebody asks for it.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// Its name.
    pub name: TokenName,
    /// The most that it is to do.
    pub role: Role,
    /// The tenants that it is to be restricted to; none restricts it no further than its maker.
    pub tenants: Vec<TenantId>,
    /// In how many seconds it ends.
    pub life: Option<i64>,
    /// Whether it is trusted to speak for others.
    pub speaks: bool,
    /// Whose it is to be; left out, its maker's.
    pub owner: Option<UserId>,
}

impl Auth {
    /// The actor behind an API token.
    pub(super) async fn by_token(&self, token: &str, from: Option<IpAddr>) -> Result<Actor, Problem> {
        let now = self.inner.clock.now();
        let found = self.inner.stores.tokens.find(digest(token)).await.map_err(unavailable)?;
        let alive = |token: &ApiToken| token.expires_at.is_none_or(|end| now < end);
        let Some((token, owner)) = found.filter(|(token, owner)| alive(token) && !owner.disabled) else {
            return Err(Problem::new(
                Code::NotSignedIn,
                "The API token is not valid, or not any more. Make another, or ask a platform admin.",
            ));
        };
        if token.used_at.is_none_or(|last| now - last > TOUCH) {
            self.inner.stores.tokens.touch(token.id, now).await.map_err(unavailable)?;
        }
        let actor = actor_of(&owner, Door::Api).narrowed(token.role, &token.reach()).by_token(token.name.as_str(), token.speaks_for_others);
        Ok(actor.until(token.expires_at).from_address(from))
    }

    /// Makes a token; the answer is the only time that it is shown.
    pub async fn make_token(&self, actor: &Actor, wish: TokenWish) -> Result<(ApiToken, Issued), Problem> {
        let owner = self.owner(actor, wish.owner).await?;
        if wish.speaks {
            actor.demand(Act::ManagePeople)?;
        }
        if !wish.role.within(actor.role()) || !wish.role.within(owner.role) {
            let most = owner.role.max(actor.role()).as_str();
            let text = format!("A token may do no more than its owner and its maker. The role can be {most} at most.");
            return Err(Problem::new(Code::Forbidden, text));
        }
        let tenants = self.token_tenants(actor, &owner, &wish).await?;
        let now = self.inner.clock.now();
        let expires_at = Some(match (end(now, wish.life)?, actor.ends()) {
            (asked, Some(own)) => asked.min(own),
            (asked, None) => asked,
        });
        let text = format!("{PREFIX}{}", self.random::<32>());
        let new = NewToken {
            id: TokenId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)),
            owner: owner.id,
            name: wish.name,
            digest: digest(&text),
            role: wish.role,
            tenants,
            speaks: wish.speaks,
            created_at: now,
            expires_at,
        };
        let mut audit = NewAudit::of(actor, now, "token.create", subject(owner.name.as_str(), &new.name));
        audit.after = Some(facts(&new));
        let made = self.inner.stores.tokens.add(&new, &audit).await.map_err(unavailable)?;
        let taken =
            || Problem::new(Code::NameTaken, "There is a token of that name already. Choose another name, or revoke that one first.");
        Ok((made.ok_or_else(taken)?, Issued(text)))
    }

    /// An actor's own tokens, or everybody's.
    pub async fn tokens(&self, actor: &Actor, everybodys: bool) -> Result<Vec<ApiToken>, Problem> {
        if everybodys {
            actor.demand(Act::ManagePeople)?;
            return self.inner.stores.tokens.list(None).await.map_err(unavailable);
        }
        let Some(account) = actor.account() else { return Ok(vec![]) };
        let mut tokens = self.inner.stores.tokens.list(Some(account)).await.map_err(unavailable)?;
        tokens.retain(|token| knows(actor, token));
        Ok(tokens)
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<(), Problem> {
        let token = self.inner.stores.tokens.by_id(id).await.map_err(unavailable)?;
        let token = token.filter(|token| knows(actor, token)).ok_or_else(Problem::token_not_found)?;
        let audit = NewAudit::of(actor, self.inner.clock.now(), "token.revoke", subject(token.owner.as_str(), &token.name));
        match self.inner.stores.tokens.revoke(id, &audit).await.map_err(unavailable)? {
            true => Ok(()),
            false => Err(Problem::token_not_found()),
        }
    }

    /// Whose the token is to be: the maker's own, or, for who manages people, somebody's.
    async fn owner(&self, actor: &Actor, asked: Option<UserId>) -> Result<User, Problem> {
        let own = actor.account();
        if let Some(asked) = asked.filter(|asked| Some(*asked) != own) {
            actor.demand(Act::ManagePeople)?;
            return self.inner.stores.users.by_id(asked).await.map_err(unavailable)?.ok_or_else(Problem::user_not_found);
        }
        let nobody = || Problem::new(Code::Forbidden, "Nobody's account is behind this request, so that a token would have no owner.");
        let own = own.ok_or_else(nobody)?;
        self.inner.stores.users.by_id(own).await.map_err(unavailable)?.ok_or_else(nobody)
    }

    /// What the token is restricted to: the tenants asked for, or else as far as maker and owner reach.
    async fn token_tenants(&self, actor: &Actor, owner: &User, wish: &TokenWish) -> Result<Option<Vec<TenantId>>, Problem> {
        let most = actor.reach().clone().and(&owner.reach());
        if wish.tenants.is_empty() {
            return match (most, wish.role) {
                (Reach::Tenants(tenants), _) => Ok(Some(tenants)),
                (Reach::All, Role::Viewer) => {
                    Err(Problem::new(Code::InvalidCombination, "A viewer sees the tenants they belong to. Name the token's tenants."))
                }
                (Reach::All, _) => Ok(None),
            };
        }
        self.check_tenants(actor, &wish.tenants).await?;
        if wish.tenants.iter().any(|tenant| !most.holds(*tenant)) {
            return Err(Problem::tenant_not_found());
        }
        let mut tenants = wish.tenants.clone();
        tenants.sort_unstable();
        tenants.dedup();
        Ok(Some(tenants))
    }

    /// Refuses tenants that do not exist, or that the actor may not know of.
    pub(super) async fn check_tenants(&self, actor: &Actor, tenants: &[TenantId]) -> Result<(), Problem> {
        for tenant in tenants {
            let found = self.inner.stores.tenants.by_id(actor, *tenant).await.map_err(unavailable)?;
            found.ok_or_else(Problem::tenant_not_found)?;
        }
        Ok(())
    }
}

/// Whether an actor may know of a token, and revoke it: all of them for who manages people; or else their own, and of
/// those, for an actor who is a token, the ones that may do no more than it.
fn knows(actor: &Actor, token: &ApiToken) -> bool {
    if actor.may(Act::ManagePeople) {
        return true;
    }
    let within = || token.role.within(actor.role()) && actor.reach().covers(&token.reach());
    actor.account() == Some(token.owner_id) && (actor.via().is_none() || within())
}

/// When a token ends.
fn end(now: DateTime<Utc>, life: Option<i64>) -> Result<DateTime<Utc>, Problem> {
    let life = life.unwrap_or(USUAL_LIFE);
    if !(1..=LONGEST_LIFE).contains(&life) {
        let days = LONGEST_LIFE / 86_400;
        return Err(Problem::new(Code::InvalidRequest, format!("A token lasts from one second to {days} days.")));
    }
    Ok(now + Duration::seconds(life))
}

/// A token as the audit names it.
fn subject(owner: &str, name: &TokenName) -> String {
    format!("{owner}/{name}")
}

fn facts(new: &NewToken) -> Facts {
    [
        ("role", json!(new.role)),
        ("tenants", json!(new.tenants)),
        ("speaksForOthers", json!(new.speaks)),
        ("expiresAt", json!(new.expires_at)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect()
}
