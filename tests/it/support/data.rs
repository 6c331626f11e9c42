//! The data of a server that runs, past the server: tenants without a cluster, and the audit as it stands in the file.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use pilothouse::{
    domain::{
        actor::Actor,
        clock::Entropy,
        ids::TenantId,
        seen::SeenRevision,
        tenant::{SeenNamespace, TenantRow},
    },
    store::{seal::Sealer, sqlite::Sqlite},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::App;

struct Unused;

impl Entropy for Unused {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// An audit row, as far as tests about people look at it.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Noted {
    pub act: String,
    pub actor: String,
    pub door: String,
    pub subject: String,
    pub from_address: Option<String>,
}

impl Noted {
    /// Whether that is what it tells, from wherever.
    pub fn is(&self, act: &str, actor: &str, door: &str, subject: &str) -> bool {
        (self.act.as_str(), self.actor.as_str(), self.door.trim_matches('"'), self.subject.as_str()) == (act, actor, door, subject)
    }
}

impl App {
    /// Tenants, as if their namespaces had been seen; answers their ids.
    pub async fn tenants<const N: usize>(&self, slugs: [&str; N]) -> [String; N] {
        let seen = slugs.map(|slug| SeenNamespace {
            name: format!("ns-{slug}").parse().unwrap(),
            tenant: Some(slug.parse().unwrap()),
            labels: Default::default(),
        });
        let rows = self.fill(&seen, &[]).await;
        slugs.map(|slug| rows.iter().find(|row| row.tenant.slug.as_str() == slug).unwrap().tenant.id.to_string())
    }

    /// Namespaces and releases, as if they had been seen; answers all tenants.
    pub async fn fill(&self, namespaces: &[SeenNamespace], releases: &[SeenRevision]) -> Vec<TenantRow> {
        let key = pilothouse::config::seal_key(self.data.path(), &Unused).unwrap();
        let sealer = Sealer::new(&key, Arc::new(Unused));
        let database = Sqlite::open(&self.data.path().join("pilothouse.db"), sealer).await.unwrap();
        let stores = database.stores();
        let next = AtomicU64::new(1);
        let id = || TenantId(uuid::Uuid::from_u128((0x7e4a << 64) | u128::from(next.fetch_add(1, Ordering::Relaxed))));
        stores.tenants.observe(namespaces, false, &id).await.unwrap();
        let now = releases.iter().map(|seen| seen.sight.created_at).max().unwrap_or_default();
        stores.releases.observe(releases, now).await.unwrap();
        let rows = stores.tenants.list(&Actor::system("test")).await.unwrap();
        database.close().await;
        rows
    }

    /// What the audit tells, oldest first.
    pub async fn audit(&self) -> Vec<Noted> {
        let file = self.data.path().join("pilothouse.db");
        let mut conn = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap();
        let rows =
            sqlx::query_as("SELECT act, actor, door, subject, from_address FROM audit ORDER BY seq").fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
    }

    /// Everything that is on disk, the log of the database included.
    pub fn bytes_on_disk(&self) -> Vec<u8> {
        ["pilothouse.db", "pilothouse.db-wal"]
            .iter()
            .filter_map(|name| std::fs::read(self.data.path().join(name)).ok())
            .collect::<Vec<_>>()
            .concat()
    }
}
