//! A worker's desk: everything one attempt at one operation writes goes through here, under its lease, and open
//! pages hear of it. Runs nothing and decides nothing.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::watch;

pub use super::keep::{LEASE, Signal};
use super::{
    ReleaseManager,
    keep::keep,
    learn::{Known, Rendered},
    store_problem,
};
use crate::{
    domain::{
        change::Change,
        operation::{EventBody, Operation, OperationError, Phase, Readiness},
        problem::Problem,
        redact::{HIDDEN, Secrets},
    },
    helm::Stop,
    store::{
        StoreError,
        operations::{Claim, Settlement},
    },
};

/// How long to wait before a settlement that could not be written is written again.
const AGAIN: Duration = Duration::from_secs(1);

/// One attempt at one operation.
pub struct Desk {
    pub(super) manager: ReleaseManager,
    pub(super) claim: Claim,
    signal: Arc<watch::Sender<Signal>>,
    keeper: tokio::task::JoinHandle<()>,
    /// What is secret in what is said about this operation.
    pub(super) known: Mutex<Known>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Desk {
    /// Sits down with a claim; the lease is kept until the desk is dropped. What is written before [`Desk::gather`] is hidden.
    pub fn new(manager: ReleaseManager, claim: Claim) -> Self {
        let signal = Arc::new(watch::Sender::new(if claim.operation.cancel_requested { Signal::Cancel } else { Signal::GoOn }));
        let keeper = tokio::spawn(keep(manager.clone(), claim.lease.clone(), signal.clone()));
        Self { manager, claim, signal, keeper, known: Mutex::new(Known::nothing()) }
    }

    /// Gathers what is secret: once, before anything is written, while the lease is being kept, since the cluster may take its time.
    pub async fn gather(&self) {
        let of_change = self.manager.secrets_of_change(&self.claim.change).await;
        self.known().secrets = Arc::new(of_change);
        let back = match self.claim.change {
            Change::Rollback { to } => Some(to),
            _ => None,
        };
        for revision in self.operation().base_revision.into_iter().chain(back) {
            self.learn(revision).await;
        }
    }

    /// The operation as it was claimed.
    pub fn operation(&self) -> &Operation {
        &self.claim.operation
    }

    /// What speaks against going on.
    pub fn signal(&self) -> Signal {
        *self.signal.borrow()
    }

    /// Resolves when a running Helm has to stop: on a cancel (unless `cancel` is false, as in phases that set things
    /// right), or when `limit` has passed. Not on a lost lease: whoever takes the operation up next finds Helm at work.
    pub fn stop(&self, cancel: bool, limit: Duration) -> BoxFuture<'static, Stop> {
        let mut signal = self.signal.subscribe();
        let sender = self.signal.clone();
        async move {
            let heard = async {
                loop {
                    match *signal.borrow_and_update() {
                        Signal::Cancel if cancel => return Stop::Cancel,
                        _ => {}
                    }
                    if signal.changed().await.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            };
            match tokio::time::timeout(limit, heard).await {
                Ok(stop) => stop,
                Err(_) => {
                    sender.send_if_modified(|now| {
                        *now == Signal::GoOn && {
                            *now = Signal::Deadline;
                            true
                        }
                    });
                    Stop::Deadline
                }
            }
        }
        .boxed()
    }

    /// Resolves when the lease is lost: then Helm is left alone, as it is.
    pub async fn gone(&self) -> Lost {
        let mut signal = self.signal.subscribe();
        // It ends with the desk, never before.
        let _ = signal.wait_for(|signal| *signal == Signal::Lost).await;
        Lost
    }

    /// Begins a phase.
    pub async fn phase(&self, phase: Phase, detail: impl Into<String>) -> Result<(), Lost> {
        self.append(EventBody::Phase { phase, detail: detail.into() }).await
    }

    /// Writes lines to the operation's log. A secret may go over several of them.
    pub async fn log(&self, lines: &[String]) -> Result<(), Lost> {
        if lines.is_empty() {
            return Ok(());
        }
        let rendered = self.learn_rendered().await;
        let lines = lines.join("\n");
        let shown = match rendered {
            Rendered::Known | Rendered::NotYet => self.known().hide_next("helm", &lines),
            Rendered::Unread => self.secrets(rendered).hide(&lines).into_owned(),
        };
        let bodies: Vec<EventBody> = shown.lines().map(|line| EventBody::Log { line: line.to_owned() }).collect();
        self.write(&bodies).await
    }

    /// Writes down a line of a hook's log. A secret may go over several of them.
    pub async fn hook_line(&self, object: String, writer: &str, line: &str) -> Result<(), Lost> {
        let rendered = self.learn_rendered().await;
        let object = self.secrets(rendered).hide(&object).into_owned();
        let line = match rendered {
            Rendered::Known => self.known().hide_next(&format!("hook {writer}"), line),
            Rendered::NotYet | Rendered::Unread => Secrets::unknown().hide(line).into_owned(),
        };
        self.write(&[EventBody::HookLog { object, line }]).await
    }

    /// Tells how workloads are, once it is known what is secret in what they quote: before that it is the old revision that they
    /// speak of. Answers whether it was told.
    pub async fn readiness(&self, items: &[Readiness]) -> Result<bool, Lost> {
        let known = self.learn_rendered().await == Rendered::Known;
        if known {
            self.append(EventBody::Readiness { items: items.to_vec() }).await?;
        }
        Ok(known)
    }

    /// Appends an event, without what is secret in it.
    pub async fn append(&self, body: EventBody) -> Result<(), Lost> {
        let rendered = match body {
            EventBody::Hook { .. } | EventBody::Readiness { .. } => self.learn_rendered().await,
            _ => Rendered::Known,
        };
        let secrets = self.secrets(rendered);
        let hide = |text: &str| secrets.hide(text).into_owned();
        // The cluster's own words wait until it is known what they may quote.
        let words = |text: String| if rendered == Rendered::Known { secrets.hide_cut(&text).into_owned() } else { HIDDEN.to_owned() };
        let plain = match body {
            EventBody::Phase { phase, detail } => EventBody::Phase { phase, detail: secrets.hide(&detail).into_owned() },
            EventBody::Log { line } => EventBody::Log { line: secrets.hide_cut(&line).into_owned() },
            EventBody::Readiness { mut items } => {
                for item in &mut items {
                    item.name = hide(&item.name);
                    item.reason = item.reason.take().map(words);
                }
                EventBody::Readiness { items }
            }
            EventBody::Hook { object, state, reason } => EventBody::Hook { object: hide(&object), state, reason: reason.map(words) },
            EventBody::HookLog { object, line } => EventBody::HookLog { object: hide(&object), line: secrets.hide_cut(&line).into_owned() },
            settled @ EventBody::Settled { .. } => settled,
        };
        self.write(&[plain]).await
    }

    async fn write(&self, bodies: &[EventBody]) -> Result<(), Lost> {
        match self.manager.inner.stores.operations.append(&self.claim.lease, self.manager.now(), bodies).await {
            Ok(_) => {
                self.manager.hint_operation(self.operation());
                Ok(())
            }
            Err(StoreError::LeaseLost) => Err(self.lost()),
            // An event that could not be written is no reason to leave a release half-way.
            Err(error) => {
                store_problem(error);
                Ok(())
            }
        }
    }

    /// Ends the operation, without what is secret in its error.
    pub async fn settle(&self, end: Settlement) -> Result<Operation, Lost> {
        let secrets = self.known().secrets.clone();
        let error = end.error.map(|error| OperationError { message: secrets.hide(&error.message).into_owned(), ..error });
        let end = Settlement { error, ..end };
        loop {
            match self.manager.inner.stores.operations.settle(&self.claim.lease, self.manager.now(), &end).await {
                Ok((operation, _)) => {
                    self.manager.inner.refresh.notify_one();
                    self.manager.hint_operation(&operation);
                    return Ok(operation);
                }
                Err(StoreError::LeaseLost) => return Err(self.lost()),
                Err(error) => {
                    store_problem(error);
                    tokio::time::sleep(AGAIN).await;
                    if self.signal() == Signal::Lost {
                        return Err(Lost);
                    }
                }
            }
        }
    }

    /// Records the latest end of what is about to run.
    pub async fn deadline(&self, limit: Duration) -> Result<(), Lost> {
        let at = self.manager.now() + limit;
        match self.manager.inner.stores.operations.set_deadline(&self.claim.lease, at).await {
            Err(StoreError::LeaseLost) => Err(self.lost()),
            Err(error) => {
                store_problem(error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn lost(&self) -> Lost {
        self.signal.send_replace(Signal::Lost);
        Lost
    }
}

/// The lease was lost: the attempt ends without another word.
#[derive(Debug)]
pub struct Lost;

/// What ends an attempt early.
#[derive(Debug)]
pub enum Halt {
    /// The lease was lost.
    Lost,
    /// A problem that settles the operation as failed.
    Problem(Problem),
}

impl From<Lost> for Halt {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
