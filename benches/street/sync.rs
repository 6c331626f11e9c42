//! From an empty database to the complete table, against a bare reader of the same Secrets.

use std::time::Instant;

use futures::{StreamExt, pin_mut};
use pilothouse::cluster::{Cluster, ReleaseEvent};

use super::{fleet, part, server::Server, spread};

const RUNS: usize = 3;

pub async fn run() {
    fleet::fill().await;
    let wanted = fleet::TENANTS * fleet::RELEASES;
    let (mut ours, mut bare, mut memory) = (Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..RUNS {
        let server = Server::start();
        server.ready().await;
        ours.push(server.started.elapsed());
        memory = memory.max(server.peak_memory());
        let summary = server.json("/api/v1/helm/releases/summary").await;
        assert_eq!(summary["counts"]["deployed"], wanted, "{}", summary["counts"]);
        let list = server.json("/api/v1/helm/releases?size=500&page=4").await;
        assert!(list["items"].as_array().unwrap().iter().all(|release| release["chartVersion"] == "1.3.1"), "every row is whole");
        drop(server);
        let began = Instant::now();
        assert_eq!(bare_reader().await, wanted);
        bare.push(began.elapsed());
    }
    let ((ours, _), (bare, _)) = (spread(ours), spread(bare));
    println!("whole server, start to complete table   median {:>6.2} s   peak {memory:.0} MB", ours.as_secs_f64());
    println!("bare reader                             median {:>6.2} s", bare.as_secs_f64());
    println!("ratio: {:.2} to 1", ours.as_secs_f64() / bare.as_secs_f64());
}

/// Lists metadata and decodes the newest revision of each release; keeps nothing.
async fn bare_reader() -> usize {
    let cluster = Cluster::connect(Some(part("PILOTHOUSE_TEST_SERVER_KUBECONFIG").into())).await.unwrap();
    let events = cluster.releases();
    pin_mut!(events);
    let sights = loop {
        if let Some(ReleaseEvent::Listed(sights)) = events.next().await {
            break sights;
        }
    };
    let mut newest = std::collections::HashMap::new();
    for sight in sights {
        let top = newest.entry(sight.key).or_insert(0);
        *top = sight.revision.max(*top);
    }
    cluster.decode_many(newest, 32).filter(|fetched| std::future::ready(matches!(fetched.outcome, Ok(Some(_))))).count().await
}
