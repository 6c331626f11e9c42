//! Who somebody is: accounts with their passwords, browser sessions, API tokens, an identity provider, and the
//! [`Actor`](crate::domain::actor::Actor) that comes of them. What a role may do is decided in `domain::actor`; here,
//! who may manage whom.
//!
//! May use: `domain`, `store`; axum's header types only where a session is read.

mod account;
pub mod address;
mod bootstrap;
mod limit;
pub mod oidc;
mod password;
mod people;
pub mod session;
mod token;

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use sha2::{Digest, Sha256};

use self::{address::Proxies, limit::Limits, password::Passwords};
pub use self::{
    bootstrap::{Bootstrap, Secret},
    people::{NewAccount, Password},
    token::TokenWish,
};
use crate::{
    domain::{
        clock::{Clock, Entropy},
        problem::{Code, Problem},
    },
    store::{StoreError, Stores, seal::Sealer},
};

/// The name of the bootstrap account.
pub const ADMIN: &str = "admin";

/// What authentication is made of.
pub struct Parts {
    /// Where accounts, tokens and sessions are kept.
    pub stores: Stores,
    /// Seals what a browser carries to the identity provider and back.
    pub sealer: Sealer,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Whether browsers reach us by TLS, so that cookies can be bound to it.
    pub tls: bool,
    /// Whose word on a client's address is taken.
    pub proxies: Proxies,
    /// The identity provider.
    pub oidc: Option<oidc::Settings>,
}

/// Authentication; cheap to clone.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    stores: Stores,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    tls: bool,
    proxies: Proxies,
    passwords: Passwords,
    limits: Limits,
    oidc: Option<oidc::Provider>,
}

impl Auth {
    /// Authentication over these parts.
    pub fn new(parts: Parts) -> anyhow::Result<Self> {
        let Parts { stores, sealer, clock, entropy, tls, proxies, oidc } = parts;
        let passwords = Passwords::new(entropy.clone())?;
        let limits = Limits::new(clock.clone());
        let oidc = oidc.map(|settings| oidc::Provider::new(settings, clock.clone())).transpose()?;
        Ok(Self { inner: Arc::new(Inner { stores, sealer, clock, entropy, tls, proxies, passwords, limits, oidc }) })
    }

    /// The address that a request came from, as far as it is known: a proxy's word counts only if it is trusted.
    pub fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.inner.proxies.client(peer, headers)
    }

    /// The name on the button that leads to the identity provider, where there is one.
    pub fn provider_name(&self) -> Option<&str> {
        self.inner.oidc.as_ref().map(oidc::Provider::name)
    }

    /// A random text of that many bytes.
    fn random<const N: usize>(&self) -> String {
        let mut bytes = [0; N];
        self.inner.entropy.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// What is kept of a secret that is random itself.
fn digest(value: &str) -> [u8; 32] {
    Sha256::digest(value).into()
}

fn unavailable(error: StoreError) -> Problem {
    tracing::error!(%error, "people could not be read or written");
    Problem::new(Code::StoreUnavailable, "The database did not answer. Try again in a moment.")
}
