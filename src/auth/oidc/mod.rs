//! Signing in through an identity provider: OpenID Connect, the code flow with PKCE. State, nonce and verifier travel
//! sealed in a short-lived cookie, so that only the browser that began a sign-in can end it, and nothing is kept here.
//! The account is made at the first sign-in and told its rights anew at each.

mod provider;
mod settings;
mod web;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use http::HeaderValue;
use serde::{Deserialize, Serialize};

pub(super) use self::provider::Provider;
use self::provider::{Person, Ticket};
pub use self::settings::{Grant, Settings};
use super::{
    Auth,
    people::facts,
    session::{Origin, busy},
    unavailable,
};
use crate::{
    domain::{
        actor::{Actor, Role},
        audit::NewAudit,
        clock::uuid_v7,
        ids::{TenantId, UserId},
        people::{Refusal, Standing, User},
        problem::Problem,
    },
    store::users::{Changed, NewUser, Proof},
};

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::minutes(10);
/// The cookie that ties a sign-in to its browser.
const COOKIE_NAME: &str = "pilothouse-oidc";
/// The place that what the cookie holds is sealed for.
const PLACE: &str = "oidc-sign-in";

/// What the cookie holds.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    at: DateTime<Utc>,
}

/// What the provider sends a browser back with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Callback {
    /// What the person's word can be had for.
    pub code: Option<String>,
    /// What the browser was sent off with.
    pub state: Option<String>,
    /// Who the provider says that it is.
    pub iss: Option<String>,
    /// Why the person was not signed in.
    pub error: Option<String>,
}

/// A browser that is on its way: where to, and the cookies that it takes along.
pub struct Onward {
    /// Where to.
    pub to: String,
    /// The `Set-Cookie`s.
    pub cookies: Vec<HeaderValue>,
}

impl Auth {
    /// Sends a browser to the identity provider.
    pub async fn begin_oidc(&self, next: &str) -> Result<Onward, Refusal> {
        let provider = self.inner.oidc.as_ref().ok_or(Refusal::Provider)?;
        let ticket = Ticket { state: self.random::<16>(), nonce: self.random::<16>(), verifier: self.random::<48>() };
        let to = provider.address(&ticket).await?;
        let Ticket { state, nonce, verifier } = ticket;
        let begun = Begun { state, nonce, verifier, next: next.to_owned(), at: self.inner.clock.now() };
        let sealed = serde_json::to_vec(&begun).ok().and_then(|plain| self.inner.sealer.seal(PLACE, &plain).ok());
        let value = sealed.map(|sealed| URL_SAFE_NO_PAD.encode(sealed)).ok_or(Refusal::Busy)?;
        Ok(Onward { to, cookies: vec![self.cookie(COOKIE_NAME, &value, PATIENCE).map_err(busy)?] })
    }

    /// Takes back a browser from the identity provider: its cookies are a session, and no sign-in any more.
    pub async fn finish_oidc(&self, origin: Origin<'_>, callback: Callback) -> Result<Onward, Refusal> {
        let provider = self.inner.oidc.as_ref().ok_or(Refusal::Provider)?;
        let begun = self.begun(origin).ok_or(Refusal::Stale)?;
        if callback.state.as_deref() != Some(begun.state.as_str()) {
            return Err(Refusal::Stale);
        }
        let issuer = provider.settings().issuer.as_str();
        if callback.iss.as_deref().is_some_and(|iss| iss.trim_end_matches('/') != issuer.trim_end_matches('/')) {
            return Err(Refusal::Unproven);
        }
        let code = callback.code.filter(|_| callback.error.is_none()).ok_or(Refusal::Declined)?;
        let ticket = Ticket { state: begun.state, nonce: begun.nonce, verifier: begun.verifier };
        let person = provider.person(code, ticket).await?;
        let user = self.account_of(origin, provider.settings(), person).await?;
        Ok(Onward { to: begun.next, cookies: vec![self.begin(origin, &user).await?, self.forget_oidc().map_err(busy)?] })
    }

