//! Browser sessions: begun by a password, carried by a cookie, ended by signing out or by time. The cookie's value
//! is random and only its digest is kept. Does not know pages.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use http::{HeaderMap, HeaderValue, header::COOKIE};
use sha2::{Digest, Sha256};

use super::Auth;
use crate::{
    domain::{
        actor::{Actor, Door, Role},
        problem::{Code, Problem},
    },
    store::{StoreError, sessions::Session},
};

/// A session ends at the latest after this.
const LIFE: Duration = Duration::hours(12);
/// A session that is not used for this long is over.
const IDLE: Duration = Duration::hours(2);
/// Use is noted at most this often.
const TOUCH: Duration = Duration::minutes(1);

impl Auth {
    /// Begins a session with a new id and answers the `Set-Cookie` that carries it.
    pub async fn sign_in(&self, user: &str, password: &str) -> Result<HeaderValue, Problem> {
        self.check_password(user, password)?;
        let mut id = [0; 32];
        self.inner.entropy.fill(&mut id);
        let value = URL_SAFE_NO_PAD.encode(id);
        let now = self.inner.clock.now();
        let session = Session { user: user.to_owned(), expires_at: now + LIFE, used_at: now };
        self.inner.sessions.sweep(now).await.map_err(unavailable)?;
        self.inner.sessions.begin(digest(&value), &session).await.map_err(unavailable)?;
        self.cookie(&value, LIFE.num_seconds())
    }

    /// Ends the session of a request and answers the `Set-Cookie` that removes it.
    pub async fn sign_out(&self, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
        if let Some(value) = self.cookie_value(headers) {
            self.inner.sessions.end(digest(value)).await.map_err(unavailable)?;
        }
        self.cookie("", 0)
    }

    /// The actor of a request: by its API token where it has one, or else by its session.
    pub async fn actor(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        if let Some(given) = headers.get(http::header::AUTHORIZATION) {
            let token = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            return match token {
                Some(token) => self.by_token(token.trim()),
                None => Err(Problem::new(Code::NotSignedIn, "The Authorization header has to read “Bearer <token>”.")),
            };
        }
        let Some(value) = self.cookie_value(headers) else { return Err(Problem::not_signed_in()) };
        let id = digest(value);
        let now = self.inner.clock.now();
        let session = self.inner.sessions.find(id).await.map_err(unavailable)?;
        let Some(session) = session.filter(|session| now < session.expires_at && now - session.used_at < IDLE) else {
            return Err(Problem::new(Code::NotSignedIn, "The session is over. Sign in again."));
        };
        if now - session.used_at > TOUCH {
            self.inner.sessions.touch(id, now).await.map_err(unavailable)?;
        }
        Ok(Actor::person(session.user, Role::Admin, vec![], Door::Page))
    }

    fn cookie_name(&self) -> &'static str {
        if self.inner.tls { "__Host-pilothouse" } else { "pilothouse" }
    }

    fn cookie(&self, value: &str, seconds: i64) -> Result<HeaderValue, Problem> {
        let secure = if self.inner.tls { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.cookie_name());
        HeaderValue::from_str(&text).map_err(|_| Problem::internal())
    }

    fn cookie_value<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        cookies
            .flat_map(|header| header.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, value)| *name == self.cookie_name() && !value.is_empty())
            .map(|(_, value)| value)
    }
}

fn digest(value: &str) -> [u8; 32] {
    Sha256::digest(value).into()
}

fn unavailable(error: StoreError) -> Problem {
    tracing::error!(%error, "sessions could not be read or written");
    Problem::new(Code::StoreUnavailable, "The database did not answer. Try again in a moment.")
}
