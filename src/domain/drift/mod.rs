//! Drift: whether what runs still says what a release's manifest says. What a check found, and the pure part of finding
//! it: which objects to ask for ([`asked`]), how they differ ([`compared`]), what of that is ignored ([`rules`]).
//! Asks no cluster and hides nothing: `cluster` and `redact` do.

mod asked;
mod compare;
mod owners;
pub mod rules;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::{
    asked::{Asked, asked},
    compare::{Compared, compared},
    rules::{Autoscaled, IgnoreRules},
};
use super::{diff::Diff, ids::ReleaseId, preview::ChangeKind};

/// What was found of an object that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Met {
    /// It is not there.
    Missing,
    /// Nobody can tell, and why; hostile text.
    Unknown(String),
    /// It is there.
    There {
        /// As it is.
        live: Value,
        /// As it would be, were the manifest applied once more.
        answer: Value,
    },
}

/// What a check found. Redacted already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The release.
    pub release_id: ReleaseId,
    /// Its newest revision at the time.
    pub revision: u32,
    /// The revision whose manifest was looked for: the newest that deployed.
    pub manifest_of: u32,
    /// When.
    pub checked_at: DateTime<Utc>,
    /// Who asked for it; `None` for the schedule.
    pub requested_by: Option<String>,
    /// What it comes to.
    pub verdict: DriftVerdict,
    /// Whether the release has moved on since, so that this tells of a past revision.
    pub stale: bool,
    /// The objects of the manifest, those that differ first.
    pub objects: Vec<ObjectDrift>,
    /// What differs and was ignored, by rule.
    pub ignored: Vec<IgnoredFields>,
    /// Whether the manifest has more objects than were looked at.
    pub cut: bool,
}

impl Drift {
    /// How many objects stand in that way.
    pub fn count(&self, state: DriftState) -> usize {
        self.objects.iter().filter(|object| object.state == state).count()
    }
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DriftVerdict {
    /// An object has changed or is missing.
    Drifted,
    /// Nothing differs as far as could be seen, and not all of it could be.
    Unknown,
    /// Everything says what the manifest says.
    Same,
}

impl DriftVerdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Drifted, Self::Unknown, Self::Same];

    /// What these objects come to; `whole` is whether they are all there are.
    pub fn of(objects: &[ObjectDrift], whole: bool) -> Self {
        let any = |state| objects.iter().any(|object| object.state == state);
        if any(DriftState::Changed) || any(DriftState::Missing) {
            Self::Drifted
        } else if any(DriftState::Unknown) || !whole {
            Self::Unknown
        } else {
            Self::Same
        }
    }

    /// The word as the API and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drifted => "drifted",
            Self::Unknown => "unknown",
            Self::Same => "same",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// An object of a manifest against what runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ObjectDrift {
    /// Such as `apps/v1`; hostile text, as all of it.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where the manifest says one.
    pub namespace: Option<String>,
    /// How it stands.
    pub state: DriftState,
    /// Why nobody can tell.
    pub reason: Option<String>,
    /// What differs.
    pub fields: Vec<DriftField>,
    /// How many more differ than are listed.
    pub more: usize,
    /// In which lines: the manifest on the left, what runs on the right.
    pub diff: Diff,
}

impl ObjectDrift {
    /// Kind and name.
    pub fn title(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

/// How an object stands against its manifest. In the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DriftState {
    /// It says something else.
    Changed,
    /// It is not there.
    Missing,
    /// Nobody can tell.
    Unknown,
    /// It says what the manifest says.
    Same,
}

impl DriftState {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Changed, Self::Missing, Self::Unknown, Self::Same];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Same => "same",
        }
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct DriftField {
    /// Where, as a JSON pointer into the object that runs.
    pub path: String,
    /// What became of it: removed from what runs, changed in it, or added to it.
    pub change: ChangeKind,
    /// Who wrote it last, as the cluster notes it, such as `kubectl-edit`.
    pub by: Option<String>,
    /// When they did.
    pub at: Option<DateTime<Utc>>,
}

/// What a rule had ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct IgnoredFields {
    /// The rule, as it is written.
    pub rule: String,
    /// How many fields.
    pub count: usize,
    /// The first of them, each with its object.
    pub fields: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(state: DriftState) -> ObjectDrift {
        let text = String::new;
        let (fields, diff) = (vec![], Diff::default());
        ObjectDrift { api_version: text(), kind: text(), name: text(), namespace: None, state, reason: None, fields, more: 0, diff }
    }

    #[test]
    fn one_object_that_differs_is_drift_and_one_that_nobody_could_see_is_not_all_well() {
        let of = |states: &[DriftState]| DriftVerdict::of(&states.iter().map(|state| object(*state)).collect::<Vec<_>>(), true);
        assert_eq!(of(&[]), DriftVerdict::Same);
        assert_eq!(of(&[DriftState::Same, DriftState::Unknown]), DriftVerdict::Unknown);
        assert_eq!(of(&[DriftState::Unknown, DriftState::Changed]), DriftVerdict::Drifted);
        assert_eq!(of(&[DriftState::Same, DriftState::Missing]), DriftVerdict::Drifted);
        assert_eq!(DriftVerdict::of(&[object(DriftState::Same)], false), DriftVerdict::Unknown, "not all were looked at");
        assert!(DriftVerdict::ALL.into_iter().all(|verdict| DriftVerdict::parse(verdict.as_str()) == Some(verdict)));
    }
}
