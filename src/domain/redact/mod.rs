//! The choke point between what we hold and what leaves the process: hides secrets in values, manifests, notes
//! and texts. Whatever a page, an answer, an event or a diff shows of a revision's body has passed through here.
//!
//! `keys` says which keys hold secrets, `found` what is secret in a body, `variants` and `views` in how many ways it may be
//! written, `secrets` hides it inside texts, `hide` in trees; `restore` takes back what an editor was shown, `reveal` gives
//! out one value, `origins` tells where they come from, `schema` is for what a chart says of its values. Does not decide who may see a hidden value: the manager asks the actor.

mod found;
mod hide;
mod keys;
mod objects;
mod origins;
mod restore;
mod reveal;
mod schema;
mod secrets;
#[cfg(test)]
mod tests;
mod variants;
mod views;

use serde_json::{Map, Value};

use self::{
    found::Found,
    hide::Hider,
    reveal::{Hidden, hidden, hidden_in_object},
};
pub use self::{
    keys::Rules,
    objects::Moved,
    secrets::{Carried, Secrets},
};
use super::{
    manifest::Document,
    problem::Problem,
    revision::{BodyPart, RevisionBody},
    values,
};

/// What stands for a hidden value.
pub const HIDDEN: &str = "hidden";
/// What stands for a hidden value that differs from the one it is compared with.
pub const CHANGED_HIDDEN: &str = "changed, hidden";

/// A body that was read once for everything that is to be shown of it.
struct Reading<'a> {
    body: &'a RevisionBody,
    computed: Map<String, Value>,
    documents: Vec<Document>,
    secrets: Secrets,
}

impl Rules {
    /// What is secret in a body.
    pub fn secrets(&self, body: &RevisionBody) -> Secrets {
        self.read(body).secrets
    }

    /// What is secret in values alone.
    pub fn secrets_of_values(&self, values: &Map<String, Value>) -> Secrets {
        let mut found = Found::new(self);
        found.values(values);
        Secrets::of(found.secrets)
    }

    /// A part of a body as text that may leave the process.
    pub fn part_text(&self, body: &RevisionBody, part: BodyPart) -> String {
        self.shown(&self.read(body), part, None)
    }

    /// The same part of two bodies as texts that may leave the process and be compared: a hidden value that differs
    /// reads *changed, hidden* on the right.
    pub fn part_texts(&self, left: &RevisionBody, right: &RevisionBody, part: BodyPart) -> (String, String) {
        let (mut left, mut right) = (self.read(left), self.read(right));
        // What was a secret on one side is none of the other's business either.
        let both = left.secrets.and(&right.secrets);
        (left.secrets, right.secrets) = (both.clone(), both);
        (self.shown(&left, part, None), self.shown(&right, part, Some(&left)))
    }

    /// The default values of a chart as its authors wrote them, comments included, without what is secret in them.
    pub fn defaults_text(&self, text: &str) -> String {
        let Ok(values) = values::parse_override(text) else {
            return "# hidden: these values could not be read as YAML\n".into();
        };
        let secrets = self.secrets_of_values(&values);
        // A short one is hidden at its key alone, which has to be on one line with it.
        let line = |line: &str| match line.split_once(':') {
            Some((key, value)) if self.is_secret_key(key) && is_scalar(value.trim()) && !key.trim_start().starts_with('#') => {
                format!("{key}: {HIDDEN}{}", if line.ends_with('\n') { "\n" } else { "" })
            }
            _ => line.to_owned(),
        };
        secrets.hide(text).split_inclusive('\n').map(line).collect()
    }

    /// Puts back what was hidden in an override that comes from an editor: a value that reads as it was shown becomes the
    /// one that is there now.
    pub fn restore(&self, edited: Map<String, Value>, present: &RevisionBody) -> Result<Map<String, Value>, Problem> {
        let secrets = self.secrets(present);
        restore::restored(Hider { rules: self, secrets: &secrets, before: None }, edited, &present.values_override)
    }

    /// The paths of all values that are hidden in a part: JSON pointers, for manifests after the object's kind and name.
    pub fn hidden_paths(&self, body: &RevisionBody, part: BodyPart) -> Vec<String> {
        self.all_hidden(body, part).into_iter().map(|one| one.path).collect()
    }

    /// The hidden value at that path; `None` where none is hidden.
    pub fn reveal(&self, body: &RevisionBody, part: BodyPart, path: &str) -> Option<String> {
        self.all_hidden(body, part).into_iter().find(|one| one.path == path).map(|one| one.value)
    }

    fn all_hidden(&self, body: &RevisionBody, part: BodyPart) -> Vec<Hidden> {
        let read = self.read(body);
        let hider = Hider { rules: self, secrets: &read.secrets, before: None };
        let in_map = |map: &Map<String, Value>| {
            let real = Value::Object(map.clone());
            hidden(hider, &real, &hider.tree(&real, None, false))
        };
        match part {
            BodyPart::Override => in_map(&body.values_override),
            BodyPart::Computed => in_map(&read.computed),
            BodyPart::Notes => Vec::new(),
            BodyPart::Manifest => {
                let objects = read.documents.iter().filter_map(|document| Some((document, document.value.as_ref()?)));
                let found = objects.flat_map(|(document, real)| {
                    let name = read.secrets.hide(&document.name).into_owned();
                    let found = hidden_in_object(hider, real, &hider.tree(real, None, false));
                    found.into_iter().map(move |one| Hidden { path: format!("{name}:{}", one.path), ..one })
                });
                found.collect()
            }
        }
    }

    fn read<'a>(&self, body: &'a RevisionBody) -> Reading<'a> {
        let (computed, documents) = (body.computed(), Document::all(&body.manifest));
        let mut found = Found::new(self);
        found.values(&computed);
        found.manifest(&documents);
        body.hooks.iter().for_each(|hook| found.manifest(&Document::all(&hook.manifest)));
        Reading { body, computed, documents, secrets: Secrets::of(found.secrets) }
    }

    /// A part as text; with `before`, what differs from it is marked.
    fn shown(&self, read: &Reading<'_>, part: BodyPart, before: Option<&Reading<'_>>) -> String {
        let hider = Hider { rules: self, secrets: &read.secrets, before: before.map(|before| &before.secrets) };
        let yaml = |map: &Map<String, Value>, twin: Option<&Map<String, Value>>| {
            let twin = twin.map(|map| Value::Object(map.clone()));
            values::to_yaml(&hider.map(map, twin.as_ref(), false))
        };
        match part {
            BodyPart::Override => yaml(&read.body.values_override, before.map(|before| &before.body.values_override)),
            BodyPart::Computed => yaml(&read.computed, before.map(|before| &before.computed)),
            BodyPart::Notes => read.secrets.hide(&read.body.notes).into_owned(),
            BodyPart::Manifest => {
                let shown = read.documents.iter().map(|document| {
                    let twin = before.and_then(|before| document.twin(&before.documents)?.value.as_ref());
                    document.shown(document.value.as_ref().map(|value| hider.tree(value, twin, false)).as_ref())
                });
                // Once more as a text: comments, and whatever only reads as a secret once it is written out.
                read.secrets.hide(&shown.collect::<Vec<_>>().join("---\n")).into_owned()
            }
        }
    }
}

/// Whether what follows a key is a value on the same line, and not empty.
fn is_scalar(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['|', '>', '{', '[', '&', '*', '#']) && !matches!(value, "\"\"" | "''" | "~" | "null")
}
