//! Submitting a change: authorize, validate against what is there, spell everything out, enqueue with its audit
//! row. Runs nothing: [`super::worker`] does.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{ReleaseManager, store_problem};
use crate::{
    domain::{
        actor::{Act, Actor},
        audit::NewAudit,
        change::{self, Change, RunOptions},
        clock::uuid_v7,
        ids::{OperationId, ReleaseId, TenantId},
        live::Live,
        names::{ChartRef, ReleaseKey},
        operation::Operation,
        problem::{Code, Problem},
        redact,
        release::{Release, ReleaseState},
        revision::{HelmStatus, Revision, RevisionBody},
        values,
    },
    store::operations::{Enqueued, NewOperation},
};

/// Longest idempotency key that is accepted, in bytes.
const MAX_IDEMPOTENCY_KEY: usize = 200;

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

/// What is asked for; [`Change`] is what it comes to.
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
    /// Back to that revision.
    Rollback {
        /// Which.
        to: u32,
    },
    /// Back to the newest earlier revision that deployed.
    RollbackToLastSuccessful,
    /// Out of the cluster.
    Uninstall,
}

impl ReleaseManager {
    /// Enqueues a change. A refusal changes nothing.
    pub async fn submit(&self, actor: &Actor, submit: Submit) -> Result<Operation, Problem> {
        actor.demand(Act::Change)?;
        let idempotency = idempotency(&submit)?;
        if let Some((key, digest)) = &idempotency
            && let Some((operation, known)) = self.inner.stores.operations.by_key(actor.name(), key).await.map_err(store_problem)?
        {
            return if known == *digest { Ok(operation) } else { Err(key_reused()) };
        }
        let options = submit.options.clone().checked()?;
        let reason = change::reason(submit.reason.as_deref())?;
        let (key, tenant, base_revision, change) = match submit.target {
            Target::New { tenant, key } => {
                let change = self.resolve_install(actor, tenant, &key, submit.change).await?;
                (key, Some(tenant), None, change)
            }
            Target::Existing(id) => {
                let release = self.release(actor, id).await?;
                self.tenant_to_change(&release.namespace).await?.open()?;
                let change = self.resolve_change(actor, &release, submit.base_revision, submit.change).await?;
                (release.key(), release.tenant_id, Some(release.revision), change)
            }
        };
        let at = self.now();
        let id = OperationId(uuid_v7(&*self.inner.clock, &*self.inner.entropy));
        let act = format!("release.{}", change.kind().as_str());
        let audit = NewAudit { tenant, operation: Some(id), reason: reason.clone(), ..NewAudit::of(actor, at, act, key.to_string()) };
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

    pub(super) fn hint_operation(&self, operation: &Operation) {
        self.hint(Live::Operation { id: operation.id, release: operation.release_id, tenant: operation.tenant_id });
    }

    async fn resolve_install(&self, actor: &Actor, tenant: TenantId, key: &ReleaseKey, wish: Wish) -> Result<Change, Problem> {
        let Wish::Install { chart, version, app_version, values_override } = wish else {
            return Err(Problem::new(Code::InvalidRequest, "A release that is not there can only be installed."));
        };
        let tenant = self.tenant_by_id(actor, tenant).await?;
        tenant.open()?;
        if !tenant.namespaces.contains(&key.namespace) {
            let own: Vec<&str> = tenant.namespaces.iter().map(AsRef::as_ref).collect();
            return Err(Problem::new(
                Code::NamespaceNotOfTenant,
                format!("The namespace {} does not belong to {}. Its namespaces: {}.", key.namespace, tenant.slug, own.join(", ")),
            ));
        }
        let present = self.inner.stores.releases.by_key(actor, key).await.map_err(store_problem)?;
        if let Some(operation) = present.as_ref().and_then(|release| release.active_operation) {
            return Err(Problem::operation_in_progress(operation.id));
        }
        if present.is_some_and(|release| release.status != ReleaseState::Uninstalled) {
            return Err(Problem::new(
                Code::ReleaseExists,
                format!("{} is a release in {} already. Upgrade it, or choose another name.", key.name, key.namespace),
            ));
        }
        let values_override = values::checked(values_override)?;
        let chart = self.check_version(&chart, &version, app_version.as_deref()).await?;
        Ok(Change::Install { chart, version, values_override })
    }

    async fn resolve_change(&self, actor: &Actor, release: &Release, seen: Option<u32>, wish: Wish) -> Result<Change, Problem> {
        if let Some(operation) = release.active_operation {
            return Err(Problem::operation_in_progress(operation.id));
        }
        if release.status == ReleaseState::Uninstalled {
            return Err(Problem::new(
                Code::ReleaseNotInstalled,
                "The release has been uninstalled; only its history is left. Install it again to change it.",
            ));
        }
        if let Some(seen) = seen.filter(|seen| *seen != release.revision) {
            return Err(Problem::revision_moved(seen, release.revision));
        }
        match wish {
            Wish::Install { .. } => Err(Problem::new(Code::ReleaseExists, "The release is installed already. Upgrade it instead.")),
            Wish::Upgrade { chart, version, app_version, values_override } => {
                let present = self.present_body(actor, release).await?;
                let chart = chart.map_or_else(|| release.chart_name.parse(), Ok)?;
                let version = version.unwrap_or_else(|| release.chart_version.clone());
                let values_override = match values_override {
                    Some(map) => values::checked(redact::restore(map, &present.values_override)?)?,
                    None => present.values_override,
                };
                let chart = self.check_version(&chart, &version, app_version.as_deref()).await?;
                Ok(Change::Upgrade { chart, version, values_override })
            }
            Wish::Rollback { to } => {
                let revisions = self.life(actor, release).await?;
                let target = revisions.iter().find(|revision| revision.revision == to).ok_or_else(|| Problem::revision_not_found(to))?;
                if to == release.revision {
                    return Err(Problem::new(
                        Code::NothingToRollBackTo,
                        format!("The release is at revision {to} now. Choose an earlier one."),
                    ));
                }
                if target.pruned {
                    return Err(Problem::new(
                        Code::RevisionNotFound,
                        format!(
                            "Helm no longer holds revision {to}; it is kept here for its history only. Upgrade with its values instead."
                        ),
                    ));
                }
                Ok(Change::Rollback { to })
            }
            Wish::RollbackToLastSuccessful => {
                let revisions = self.life(actor, release).await?;
                last_successful(&revisions, release.revision).map(|to| Change::Rollback { to }).ok_or_else(|| {
                    Problem::new(
                        Code::NothingToRollBackTo,
                        "No earlier revision that deployed is left in the cluster. Upgrade to a version that works instead.",
                    )
                })
            }
            Wish::Uninstall => Ok(Change::Uninstall),
        }
    }

    /// The revisions of the release's present life, newest first.
    pub(super) async fn life(&self, actor: &Actor, release: &Release) -> Result<Vec<Revision>, Problem> {
        let mut revisions = self.inner.stores.releases.revisions(actor, release.id).await.map_err(store_problem)?;
        let life = revisions.iter().map(|revision| revision.life).max();
        revisions.retain(|revision| Some(revision.life) == life);
        Ok(revisions)
    }

    async fn present_body(&self, actor: &Actor, release: &Release) -> Result<RevisionBody, Problem> {
        let body = self.inner.stores.releases.body(actor, release.id, release.revision).await.map_err(store_problem)?;
        body.ok_or_else(|| {
            Problem::new(
                Code::RevisionNotFound,
                "The values of the newest revision have not been read from the cluster yet. Try again in a moment.",
            )
        })
    }

    /// The chart with its source spelled out, if it has that version and the version ships what the client expects.
    async fn check_version(&self, chart: &ChartRef, version: &str, app_version: Option<&str>) -> Result<ChartRef, Problem> {
        let (chart, found) = self.inner.charts.version(chart, version).await?;
        match app_version {
            Some(wanted) if !wanted.is_empty() && wanted != found.app_version => Err(Problem::new(
                Code::InvalidRequest,
                format!(
                    "{} {version} ships application version {}, not the one in the request. Leave appVersion out, or choose another chart version.",
                    chart.name,
                    shown(&found.app_version)
                ),
            )),
            _ => Ok(chart),
        }
    }
}

/// The newest revision before `before` that deployed and is still in the cluster.
pub(super) fn last_successful(revisions: &[Revision], before: u32) -> Option<u32> {
    revisions
        .iter()
        .filter(|revision| revision.revision < before && !revision.pruned)
        .filter(|revision| matches!(revision.status, HelmStatus::Deployed | HelmStatus::Superseded))
        .map(|revision| revision.revision)
        .max()
}

/// A text from a chart, short enough and harmless enough for a sentence.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn key_reused() -> Problem {
    Problem::new(
        Code::IdempotencyKeyReused,
        "Send a new Idempotency-Key with every new request, and the same one only to repeat a request.",
    )
}

/// The client's key with a digest of the request.
fn idempotency(submit: &Submit) -> Result<Option<(String, [u8; 32])>, Problem> {
    let Some(key) = submit.idempotency.clone().filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.len() > MAX_IDEMPOTENCY_KEY {
        return Err(Problem::new(Code::InvalidRequest, format!("The Idempotency-Key has more than {MAX_IDEMPOTENCY_KEY} bytes.")));
    }
    let request = serde_json::to_vec(submit).map_err(|_| Problem::internal())?;
    Ok(Some((key, Sha256::digest(&request).into())))
}
