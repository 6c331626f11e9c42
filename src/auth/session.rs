//! Browser sessions: begun by signing in, carried by a cookie, ended by signing out or by time. The cookie's value is
//! random and only its digest is kept. Whose a session is, and what they may, is looked up at every request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use chrono::Duration;
use http::{Extensions, HeaderMap, HeaderValue, header::COOKIE};

use super::{Auth, digest, unavailable};
use crate::{
    domain::{
        actor::{Actor, Door, Role},
        audit::NewAudit,
        ids::TenantId,
        people::{Refusal, User},
        problem::{Code, Problem},
    },
    store::sessions::Session,
};

/// A session ends at the latest after this.
const LIFE: Duration = Duration::hours(12);
/// A session that is not used for this long is over.
const IDLE: Duration = Duration::hours(2);
/// Use is noted at most this often.
pub(super) const TOUCH: Duration = Duration::minutes(1);
/// The name of the cookie that carries a session.
const COOKIE_NAME: &str = "pilothouse";

/// Where a request comes from, and what it says about that.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The client's address.
    pub from: Option<IpAddr>,
}

impl Auth {
    /// Where a request comes from.
    pub fn origin<'a>(&self, headers: &'a HeaderMap, extensions: &Extensions) -> Origin<'a> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Origin { headers, from: peer.map(|peer| self.address(peer, headers)) }
    }

    /// Begins a session by name and password; answers the `Set-Cookie` that carries it. A refusal is the same, and takes
    /// as long, whatever was wrong.
    pub async fn sign_in(&self, origin: Origin<'_>, name: &str, password: &str) -> Result<HeaderValue, Refusal> {
        let name = name.trim();
        if !self.inner.limits.attempt(name, origin.from) {
            return Err(Refusal::Wrong);
        }
        let found = self.inner.stores.users.by_name(name).await.map_err(|error| busy(unavailable(error)))?;
        let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
        let right = self.inner.passwords.verify(password, hash).await.map_err(busy)?;
        let user = found.map(|(user, _)| user);
        match user {
            Some(user) if right && !user.disabled => {
                self.inner.limits.succeeded(name, origin.from);
                self.begin(origin, &user).await
            }
            user => {
                self.note_refusal(user.as_ref(), origin.from, "password").await;
                Err(Refusal::Wrong)
            }
        }
    }

    /// Begins a session with a new id, and ends the one that the browser had.
    pub(super) async fn begin(&self, origin: Origin<'_>, user: &User) -> Result<HeaderValue, Refusal> {
        let store = |error| busy(unavailable(error));
        let value = self.random::<32>();
        let now = self.inner.clock.now();
        let session = Session { user: user.id, expires_at: now + LIFE, used_at: now };
        let audit = NewAudit::of(&actor_of(user, Door::Page).from_address(origin.from), now, "session.sign-in", user.name.as_str());
        self.inner.stores.sessions.sweep(now).await.map_err(store)?;
        if !self.inner.stores.sessions.begin(digest(&value), &session, &audit).await.map_err(store)? {
            return Err(Refusal::Wrong);
        }
        if let Some(former) = self.session_id(origin.headers) {
            self.inner.stores.sessions.end(former, None).await.map_err(store)?;
        }
        self.cookie(COOKIE_NAME, &value, LIFE).map_err(busy)
    }

    /// Notes a refusal in the audit, at most one of each account in a minute. A name that no account has is not noted:
    /// it may be a password that was typed into the wrong field.
    pub(super) async fn note_refusal(&self, user: Option<&User>, from: Option<IpAddr>, why: &str) {
        let name = user.map_or("unknown", |user| user.name.as_str());
        if !self.inner.limits.worth_noting(user.map_or("", |user| user.name.as_str())) {
            return;
        }
        let actor = Actor::person(name, Role::Viewer, vec![], Door::Page).from_address(from);
        let mut audit = NewAudit::of(&actor, self.inner.clock.now(), "session.refused", name);
        audit.reason = Some(why.to_owned());
        if let Err(error) = self.inner.stores.users.note(&audit).await {
            tracing::error!(%error, "a refused sign-in could not be noted");
        }
    }

    /// Ends the session of a request and answers the `Set-Cookie` that removes it.
    pub async fn sign_out(&self, origin: Origin<'_>) -> Result<HeaderValue, Problem> {
        if let Some(id) = self.session_id(origin.headers) {
            let found = self.inner.stores.sessions.find(id).await.map_err(unavailable)?;
            let audit = found.map(|(_, user)| {
                let actor = actor_of(&user, Door::Page).from_address(origin.from);
                NewAudit::of(&actor, self.inner.clock.now(), "session.sign-out", user.name.as_str())
            });
            self.inner.stores.sessions.end(id, audit.as_ref()).await.map_err(unavailable)?;
        }
        self.cookie(COOKIE_NAME, "", Duration::zero())
    }

    /// The actor of a request: by its API token where it has one, or else by its session; narrowed by what a gateway says
    /// of whom it speaks for. What an open page asks for by itself does not count as use: `in_use` is false for it.
    pub async fn actor(&self, origin: Origin<'_>, in_use: bool) -> Result<Actor, Problem> {
        spoken_for(self.asking(origin, in_use).await?, origin.headers)
    }

    async fn asking(&self, origin: Origin<'_>, in_use: bool) -> Result<Actor, Problem> {
        if let Some(given) = origin.headers.get(http::header::AUTHORIZATION) {
            let token = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            return match token {
                Some(token) => self.by_token(token.trim(), origin.from).await,
                None => Err(Problem::new(Code::NotSignedIn, "The Authorization header has to read “Bearer <token>”.")),
            };
        }
        let Some(id) = self.session_id(origin.headers) else { return Err(Problem::not_signed_in()) };
        let now = self.inner.clock.now();
        let found = self.inner.stores.sessions.find(id).await.map_err(unavailable)?;
        let good = |session: &Session| now < session.expires_at && now - session.used_at < IDLE;
        let Some((session, user)) = found.filter(|(session, user)| good(session) && !user.disabled) else {
            return Err(Problem::new(Code::NotSignedIn, "The session is over. Sign in again."));
        };
        if in_use && now - session.used_at > TOUCH {
            self.inner.stores.sessions.touch(id, now).await.map_err(unavailable)?;
        }
        Ok(actor_of(&user, Door::Page).from_address(origin.from))
    }

    /// The digest of the session that a request carries.
    pub(super) fn session_id(&self, headers: &HeaderMap) -> Option<[u8; 32]> {
        self.cookie_value(headers, COOKIE_NAME).map(digest)
    }

    /// The name of a cookie of ours: bound to this very host where TLS is on.
    fn cookie_name(&self, name: &str) -> String {
        format!("{}{name}", if self.inner.tls { "__Host-" } else { "" })
    }

    pub(super) fn cookie(&self, name: &str, value: &str, life: Duration) -> Result<HeaderValue, Problem> {
        let secure = if self.inner.tls { "; Secure" } else { "" };
        let (name, seconds) = (self.cookie_name(name), life.num_seconds());
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&text).map_err(|_| Problem::internal())
    }

    pub(super) fn cookie_value<'a>(&self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let wanted = self.cookie_name(name);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        cookies
            .flat_map(|header| header.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value)
    }
}

/// The headers with which a gateway says for whom it speaks. Another name is refused but to a token that is trusted to
/// speak for others; a tenant narrows what is seen.
fn spoken_for(actor: Actor, headers: &HeaderMap) -> Result<Actor, Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let actor = match text("x-user-id") {
        Some(user) => actor.speaking_for(user)?,
        None => actor,
    };
    match text("x-tenant-id") {
        None => Ok(actor),
        Some(tenant) => tenant.parse::<TenantId>().map(|tenant| actor.within(tenant)).map_err(|_| Problem::tenant_not_found()),
    }
}

/// Who holds an account.
pub(super) fn actor_of(user: &User, door: Door) -> Actor {
    Actor::person(user.name.as_str(), user.role, user.tenants.clone(), door).of_account(user.id)
}

/// What the sign-in page tells of a fault of ours.
pub(super) fn busy(_: Problem) -> Refusal {
    Refusal::Busy
}
