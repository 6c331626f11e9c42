//! The board of a batch of 500 releases, as the page and over REST. The batch is one that has ended: written through the store
//! into a database on which the server is then started, since changing 500 releases for it would take the longest of all.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use pilothouse::{
    config,
    domain::{
        actor::{Actor, Door, Role},
        audit::NewAudit,
        batch::{Aim, Batch, BatchState, Counts, Definition, Order, Selection, Strategy, Target, TargetOf, TargetState, Wave},
        change::{Change, RunOptions},
        ids::{BatchId, OperationId, PreviewId, TenantId},
        names::ReleaseKey,
        operation::{OperationError, OperationStatus},
        problem::Code,
        revision::{HelmStatus, RevisionBody},
        seen::{DecodedRevision, SecretSight, SeenRevision},
        tenant::SeenNamespace,
    },
    server::{DATABASE, SystemEntropy},
    store::{
        Stores,
        operations::{NewOperation, Settlement},
        seal::Sealer,
        sqlite::Sqlite,
    },
};
use uuid::Uuid;

use super::{millis, server::Server, spread};

const TARGETS: u32 = 500;
/// How many come in a wave.
const WAVE: u32 = 25;
/// How many looks are measured, and how many come before, so that no cache is empty.
const LOOKS: usize = 50;
const BEFORE: usize = 5;

pub async fn run() {
    let data = tempfile::tempdir().unwrap();
    let batch = fill(data.path()).await;
    let server = Server::on(data);
    server.ready().await;
    settled(&server).await;
    let cookie = server.session().await;
    for (what, path) in [("page", format!("/batches/{batch}")), ("REST", format!("/api/v1/batches/{batch}"))] {
        let (mut times, mut length) = (Vec::new(), 0);
        for look in 0..BEFORE + LOOKS {
            let began = Instant::now();
            let answer = server.client.get(format!("{}{path}", server.url)).header("cookie", &cookie).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            let text = answer.text().await.unwrap();
            if look >= BEFORE {
                times.push(began.elapsed());
            }
            assert!(text.contains(&slug(TARGETS - 1)), "the last of the targets is there");
            length = text.len();
        }
        let (median, p95) = spread(times);
        let (median, p95, length) = (millis(median), millis(p95), length / 1024);
        println!("board of {TARGETS}, {what}   median {median:>6.1} ms   p95 {p95:>6.1} ms   {length} KiB");
    }
}

