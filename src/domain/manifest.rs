//! A manifest as the objects in it, and an object as text again. Hides nothing.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::beside::beside;

/// From how many bytes on two threads read them.
const WORTH_A_THREAD: usize = 256 * 1024;
/// What stands for an object that cannot be read.
const UNREADABLE: &str = "# hidden: this object could not be read as YAML\n";

/// One object of a manifest.
#[derive(Clone)]
pub struct Document {
    /// `Kind/name`, or `Kind/namespace/name`: finds its twin in another manifest.
    pub name: String,
    /// Its kind; empty where it cannot be read.
    pub kind: String,
    /// The group of its API, without a version; empty for the core.
    group: String,
    /// As it was written.
    pub text: String,
    /// What it says; `None` where that cannot be read.
    pub value: Option<Arc<Value>>,
}

impl Document {
    /// The objects of a manifest in their order.
    pub fn all(manifest: &str) -> Vec<Self> {
        Self::all_beside(manifest, &[])
    }

    /// The same; what stands in another manifest letter by letter is not read again.
    pub fn all_beside(manifest: &str, others: &[Self]) -> Vec<Self> {
        let known: HashMap<&str, &Self> = others.iter().map(|other| (other.text.as_str(), other)).collect();
        let texts = texts(manifest);
        let new: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !known.contains_key(text)).collect();
        let mut read = said(&new).into_iter();
        let found = texts.into_iter().map(|text| match known.get(text.as_str()) {
            Some(known) => (*known).clone(),
            None => Self::of(text, read.next().flatten()),
        });
        found.collect()
    }

    fn of(text: String, value: Option<Value>) -> Self {
        let field = |path: &str| value.as_ref().and_then(|value| value.pointer(path)).and_then(Value::as_str);
        let parts = [field("/kind"), field("/metadata/namespace"), field("/metadata/name")];
        let (kind, name) = (parts[0].unwrap_or_default().to_owned(), parts.into_iter().flatten().collect::<Vec<_>>().join("/"));
        let group = field("/apiVersion").and_then(|version| version.split_once('/')).map_or("", |(group, _)| group).to_owned();
        Self { group, name, kind, text, value: value.map(Arc::new) }
    }

    /// What the cluster tells objects apart by: the API's group without a version, the kind, the namespace and the name.
    /// An object that names no namespace is in its release's.
    pub fn identity(&self, namespace: &str) -> [String; 4] {
        let field = |path: &str| self.value.as_ref().and_then(|value| value.pointer(path)).and_then(Value::as_str);
        let place = field("/metadata/namespace").unwrap_or(namespace);
        [self.group.clone(), self.kind.clone(), place.to_owned(), field("/metadata/name").unwrap_or_default().to_owned()]
    }

    /// Whether the chart asks Helm to leave the object behind.
    pub fn is_kept(&self) -> bool {
        self.value.as_deref().is_some_and(is_kept)
    }

    /// Its twin in another manifest.
    pub fn twin<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        others.iter().find(|other| other.name == self.name)
    }

    /// Whether it says the same as another.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            _ => self.text == other.text,
        }
    }

    /// As text, with that in place of what it says; the text itself where there is nothing else to say.
    pub fn shown(&self, changed: Option<&Value>) -> String {
        match (&self.value, changed) {
            (None, _) => UNREADABLE.into(),
            (Some(_), None) => self.text.clone(),
            (Some(_), Some(changed)) => {
                let comments = self.text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
                comments.collect::<String>() + &serde_saphyr::to_string(changed).unwrap_or_default()
            }
        }
    }
}

/// What each of them says, where it can be read. Reading takes longer than anything else that is done with a manifest.
fn said(texts: &[&str]) -> Vec<Option<Value>> {
    let alone = |texts: &[&str]| -> Vec<Option<Value>> { texts.iter().map(|text| serde_saphyr::from_str(text).ok()).collect() };
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes < WORTH_A_THREAD {
        return alone(texts);
    }
    let mut taken = 0;
    let half = texts.iter().take_while(|text| {
        taken += text.len();
        taken * 2 <= bytes
    });
    let (first, second) = texts.split_at(half.count());
    let (mut all, more) = beside(|| alone(first), || alone(second));
    all.extend(more);
    all
}

/// The texts of a manifest's objects.
fn texts(manifest: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    for line in manifest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            texts.push(String::new());
        } else if let Some(last) = texts.last_mut() {
            last.push_str(line);
        }
    }
    texts.retain(|text| text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')));
    texts
}

/// The annotation by which a chart has Helm leave an object behind.
const KEEP: &str = "/metadata/annotations/helm.sh~1resource-policy";

/// Whether a chart asks Helm to leave an object behind.
pub fn is_kept(object: &Value) -> bool {
    object.pointer(KEEP).and_then(Value::as_str).is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_manifest_is_read_as_each_of_its_objects_is() {
        let object = |at: usize| match at % 50 {
            7 => "kind: [broken\n".to_owned(),
            8 => "# nothing\n".to_owned(),
            _ => format!("apiVersion: apps/v1\nkind: ConfigMap\nmetadata: {{name: c-{at}}}\ndata: {{text: '{}'}}\n", "x".repeat(at % 700)),
        };
        let objects: Vec<String> = (0..2_000).map(object).collect();
        let manifest = objects.join("---\n");
        assert!(manifest.len() > WORTH_A_THREAD);
        let one_by_one: Vec<Document> = objects.iter().flat_map(|object| Document::all(object)).collect();
        let known: Vec<Document> = one_by_one.iter().step_by(3).cloned().collect();
        for all in [Document::all(&manifest), Document::all_beside(&manifest, &known)] {
            assert_eq!(all.len(), one_by_one.len());
            for (one, other) in all.iter().zip(&one_by_one) {
                assert_eq!((&one.name, &one.kind, &one.group, &one.text), (&other.name, &other.kind, &other.group, &other.text));
                assert_eq!(one.value, other.value);
            }
        }
    }
}
