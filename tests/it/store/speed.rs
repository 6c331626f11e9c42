//! How long things take with 2,500 releases of 10 revisions each. Not a test of anything: prints what it measures.
//! `cargo test --release --test it speed -- --ignored --nocapture`

#![expect(clippy::print_stdout, reason = "it measures, and somebody reads it")]

use std::time::{Duration, Instant};

use pilothouse::domain::{
    change::Change,
    operation::OperationStatus,
    release::{Health, ReleaseQuery, ReleaseSort, ReleaseState},
    revision::{HelmStatus, RevisionBody},
    seen::SeenRevision,
};
use serde_json::json;

use super::fixture::*;

const RELEASES: u32 = 2_500;
const TENANT_COUNT: u32 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and takes a while"]
async fn speed() {
    let f = Fixture::sqlite().await;
    let names: Vec<String> = (0..TENANT_COUNT).map(|n| format!("tenant-{n:03}")).collect();
    let labelled: Vec<_> = names.iter().map(|name| namespace(name, Some(name), &[("ring", "stable")])).collect();
    once("500 namespaces seen for the first time", f.observe_namespaces(&labelled, true)).await;

    let newest: Vec<SeenRevision> = (0..RELEASES).map(newest).collect();
    let bytes: usize = newest.iter().map(|seen| serde_json::to_vec(&seen.decoded.as_ref().unwrap().body).unwrap().len()).sum();
    let older: Vec<SeenRevision> = (0..RELEASES)
        .flat_map(|n| (1..=10).map(move |revision| seen(&place(n), revision).unread()))
        .map(|seen| if seen.sight.revision < 10 { seen.status(HelmStatus::Superseded) } else { seen })
        .collect();
    let before = resident();
    once(&format!("2,500 newest revisions, {} KiB each", bytes / RELEASES as usize / 1024), f.observe(&newest)).await;
    once("25,000 revisions, of which 22,500 are new", f.observe(&older)).await;
    once("the same 25,000 again", f.observe(&older)).await;
    once("the same 2,500 newest again", f.observe(&newest)).await;
    println!("{:>10} KiB more memory than before, at most", resident().saturating_sub(before));
    once("what is known", f.stores.releases.known()).await.unwrap();
    once("what is unread, 500 of it", f.stores.releases.without_body(500)).await.unwrap();
    let health: Vec<_> =
        (0..RELEASES).map(|n| (key(&place(n)), if n % 50 == 0 { Health::Degraded } else { Health::Healthy }, None)).collect();
    once("health of 2,500", f.stores.releases.set_health(&health)).await.unwrap();
    for n in 0..200 {
        f.enqueue_upgrade(&place(n * 7)).await;
    }

    let viewer = f.viewer("tenant-007").await;
    let q = ReleaseQuery::default;
    let filtered = ReleaseQuery { text: Some("we".into()), states: vec![ReleaseState::Deployed], chart: Some("web".into()), ..q() };
    for sort in [ReleaseSort::Name, ReleaseSort::Tenant, ReleaseSort::Chart, ReleaseSort::Status, ReleaseSort::Health, ReleaseSort::Updated]
    {
        let query = ReleaseQuery { sort, descending: sort == ReleaseSort::Updated, ..q() };
        often(&format!("page of 50 by {}", sort.as_str()), || f.stores.releases.list(&VIEW, &query)).await;
    }
    often("page of 50 with text, state, chart", || f.stores.releases.list(&VIEW, &filtered)).await;
    let text = ReleaseQuery { text: Some("tenant-01".into()), ..q() };
    often("page of 50 with text", || f.stores.releases.list(&VIEW, &text)).await;
    let tenant = ReleaseQuery { tenant: Some(f.tenant("tenant-007").await), ..q() };
    often("page of a tenant", || f.stores.releases.list(&VIEW, &tenant)).await;
    let own = q();
    often("page of a viewer", || f.stores.releases.list(&viewer, &own)).await;
    often("fleet", || f.stores.releases.fleet(&VIEW)).await;
    often("fleet of a viewer", || f.stores.releases.fleet(&viewer)).await;
    often("tenants with counts", || f.stores.tenants.list(&VIEW)).await;
    often("a release", || f.stores.releases.by_id(&VIEW, id("tenant-007/web-7"))).await;
    often("its revisions", || f.stores.releases.revisions(&VIEW, id("tenant-007/web-7"))).await;
    often("a body", || f.stores.releases.body(&VIEW, id("tenant-007/web-7"), 10)).await;
    often("operations", || async { f.stores.operations.list(&VIEW, &Default::default()).await }).await;

    let start = Instant::now();
    for n in 0..100 {
        f.observe(&[seen(&place(n), 11)]).await;
    }
    println!("{:>10.2?} one new revision", start.elapsed() / 100);
    let start = Instant::now();
    for n in 0..100 {
        let wish = f.wish(&format!("tenant-000/new-{n}"), Change::Uninstall).await;
        f.enqueue(&wish).await;
    }
    println!("{:>10.2?} an enqueue", start.elapsed() / 100);
    let start = Instant::now();
    for _ in 0..100 {
        let lease = f.claim("worker", 1).await.unwrap().lease;
        let end = pilothouse::store::operations::Settlement { status: OperationStatus::Succeeded, result_revision: None, error: None };
        f.stores.operations.settle(&lease, at(2), &end).await.unwrap();
    }
    println!("{:>10.2?} a claim and a settlement", start.elapsed() / 100);
}

static VIEW: std::sync::LazyLock<pilothouse::domain::actor::Actor> = std::sync::LazyLock::new(admin);

fn place(n: u32) -> String {
    format!("tenant-{:03}/web-{n}", n % TENANT_COUNT)
}

/// The newest revision of a release: a body like that of a middling chart.
fn newest(n: u32) -> SeenRevision {
    let chart = ["web", "api", "worker", "postgres", "redis"][(n / TENANT_COUNT) as usize];
    let mut seen = seen(&place(n), 10).chart(chart, &format!("1.{}.0", n % 13)).values(json!({"host": place(n), "replicas": n % 5}));
    let object = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{n}\n  namespace: {}\n", place(n));
    let lines: String =
        (0..200).map(|line| format!("        - name: SETTING_{line}\n          value: \"{:x}\"\n", n * 7919 + line * 104_729)).collect();
    seen.decoded.as_mut().unwrap().body =
        RevisionBody { manifest: object + &lines, notes: "Your release runs.\n".repeat(20), ..seen.decoded.clone().unwrap().body };
    if n.is_multiple_of(40) { seen.status(HelmStatus::Failed) } else { seen }
}

async fn once<T>(what: &str, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let answer = work.await;
    println!("{:>10.2?} {what}", start.elapsed());
    answer
}

/// The median of many.
async fn often<T, E: std::fmt::Debug, W: Future<Output = Result<T, E>>>(what: &str, mut work: impl FnMut() -> W) {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        work().await.unwrap();
        times.push(start.elapsed());
    }
    times.sort();
    println!("{:>10.2?} {what} (of 100 the slowest: {:.2?})", times[50], times[99]);
}

/// The most memory that this process has had, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
