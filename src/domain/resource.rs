//! What a release has in the cluster right now: its objects with what they own, its pods, and what happened to
//! them. Everything here is the cluster's and the charts' own text: hostile, and shown without secrets.
//! Does not read it: `cluster` does.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{manifest::Document, redact::Secrets, release::Health, revision::RevisionBody};

/// An object that a release is made of, as its manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where the manifest says one.
    pub namespace: Option<String>,
    /// Whether it is a hook's, which need not be there.
    pub hook: bool,
}

/// An object in the cluster. Lists of them are in the order of a tree: what an object owns comes right after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Such as `apps/v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many owners stand above it.
    pub depth: u8,
    /// Kind and name of what owns it; `None` for what the manifest names itself.
    pub owner: Option<String>,
    /// Whether it belongs to a hook of the chart.
    pub hook: bool,
    /// How it runs; what only has to be there is healthy when it is.
    pub health: Health,
    /// Why it is not healthy.
    pub reason: Option<String>,
    /// Since when it is there; `None` for what is missing.
    pub created_at: Option<DateTime<Utc>>,
    /// What is in it, where it is a pod.
    pub pod: Option<Pod>,
}

impl Resource {
    /// Kind and name.
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

/// What is in a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Pod {
    /// Kubernetes' word, such as `Running`.
    pub phase: String,
    /// The node it is on.
    pub node: Option<String>,
    /// Its containers, those that prepare it first.
    pub containers: Vec<Container>,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub image: String,
    /// Whether it runs before the others.
    pub init: bool,
    /// What it does.
    pub state: ContainerState,
    /// Why it waits or how it ended, such as `ImagePullBackOff`.
    pub reason: Option<String>,
    /// Whether it is ready to serve.
    pub ready: bool,
    /// How often it was started anew.
    pub restarts: u32,
    /// Since when it runs, or when it ended.
    pub since: Option<DateTime<Utc>>,
    /// How it ended the last time before that.
    pub last: Option<Ended>,
}

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// It has not begun, or waits to be started again.
    Waiting,
    /// It runs.
    Running,
    /// It has ended.
    Ended,
}

impl ContainerState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Kubernetes' word, such as `OOMKilled`.
    pub reason: String,
    /// What it returned.
    pub exit_code: i32,
    /// When.
    pub at: Option<DateTime<Utc>>,
}

/// What a release has in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Resources {
    /// The objects, in the order of a tree.
    pub items: Vec<Resource>,
    /// Whether there is more than is listed.
    pub cut: bool,
}

impl Resources {
    /// The pod of that name.
    pub fn pod(&self, name: &str) -> Option<&Resource> {
        self.items.iter().find(|item| item.pod.is_some() && item.name == name)
    }

    /// The same without what is secret.
    pub fn hidden(mut self, secrets: &Secrets) -> Self {
        let hide = |text: &mut String| *text = secrets.hide_cut(text).into_owned();
        // What is never cut; a chart may have named it after a secret all the same.
        let hide_word = |text: &mut String| *text = secrets.hide(text).into_owned();
        for item in &mut self.items {
            [&mut item.api_version, &mut item.kind].into_iter().for_each(hide_word);
            hide_word(&mut item.name);
            item.owner.iter_mut().for_each(hide_word);
            item.reason.iter_mut().for_each(hide);
            for container in item.pod.iter_mut().flat_map(|pod| &mut pod.containers) {
                hide_word(&mut container.name);
                hide(&mut container.image);
                container.reason.iter_mut().for_each(hide);
                container.last.iter_mut().for_each(|last| hide_word(&mut last.reason));
            }
        }
        self
    }
}

/// Something that happened to an object: an event of Kubernetes'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Happening {
    /// When, the last time.
    pub at: Option<DateTime<Utc>>,
    /// Kind and name of the object.
    pub object: String,
    /// In a word, such as `BackOff`.
    pub reason: String,
    /// In a sentence.
    pub message: String,
    /// Whether Kubernetes warns of it.
    pub warning: bool,
    /// How often it happened.
    pub count: u32,
}