/// Waits until the server has found that none of these releases is in the cluster: it is not to be at that while it is measured.
async fn settled(server: &Server) {
    for _ in 0..200 {
        let summary = server.json("/api/v1/helm/releases/summary").await;
        if summary["counts"]["uninstalled"].as_u64() >= Some(u64::from(TARGETS)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("(the server is still at work on what it found at its start)");
}

fn slug(n: u32) -> String {
    format!("tenant-{n:03}")
}

fn key(n: u32) -> ReleaseKey {
    ReleaseKey { namespace: slug(n).parse().unwrap(), name: "web".parse().unwrap() }
}

fn at(second: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second.into())
}

fn admin() -> Actor {
    Actor::person("admin", Role::Admin, vec![], Door::Batch)
}

/// Tenants with a release each, the operations of all of them, and the batch that asked for those; answers its id.
async fn fill(data: &Path) -> BatchId {
    let sealer = Sealer::new(&config::seal_key(data, &SystemEntropy).unwrap(), Arc::new(SystemEntropy));
    let database = Sqlite::open(&data.join(DATABASE), sealer).await.unwrap();
    let stores = database.stores();
    let namespace = |n| SeenNamespace { name: key(n).namespace, tenant: Some(slug(n).parse().unwrap()), labels: Default::default() };
    let next = AtomicU64::new(1);
    let id = || TenantId(Uuid::from_u128(u128::from(next.fetch_add(1, Ordering::Relaxed))));
    stores.tenants.observe(&(0..TARGETS).map(namespace).collect::<Vec<_>>(), true, &id).await.unwrap();
    stores.releases.observe(&(0..TARGETS).map(seen).collect::<Vec<_>>(), at(0)).await.unwrap();
    let tenants = stores.tenants.list(&admin()).await.unwrap();
    let mut targets = Vec::new();
    for (n, row) in (0..TARGETS).zip(&tenants) {
        targets.push(target(&stores, n, row.tenant.id).await);
    }
    assert_eq!(targets.len(), tenants.len(), "one of each tenant");
    let id = keep(&stores, &targets).await;
    database.close().await;
    id
}

fn seen(n: u32) -> SeenRevision {
    let sight = SecretSight {
        key: key(n),
        revision: 1,
        status: HelmStatus::Deployed,
        uid: format!("uid-{n}"),
        resource_version: "1".into(),
        created_at: at(0),
        modified_at: at(0),
        operation: None,
    };
    let decoded = DecodedRevision {
        chart_name: "web".into(),
        chart_version: "1.0.0".into(),
        app_version: "5".into(),
        description: "Install complete".into(),
        first_deployed: Some(at(0)),
        last_deployed: Some(at(0)),
        body: RevisionBody::default(),
    };
    SeenRevision { sight, decoded: Some(decoded), made_by: None }
}

/// A target that is over, with its operation where it had one: of each wave one has failed, one is back, one was left out.
async fn target(stores: &Stores, n: u32, tenant: TenantId) -> Target {
    let (state, failed, why) = match n % WAVE {
        7 => (
            TargetState::Failed,
            true,
            Some("Not healthy 300 s after the change: Deployment/web: 0 of 2 ready; the image cannot be pulled."),
        ),
        11 => (TargetState::RolledBack, true, Some("Revision 2 failed.")),
        13 => (TargetState::SetAside, false, Some("Its tenant was frozen by mia: an audit is under way")),
        _ => (TargetState::Done, false, None),
    };
    let operation_id = match state {
        TargetState::SetAside => None,
        _ => Some(operation(stores, n, tenant, failed).await),
    };
    let key = key(n);
    let release = TargetOf {
        release_id: key.id(),
        tenant_id: tenant,
        tenant: slug(n).parse().unwrap(),
        namespace: key.namespace,
        release_name: key.name,
        from_version: "1.0.0".into(),
    };
    Target {
        state,
        why: why.map(str::to_owned),
        base_revision: Some(1),
        home_revision: Some(1),
        result_revision: operation_id.map(|_| 2),
        preview_id: Some(PreviewId(Uuid::from_u128(u128::from(n) + 1))),
        alike: Some(format!("{:016x}", n % 5)),
        failed_operation_id: operation_id.filter(|_| failed),
        operation_id,
        failed,
        begun_at: operation_id.map(|_| at(n)),
        over_at: Some(at(n + 20)),
        ..Target::waiting(n, n / WAVE, release, at(n + 20))
    }
}

async fn operation(stores: &Stores, n: u32, tenant: TenantId, failed: bool) -> OperationId {
    let (id, key) = (OperationId(Uuid::from_u128((1 << 100) + u128::from(n))), key(n));
    let audit = NewAudit { tenant: Some(tenant), operation: Some(id), ..NewAudit::of(&admin(), at(n), "release.upgrade", key.to_string()) };
    let new = NewOperation {
        id,
        key,
        tenant: Some(tenant),
        change: Change::Upgrade { chart: "demo/web".parse().unwrap(), version: "1.1.0".into(), values_override: Default::default() },
        options: RunOptions::default(),
        base_revision: Some(1),
        requested_by: "admin".into(),
        reason: None,
        idempotency: None,
        stand: None,
        at: at(n),
    };
    stores.operations.enqueue(&new, &audit).await.unwrap();
    let lease = stores.operations.claim("bench", at(n), Duration::from_secs(30)).await.unwrap().expect("the one just enqueued").lease;
    let error = || OperationError { code: Code::NotReady, message: "Deployment/web: 0 of 2 ready.".into() };
    let status = if failed { OperationStatus::Failed } else { OperationStatus::Succeeded };
    let end = Settlement { status, result_revision: Some(2), error: failed.then(error) };
    stores.operations.settle(&lease, at(n + 10), &end).await.unwrap();
    id
}

/// Keeps the batch as one that has ended.
async fn keep(stores: &Stores, targets: &[Target]) -> BatchId {
    let definition = Definition {
        aim: Aim::Upgrade { chart: "demo/web".into(), version: "1.1.0".into() },
        selection: Selection { chart: Some("web".into()), ..Selection::default() },
        strategy: Strategy { delay: 0, ..Strategy::usual(Order::Rolling { size: WAVE }) },
        options: RunOptions::default(),
        start: false,
    };
    let wave = |n: u32| Wave { begun_at: Some(at(n * WAVE)), over_at: Some(at((n + 1) * WAVE)), ..Wave::named((n + 1).to_string()) };
    let batch = Batch {
        id: BatchId(Uuid::from_u128(0xBA7C)),
        title: definition.aim.title(&definition.selection),
        state: BatchState::Ready,
        why: None,
        strategy: definition.strategy.clone(),
        requested_by: "admin".into(),
        reason: Some("the newest version".into()),
        created_at: at(0),
        started_at: None,
        finished_at: None,
        waves: (0..TARGETS / WAVE).map(wave).collect(),
        counts: Counts::default(),
        version: 1,
        forgiven: 0,
    };
    let audit = NewAudit::of(&admin(), at(0), "batch.make", batch.id.to_string());
    stores.batches.make(&batch, &definition, targets, &audit, None).await.unwrap();
    let ended = Batch { state: BatchState::Finished, started_at: Some(at(0)), finished_at: Some(at(TARGETS + 20)), ..batch };
    assert!(stores.batches.write(&ended, &[], None, &[]).await.unwrap());
    ended.id
}
