//! The hidden values of a body, each with its path: to choose one from, and to give out one alone. Does not decide who
//! may see it.

use serde_json::Value;

use super::{
    found::{SECRET_DATA, decoded},
    hide::Hider,
};

/// A hidden value and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    /// A JSON pointer, its keys as they are shown.
    pub path: String,
    pub value: String,
}

/// Every hidden leaf of a value.
pub(super) fn hidden(hider: Hider<'_>, real: &Value, shown: &Value) -> Vec<Hidden> {
    let mut found = Vec::new();
    walk(hider, real, shown, "", &mut found);
    found
}

fn walk(hider: Hider<'_>, real: &Value, shown: &Value, path: &str, found: &mut Vec<Hidden>) {
    match (real, shown) {
        (Value::Object(map), Value::Object(_)) => {
            for (key, inner) in hider.keys(map).into_iter().zip(map.values()) {
                if let Some(below) = shown.get(&key) {
                    walk(hider, inner, below, &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), found);
                }
            }
        }
        (Value::Array(items), Value::Array(below)) => {
            for (at, (inner, below)) in items.iter().zip(below).enumerate() {
                walk(hider, inner, below, &format!("{path}/{at}"), found);
            }
        }
        _ if real == shown => {}
        (Value::String(text), _) => found.push(Hidden { path: path.into(), value: text.clone() }),
        (other, _) => found.push(Hidden { path: path.into(), value: other.to_string() }),
    }
}

/// The same for an object of a manifest: what a Secret holds in base64 is decoded where that gives a text.
pub(super) fn hidden_in_object(hider: Hider<'_>, real: &Value, shown: &Value) -> Vec<Hidden> {
    let data = format!("/{}/", SECRET_DATA[0]);
    let is_secret = real.as_object().is_some_and(super::found::is_secret);
    let mut found = hidden(hider, real, shown);
    for one in found.iter_mut().filter(|one| is_secret && one.path.starts_with(&data)) {
        if let Some(text) = decoded(&one.value).and_then(|bytes| String::from_utf8(bytes).ok()) {
            one.value = text;
        }
    }
    found
}