impl Happening {
    /// The same without what is secret.
    pub fn hidden(self, secrets: &Secrets) -> Self {
        // Kubernetes cuts the sentence alone.
        let hide = |text: &str| secrets.hide(text).into_owned();
        Self { object: hide(&self.object), reason: hide(&self.reason), message: secrets.hide_cut(&self.message).into_owned(), ..self }
    }
}

/// The objects of a revision: those of its manifest, then those of its hooks.
pub fn wanted(body: &RevisionBody) -> Vec<Wanted> {
    let mut found = Vec::new();
    for document in Document::all(&body.manifest) {
        document.value.iter().for_each(|object| note(object, false, &mut found));
    }
    for document in body.hooks.iter().flat_map(|hook| Document::all(&hook.manifest)) {
        document.value.iter().for_each(|object| note(object, true, &mut found));
    }
    found
}

fn note(object: &Value, hook: bool, found: &mut Vec<Wanted>) {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(items) = object.get("items").and_then(Value::as_array).filter(|_| text("/metadata/name").is_none()) {
        items.iter().filter(|item| item.get("items").is_none()).for_each(|item| note(item, hook, found));
    } else if let (Some(api_version), Some(kind), Some(name)) = (text("/apiVersion"), text("/kind"), text("/metadata/name")) {
        let wanted = Wanted { api_version, kind, name, namespace: text("/metadata/namespace"), hook };
        // The same hook may run at several moments, each with an object of its own.
        if !found.contains(&wanted) {
            found.push(wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::revision::Hook;

    #[test]
    fn the_objects_of_a_revision_are_those_of_its_manifest_its_lists_and_its_hooks() {
        let manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n\
                        - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: other}}\n---\nkind: [broken\n";
        let hook = Hook {
            name: "h".into(),
            kind: "Job".into(),
            events: vec![],
            manifest: "apiVersion: batch/v1\nkind: Job\nmetadata: {name: h}\n".into(),
        };
        let body = RevisionBody { manifest: manifest.into(), hooks: vec![hook.clone(), hook], ..RevisionBody::default() };
        let found = wanted(&body);
        let names: Vec<_> = found.iter().map(|one| (one.kind.as_str(), one.name.as_str(), one.hook)).collect();
        assert_eq!(names, [("Service", "a", false), ("ConfigMap", "b", false), ("Job", "h", true)]);
        assert_eq!(found[1].namespace.as_deref(), Some("other"));
    }

    #[test]
    fn a_secret_is_shown_by_no_word_of_a_pod_or_of_an_event() {
        let values = serde_json::json!({"password": "correct-horse-battery"});
        let secrets = crate::domain::redact::Rules::default().secrets_of_values(values.as_object().unwrap());
        let said = || "correct-horse-battery".to_owned();
        let ended = Ended { reason: said(), exit_code: 1, at: None };
        let container = Container {
            name: said(),
            image: said(),
            init: false,
            state: ContainerState::Ended,
            reason: Some(said()),
            ready: false,
            restarts: 0,
            since: None,
            last: Some(ended),
        };
        let pod = Pod { phase: "Running".into(), node: None, containers: vec![container] };
        let item = Resource {
            api_version: said(),
            kind: said(),
            name: said(),
            depth: 0,
            owner: Some(said()),
            hook: false,
            health: Health::Degraded,
            reason: Some(said()),
            created_at: None,
            pod: Some(pod),
        };
        let shown = Resources { items: vec![item], cut: false }.hidden(&secrets);
        let event = Happening { at: None, object: said(), reason: said(), message: said(), warning: false, count: 1 };
        let told = format!("{shown:?}{:?}", event.hidden(&secrets));
        assert!(!told.contains("horse"), "{told}");
    }
}
