//! The life of a watch against an API server that plays a script, on a clock that the tests turn.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use futures::Stream;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Client, core::PartialObjectMeta};
use serde_json::{Value, json};

use super::*;

/// What the server does with a request.
enum Step {
    /// Answers.
    Answer(u16, Value),
    /// Streams these events and ends.
    Events(Vec<Value>),
    /// Streams these events and then says nothing more.
    Open(Vec<Value>),
    /// Never answers.
    Silence,
}

/// A server with its script, and the requests it got.
#[derive(Clone, Default)]
struct Server {
    steps: Arc<Mutex<VecDeque<Step>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), asked: Arc::default() }
    }

    fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
            let server = server.clone();
            async move {
                server.asked.lock().unwrap().push(request.uri().query().unwrap_or_default().to_owned());
                let step = server.steps.lock().unwrap().pop_front();
                let lines =
                    |events: Vec<Value>| futures::stream::iter(events.into_iter().map(|event| Ok::<_, Infallible>(format!("{event}\n"))));
                let (status, body) = match step {
                    Some(Step::Answer(status, answer)) => (status, reqwest::Body::from(answer.to_string())),
                    Some(Step::Events(events)) => (200, reqwest::Body::wrap_stream(lines(events))),
                    Some(Step::Open(events)) => (200, reqwest::Body::wrap_stream(lines(events).chain(futures::stream::pending()))),
                    Some(Step::Silence) | None => std::future::pending().await,
                };
                Ok::<_, Infallible>(http::Response::builder().status(status).body(body).unwrap())
            }
        });
        Client::new(service, "default")
    }

    /// Follows, with each object reduced to its name.
    fn follow(&self) -> impl Stream<Item = Followed<String>> + Unpin {
        let api: Api<PartialObjectMeta<ConfigMap>> = Api::all(self.client());
        let selection = Selection { labels: "a=b", fields: "", page: 2 };
        Box::pin(follow(api, selection, None, |object: PartialObjectMeta<ConfigMap>| object.metadata.name.unwrap()))
    }

    /// The resource versions that watches began at, and `list` for a list.
    fn begun(&self) -> Vec<String> {
        let version = |query: &String| {
            let version = query.split('&').find_map(|pair| pair.strip_prefix("resourceVersion="));
            if query.contains("watch=true") { version.unwrap_or("none").to_owned() } else { "list".into() }
        };
        self.asked.lock().unwrap().iter().map(version).collect()
    }
}

fn object(name: &str, version: u32) -> Value {
    json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {"name": name, "namespace": "n", "resourceVersion": version.to_string()}})
}

fn list(names: &[&str], version: u32, token: &str) -> Step {
    let items: Vec<_> = names.iter().map(|name| object(name, version)).collect();
    Step::Answer(
        200,
        json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList",
               "metadata": {"resourceVersion": version.to_string(), "continue": token}, "items": items}),
    )
}

fn event(kind: &str, name: &str, version: u32) -> Value {
    json!({"type": kind, "object": object(name, version)})
}

fn status(code: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": "x", "message": "m"})
}

/// In a word.
fn word(seen: Followed<String>) -> String {
    match seen {
        Followed::Listed(names) => format!("listed {}", names.join(" ")),
        Followed::Applied(name) => format!("applied {name}"),
        Followed::Deleted(name) => format!("deleted {name}"),
        Followed::Alive => "alive".into(),
        Followed::Lost(error) => format!("lost, {}", if error.is_transient() { "unreachable" } else { "refused" }),
    }
}

async fn next(seen: &mut (impl Stream<Item = Followed<String>> + Unpin), count: usize) -> Vec<String> {
    seen.take(count).map(word).collect().await
}

