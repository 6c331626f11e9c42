//! Rows of batches and of their targets, and how they become the domain's. Chooses none.

use super::{from_json, instant, nonsense, parsed, tx::Tx};
use crate::{
    domain::{
        batch::{
            Batch, BatchState, Counts, Target, TargetState,
            step::{SeenOperation, SeenRelease, Sight},
        },
        hold::Hold,
        operation::{OperationError, OperationKind, OperationStatus},
        release::{Health, ReleaseState},
    },
    store::StoreError,
};

macro_rules! batch_columns {
    () => {
        "b.id, b.title, b.state, b.why, b.strategy, b.waves, b.requested_by, b.reason, b.created_at, b.started_at, b.finished_at,
         b.version, b.forgiven, b.sealed"
    };
}

macro_rules! target_columns {
    () => {
        "b.ord, b.wave, b.release_id, b.tenant_id, b.namespace, b.release_name, b.from_version, b.state, b.since, b.why, b.base_revision,
         b.home_revision, b.result_revision, b.preview_id, b.alike, b.operation_id, b.failed_operation_id, b.attempt, b.failed, b.back, b.made_revision,
         b.interrupted, b.again, b.forgiven, b.begun_at, b.over_at"
    };
}
pub(super) use {batch_columns, target_columns};

#[derive(sqlx::FromRow)]
pub(super) struct BatchRow {
    pub(super) id: String,
    title: String,
    state: String,
    why: Option<String>,
    strategy: String,
    waves: String,
    requested_by: String,
    reason: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    version: u32,
    forgiven: u32,
    sealed: Vec<u8>,
}

impl BatchRow {
    /// The batch, and what is sealed of it.
    pub(super) fn into_domain(self, counts: Counts) -> Result<(Batch, Vec<u8>), StoreError> {
        let batch = Batch {
            id: parsed(&self.id)?,
            title: self.title,
            state: BatchState::parse(&self.state).ok_or_else(nonsense)?,
            why: self.why,
            strategy: from_json(&self.strategy)?,
            requested_by: self.requested_by,
            reason: self.reason,
            created_at: instant(self.created_at)?,
            started_at: self.started_at.map(instant).transpose()?,
            finished_at: self.finished_at.map(instant).transpose()?,
            waves: from_json(&self.waves)?,
            counts,
            version: self.version,
            forgiven: self.forgiven,
        };
        Ok((batch, self.sealed))
    }
}

/// How the targets of a batch stand.
pub(super) async fn counts(tx: &mut Tx, batch: &str) -> Result<Counts, StoreError> {
    let rows: Vec<(String, bool, u32)> =
        sqlx::query_as("SELECT state, failed, count(*) FROM batch_targets WHERE batch_id = ?1 GROUP BY state, failed")
            .bind(batch)
            .fetch_all(&mut **tx)
            .await?;
    let mut alike = Vec::new();
    for (state, failed, count) in rows {
        let state = TargetState::parse(&state).ok_or_else(nonsense)?;
        alike.extend((0..count).map(|_| (state, failed)));
    }
    Ok(Counts::of(alike))
}

/// Why a tenant may not be changed by a batch.
pub(super) fn held(pinned: &Option<String>, frozen: &Option<String>, retired: &Option<String>) -> Result<Option<String>, StoreError> {
    for (what, hold) in [("retired", retired), ("frozen", frozen), ("pinned", pinned)] {
        if let Some(hold) = hold {
            let Hold { reason, by, .. } = from_json(hold)?;
            return Ok(Some(format!("Its tenant was {what} by {by}: {reason}")));
        }
    }
    Ok(None)
}

#[derive(sqlx::FromRow)]
pub(super) struct SightRow {
    ord: u32,
    wave: u32,
    release_id: String,
    tenant_id: String,
    namespace: String,
    release_name: String,
    from_version: String,
    state: String,
    since: i64,
    why: Option<String>,
    base_revision: Option<u32>,
    home_revision: Option<u32>,
    result_revision: Option<u32>,
    preview_id: Option<String>,
    alike: Option<String>,
    operation_id: Option<String>,
    failed_operation_id: Option<String>,
    attempt: u32,
    failed: bool,
    back: bool,
    made_revision: Option<u32>,
    interrupted: u32,
    again: bool,
    forgiven: bool,
    begun_at: Option<i64>,
    over_at: Option<i64>,
    slug: String,
    windows: String,
    pinned: Option<String>,
    frozen: Option<String>,
    retired: Option<String>,
    moved: bool,
    reborn: bool,
    kind: Option<String>,
    status: Option<String>,
    made: Option<u32>,
    ended: Option<i64>,
    error: Option<String>,
    revision: Option<u32>,
    release_state: Option<String>,
    health: Option<String>,
    health_detail: Option<String>,
}

impl SightRow {
    pub(super) fn into_domain(self) -> Result<(Target, Sight), StoreError> {
        let error = self.error.as_deref().map(from_json::<OperationError>).transpose()?;
        let operation = match &self.status {
            None => None,
            Some(status) => Some(SeenOperation {
                uninstalls: self.kind.as_deref() == Some(OperationKind::Uninstall.as_str()),
                status: OperationStatus::parse(status).ok_or_else(nonsense)?,
                made: self.made,
                ended: self.ended.map(instant).transpose()?,
                code: error.as_ref().map(|error| error.code),
                error: error.map(|error| error.message),
            }),
        };
        let release = match (self.revision, &self.release_state, &self.health) {
            (Some(revision), Some(state), Some(health)) => Some(SeenRelease {
                revision,
                state: ReleaseState::parse(state).ok_or_else(nonsense)?,
                health: Health::parse(health),
                detail: self.health_detail.clone(),
            }),
            _ => None,
        };
        let stranger = match (self.moved, self.reborn) {
            (true, _) => Some("Its namespace belongs to another tenant by now.".to_owned()),
            (_, true) => Some("It was uninstalled and installed anew since the batch was made.".to_owned()),
            _ => None,
        };
        let held = match &stranger {
            Some(why) => Some(why.clone()),
            None => held(&self.pinned, &self.frozen, &self.retired)?,
        };
        let target = Target {
            ord: self.ord,
            wave: self.wave,
            release_id: parsed(&self.release_id)?,
            tenant_id: parsed(&self.tenant_id)?,
            tenant: parsed(&self.slug)?,
            namespace: parsed(&self.namespace)?,
            release_name: parsed(&self.release_name)?,
            from_version: self.from_version,
            state: TargetState::parse(&self.state).ok_or_else(nonsense)?,
            since: instant(self.since)?,
            why: self.why,
            base_revision: self.base_revision,
            home_revision: self.home_revision,
            result_revision: self.result_revision,
            preview_id: self.preview_id.as_deref().map(parsed).transpose()?,
            alike: self.alike,
            operation_id: self.operation_id.as_deref().map(parsed).transpose()?,
            failed_operation_id: self.failed_operation_id.as_deref().map(parsed).transpose()?,
            attempt: self.attempt,
            failed: self.failed,
            back: self.back,
            made_revision: self.made_revision,
            interrupted: self.interrupted,
            again: self.again,
            forgiven: self.forgiven,
            begun_at: self.begun_at.map(instant).transpose()?,
            over_at: self.over_at.map(instant).transpose()?,
        };
        Ok((target, Sight { operation, release, held, stranger, windows: from_json(&self.windows)?, watched_since: None, blind: false }))
    }
}
