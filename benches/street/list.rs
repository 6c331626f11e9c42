//! Showing many releases: pages over HTTP with a session, against `helm list -A`.

use std::time::Instant;

use super::{fleet, millis, part, server::Server, spread};

const PAGES: usize = 300;
const PEER_RUNS: usize = 3;

pub async fn run() {
    fleet::fill().await;
    let server = Server::start();
    server.ready().await;
    let cookie = server.session().await;
    let mut worst = 0.0_f64;
    for (what, path) in
        [("tenant table", format!("/tenants/{}", fleet::slug(250))), ("all releases", "/releases".to_owned()), ("fleet", "/".to_owned())]
    {
        let mut times = Vec::new();
        for _ in 0..PAGES {
            let began = Instant::now();
            let answer = server.client.get(format!("{}{path}", server.url)).header("cookie", &cookie).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            let text = answer.text().await.unwrap();
            times.push(began.elapsed());
            assert!(text.contains("</html>"), "{path}");
        }
        let (median, p95) = spread(times);
        if path != "/" {
            worst = worst.max(millis(median));
        }
        println!("{what:<14} median {:>7.2} ms   p95 {:>7.2} ms", millis(median), millis(p95));
    }
    let mut times = Vec::new();
    for _ in 0..PEER_RUNS {
        let began = Instant::now();
        let out = tokio::process::Command::new(part("PILOTHOUSE_TEST_HELM"))
            .args(["list", "-A", "--max", "0", "-o", "json"])
            .env("KUBECONFIG", part("PILOTHOUSE_TEST_KUBECONFIG"))
            .output()
            .await
            .unwrap();
        times.push(began.elapsed());
        let listed: Vec<serde_json::Value> = serde_json::from_slice(&out.stdout).unwrap();
        assert!(listed.len() >= fleet::TENANTS * fleet::RELEASES);
    }
    let (median, _) = spread(times);
    println!("helm list -A   median {:>7.0} ms", millis(median));
    println!("ratio: 1 to {:.0} (the slower of the two tables)", millis(median) / worst);
}
