//! How long a cluster full of releases takes to read: a measurement, run by hand with `--ignored --nocapture`.

use std::time::Instant;

use futures::{StreamExt, TryStreamExt};
use pilothouse::cluster::{ReleaseEvent, record::Record};

use super::support::Place;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn thousands_of_releases_are_listed_and_read_in_seconds() {
    let Some(place) = Place::new().await else { return };
    let at = chrono::DateTime::from_timestamp(1_795_341_600, 0).unwrap();
    let noise = |n: u32| (0..400u32).map(|line| format!("{:08x}\n", (line * 7919 + n).wrapping_mul(2_654_435_761))).collect::<String>();
    let records = (0..2_500u32).flat_map(|n| (1..=4u32).map(move |revision| (n, revision)));
    let started = Instant::now();
    futures::stream::iter(records.map(Ok::<_, ()>))
        .try_for_each_concurrent(16, |(n, revision)| {
            let templates = vec![("templates/all.yaml".to_owned(), noise(n))];
            let record = Record { templates, manifest: noise(n + 1), ..Record::new(place.key(&format!("web-{n}")), revision, at) };
            let place = &place;
            async move {
                place.create_secret(record.secret()).await;
                Ok(())
            }
        })
        .await
        .unwrap();
    eprintln!(
        "made in {:?}, {} bytes each",
        started.elapsed(),
        Record { templates: vec![("t".into(), noise(1))], manifest: noise(2), ..Record::new(place.key("web"), 1, at) }.payload().len()
    );
    for _ in 0..3 {
        let started = Instant::now();
        let mut events = place.events(&place.cluster);
        let Some(ReleaseEvent::Listed(all)) = events.next().await else { panic!("not listed") };
        let listed = started.elapsed();
        let newest: Vec<_> = all.iter().filter(|sight| sight.revision == 4).map(|sight| (sight.key.clone(), 4)).collect();
        let good = place
            .cluster
            .decode_many(newest, 32)
            .filter(|fetched| std::future::ready(matches!(fetched.outcome, Ok(Some(_)))))
            .count()
            .await;
        let memory = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        eprintln!("{} revisions listed in {listed:?}, {good} read in {:?}, {peak}", all.len(), started.elapsed() - listed);
    }
    place.leave().await;
}
