//! One upgrade from the request to DEPLOYED, against raw `helm upgrade --wait=watcher` of the same chart; in turn, so
//! that both meet the same machine.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{millis, part, server::Server, spread};

const PAIRS: usize = 15;

pub async fn run() {
    let server = Server::start();
    server.ready().await;
    let (ours, raw) = ("bench-operate-ours", "bench-operate-raw");
    for namespace in [ours, raw] {
        kubectl(&["create", "namespace", namespace]).await;
    }
    kubectl(&["label", "--overwrite", "namespace", ours, "pilothouse.dev/tenant=bench-operate"]).await;
    let tenant = loop {
        let tenants = server.json("/api/v1/tenants").await;
        if let Some(id) =
            tenants.as_array().unwrap().iter().find(|tenant| tenant["slug"] == "bench-operate").map(|tenant| tenant["id"].clone())
        {
            break id;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let install = json!({"tenantId": tenant, "releaseName": "web", "namespace": ours, "chartName": "web", "chartVersion": "1.3.2", "valuesOverride": {"replicaCount": 1}});
    let release = server
        .post("/api/v1/helm/releases", &install)
        .header("prefer", "wait=60")
        .send()
        .await
        .unwrap()
        .json::<serde_json::Value>()
        .await
        .unwrap();
    let path = format!("/api/v1/helm/releases/{}", release["id"].as_str().expect("installed"));
    let chart = tempfile::Builder::new().suffix(".tgz").tempfile().unwrap();
    let bytes =
        server.client.get(format!("{}web-1.3.2.tgz", part("PILOTHOUSE_TEST_CHARTS_URL"))).send().await.unwrap().bytes().await.unwrap();
    std::fs::write(chart.path(), &bytes).unwrap();
    let chart = chart.path().to_str().unwrap();
    helm(&["install", "web", chart, "-n", raw, "--wait=watcher", "--set", "replicaCount=1"]).await;

    let (mut our_times, mut raw_times) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let replicas = 1 + pair % 2;
        let base = server.json(&path).await["revision"].as_u64().unwrap();
        let began = Instant::now();
        let change = json!({"valuesOverride": {"replicaCount": replicas}, "baseRevision": base});
        assert_eq!(server.post(&format!("{path}/upgrade"), &change).send().await.unwrap().status(), 202);
        loop {
            let row = server.json(&path).await;
            if row["revision"].as_u64() == Some(base + 1) && row["status"] == "DEPLOYED" {
                break;
            }
            assert_ne!(row["status"], "FAILED", "{row}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        our_times.push(began.elapsed());
        while !server.json(&path).await["activeOperation"].is_null() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let began = Instant::now();
        helm(&["upgrade", "web", chart, "-n", raw, "--wait=watcher", "--set", &format!("replicaCount={replicas}")]).await;
        raw_times.push(began.elapsed());
    }
    let mut ratios: Vec<f64> = our_times.iter().zip(&raw_times).map(|(ours, raw)| ours.as_secs_f64() / raw.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let ((ours, ours_p95), (raw, raw_p95)) = (spread(our_times), spread(raw_times));
    println!("request to DEPLOYED             median {:>6.0} ms   p95 {:>6.0} ms", millis(ours), millis(ours_p95));
    println!("helm upgrade --wait=watcher     median {:>6.0} ms   p95 {:>6.0} ms", millis(raw), millis(raw_p95));
    println!("ratio: {:.2} to 1 (median of {PAIRS} pairs)", ratios[ratios.len() / 2]);
}

async fn helm(arguments: &[&str]) {
    run_tool(&part("PILOTHOUSE_TEST_HELM"), arguments).await;
}

async fn kubectl(arguments: &[&str]) {
    run_tool(&part("PILOTHOUSE_TEST_KUBECTL"), arguments).await;
}

async fn run_tool(tool: &str, arguments: &[&str]) {
    let out =
        tokio::process::Command::new(tool).args(arguments).env("KUBECONFIG", part("PILOTHOUSE_TEST_KUBECONFIG")).output().await.unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() || error.contains("already exists"), "{arguments:?}: {error}");
}