#[tokio::test(start_paused = true)]
async fn pages_become_one_list_and_events_follow_it() {
    let server = Server::new([
        list(&["a", "b"], 5, "more"),
        list(&["c"], 5, ""),
        Step::Events(vec![event("ADDED", "d", 6), event("MODIFIED", "a", 7), event("DELETED", "b", 8)]),
        Step::Open(vec![json!({"type": "BOOKMARK", "object": object("", 20)})]),
    ]);
    let mut seen = server.follow();
    assert_eq!(next(&mut seen, 5).await, ["listed a b c", "alive", "applied d", "applied a", "deleted b"]);
    assert_eq!(next(&mut seen, 2).await, ["alive", "alive"]);
    assert_eq!(server.begun(), ["list", "list", "5", "8"], "a stream that ends is taken up where it ended");
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_the_last_bookmark() {
    let bookmark = json!({"type": "BOOKMARK", "object": object("", 20)});
    let server = Server::new([list(&[], 5, ""), Step::Events(vec![bookmark]), Step::Open(vec![])]);
    let mut seen = server.follow();
    assert_eq!(next(&mut seen, 4).await, ["listed ", "alive", "alive", "alive"]);
    assert_eq!(server.begun(), ["list", "5", "20"]);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_expired_means_a_new_list_and_no_alarm() {
    let gone = json!({"type": "ERROR", "object": status(410)});
    let server = Server::new([
        list(&["a"], 5, ""),
        Step::Events(vec![gone]),
        list(&["b"], 9, ""),
        Step::Answer(410, status(410)),
        list(&["c"], 10, "more"),
        Step::Answer(410, status(410)),
        list(&["d"], 11, ""),
        Step::Open(vec![]),
    ]);
    let mut seen = server.follow();
    assert_eq!(next(&mut seen, 5).await, ["listed a", "alive", "listed b", "listed d", "alive"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_is_tried_again_with_growing_pauses_and_at_last_listed_anew() {
    let failure = || Step::Answer(503, status(503));
    let mut steps = vec![list(&["a"], 5, "")];
    steps.extend((0..8).map(|_| failure()));
    steps.extend([list(&["b"], 3, ""), Step::Open(vec![])]);
    let server = Server::new(steps);
    let mut seen = server.follow();
    let started = Instant::now();
    let words = next(&mut seen, 10).await;
    assert_eq!(words.iter().filter(|word| *word == "lost, unreachable").count(), 8);
    assert_eq!(words[9], "listed b", "a version from the future is given up");
    assert_eq!(server.begun()[..7], ["list", "5", "5", "5", "5", "5", "list"]);
    let passed = started.elapsed();
    assert!(passed > Duration::from_secs(10) && passed < Duration::from_secs(30), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_apart() {
    let server = Server::new([Step::Answer(403, status(403)), list(&[], 1, ""), Step::Open(vec![])]);
    assert_eq!(next(&mut server.follow(), 3).await, ["lost, refused", "listed ", "alive"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_lost_and_a_stream_that_is_silent_is_replaced() {
    let server = Server::new([
        Step::Silence,
        list(&["a"], 5, ""),
        Step::Open(vec![event("ADDED", "b", 6)]),
        Step::Open(vec![event("ADDED", "c", 7)]),
    ]);
    let mut seen = server.follow();
    assert_eq!(next(&mut seen, 4).await, ["lost, unreachable", "listed a", "alive", "applied b"]);
    let quiet = Instant::now();
    assert_eq!(next(&mut seen, 2).await, ["alive", "applied c"]);
    assert!(quiet.elapsed() < Duration::from_secs(75), "{:?}", quiet.elapsed());
    assert_eq!(server.begun(), ["list", "list", "5", "6"]);
}

#[tokio::test(start_paused = true)]
async fn streams_that_end_as_soon_as_they_begin_do_not_keep_the_server_busy() {
    let mut steps = vec![list(&[], 5, "")];
    steps.extend((0..10_000).map(|_| Step::Events(vec![])));
    let server = Server::new(steps);
    let mut seen = server.follow();
    timeout(Duration::from_secs(60), async { while seen.next().await.is_some() {} }).await.ok();
    let asked = server.begun().len();
    assert!(asked < 30, "{asked} requests in a minute");
}
