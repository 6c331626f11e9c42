//! A batch upgrade of 200 releases, four at a time, against `xargs -P4 helm upgrade` over as many releases of their own: once as
//! somebody would type it who wants what Pilothouse does, and once with all that makes Helm faster under Pilothouse. They take
//! turns, and the server is gone while Helm is measured. Then the board.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, api::PostParams};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use super::{board, fleet, part, server::Server};

const RELEASES: usize = 200;
const AT_ONCE: usize = 4;
/// A Deployment with one pod, a Service and a Secret.
const CHART: &str = "cache";
/// The first is installed, each of the others is upgraded to in a round of its own.
const VERSIONS: [&str; 3] = ["7.1.0", "7.2.1", "7.2.5"];
/// How often it is looked whether a batch is over: what a look costs, the batch pays.
const LOOK: Duration = Duration::from_millis(100);

/// Helm from a shell, and what it is told beyond what the upgrade is to do.
#[derive(Clone, Copy)]
enum Shell {
    /// Nothing.
    Plain,
    /// What Pilothouse tells it so that it takes less time (`src/helm/arguments.rs`, `src/helm/workspace.rs`).
    Lean,
}

pub async fn run() {
    let [ours, plain, lean] = ["batch", "batch-plain", "batch-lean"].map(names);
    make(&ours, true).await;
    make(&plain, false).await;
    make(&lean, false).await;
    let peer = Peer::with_charts().await;
    println!("installing {} releases of {CHART} {}…", 3 * RELEASES, VERSIONS[0]);
    for namespaces in [&ours, &plain, &lean] {
        peer.helm("install", namespaces, VERSIONS[0], Shell::Lean).await;
    }
    let mut all = [0.0; 3];
    for (round, version) in VERSIONS[1..].iter().enumerate() {
        let (mut took, mut rendered) = ([0.0; 3], Duration::ZERO);
        // Whoever comes later meets a cluster that has more behind it: each round begins with another one.
        for turn in 0..3 {
            let who = (turn + round) % 3;
            took[who] = match who {
                0 => {
                    let batch = by_pilothouse(version).await;
                    rendered = batch.rendered;
                    batch.ran
                }
                1 => peer.helm("upgrade", &plain, version, Shell::Plain).await,
                _ => peer.helm("upgrade", &lean, version, Shell::Lean).await,
            }
            .as_secs_f64();
            all[who] += took[who];
        }
        let ([batch, plain, lean], rendered) = (took, rendered.as_secs_f64());
        println!(
            "to {version}   batch {batch:.1} s   xargs -P{AT_ONCE} helm upgrade {plain:.1} s, told what Pilothouse tells it {lean:.1} s   (rendered beforehand in {rendered:.1} s)"
        );
    }
    let [batch, plain, lean] = all;
    println!("ratio: {:.2} to 1, and {:.2} to 1 (both rounds, {RELEASES} releases each, {AT_ONCE} at a time)", batch / plain, batch / lean);
    board::run().await;
}

fn names(prefix: &str) -> Vec<String> {
    (0..RELEASES).map(|n| format!("{prefix}-{n:03}")).collect()
}

/// Makes namespaces, each of a tenant of its own or of nobody.
async fn make(names: &[String], tenants: bool) {
    let namespaces: Api<Namespace> = Api::all(fleet::client().await);
    stream::iter(names)
        .for_each_concurrent(16, |name| {
            let namespaces = namespaces.clone();
            async move {
                let labels = if tenants { json!({"pilothouse.dev/tenant": name}) } else { json!({}) };
                let body = json!({"metadata": {"name": name, "labels": labels}});
                namespaces.create(&PostParams::default(), &serde_json::from_value(body).unwrap()).await.unwrap();
            }
        })
        .await;
}

/// How long a batch took.
struct Took {
    /// Until every change was rendered, which Helm alone does not do at all.
    rendered: Duration,
    /// From its start to its end.
    ran: Duration,
}

