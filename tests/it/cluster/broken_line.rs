//! The watch lives through cut and frozen lines, and misses nothing.

use pilothouse::{cluster::ReleaseEvent, cluster::record::Record};

use super::{
    proxy::{Line, Proxy},
    support::{Place, first},
};

fn at() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_795_341_600, 0).unwrap()
}

fn is_seen(name: &'static str) -> impl Fn(ReleaseEvent) -> Option<()> {
    move |event| match event {
        ReleaseEvent::Seen(sight) => (sight.key.name.as_str() == name).then_some(()),
        ReleaseEvent::Listed(all) => all.iter().any(|sight| sight.key.name.as_str() == name).then_some(()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_line_is_cut_is_seen_afterwards() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::new(&place).await;
    let mut events = place.events(&proxy.cluster);
    first("the list", &mut events, |event| matches!(event, ReleaseEvent::Listed(_)).then_some(())).await;
    first("the watch", &mut events, |event| (event == ReleaseEvent::Alive).then_some(())).await;
    proxy.set(Line::Cut);
    let why = first("the loss", &mut events, |event| if let ReleaseEvent::Lost { why } = event { Some(why) } else { None }).await;
    assert!(why.contains("did not answer"), "{why}");
    place.create_secret(Record::new(place.key("meanwhile"), 1, at()).secret()).await;
    proxy.set(Line::Good);
    first("what was missed", &mut events, is_seen("meanwhile")).await;
    place.create_secret(Record::new(place.key("later"), 1, at()).secret()).await;
    first("what came later", &mut events, is_seen("later")).await;
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_for_a_moment_is_not_even_mentioned() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::new(&place).await;
    let mut events = place.events(&proxy.cluster);
    first("the watch", &mut events, |event| (event == ReleaseEvent::Alive).then_some(())).await;
    proxy.set(Line::Cut);
    proxy.set(Line::Good);
    place.create_secret(Record::new(place.key("web"), 1, at()).secret()).await;
    let lost = |event: ReleaseEvent| match event {
        ReleaseEvent::Lost { why } => Some(Err(why)),
        event => is_seen("web")(event).map(Ok),
    };
    assert_eq!(first("what came after", &mut events, lost).await, Ok(()));
    place.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_frozen_is_noticed_within_seconds() {
    let Some(place) = Place::new().await else { return };
    let proxy = Proxy::new(&place).await;
    let mut events = place.events(&proxy.cluster);
    first("the watch", &mut events, |event| (event == ReleaseEvent::Alive).then_some(())).await;
    let frozen = std::time::Instant::now();
    proxy.set(Line::Frozen);
    first("the loss", &mut events, |event| matches!(event, ReleaseEvent::Lost { .. }).then_some(())).await;
    assert!(frozen.elapsed().as_secs() < 15, "{:?}", frozen.elapsed());
    proxy.set(Line::Good);
    place.create_secret(Record::new(place.key("web"), 1, at()).secret()).await;
    first("what came after", &mut events, is_seen("web")).await;
    place.leave().await;
}
