//! A Chart.yaml as facts: what it says, each under a word, short enough to show and to compare. Judges nothing.

use serde_json::Value;

use super::text::short;
use crate::domain::offer::Facts;

/// The most facts, and the longest.
const MOST: usize = 200;
const LONGEST: usize = 2_000;
/// What says nothing of its own.
const LEFT_OUT: [&str; 5] = ["name", "version", "icon", "apiVersion", "generated"];

/// What a Chart.yaml says.
pub(super) fn facts(about: &Value) -> Facts {
    let mut facts = Facts::new();
    for (key, value) in about.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            (key, _) if LEFT_OUT.contains(&key) => {}
            ("annotations", Value::Object(map)) => {
                for (name, value) in map {
                    tell(&mut facts, &format!("annotation {name}"), scalar(value));
                }
            }
            ("dependencies", Value::Array(items)) => {
                for item in items {
                    let part = |name: &str| item.get(name).map(scalar).unwrap_or_default();
                    let from = Some(part("repository")).filter(|from| !from.is_empty()).map(|from| format!(" from {from}"));
                    tell(&mut facts, &format!("dependency {}", part("name")), part("version") + &from.unwrap_or_default());
                }
            }
            (key, Value::Array(items)) => {
                let word = |item: &Value| item.get("name").map_or_else(|| scalar(item), scalar);
                tell(&mut facts, key, items.iter().take(MOST).map(word).collect::<Vec<_>>().join(", "));
            }
            (key, value) => tell(&mut facts, key, scalar(value)),
        }
    }
    facts
}

fn tell(facts: &mut Facts, word: &str, text: String) {
    if facts.len() < MOST && !text.is_empty() {
        facts.insert(short(word, 200), lines(&text));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Several lines, cut and without control characters.
pub(super) fn lines(text: &str) -> String {
    text.trim().chars().filter(|c| *c == '\n' || !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_chart_tells_its_facts_in_short_texts() {
        let about = json!({
            "apiVersion": "v2", "name": "web", "version": "1.0.0", "appVersion": 1.2, "kubeVersion": ">=1.30", "deprecated": true,
            "description": "\u{1b}[31mred", "keywords": ["a", "b"], "maintainers": [{"name": "Mia", "email": "m@example.com"}],
            "dependencies": [{"name": "db", "version": "^12", "repository": "https://charts.example.com"}, {"name": "cache", "version": "1.x"}],
            "annotations": {"artifacthub.io/changes": "- one\n- two", "long": "x".repeat(9_000)}, "odd": {"a": 1},
        });
        let facts = facts(&about);
        let is = |word: &str| facts.get(word).map(String::as_str);
        assert_eq!((is("appVersion"), is("keywords"), is("maintainers")), (Some("1.2"), Some("a, b"), Some("Mia")));
        assert_eq!((is("dependency db"), is("dependency cache")), (Some("^12 from https://charts.example.com"), Some("1.x")));
        assert_eq!(
            (is("annotation artifacthub.io/changes"), is("deprecated"), is("description")),
            (Some("- one\n- two"), Some("true"), Some("[31mred"))
        );
        assert_eq!(facts["annotation long"].len(), LONGEST);
        assert!(is("odd").is_none() && is("name").is_none());
    }
}
