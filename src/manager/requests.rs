//! Requests that make something and may be sent again: the same `Idempotency-Key` with the same request answers with
//! what the first one made. Operations are found by their own keys in [`super::submit`].

use chrono::Duration;

use super::{ReleaseManager, store_problem};
use crate::{
    domain::{
        actor::Actor,
        problem::{Code, Problem},
    },
    store::requests::{Earlier, Keyed},
};

/// Longest idempotency key that is accepted, in bytes.
const LONGEST: usize = 200;
/// For how long a request may be repeated.
const KEPT: Duration = Duration::days(7);

/// What makes a request that is sent again the same request.
#[derive(Clone, Copy, Default)]
pub struct Repeat<'a> {
    /// The client's key. Without one each request is another.
    pub key: Option<&'a str>,
    /// All that it asks for.
    pub request: &'a [u8],
}

impl ReleaseManager {
    /// A request that is to be kept in one transaction with what it makes; `None` without a key.
    pub(super) fn keyed<'a>(&self, actor: &'a Actor, repeat: Repeat<'a>) -> Result<Option<Keyed<'a>>, Problem> {
        let at = self.now();
        let keyed = |key| Keyed { requester: actor.name(), key, request: repeat.request, at, since: at - KEPT };
        Ok(usable_key(repeat.key)?.map(keyed))
    }

    /// The id of what an earlier, equal request with that key made; refused where it was another request. Of the request
    /// a keyed digest is kept, nothing else.
    pub async fn made_earlier(&self, actor: &Actor, key: Option<&str>, request: &[u8]) -> Result<Option<String>, Problem> {
        let Some(key) = usable_key(key)? else { return Ok(None) };
        match self.inner.stores.requests.earlier(actor.name(), key, request).await.map_err(store_problem)? {
            None => Ok(None),
            Some(Earlier::Same(made)) => Ok(Some(made)),
            Some(Earlier::Other) => Err(key_reused()),
        }
    }

    /// Keeps what a request with that key has made. Where that fails, the thing is made all the same, and a repeated
    /// request is refused because its name is taken.
    pub async fn keep_made(&self, actor: &Actor, key: Option<&str>, request: &[u8], made: &str) {
        let Ok(Some(key)) = usable_key(key) else { return };
        let (requests, now) = (&self.inner.stores.requests, self.now());
        if let Err(error) = requests.keep(actor.name(), key, request, made, now, now - KEPT).await {
            tracing::error!(%error, "what a request made could not be kept");
        }
    }
}

/// A key as a client may send it.
pub(super) fn usable_key(key: Option<&str>) -> Result<Option<&str>, Problem> {
    match key {
        Some(key) if !(1..=LONGEST).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            let text = format!("An Idempotency-Key has 1 to {LONGEST} printable ASCII characters without spaces.");
            Err(Problem::new(Code::InvalidRequest, text))
        }
        key => Ok(key),
    }
}

/// The answer to a key that was sent with another request.
pub(super) fn key_reused() -> Problem {
    Problem::new(
        Code::IdempotencyKeyReused,
        "Send a new Idempotency-Key with every new request, and the same one only to repeat a request.",
    )
}
