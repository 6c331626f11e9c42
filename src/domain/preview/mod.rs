//! Previews: what a change will do, seen before it is done. Renders nothing and decides nothing: `manager` has Helm
//! render, `redact` hides, and [`risk`] points out what is dangerous in it.

mod back;
mod part;
pub mod risk;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::{
    back::stays,
    part::{PartOfBatch, by_itself},
};
use super::{
    change::RunOptions,
    diff::Diff,
    ids::{PreviewId, ReleaseId, TenantId},
    names::{Namespace, ReleaseKey, ReleaseName},
    operation::OperationKind,
    revision::Hook,
};

/// A preview. Redacted already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Its id: the change that is asked for with it is exactly this one.
    pub id: PreviewId,
    /// What kind of change.
    pub kind: OperationKind,
    /// In a few words, such as `web 1.4.2` or `to revision 3`.
    pub target: String,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The release.
    pub release_id: ReleaseId,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// The revision that the change starts from; refused once the release has moved on.
    pub base_revision: Option<u32>,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be acted on.
    pub expires_at: DateTime<Utc>,
    /// How it will be run.
    pub options: RunOptions,
    /// Why, in the words of who asked for it.
    pub reason: Option<String>,
    /// What it will do.
    #[serde(flatten)]
    pub effect: Effect,
}

/// What a change will do to its release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// How the values override changes.
    pub values: Diff,
    /// How the computed values change.
    pub computed: Diff,
    /// The objects that are added, changed or removed, those of hooks included.
    pub manifest: Vec<ObjectChange>,
    /// How many objects stay as they are, those of hooks included.
    pub unchanged: usize,
    /// The hooks that will run.
    pub hooks: Vec<HookRun>,
    /// What to look at before going on.
    pub warnings: Vec<Warning>,
    /// For a rollback: what will not go back.
    pub stays: Vec<String>,
}

impl Preview {
    /// Which release.
    pub fn key(&self) -> ReleaseKey {
        ReleaseKey { namespace: self.namespace.clone(), name: self.release_name.clone() }
    }

    /// The page that shows it.
    pub fn path(&self) -> String {
        format!("/previews/{}", self.id)
    }
}

impl Effect {
    /// How many objects change in that way.
    pub fn count(&self, how: ChangeKind) -> usize {
        self.manifest.iter().filter(|object| object.change == how).count()
    }
}

/// An object of the manifest that does not stay as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ObjectChange {
    /// Its kind; hostile text, as all of it.
    pub kind: String,
    /// Its name, with its namespace where the manifest says one.
    pub name: String,
    /// What becomes of it.
    pub change: ChangeKind,
    /// When it runs, in Helm's words, where it is a hook; of the release's own objects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Vec<String>>,
    /// In which lines.
    pub diff: Diff,
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It goes.
    Removed,
    /// It changes.
    Changed,
    /// It is new.
    Added,
}

impl ChangeKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Removed, Self::Changed, Self::Added];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Added => "added",
        }
    }
}

/// A hook that will run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct HookRun {
    /// Its object's kind.
    pub kind: String,
    /// Its object's name.
    pub name: String,
    /// When, in Helm's words.
    pub events: Vec<String>,
}

/// Something to look at before going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What kind of thing.
    pub risk: Risk,
    /// The object or the key that it is about.
    pub subject: String,
    /// What will happen, as a sentence.
    pub text: String,
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// A field changes that the cluster does not let change.
    Immutable,
    /// Data or definitions go with an object.
    DataLoss,
    /// The chart goes back to an older version.
    OlderChart,
    /// A workload runs nothing afterwards.
    ScaledToZero,
    /// The override sets a key that the chart no longer knows.
    UnknownKey,
    /// An object stays in the cluster, out of the release.
    Kept,
    /// Another image runs.
    Image,
}

impl Risk {
    /// Whether the change is likely to fail or to lose something.
    pub fn is_grave(self) -> bool {
        matches!(self, Self::Immutable | Self::DataLoss)
    }
}

/// The hooks that a change of that kind runs, in the order in which they stand in the release.
pub fn hooks_of(kind: OperationKind, hooks: &[Hook]) -> Vec<HookRun> {
    let events: &[&str] = match kind {
        OperationKind::Install => &["pre-install", "post-install"],
        OperationKind::Upgrade => &["pre-upgrade", "post-upgrade"],
        OperationKind::Rollback => &["pre-rollback", "post-rollback"],
        OperationKind::Uninstall => &["pre-delete", "post-delete"],
        OperationKind::Test => &["test"],
        OperationKind::Recover => &[],
    };
    let run = |hook: &Hook| {
        let when: Vec<String> = hook.events.iter().filter(|event| events.contains(&event.as_str())).cloned().collect();
        (!when.is_empty()).then(|| HookRun { kind: hook.kind.clone(), name: hook.name.clone(), events: when })
    };
    hooks.iter().filter_map(run).collect()
}

/// The keys that an override sets and that the chart knew before and does not know now, as paths with dots.
pub fn forgotten_keys(set: &Map<String, Value>, before: &Map<String, Value>, now: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    forgotten("", set, before, now, &mut found);
    found
}

fn forgotten(at: &str, set: &Map<String, Value>, before: &Map<String, Value>, now: &Map<String, Value>, found: &mut Vec<String>) {
    for (key, value) in set {
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match (value, before.get(key), now.get(key)) {
            (_, Some(_), None) => found.push(path),
            (Value::Object(set), Some(Value::Object(before)), Some(Value::Object(now))) => forgotten(&path, set, before, now, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn keys_that_the_chart_no_longer_knows_are_found_where_they_are_set() {
        let set = map(json!({"ingress": {"host": "a", "tls": true}, "old": 1, "free": {"x": 1}, "never": 1}));
        let before = map(json!({"ingress": {"host": "", "tls": false}, "old": 0, "free": {}}));
        let now = map(json!({"ingress": {"host": ""}, "free": {}}));
        assert_eq!(forgotten_keys(&set, &before, &now), ["ingress.tls", "old"]);
        assert!(forgotten_keys(&set, &now, &now).is_empty(), "what was never known is no news");
    }

    #[test]
    fn only_the_hooks_of_the_change_at_hand_run() {
        let hook = |name: &str, events: &[&str]| Hook {
            name: name.into(),
            kind: "Job".into(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            manifest: String::new(),
        };
        let hooks = [hook("migrate", &["pre-install", "pre-upgrade"]), hook("smoke", &["test"]), hook("undo", &["post-rollback"])];
        let names = |kind| hooks_of(kind, &hooks).into_iter().map(|run| (run.name, run.events)).collect::<Vec<_>>();
        assert_eq!(names(OperationKind::Upgrade), [("migrate".to_owned(), vec!["pre-upgrade".to_owned()])]);
        assert_eq!(names(OperationKind::Rollback), [("undo".to_owned(), vec!["post-rollback".to_owned()])]);
        assert!(names(OperationKind::Uninstall).is_empty());
    }
}
