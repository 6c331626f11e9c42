//! Targets of a batch: one release each, and how far it has come. Does not move them: [`super::step`] does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{OperationId, PreviewId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, ReleaseName, TenantSlug},
};

/// What is said of a target whose change was cut short by something that has nothing to do with it.
pub const CUT_SHORT: &str = "Its change was cut short, and it begins anew.";

/// How far a target has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum TargetState {
    /// Not begun.
    Waiting,
    /// Its operation is queued or running.
    Running,
    /// Its operation succeeded; its new revision has not been seen healthy yet.
    Settling,
    /// Seen healthy, and watched for a while.
    Soaking,
    /// Healthy for as long as was asked for.
    Done,
    /// The change failed, or what it made does not run.
    Failed,
    /// On its way back to where it was.
    RollingBack,
    /// Back where it was.
    RolledBack,
    /// Left out, with a reason.
    SetAside,
}

impl TargetState {
    /// All of them, in the order in which a target may go through them.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Running,
        Self::Settling,
        Self::Soaking,
        Self::Done,
        Self::Failed,
        Self::RollingBack,
        Self::RolledBack,
        Self::SetAside,
    ];

    /// The word for it, as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Settling => "settling",
            Self::Soaking => "soaking",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::RollingBack => "rollingBack",
            Self::RolledBack => "rolledBack",
            Self::SetAside => "setAside",
        }
    }

    /// The word as screens write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::RollingBack => "rolling back",
            Self::RolledBack => "rolled back",
            Self::SetAside => "set aside",
            other => other.as_str(),
        }
    }

    /// Reads the API's word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether something is under way that takes one of the places of a wave.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Running | Self::Settling | Self::Soaking | Self::RollingBack)
    }

    /// Whether nothing more happens to it by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::RolledBack | Self::SetAside)
    }
}

/// A release of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its number in the batch, from 0.
    pub ord: u32,
    /// Its wave, from 0.
    pub wave: u32,
    /// The release.
    pub release_id: ReleaseId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// That tenant's slug.
    pub tenant: TenantSlug,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// The version when it was selected; hostile text.
    pub from_version: String,
    /// How far it has come.
    pub state: TargetState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why it is there, where the state alone does not tell: redacted, hostile text.
    pub why: Option<String>,
    /// The revision that its preview began from.
    pub base_revision: Option<u32>,
    /// The revision that it had before the batch: where it goes back to, however often it is tried, unless somebody else has made another
    /// revision of it since.
    pub home_revision: Option<u32>,
    /// The revision that its change made.
    pub result_revision: Option<u32>,
    /// What will be done, looked at beforehand.
    pub preview_id: Option<PreviewId>,
    /// What tells apart whose change is another.
    pub alike: Option<String>,
    /// The operation at work, or the last one.
    pub operation_id: Option<OperationId>,
    /// The operation that failed, or whose result did: once it was rolled back, the other one is the rollback's.
    pub failed_operation_id: Option<OperationId>,
    /// How often it was tried.
    pub attempt: u32,
    /// Whether it counts as a failure.
    pub failed: bool,
    /// Whether it is to go back.
    pub back: bool,
    /// The newest revision that the batch itself has made of it, that of a rollback included.
    #[serde(skip)]
    pub made_revision: Option<u32>,
    /// How often a stop of the server has cut its change short, so that it was begun anew by itself.
    #[serde(skip)]
    pub interrupted: u32,
    /// Whether its change begins anew once it is back: a stop of the server has cut it short.
    #[serde(skip)]
    pub again: bool,
    /// Whether somebody has seen its failure, and let the batch go on after it.
    #[serde(skip)]
    pub forgiven: bool,
    /// When its change was first asked for.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub over_at: Option<DateTime<Utc>>,
}

/// Which release a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetOf {
    /// The release.
    pub release_id: ReleaseId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// That tenant's slug.
    pub tenant: TenantSlug,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// The version that it has; hostile text.
    pub from_version: String,
}

impl Target {
    /// Which release.
    pub fn key(&self) -> ReleaseKey {
        ReleaseKey { namespace: self.namespace.clone(), name: self.release_name.clone() }
    }

    /// One that waits from now on to be looked at beforehand.
    pub fn waiting(ord: u32, wave: u32, release: TargetOf, now: DateTime<Utc>) -> Self {
        let TargetOf { release_id, tenant_id, tenant, namespace, release_name, from_version } = release;
        Self {
            ord,
            wave,
            release_id,
            tenant_id,
            tenant,
            namespace,
            release_name,
            from_version,
            state: TargetState::Waiting,
            since: now,
            why: None,
            base_revision: None,
            home_revision: None,
            result_revision: None,
            preview_id: None,
            alike: None,
            operation_id: None,
            failed_operation_id: None,
            attempt: 1,
            failed: false,
            back: false,
            made_revision: None,
            interrupted: 0,
            again: false,
            forgiven: false,
            begun_at: None,
            over_at: None,
        }
    }

    /// Waits again, for another preview of the same change.
    pub fn begin_anew(&mut self, why: Option<String>, now: DateTime<Utc>) {
        self.attempt += 1;
        (self.state, self.since, self.why) = (TargetState::Waiting, now, why);
        (self.preview_id, self.alike, self.operation_id, self.failed_operation_id) = (None, None, None, None);
        // What the batch has made of it tells its own work from others': only after theirs it goes back to somewhere else.
        self.made_revision = self.made_revision.max(self.result_revision);
        (self.base_revision, self.result_revision) = (None, None);
        (self.failed, self.forgiven, self.back, self.again, self.begun_at, self.over_at) = (false, false, false, false, None, None);
    }

    /// Counts as a failure from now on.
    pub fn fail(&mut self, why: Option<String>, back: bool, now: DateTime<Utc>) {
        self.failed_operation_id = self.failed_operation_id.or(self.operation_id);
        (self.state, self.since, self.why, self.over_at) = (TargetState::Failed, now, why, Some(now));
        (self.failed, self.back) = (true, back);
    }

    /// Leaves it as it is, and says why.
    pub fn set_aside(&mut self, why: Option<String>, now: DateTime<Utc>) {
        (self.state, self.why, self.since, self.over_at, self.back) = (TargetState::SetAside, why, now, Some(now), false);
    }

    /// Where it goes back to, once it is changed from that revision: where it was before the batch, however often it is tried,
    /// unless somebody else has made another revision of it since.
    pub fn home_from(&self, present: u32) -> u32 {
        match self.home_revision {
            Some(home) if home == present || self.made_revision == Some(present) => home,
            _ => present,
        }
    }

    /// The key with which its rollback is asked for: the same one is never asked for twice, whatever happens in between, and
    /// another one is another.
    pub fn rollback_key(&self, batch: crate::domain::ids::BatchId) -> String {
        format!("batch:{batch}:{}:back:{}", self.ord, self.since.timestamp_micros())
    }
}
