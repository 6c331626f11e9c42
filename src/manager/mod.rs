//! The release manager: the one door to change, and the looks that pages and the API share.
//!
//! ```text
//!  submit ─ authorize, validate, enqueue + audit ─┐        watch ─ sync ─ projection ─ live hints
//!                                                 ▼                        ▲
//!                  worker ─ claim, run helm, recover, settle when the projection has seen it
//! ```
//!
//! May use: `domain`, store traits, `helm`, `cluster`, `charts`. Knows no axum and no leptos.

mod look;
pub mod submit;

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::{
    domain::{
        clock::{Clock, Entropy},
        live::Live,
        problem::{Code, Problem},
    },
    store::{StoreError, Stores},
};

/// How many hints a slow reader may lag behind before it is told to ask for everything again.
const LIVE_BACKLOG: usize = 1024;

/// The release manager; cheap to clone.
#[derive(Clone)]
pub struct ReleaseManager {
    inner: Arc<Inner>,
}

struct Inner {
    stores: Stores,
    clock: Arc<dyn Clock>,
    #[expect(dead_code, reason = "ids of operations are drawn from it")]
    entropy: Arc<dyn Entropy>,
    live: broadcast::Sender<Live>,
}

impl ReleaseManager {
    /// A manager over these parts; nothing runs yet.
    pub fn new(stores: Stores, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        Self { inner: Arc::new(Inner { stores, clock, entropy, live }) }
    }

    /// Hints that something changed, from now on. Whoever passes them on filters them by the reader's reach.
    pub fn live(&self) -> broadcast::Receiver<Live> {
        self.inner.live.subscribe()
    }

    /// The present instant, by the clock that everything here goes by.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.inner.clock.now()
    }
}

/// Logs what the database said and answers with what a client may know.
fn store_problem(error: StoreError) -> Problem {
    tracing::error!(%error, "a store did not answer");
    match error {
        StoreError::Database(_) => {
            Problem::new(Code::StoreUnavailable, "The database did not answer. Try again; the server's log has the details.")
        }
        StoreError::Seal | StoreError::LeaseLost => Problem::internal(),
    }
}
