//! A database of its own for each test, and short ways to say what people asked for.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pilothouse::{
    domain::{
        actor::{Actor, Door, Role},
        audit::{AuditQuery, NewAudit},
        change::{Change, RunOptions},
        clock::Entropy,
        ids::{OperationId, TenantId},
        operation::{Operation, OperationStatus},
        release::{Release, ReleaseQuery},
        seen::SeenRevision,
        tenant::SeenNamespace,
    },
    store::{
        Stores,
        operations::{Claim, Enqueued, NewOperation, Settlement},
        releases::Changed,
        seal::Sealer,
        sqlite::Sqlite,
    },
};
use serde_json::json;

pub use super::sights::*;

/// The lease that workers take in these tests.
pub const LEASE: Duration = Duration::from_secs(30);
/// The tenants that every fixture has, each with one namespace of the same name.
pub const TENANTS: [&str; 2] = ["acme", "globex"];

/// Bytes that are different each time, which is all that these tests ask of randomness.
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}

/// A sealer whose key is that byte over and over.
pub fn sealer(key: u8) -> Sealer {
    Sealer::new(&[key; 32], Arc::new(Counted(AtomicU64::new(1))))
}

/// A directory that goes when the test does.
struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn new_dir() -> Dir {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("pilothouse-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Dir(std::env::temp_dir().join(name))
}

/// The stores over a database of their own, with two tenants, and what a database alone can do to itself.
pub struct Fixture {
    pub stores: Stores,
    database: Sqlite,
    dir: Dir,
    ids: Arc<AtomicU64>,
}

impl Fixture {
    /// Over a SQLite file.
    pub async fn sqlite() -> Self {
        let dir = new_dir();
        let database = Sqlite::open(&dir.0.join("data").join("pilothouse.db"), sealer(7)).await.unwrap();
        let fixture = Self { stores: database.stores(), database, dir, ids: Arc::new(AtomicU64::new(1)) };
        fixture.label(&TENANTS.map(|name| (name, Some(name)))).await;
        fixture
    }

    /// Runs SQL as an intruder or an accident would, past the stores.
    pub async fn raw(&self, sql: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file()).foreign_keys(true);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        sqlx::Connection::close(conn).await.unwrap();
    }

    /// As [`Self::raw`], where it is the question whether it works.
    pub async fn try_raw(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
        let mut conn = sqlx::ConnectOptions::connect(&options).await?;
        sqlx::raw_sql(sql).execute(&mut conn).await.map(|_| ())
    }

    /// Makes every write to the audit fail.
    pub async fn break_audit(&self) {
        self.raw("CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END").await;
    }

    /// Removes the projection as somebody would who wants it rebuilt.
    pub async fn forget_projection(&self) {
        self.raw("DELETE FROM revision_bodies; DELETE FROM revisions; DELETE FROM releases;").await;
    }

    /// Everything that is on disk, the log included.
    pub fn bytes_on_disk(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    pub fn file(&self) -> PathBuf {
        self.data().join("pilothouse.db")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.0.join("data")
    }

    /// The same data through connections of their own, as a second replica has them.
    pub async fn another_process(&self) -> Stores {
        Sqlite::open(&self.file(), sealer(7)).await.unwrap().stores()
    }

    /// Closes the database and opens its file again.
    pub async fn reopened(mut self, key: u8) -> Self {
        self.database.close().await;
        self.database = Sqlite::open(&self.file(), sealer(key)).await.unwrap();
        self.stores = self.database.stores();
        self
    }

    pub fn fresh_id(&self) -> u128 {
        u128::from(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// Namespaces with the tenant that each is labelled with; the whole cluster.
    pub async fn label(&self, namespaces: &[(&str, Option<&str>)]) -> bool {
        let seen: Vec<SeenNamespace> = namespaces.iter().map(|(name, tenant)| namespace(name, *tenant, &[])).collect();
        self.observe_namespaces(&seen, true).await
    }

    pub async fn observe_namespaces(&self, seen: &[SeenNamespace], whole: bool) -> bool {
        let ids = self.ids.clone();
        let new_id = move || TenantId(uuid::Uuid::from_u128(0xAAAA_0000 + u128::from(ids.fetch_add(1, Ordering::Relaxed))));
        self.stores.tenants.observe(seen, whole, &new_id).await.unwrap()
    }

    /// A tenant's id.
    pub async fn tenant(&self, slug: &str) -> TenantId {
        self.stores.tenants.by_slug(&admin(), &slug.parse().unwrap()).await.unwrap().unwrap().id
    }

    /// Somebody who sees that tenant alone.
    pub async fn viewer(&self, slug: &str) -> Actor {
        Actor::person(format!("viewer of {slug}"), Role::Viewer, vec![self.tenant(slug).await], Door::Page)
    }

    pub async fn observe(&self, seen: &[SeenRevision]) -> Vec<Changed> {
        self.stores.releases.observe(seen, at(1000)).await.unwrap()
    }

    pub async fn retain(&self, place: &str, present: &[u32]) -> Option<Changed> {
        self.stores.releases.retain(&key(place), present, at(2000)).await.unwrap()
    }

    pub async fn release(&self, place: &str) -> Release {
        self.stores.releases.by_key(&admin(), &key(place)).await.unwrap().unwrap()
    }

    pub async fn revisions(&self, place: &str) -> Vec<pilothouse::domain::revision::Revision> {
        self.stores.releases.revisions(&admin(), id(place)).await.unwrap()
    }

    /// The places of the releases that a query answers, in their order.
    pub async fn listed(&self, actor: &Actor, query: ReleaseQuery) -> Vec<String> {
        let page = self.stores.releases.list(actor, &query).await.unwrap();
        page.items.iter().map(|release| release.key().to_string()).collect()
    }

    /// An operation as an admin would ask for it.
    pub async fn wish(&self, place: &str, change: Change) -> NewOperation {
        let key = key(place);
        NewOperation {
            id: OperationId(uuid::Uuid::from_u128(0xBBBB_0000 + self.fresh_id())),
            tenant: self.stores.tenants.of_namespace(&key.namespace).await.unwrap().map(|tenant| tenant.id),
            key,
            change,
            options: RunOptions::default(),
            base_revision: Some(1),
            requested_by: "ada".into(),
            reason: Some("because".into()),
            idempotency: None,
            stand: None,
            at: at(0),
        }
    }

    pub async fn enqueue(&self, new: &NewOperation) -> Enqueued {
        self.stores.operations.enqueue(new, &note(new)).await.unwrap()
    }

    /// Enqueues an upgrade that has to be taken.
    pub async fn enqueue_upgrade(&self, place: &str) -> Operation {
        match self.enqueue(&self.wish(place, upgrade()).await).await {
            Enqueued::New(operation) => operation,
            other => panic!("not enqueued: {other:?}"),
        }
    }

    /// Claims what is next at that second.
    pub async fn claim(&self, owner: &str, second: i64) -> Option<Claim> {
        self.stores.operations.claim(owner, at(second), LEASE).await.unwrap()
    }

    /// Enqueues, claims and settles an operation.
    pub async fn done(&self, place: &str, change: Change, status: OperationStatus) -> Operation {
        let wish = self.wish(place, change).await;
        assert!(matches!(self.enqueue(&wish).await, Enqueued::New(_)));
        let claim = self.claim("worker", 10).await.unwrap();
        assert_eq!(claim.lease.operation, wish.id, "another operation is in the way");
        let end = Settlement { status, result_revision: None, error: None };
        self.stores.operations.settle(&claim.lease, at(1500), &end).await.unwrap().0
    }

    /// Opens the file as it is with another key, if it lets itself be opened.
    pub async fn try_reopened(&self, key: u8) -> Result<Sqlite, pilothouse::store::StoreError> {
        Sqlite::open(&self.file(), sealer(key)).await
    }

    pub async fn audit_total(&self) -> u64 {
        self.stores.audit.list(&admin(), &AuditQuery::default()).await.unwrap().total
    }
}

pub fn admin() -> Actor {
    Actor::person("ada", Role::Admin, vec![], Door::Page)
}

pub fn upgrade() -> Change {
    let values = json!({"replicas": 3});
    Change::Upgrade { chart: "web".parse().unwrap(), version: "1.1.0".into(), values_override: values.as_object().unwrap().clone() }
}

/// The audit row that goes with an operation.
pub fn note(new: &NewOperation) -> NewAudit {
    let act = format!("release.{}", new.change.kind().as_str());
    NewAudit {
        tenant: new.tenant,
        operation: Some(new.id),
        reason: new.reason.clone(),
        ..NewAudit::of(&admin(), new.at, act, new.key.to_string())
    }
}

/// Whether the bytes hold the text anywhere.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The rights that a file has, for its owner, its group and others.
pub fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}
