//! The choke point between what we hold and what leaves the process: hides secrets in values, manifests, notes
//! and texts. Whatever a page, an answer, an event or a diff shows of a revision's body has passed through here.
//!
//! `keys` says which keys hold secrets, `found` what is secret in a body, `variants` and `views` in how many ways it may be
//! written, `secrets` hides it inside texts, `hide` in trees; `both` compares two bodies, `objects` object by object,
//! `drifted` shows what runs beside its manifest; `restore` takes back what an editor was shown, `reveal` gives out one
//! value, `origins` tells where they come from, `schema` is for what a chart says of its values. Does not decide who may
//! see a hidden value: the manager asks the actor.

mod both;
mod drifted;
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

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::{Map, Value};

pub use self::{
    both::Both,
    drifted::{Drifted, Finding},
    keys::Rules,
    objects::Moved,
    secrets::{Carried, Secrets},
};
use self::{
    found::Found,
    hide::Hider,
    reveal::{Hidden, hidden, hidden_in_object},
};
use super::{
    manifest::Document,
    problem::Problem,
    revision::{BodyPart, Hook, RevisionBody},
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
    /// The hooks' objects, each with when it runs.
    hooks: Vec<(&'a [String], Document)>,
    /// What is secret in it.
    found: BTreeSet<Vec<u8>>,
}

impl Rules {
    /// What is secret in a body.
    pub fn secrets(&self, body: &RevisionBody) -> Secrets {
        Secrets::of(self.read(body, &[]).found)
    }

    /// What is secret in values alone.
    pub fn secrets_of_values(&self, values: &Map<String, Value>) -> Secrets {
        let mut found = Found::new(self);
        found.values(values);
        Secrets::of(found.secrets)
    }

    /// A part of a body as text that may leave the process.
    pub fn part_text(&self, body: &RevisionBody, part: BodyPart) -> String {
        let read = self.read(body, &[]);
        let secrets = Secrets::of(read.found.clone());
        self.shown(&read, &secrets, part, None)
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
        let read = self.read(body, &[]);
        let secrets = Secrets::of(read.found);
        let hider = Hider { rules: self, secrets: &secrets, before: None };
        let in_map = |map: &Map<String, Value>| {
            let real = Value::Object(map.clone());
            hidden(hider, &real, &hider.tree(&real, None, false))
        };
        match part {
            BodyPart::Override => in_map(&body.values_override),
            BodyPart::Computed => in_map(&read.computed),
            BodyPart::Notes => Vec::new(),
            BodyPart::Manifest => {
                let objects = read.documents.iter().filter_map(|document| Some((document, document.value.as_deref()?)));
                let found = objects.flat_map(|(document, real)| {
                    let name = secrets.hide(&document.name).into_owned();
                    let found = hidden_in_object(hider, real, &hider.tree(real, None, false));
                    found.into_iter().map(move |one| Hidden { path: format!("{name}:{}", one.path), ..one })
                });
                found.collect()
            }
        }
    }

    /// Reads a body; objects that are known from another one are taken from there.
    fn read<'a>(&self, body: &'a RevisionBody, known: &[Document]) -> Reading<'a> {
        let (computed, documents) = (body.computed(), Document::all_beside(&body.manifest, known));
        let mut found = Found::new(self);
        found.values(&computed);
        found.manifest(&documents);
        let of = |hook: &'a Hook| Document::all(&hook.manifest).into_iter().map(move |document| (hook.events.as_slice(), document));
        let hooks: Vec<_> = body.hooks.iter().flat_map(of).collect();
        found.manifest(hooks.iter().map(|(_, document)| document));
        Reading { body, computed, documents, hooks, found: found.secrets }
    }

    /// A part as text; with `before`, of which the same is secret, what differs from it is marked.
    fn shown(&self, read: &Reading<'_>, secrets: &Secrets, part: BodyPart, before: Option<&Reading<'_>>) -> String {
        let hider = Hider { rules: self, secrets, before: before.map(|_| secrets) };
        let yaml = |map: &Map<String, Value>, twin: Option<&Map<String, Value>>| values::to_yaml(&hider.map(map, twin, false));
        match part {
            BodyPart::Override => yaml(&read.body.values_override, before.map(|before| &before.body.values_override)),
            BodyPart::Computed => yaml(&read.computed, before.map(|before| &before.computed)),
            BodyPart::Notes => secrets.hide(&read.body.notes).into_owned(),
            BodyPart::Manifest => whole(&self.objects_shown(read, secrets, None), secrets),
        }
    }

    /// The objects of a manifest as texts. Beside another manifest and its texts, what differs is marked, and what is the same
    /// object is not hidden a second time.
    fn objects_shown(&self, read: &Reading<'_>, secrets: &Secrets, before: Option<(&[Document], &[String])>) -> Vec<String> {
        let hider = Hider { rules: self, secrets, before: before.map(|_| secrets) };
        let mut twins: HashMap<&str, (&Document, &String)> = HashMap::new();
        for (twin, shown) in before.into_iter().flat_map(|(twins, shown)| twins.iter().zip(shown)) {
            twins.entry(&twin.name).or_insert((twin, shown));
        }
        let shown = read.documents.iter().map(|document| {
            let twin = twins.get(document.name.as_str()).copied();
            if let (Some(value), Some((twin, shown))) = (&document.value, twin)
                && twin.value.as_ref().is_some_and(|twin| Arc::ptr_eq(twin, value))
            {
                return shown.clone();
            }
            let twin = twin.and_then(|(twin, _)| twin.value.as_deref());
            document.shown(document.value.as_deref().and_then(|value| hider.changed(value, twin, false)).as_ref())
        });
        shown.collect()
    }
}

/// Objects as a manifest. Hidden once more as a text: comments, and whatever only reads as a secret once it is written out.
fn whole(objects: &[String], secrets: &Secrets) -> String {
    secrets.hide(&objects.join("---\n")).into_owned()
}

/// Whether what follows a key is a value on the same line, and not empty.
fn is_scalar(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['|', '>', '{', '[', '&', '*', '#']) && !matches!(value, "\"\"" | "''" | "~" | "null")
}
