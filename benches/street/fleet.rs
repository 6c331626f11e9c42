//! A cluster full of releases: genuine release Secrets, written past Helm into the real API server. Writes each one
//! once; a second run finds them there.

use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, Client, Config,
    api::{ListParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use pilothouse::{
    cluster::record::Record,
    domain::{names::ReleaseKey, revision::HelmStatus},
};
use serde_json::json;

/// How many tenants, releases of each, revisions of each.
pub const TENANTS: usize = 500;
pub const RELEASES: usize = 5;
pub const REVISIONS: u32 = 10;

const RINGS: [&str; 3] = ["canary", "early", "broad"];

/// The slug of a tenant.
pub fn slug(tenant: usize) -> String {
    format!("bench-{tenant:03}")
}

/// Fills the cluster.
pub async fn fill() {
    let client = client().await;
    let secrets: Api<Secret> = Api::all(client.clone());
    let wanted = TENANTS * RELEASES * REVISIONS as usize;
    let there = ListParams::default().labels("owner=helm").limit(1);
    let page = secrets.list_metadata(&there).await.unwrap();
    let found = page.items.len() + usize::try_from(page.metadata.remaining_item_count.unwrap_or(0)).unwrap();
    if found >= wanted {
        return;
    }
    println!("writing {wanted} release Secrets…");
    let namespaces: Api<Namespace> = Api::all(client.clone());
    stream::iter(0..TENANTS)
        .for_each_concurrent(16, |tenant| {
            let (namespaces, slug) = (namespaces.clone(), slug(tenant));
            async move {
                let body = json!({"metadata": {"name": slug, "labels": {"pilothouse.dev/tenant": slug, "tenant.pilothouse.dev/ring": RINGS[tenant % 3]}}});
                let _ = namespaces.create(&PostParams::default(), &serde_json::from_value(body).unwrap()).await;
            }
        })
        .await;
    let all = (0..TENANTS)
        .flat_map(|tenant| (0..RELEASES).flat_map(move |release| (1..=REVISIONS).map(move |revision| (tenant, release, revision))));
    stream::iter(all)
        .for_each_concurrent(32, |(tenant, release, revision)| {
            let client = client.clone();
            async move {
                let secret: Secret = serde_json::from_value(record(tenant, release, revision).secret()).unwrap();
                let api: Api<Secret> = Api::namespaced(client, &slug(tenant));
                let _ = api.create(&PostParams::default(), &secret).await;
            }
        })
        .await;
}

/// A record of about 12 KB, as a chart of middling size makes it.
fn record(tenant: usize, release: usize, revision: u32) -> Record {
    const CHARTS: [&str; RELEASES] = ["web", "query-engine", "cache", "gateway", "notebooks"];
    let key = ReleaseKey { namespace: slug(tenant).parse().unwrap(), name: CHARTS[release].parse().unwrap() };
    let at = chrono::DateTime::from_timestamp(1_760_000_000 + i64::from(revision) * 86_400, 0).unwrap();
    let mut record = Record::new(key, revision, at);
    record.status = if revision == REVISIONS { HelmStatus::Deployed } else { HelmStatus::Superseded };
    record.chart_name = CHARTS[release].into();
    record.chart_version = format!("1.{}.{}", revision / 3, revision % 3);
    record.description = "Upgrade complete".into();
    record.values_override =
        json!({"replicaCount": revision, "ingress": {"host": format!("{}.example", slug(tenant))}}).as_object().unwrap().clone();
    record.defaults = json!({"replicaCount": 1, "image": {"repository": "registry.example/web", "tag": "5.0.1"}, "resources": {"requests": {"cpu": "100m"}}}).as_object().unwrap().clone();
    record.manifest = (0..6)
        .map(|n| {
            format!(
                "---\n# Source: {0}/templates/{n}.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {0}-{n}\ndata:\n  key: {1}\n",
                CHARTS[release],
                noise(tenant + n, 200)
            )
        })
        .collect();
    record.templates = (0..8).map(|n| (format!("templates/{n}.yaml"), noise(tenant * 31 + release * 7 + n, 900))).collect();
    record
}

/// Text that hardly compresses, the same for the same seed.
fn noise(seed: usize, length: usize) -> String {
    let mut state = seed as u64 * 2_654_435_761 + 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[usize::try_from(state % 36).unwrap()])
        })
        .collect()
}

/// The cluster, as its administrator.
pub async fn client() -> Client {
    let kubeconfig = Kubeconfig::read_from(super::part("PILOTHOUSE_TEST_KUBECONFIG")).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}
