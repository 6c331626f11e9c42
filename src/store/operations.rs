//! Operations: a queue with leases and fencing, and the events of each operation.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::{
    actor::Actor,
    audit::NewAudit,
    change::{Change, RunOptions},
    ids::{BatchId, OperationId, TenantId},
    names::ReleaseKey,
    operation::{EventBody, Operation, OperationError, OperationEvent, OperationQuery, OperationStatus},
    page::Page,
};

/// An operation before it is enqueued.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOperation {
    /// Its id.
    pub id: OperationId,
    /// The release.
    pub key: ReleaseKey,
    /// The release's tenant.
    pub tenant: Option<TenantId>,
    /// What to do; kept sealed, since it holds values.
    pub change: Change,
    /// How.
    pub options: RunOptions,
    /// The revision it starts from; `None` for an install.
    pub base_revision: Option<u32>,
    /// Who asks.
    pub requested_by: String,
    /// Why.
    pub reason: Option<String>,
    /// The client's key, with a digest of the request, so that the same key with another request is told apart.
    /// Keys are per requester.
    pub idempotency: Option<(String, [u8; 32])>,
    /// Where the batch stood that asks for it, where one does: nothing is enqueued once that has moved.
    pub stand: Option<BatchStand>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A batch at a version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchStand {
    /// The batch.
    pub batch: BatchId,
    /// Its version.
    pub version: u32,
}

/// What became of a wish to enqueue.
#[derive(Clone, Debug, PartialEq)]
pub enum Enqueued {
    /// It is queued.
    New(Operation),
    /// The same request came before; this is its operation.
    Same(Operation),
    /// The key was used for another request.
    KeyReused,
    /// This operation is queued or running for the release.
    Busy(OperationId),
    /// The batch that asks for it is at another version by now.
    BatchMoved,
}

/// The right to work on an operation. Every write of a worker carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The operation.
    pub operation: OperationId,
    /// Who holds it.
    pub owner: String,
    /// The attempt that it is good for.
    pub attempt: u32,
}

/// An operation in the hands of a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The right to work on it.
    pub lease: Lease,
    /// The operation.
    pub operation: Operation,
    /// What to do.
    pub change: Change,
    /// How.
    pub options: RunOptions,
}

/// How an operation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// A settled status.
    pub status: OperationStatus,
    /// The revision it made.
    pub result_revision: Option<u32>,
    /// Why it did not succeed.
    pub error: Option<OperationError>,
}

/// Operations.
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// Enqueues an operation and writes its audit row, in one transaction, unless the key was used or the release
    /// is busy (the partial unique index decides, not a look beforehand).
    async fn enqueue(&self, new: &NewOperation, audit: &NewAudit) -> Result<Enqueued, StoreError>;

    /// The operation that a requester's idempotency key stands for, with the digest of its request.
    async fn by_key(&self, requester: &str, key: &str) -> Result<Option<(Operation, [u8; 32])>, StoreError>;

    /// The operation that is at work on a release, or was at `at` (begun at most a second after it, since Kubernetes tells
    /// times to the second), and began from a revision before that one.
    async fn at_work(&self, key: &ReleaseKey, revision: u32, at: DateTime<Utc>) -> Result<Option<Operation>, StoreError>;

    /// Takes up the oldest operation that is queued, or running with a lease that ran out; counts its attempt.
    async fn claim(&self, owner: &str, now: DateTime<Utc>, lease: Duration) -> Result<Option<Claim>, StoreError>;

    /// Prolongs a lease. [`StoreError::LeaseLost`] when it is no longer valid. Answers whether somebody asked to
    /// cancel.
    async fn renew(&self, lease: &Lease, now: DateTime<Utc>, by: Duration) -> Result<bool, StoreError>;

    /// Records until when the operation may run.
    async fn set_deadline(&self, lease: &Lease, deadline: DateTime<Utc>) -> Result<(), StoreError>;

    /// Appends events. Answers them with their numbers.
    async fn append(&self, lease: &Lease, at: DateTime<Utc>, bodies: &[EventBody]) -> Result<Vec<OperationEvent>, StoreError>;

    /// Ends an operation and appends its last event, in one transaction.
    async fn settle(&self, lease: &Lease, at: DateTime<Utc>, end: &Settlement) -> Result<(Operation, OperationEvent), StoreError>;

    /// Asks for the end of an operation, with its audit row. A queued one is settled as cancelled at once. `None`
    /// where the actor does not reach it; a settled one is answered as it is and nothing is written.
    async fn request_cancel(
        &self,
        actor: &Actor,
        id: OperationId,
        at: DateTime<Utc>,
        audit: &NewAudit,
    ) -> Result<Option<Operation>, StoreError>;

    /// An operation, if the actor reaches it.
    async fn by_id(&self, actor: &Actor, id: OperationId) -> Result<Option<Operation>, StoreError>;

    /// A page of the operations that the actor reaches, newest first.
    async fn list(&self, actor: &Actor, query: &OperationQuery) -> Result<Page<Operation>, StoreError>;

    /// Events of an operation after that number, at most `limit`; empty where the actor does not reach it.
    async fn events(&self, actor: &Actor, id: OperationId, after: u32, limit: u32) -> Result<Vec<OperationEvent>, StoreError>;

    /// The operation that is queued or running for a release, whoever asks: for the server's own parts.
    async fn active(&self, key: &ReleaseKey) -> Result<Option<Operation>, StoreError>;
}
