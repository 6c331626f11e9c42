//! Authentication over a real database, with a clock that tests turn. Asserts nothing.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};
use pilothouse::{
    auth::{Auth, Bootstrap, NewAccount, Parts, Password, Secret, TokenWish, address::Proxies, session::Origin},
    domain::{
        actor::{Actor, Door, Role},
        audit::AuditQuery,
        clock::{Clock, Entropy},
        ids::TenantId,
        page::Paging,
        people::{Issued, Refusal, Standing, User},
        problem::Problem,
        tenant::SeenNamespace,
    },
    store::{Stores, seal::Sealer, sqlite::Sqlite},
};
use tempfile::TempDir;

pub const PASSWORD: &str = "a-password-long-enough";

struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + self.0.load(Ordering::Relaxed), 0).unwrap()
    }
}

struct Dice;

impl Entropy for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).unwrap();
    }
}

/// Authentication with everything it needs.
pub struct Desk {
    pub auth: Auth,
    pub stores: Stores,
    clock: Arc<Hands>,
    _dir: TempDir,
}

impl Desk {
    pub async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let (clock, entropy) = (Arc::new(Hands(AtomicI64::new(0))), Arc::new(Dice));
        let sealer = Sealer::new(&[7; 32], entropy.clone());
        let stores = Sqlite::open(&dir.path().join("pilothouse.db"), sealer.clone()).await.unwrap().stores();
        let parts =
            Parts { stores: stores.clone(), sealer, clock: clock.clone(), entropy, tls: true, proxies: Proxies::default(), oidc: None };
        Self { auth: Auth::new(parts).unwrap(), stores, clock, _dir: dir }
    }

    /// Turns the clock forward.
    pub fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Tenants of those slugs.
    pub async fn tenants<const N: usize>(&self, slugs: [&str; N]) -> [TenantId; N] {
        let ids: [TenantId; N] = std::array::from_fn(|i| TenantId(uuid::Uuid::from_u128(i as u128 + 1)));
        for (slug, id) in slugs.iter().zip(ids) {
            let seen = SeenNamespace { name: slug.parse().unwrap(), tenant: Some(slug.parse().unwrap()), labels: Default::default() };
            self.stores.tenants.observe(&[seen], false, &|| id).await.unwrap();
        }
        ids
    }

    /// An account with [`PASSWORD`].
    pub async fn user(&self, name: &str, role: Role, tenants: &[TenantId]) -> User {
        let standing = Standing { role, tenants: tenants.to_vec(), disabled: false };
        let new = NewAccount { name: name.parse().unwrap(), standing, password: Password::Given(PASSWORD.into()) };
        self.auth.add_user(&root(), new).await.unwrap().0
    }

    /// Signs in; answers the headers of a browser with that session.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<HeaderMap, Refusal> {
        self.sign_in_from(name, password, None).await
    }

    pub async fn sign_in_from(&self, name: &str, password: &str, from: Option<IpAddr>) -> Result<HeaderMap, Refusal> {
        let cookie = self.auth.sign_in(Origin { headers: &HeaderMap::new(), from }, name, password).await?;
        let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        Ok(HeaderMap::from_iter([(http::header::COOKIE, HeaderValue::from_str(&cookie).unwrap())]))
    }

    /// Whoever sends these headers.
    pub async fn actor(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        self.auth.actor(Origin { headers, from: None }, true).await
    }

    /// The same, asked for by an open page itself.
    pub async fn glance(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        self.auth.actor(Origin { headers, from: None }, false).await
    }

    /// Whoever holds that token.
    pub async fn holder(&self, token: &str) -> Result<Actor, Problem> {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        self.actor(&HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])).await
    }

    /// Makes a token as that actor.
    pub async fn token(&self, actor: &Actor, name: &str, role: Role, tenants: &[TenantId]) -> Result<String, Problem> {
        self.auth.make_token(actor, wish(name, role, tenants)).await.map(|(_, Issued(text))| text)
    }

    /// The acts in the audit with their subjects, oldest first.
    pub async fn acts(&self) -> Vec<String> {
        let rows =
            self.stores.audit.list(&root(), &AuditQuery { paging: Paging::new(0, 500), ..AuditQuery::default() }).await.unwrap().items;
        rows.into_iter().rev().map(|row| format!("{} {}", row.entry.act, row.entry.subject)).collect()
    }
}

/// A token that lasts a day.
pub fn wish(name: &str, role: Role, tenants: &[TenantId]) -> TokenWish {
    TokenWish { name: name.parse().unwrap(), role, tenants: tenants.to_vec(), life: Some(86_400), speaks: false, owner: None }
}

/// Somebody at the command line.
pub fn root() -> Actor {
    Actor::person("root", Role::Admin, vec![], Door::Cli)
}

/// What proves the first admin.
pub fn bootstrap(password: &str, token: &str, configured: bool) -> Bootstrap {
    let secret = |text: &str| Secret { text: text.into(), configured };
    Bootstrap { password: secret(password), token: secret(token) }
}
