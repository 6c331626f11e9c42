//! A receiver of notices, over real HTTP on loopback: notes what arrives, checks each signature as any receiver would, and
//! answers as the test says. Knows nothing of how notices are made.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::until;

/// What arrived.
#[derive(Clone, Debug)]
pub struct Got {
    pub id: String,
    pub body: Value,
    /// What it was answered with.
    pub status: u16,
}

#[derive(Default)]
struct Notes {
    secret: Option<String>,
    got: Vec<Got>,
    /// What was no notice of ours.
    odd: Vec<String>,
    /// What the next ones are answered with, and then all others.
    next: VecDeque<u16>,
    then: u16,
}

/// A receiver; ends with the test.
pub struct Receiver {
    pub url: String,
    notes: Arc<Mutex<Notes>>,
    served: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl Receiver {
    /// One that answers the first ones so, and then takes everything.
    pub async fn answering(next: &[u16]) -> Self {
        let notes = Arc::new(Mutex::new(Notes { next: next.iter().copied().collect(), then: 204, ..Notes::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/telltale-path?key=telltale-key", listener.local_addr().unwrap());
        let here = notes.clone();
        let take = move |headers: HeaderMap, body: Bytes| {
            let answer = note(&mut here.lock().unwrap(), &headers, &body);
            async move { answer }
        };
        let router = Router::new().route("/telltale-path", post(take)).fallback(|| async { StatusCode::IM_A_TEAPOT });
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, notes, served }
    }

    /// Tells it what notices are signed with.
    pub fn knows(&self, secret: &str) {
        self.notes.lock().unwrap().secret = Some(secret.to_owned());
    }

    /// What it answers from now on.
    pub fn answers(&self, status: u16) {
        self.notes.lock().unwrap().then = status;
    }

    /// All that arrived, in its order.
    pub fn got(&self) -> Vec<Got> {
        let notes = self.notes.lock().unwrap();
        assert!(notes.odd.is_empty(), "{:?}", notes.odd);
        notes.got.clone()
    }

    /// What was taken, once it is so.
    pub async fn taken(&self, what: &str, is: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        until(what, || async {
            let taken: Vec<Got> = self.got().into_iter().filter(|got| got.status < 300).collect();
            is(&taken).then_some(taken)
        })
        .await
    }
}

impl Got {
    /// What it tells of.
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }
}

fn note(notes: &mut Notes, headers: &HeaderMap, body: &[u8]) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, at, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let secret = notes.secret.clone().unwrap_or_default();
    let genuine = signature == format!("v1,{}", STANDARD.encode(hmac(&secret, format!("{id}.{at}.").as_bytes(), body)));
    let timely = at.parse::<i64>().is_ok_and(|at| (now().timestamp() - at).abs() < 300);
    let read: Option<Value> = serde_json::from_slice(body).ok().filter(|_| header("content-type") == "application/json");
    let (true, true, Some(body)) = (genuine, timely, read) else {
        notes.odd.push(format!("genuine: {genuine}, timely: {timely}: {headers:?} {}", String::from_utf8_lossy(body)));
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let status = notes.next.pop_front().unwrap_or(notes.then);
    notes.got.push(Got { id, body, status });
    match StatusCode::from_u16(status).unwrap() {
        code @ StatusCode::NO_CONTENT => code.into_response(),
        code if code.is_redirection() => (code, [(LOCATION, "/elsewhere")]).into_response(),
        // More than anybody reads of an answer.
        code => (code, "x".repeat(200_000)).into_response(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a receiver has a clock of its own")]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// HMAC-SHA-256 by the book, for a key of at most 64 bytes.
fn hmac(secret: &str, head: &[u8], body: &[u8]) -> Vec<u8> {
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok()).unwrap_or_default();
    let pad = |with: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), head, body].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}
