//! Who somebody is: the bootstrap admin by password or token, browser sessions, and the [`Actor`] that comes of
//! them. Decides what a role may do nowhere: `domain::actor` does. Users, roles by tenant and OIDC are to come; they
//! join here, and everything behind an `Actor` stays as it is.
//!
//! May use: `domain`, `store`; axum's header types only where a session is read.

pub mod session;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    domain::{
        actor::{Actor, Door, Role},
        clock::{Clock, Entropy},
        problem::{Code, Problem},
    },
    store::sessions::SessionStore,
};

/// The name of the one account there is so far.
pub const ADMIN: &str = "admin";
/// How many refused sign-ins within [`WINDOW`] close the door for a while.
const MOST_REFUSALS: usize = 10;
/// The time in which refusals are counted.
const WINDOW: Duration = Duration::minutes(1);

/// Digests of what proves somebody to be the bootstrap admin; the secrets themselves are not kept.
pub struct AdminSecrets {
    password: [u8; 32],
    token: [u8; 32],
}

impl AdminSecrets {
    /// From the password and the API token.
    pub fn new(password: &str, token: &str) -> Self {
        Self { password: Sha256::digest(password).into(), token: Sha256::digest(token).into() }
    }
}

/// Authentication; cheap to clone.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    sessions: Arc<dyn SessionStore>,
    admin: AdminSecrets,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Whether browsers reach us by TLS, so that cookies can be bound to it.
    tls: bool,
    refusals: Mutex<VecDeque<DateTime<Utc>>>,
}

impl Auth {
    /// Authentication over these parts.
    pub fn new(sessions: Arc<dyn SessionStore>, admin: AdminSecrets, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, tls: bool) -> Self {
        Self { inner: Arc::new(Inner { sessions, admin, clock, entropy, tls, refusals: Mutex::default() }) }
    }

    /// The actor behind an API token.
    pub fn by_token(&self, token: &str) -> Result<Actor, Problem> {
        let given: [u8; 32] = Sha256::digest(token).into();
        if given.ct_eq(&self.inner.admin.token).into() {
            return Ok(Actor::person(ADMIN, Role::Admin, vec![], Door::Api));
        }
        Err(Problem::new(Code::NotSignedIn, "The API token is not valid. Check it, or ask a platform admin for another."))
    }

    /// Whether user and password belong together; the answer does not tell which of them is wrong.
    fn check_password(&self, user: &str, password: &str) -> Result<(), Problem> {
        let now = self.inner.clock.now();
        let refusals = || self.inner.refusals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        {
            let mut recent = refusals();
            recent.retain(|at| now - *at < WINDOW);
            if recent.len() >= MOST_REFUSALS {
                return Err(Problem::new(Code::TooManyAttempts, "Too many attempts to sign in. Wait a minute, then try again."));
            }
        }
        let given: [u8; 32] = Sha256::digest(password).into();
        let right = given.ct_eq(&self.inner.admin.password) & user.as_bytes().ct_eq(ADMIN.as_bytes());
        if right.into() {
            return Ok(());
        }
        refusals().push_back(now);
        Err(Problem::new(Code::NotSignedIn, "User and password do not belong together."))
    }
}