/// A batch over all releases of tenants, by a server that has just come up.
async fn by_pilothouse(version: &str) -> Took {
    let server = Server::start();
    server.ready().await;
    while server.json("/api/v1/tenants").await.as_array().map_or(0, Vec::len) < RELEASES {
        tokio::time::sleep(LOOK).await;
    }
    // All in one wave, of which so many run at once, without pauses and without watching them afterwards.
    let strategy = json!({"order": "rolling", "size": RELEASES, "parallel": AT_ONCE, "delay": 0, "soak": 0});
    let wish = json!({"aim": {"kind": "upgrade", "chart": CHART, "version": version}, "strategy": strategy});
    let began = Instant::now();
    let made: Value = server.post("/api/v1/batches", &wish).send().await.unwrap().json().await.unwrap();
    assert_eq!(made["targets"].as_array().map(Vec::len), Some(RELEASES), "{made}");
    until(&server, |batch| batch["state"] != "preflight").await;
    let rendered = began.elapsed();
    let path = format!("/api/v1/batches/{}", made["id"].as_str().unwrap());
    let began = Instant::now();
    assert_eq!(server.post(&format!("{path}/start"), &json!({})).send().await.unwrap().status(), 200);
    until(&server, |batch| !batch["finishedAt"].is_null()).await;
    let ran = began.elapsed();
    let board = server.json(&path).await;
    assert_eq!(board["counts"]["done"], RELEASES, "{} {}", board["counts"], board["why"]);
    drop(server);
    Took { rendered, ran }
}

/// Waits until the newest batch is so. Looks at the list, which is cheaper than its board.
async fn until(server: &Server, is: impl Fn(&Value) -> bool) {
    loop {
        let batches = server.json("/api/v1/batches?size=1").await;
        if is(&batches["items"][0]) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Helm from a shell: `xargs`, which keeps so many of it running.
struct Peer {
    /// The charts' archives, and values that say nothing.
    dir: TempDir,
}

impl Peer {
    async fn with_charts() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for version in VERSIONS {
            let url = format!("{}{CHART}-{version}.tgz", part("PILOTHOUSE_TEST_CHARTS_URL"));
            let bytes = client.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
            std::fs::write(dir.path().join(format!("{version}.tgz")), &bytes).unwrap();
        }
        std::fs::write(dir.path().join("values.yaml"), "{}\n").unwrap();
        Self { dir }
    }

    /// Runs Helm in each of these namespaces with the flags by which Pilothouse says what is to be done.
    async fn helm(&self, verb: &str, namespaces: &[String], version: &str, shell: Shell) -> Duration {
        let file = |name: &str| self.dir.path().join(name).display().to_string();
        let mut arguments: Vec<String> = vec![verb.into(), format!("--kubeconfig={}", part("PILOTHOUSE_TEST_KUBECONFIG"))];
        arguments.extend(["--namespace=@@", "--wait=watcher", "--timeout=300s"].map(String::from));
        if verb == "upgrade" {
            arguments.extend(["--history-max=10", "--reset-values"].map(String::from));
        }
        arguments.extend(["--labels=bench=peer", "--skip-crds", "--hide-notes"].map(String::from));
        let faster: &[(&str, &str)] = match shell {
            Shell::Plain => &[],
            Shell::Lean => {
                arguments.push("--disable-openapi-validation".into());
                &[("GOGC", "400"), ("GOMEMLIMIT", "512MiB")]
            }
        };
        arguments.push(format!("--values={}", file("values.yaml")));
        arguments.extend(["--".into(), "app".into(), file(&format!("{version}.tgz"))]);
        let began = Instant::now();
        let mut xargs = tokio::process::Command::new("xargs")
            .args([format!("-P{AT_ONCE}"), "-I@@".into(), part("PILOTHOUSE_TEST_HELM")])
            .args(arguments)
            .envs(faster.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("xargs, of findutils");
        xargs.stdin.take().unwrap().write_all(namespaces.join("\n").as_bytes()).await.unwrap();
        assert!(xargs.wait().await.unwrap().success(), "helm {verb}");
        began.elapsed()
    }
}
