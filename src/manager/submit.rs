//! Submitting a change: authorize, have it spelled out by [`super::resolve`], enqueue with its audit row. Runs
//! nothing: [`super::worker`] does.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    ReleaseManager,
    requests::{key_reused, usable_key},
    resolve::Resolved,
    store_problem,
};
use crate::{
    domain::{
        actor::{Act, Actor},
        audit::NewAudit,
        change::{self, RunOptions},
        clock::uuid_v7,
        ids::{OperationId, ReleaseId, TenantId},
        live::Live,
        names::{ChartRef, ReleaseKey},
        operation::Operation,
        problem::{Code, Problem},
    },
    store::operations::{BatchStand, Enqueued, NewOperation},
};

/// A change as a page or the API asks for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Submit {
    /// Of which release.
    pub target: Target,
    /// What.
    pub change: Wish,
    /// How.
    pub options: RunOptions,
    /// The revision that its author looked at; given, the release must still be there.
    pub base_revision: Option<u32>,
    /// Why.
    pub reason: Option<String>,
    /// The client's key: the same key with the same request is the same operation.
    #[serde(skip)]
    pub idempotency: Option<String>,
}

/// Which release a change is for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Target {
    /// One that is to be.
    New {
        /// Its tenant.
        tenant: TenantId,
        /// Its place.
        key: ReleaseKey,
    },
    /// One that is there.
    Existing(ReleaseId),
}

/// What is asked for; [`crate::domain::change::Change`] is what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Wish {
    /// Install a chart.
    Install {
        /// The chart.
        chart: ChartRef,
        /// Its version.
        version: String,
        /// The application's version, where the client states what it expects of that chart version.
        app_version: Option<String>,
        /// On top of the chart's defaults.
        values_override: Map<String, Value>,
    },
    /// Upgrade; what is `None` stays as it is.
    Upgrade {
        /// The chart.
        chart: Option<ChartRef>,
        /// Its version.
        version: Option<String>,
        /// The application's version that the client expects.
        app_version: Option<String>,
        /// The whole new override. A value that reads `hidden` keeps what is there.
        values_override: Option<Map<String, Value>>,
    },
    /// Upgrade exactly so: spelled out before, nothing in it stands for what is there.
    Exactly {
        /// The chart.
        chart: ChartRef,
        /// Its version.
        version: String,
        /// The whole new override. Not part of what tells requests apart: whoever sends this has a key of its own.
        #[serde(skip)]
        values_override: Map<String, Value>,
    },
    /// Back to that revision.
    Rollback {
        /// Which.
        to: u32,
    },
    /// Back to the newest earlier revision that deployed.
    RollbackToLastSuccessful,
    /// Out of the cluster.
    Uninstall,
    /// The chart's own tests.
    Test,
}

impl ReleaseManager {
    /// Enqueues a change. A refusal changes nothing.
    pub async fn submit(&self, actor: &Actor, submit: Submit) -> Result<Operation, Problem> {
        self.ask_for(actor, submit, None).await
    }

    /// The same, for a batch where one stands there; refused once that has moved.
    pub(super) async fn ask_for(&self, actor: &Actor, submit: Submit, stand: Option<BatchStand>) -> Result<Operation, Problem> {
        actor.demand(Act::Change)?;
        let idempotency = idempotency(&submit)?;
        if let Some((key, digest)) = &idempotency
            && let Some((operation, known)) = self.inner.stores.operations.by_key(actor.name(), key).await.map_err(store_problem)?
        {
            return if known == *digest { Ok(operation) } else { Err(key_reused()) };
        }
        let options = submit.options.clone().checked()?;
        let reason = change::reason(submit.reason.as_deref())?;
        let resolved = self.resolve(actor, submit.target, submit.base_revision, submit.change).await?;
        let reason = self.plain_reason(reason, &resolved).await;
        let Resolved { key, tenant, base_revision, change, before, after, .. } = resolved;
        let at = self.now();
        let id = OperationId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let act = format!("release.{}", change.kind().as_str());
        let audit = NewAudit {
            tenant,
            operation: Some(id),
            reason: reason.clone(),
            before,
            after,
            ..NewAudit::of(actor, at, act, key.to_string())
        };
        let new = NewOperation {
            id,
            key,
            tenant,
            change,
            options,
            base_revision,
            requested_by: actor.name().to_owned(),
            reason,
            idempotency,
            stand,
            at,
        };
        match self.inner.stores.operations.enqueue(&new, &audit).await.map_err(store_problem)? {
            Enqueued::New(operation) => {
                self.inner.wake.notify_one();
                self.inner.refresh.notify_one();
                self.hint_operation(&operation);
                Ok(operation)
            }
            Enqueued::Same(operation) => Ok(operation),
            Enqueued::KeyReused => Err(key_reused()),
            Enqueued::BatchMoved => Err(Problem::new(Code::BatchMoved, "The batch has moved since this was decided. Nothing was done.")),
            Enqueued::Busy(operation) => Err(Problem::operation_in_progress(operation)),
        }
    }

    /// Asks for the end of an operation: a queued one ends at once, a running one when Helm has let go.
    pub async fn cancel(&self, actor: &Actor, id: OperationId, reason: Option<String>) -> Result<Operation, Problem> {
        actor.demand(Act::Change)?;
        let operation = self.operation(actor, id).await?;
        if operation.status.is_settled() {
            return Err(Problem::new(Code::OperationSettled, "The operation has ended; there is nothing left to cancel."));
        }
        let at = self.now();
        let subject = operation.key().to_string();
        let audit = NewAudit {
            tenant: operation.tenant_id,
            operation: Some(id),
            reason: change::reason(reason.as_deref())?,
            ..NewAudit::of(actor, at, "operation.cancel", subject)
        };
        let cancelled = self.inner.stores.operations.request_cancel(actor, id, at, &audit).await.map_err(store_problem)?;
        let cancelled = cancelled.ok_or_else(Problem::operation_not_found)?;
        self.hint_operation(&cancelled);
        Ok(cancelled)
    }

    /// The override of a release as YAML for an editor, secrets hidden; a submitted `hidden` keeps what is there.
    pub async fn override_for_edit(&self, actor: &Actor, id: ReleaseId) -> Result<String, Problem> {
        let release = self.release(actor, id).await?;
        self.part(actor, id, release.revision, crate::domain::revision::BodyPart::Override).await
    }

    /// Tells open pages that an operation has moved, and batches where it has ended.
    pub(super) fn hint_operation(&self, operation: &Operation) {
        self.hint(Live::Operation { id: operation.id, release: operation.release_id, tenant: operation.tenant_id });
        if operation.status.is_settled() {
            // Nobody waiting is fine.
            let _ = self.inner.ended.send(operation.release_id);
        }
    }
}

/// The client's key with a digest of the request.
fn idempotency(submit: &Submit) -> Result<Option<(String, [u8; 32])>, Problem> {
    let Some(key) = usable_key(submit.idempotency.as_deref())? else { return Ok(None) };
    let request = serde_json::to_vec(submit).map_err(|_| Problem::internal())?;
    Ok(Some((key.to_owned(), Sha256::digest(&request).into())))
}
