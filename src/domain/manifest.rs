//! A manifest as the objects in it, and an object as text again. Hides nothing.

use serde_json::Value;

/// What stands for an object that cannot be read.
const UNREADABLE: &str = "# hidden: this object could not be read as YAML\n";

/// One object of a manifest.
pub struct Document {
    /// `Kind/name`, or `Kind/namespace/name`: finds its twin in another manifest.
    pub name: String,
    /// Its kind; empty where it cannot be read.
    pub kind: String,
    /// As it was written.
    pub text: String,
    /// What it says; `None` where that cannot be read.
    pub value: Option<Value>,
}

impl Document {
    /// The objects of a manifest in their order.
    pub fn all(manifest: &str) -> Vec<Self> {
        let mut texts = vec![String::new()];
        for line in manifest.split_inclusive('\n') {
            if line.trim_end() == "---" {
                texts.push(String::new());
            } else if let Some(last) = texts.last_mut() {
                last.push_str(line);
            }
        }
        texts.retain(|text| text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')));
        texts.into_iter().map(Self::of).collect()
    }

    fn of(text: String) -> Self {
        let value: Option<Value> = serde_saphyr::from_str(&text).ok();
        let field = |path: &str| value.as_ref().and_then(|value| value.pointer(path)).and_then(Value::as_str);
        let parts = [field("/kind"), field("/metadata/namespace"), field("/metadata/name")];
        let kind = parts[0].unwrap_or_default().to_owned();
        Self { name: parts.into_iter().flatten().collect::<Vec<_>>().join("/"), kind, text, value }
    }

    /// Its twin in another manifest.
    pub fn twin<'a>(&self, others: &'a [Self]) -> Option<&'a Self> {
        others.iter().find(|other| other.name == self.name)
    }

    /// Whether it says the same as another.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Some(one), Some(other)) => one == other,
            _ => self.text == other.text,
        }
    }

    /// As text, with that in place of what it says; the text itself where nothing differs.
    pub fn shown(&self, value: Option<&Value>) -> String {
        match value {
            None => UNREADABLE.into(),
            Some(value) if Some(value) == self.value.as_ref() => self.text.clone(),
            Some(value) => {
                let comments = self.text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
                comments.collect::<String>() + &serde_saphyr::to_string(value).unwrap_or_default()
            }
        }
    }
}
