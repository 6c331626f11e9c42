//! A worker's desk: everything one attempt at one operation writes goes through here, under its lease, and open
//! pages hear of it. Runs nothing and decides nothing.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::watch;

use super::{ReleaseManager, store_problem};
use crate::{
    domain::{
        operation::{EventBody, Operation, Phase},
        problem::Problem,
        redact,
        revision::RevisionBody,
    },
    helm::Stop,
    store::{
        StoreError,
        operations::{Claim, Lease, Settlement},
    },
};

/// How long a lease is good for.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often it is prolonged; also how long a wish to cancel may go unheard.
const RENEW: Duration = Duration::from_secs(1);

/// Why an attempt has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Nothing speaks against going on.
    GoOn,
    /// Somebody asked for the end.
    Cancel,
    /// The deadline of the phase passed.
    Deadline,
    /// Another worker has the operation now, or the database is gone for longer than the lease: touch nothing.
    Lost,
}

/// One attempt at one operation.
pub struct Desk {
    pub(super) manager: ReleaseManager,
    pub(super) claim: Claim,
    signal: Arc<watch::Sender<Signal>>,
    keeper: tokio::task::JoinHandle<()>,
    /// What is secret in this operation's values, for redaction of Helm's words.
    secrets: RevisionBody,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Desk {
    /// Sits down with a claim; the lease is kept until the desk is dropped.
    pub fn new(manager: ReleaseManager, claim: Claim, secrets: RevisionBody) -> Self {
        let signal = Arc::new(watch::Sender::new(if claim.operation.cancel_requested { Signal::Cancel } else { Signal::GoOn }));
        let keeper = tokio::spawn(keep(manager.clone(), claim.lease.clone(), signal.clone()));
        Self { manager, claim, signal, keeper, secrets }
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
    /// right), on a lost lease, or when `limit` has passed.
    pub fn stop(&self, cancel: bool, limit: Duration) -> BoxFuture<'static, Stop> {
        let mut signal = self.signal.subscribe();
        let sender = self.signal.clone();
        async move {
            let heard = async {
                loop {
                    match *signal.borrow_and_update() {
                        Signal::Cancel if cancel => return Stop::Cancel,
                        Signal::Lost => return Stop::Cancel,
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

    /// Begins a phase.
    pub async fn phase(&self, phase: Phase, detail: impl Into<String>) -> Result<(), Lost> {
        self.append(&[EventBody::Phase { phase, detail: detail.into() }]).await
    }

    /// Writes a line to the operation's log; secrets of the values are hidden.
    pub async fn log(&self, line: &str) -> Result<(), Lost> {
        self.append(&[EventBody::Log { line: redact::text(line, &self.secrets) }]).await
    }

    /// Appends events.
    pub async fn append(&self, bodies: &[EventBody]) -> Result<(), Lost> {
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

    /// Ends the operation.
    pub async fn settle(&self, end: &Settlement) -> Result<Operation, Lost> {
        loop {
            match self.manager.inner.stores.operations.settle(&self.claim.lease, self.manager.now(), end).await {
                Ok((operation, _)) => {
                    self.manager.inner.refresh.notify_one();
                    self.manager.hint_operation(&operation);
                    return Ok(operation);
                }
                Err(StoreError::LeaseLost) => return Err(self.lost()),
                Err(error) => {
                    store_problem(error);
                    tokio::time::sleep(RENEW).await;
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

/// Prolongs the lease and passes on wishes to cancel. A database that is gone for longer than the lease means that
/// the lease has run out, whoever holds it now.
async fn keep(manager: ReleaseManager, lease: Lease, signal: Arc<watch::Sender<Signal>>) {
    let mut good_until = tokio::time::Instant::now() + LEASE;
    loop {
        tokio::time::sleep(RENEW).await;
        match manager.inner.stores.operations.renew(&lease, manager.now(), LEASE).await {
            Ok(cancel) => {
                good_until = tokio::time::Instant::now() + LEASE;
                if cancel {
                    signal.send_if_modified(|now| {
                        *now == Signal::GoOn && {
                            *now = Signal::Cancel;
                            true
                        }
                    });
                }
            }
            Err(StoreError::LeaseLost) => {
                signal.send_replace(Signal::Lost);
                return;
            }
            Err(error) => {
                store_problem(error);
                if tokio::time::Instant::now() > good_until {
                    signal.send_replace(Signal::Lost);
                    return;
                }
            }
        }
    }
}