    /// The `Set-Cookie` that ends a sign-in which was begun.
    pub fn forget_oidc(&self) -> Result<HeaderValue, Problem> {
        self.cookie(COOKIE_NAME, "", Duration::zero())
    }

    /// The sign-in that this browser began, unless that is too long ago.
    fn begun(&self, origin: Origin<'_>) -> Option<Begun> {
        let sealed = URL_SAFE_NO_PAD.decode(self.cookie_value(origin.headers, COOKIE_NAME)?).ok()?;
        let begun: Begun = serde_json::from_slice(&self.inner.sealer.open(PLACE, &sealed).ok()?).ok()?;
        (self.inner.clock.now() - begun.at < PATIENCE).then_some(begun)
    }

    /// The account of a person, made where they are new, with the rights that their groups give them now. Who has lost
    /// all of them loses what they had, too.
    async fn account_of(&self, origin: Origin<'_>, settings: &Settings, person: Person) -> Result<User, Refusal> {
        let users = &self.inner.stores.users;
        let known = users.by_subject(&settings.issuer, &person.subject).await.map_err(|error| busy(unavailable(error)))?;
        if let Some(user) = known.as_ref().filter(|user| user.disabled) {
            self.note_refusal(Some(user), origin.from, "disabled").await;
            return Err(Refusal::Disabled);
        }
        let rights = settings.rights(&person.groups);
        let Some((role, slugs)) = rights else {
            if let Some(user) = &known {
                self.stand(user, Standing { role: Role::Viewer, tenants: vec![], disabled: false }).await?;
            }
            self.note_refusal(known.as_ref(), origin.from, "no role").await;
            return Err(Refusal::NoRole);
        };
        let mut tenants: Vec<TenantId> = vec![];
        for slug in slugs {
            // A tenant that is not there yet gives nothing yet.
            let found = self.inner.stores.tenants.by_slug(&Actor::system("oidc"), &slug).await;
            tenants.extend(found.map_err(|error| busy(unavailable(error)))?.map(|tenant| tenant.id));
        }
        tenants.sort_unstable();
        let standing = Standing { role, tenants, disabled: false };
        match known {
            Some(user) => self.stand(&user, standing).await,
            None => self.first_sign_in(origin, settings, person, standing).await,
        }
    }

    /// Brings an account up to what its groups give.
    async fn stand(&self, user: &User, to: Standing) -> Result<User, Refusal> {
        let mut audit = NewAudit::of(&Actor::system("oidc"), self.inner.clock.now(), "user.role", user.name.as_str());
        (audit.before, audit.after) = (Some(facts(&Standing::from(user))), Some(facts(&to)));
        match self.inner.stores.users.change(user.id, Some(user.version), &to, &audit).await {
            Ok(Changed::Done(user)) => Ok(user),
            Ok(Changed::Missing | Changed::Moved(_) | Changed::LastAdmin) => Err(Refusal::Busy),
            Err(error) => Err(busy(unavailable(error))),
        }
    }

    /// Makes the account. A name that somebody has is not taken over, whoever has it.
    async fn first_sign_in(&self, origin: Origin<'_>, settings: &Settings, person: Person, to: Standing) -> Result<User, Refusal> {
        let Some(name) = person.name else { return Err(Refusal::Unproven) };
        let mut audit = NewAudit::of(&Actor::system("oidc"), self.inner.clock.now(), "user.add", name.as_str());
        audit.from = origin.from.map(|address| address.to_string());
        audit.after = Some(facts(&to));
        let id = UserId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let proof = Proof::Provider { issuer: settings.issuer.clone(), subject: person.subject };
        let new = NewUser { id, name, standing: to, proof };
        match self.inner.stores.users.add(&new, &audit).await.map_err(|error| busy(unavailable(error)))? {
            Some(user) => Ok(user),
            None => {
                self.note_refusal(None, origin.from, "name taken").await;
                Err(Refusal::NameTaken)
            }
        }
    }
}
