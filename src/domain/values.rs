//! Values: reading what a person typed, merging as Helm merges, writing YAML. Does not redact.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::problem::{Code, Problem};

/// What a chart's schema has against values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ValueProblem {
    /// Where, as a JSON pointer into the chart's defaults with the override merged in; empty for the whole.
    pub path: String,
    /// What is wrong; never holds a value.
    pub message: String,
}

/// The most bytes of a values override that are accepted: its release has to fit into a Secret of 1 MiB together
/// with the chart and the manifest, compressed.
pub const MAX_VALUES_BYTES: usize = 1024 * 1024;
/// The deepest nesting that is accepted.
pub const MAX_DEPTH: usize = 64;

/// Reads a values override from YAML (or JSON, which is YAML). Nothing at all means an empty map.
/// Budgets on nodes and aliases keep a small text from growing into a large document.
pub fn parse_override(text: &str) -> Result<Map<String, Value>, Problem> {
    if text.len() > MAX_VALUES_BYTES {
        return Err(too_large(text.len()));
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: 200_000, max_aliases: 1_000, max_anchors: 1_000 },
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error.location().map(|at| format!(" in line {}, column {}", at.line(), at.column())).unwrap_or_default();
        Problem::new(
            Code::InvalidValues,
            format!("The values override is not YAML that can be read{place}: check indentation, quotes, aliases and nesting (at most {MAX_DEPTH} deep)."),
        )
    })?;
    match value {
        Value::Object(map) => checked(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Problem::new(Code::InvalidValues, "A values override has to be a map (`key: value`), not a list or a single value.")),
    }
}

/// A value on one line: a text as it is, everything else as JSON.
pub fn on_one_line(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Checks an override that came as JSON: size and depth.
pub fn checked(map: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    if map.values().any(|value| deeper_than(value, MAX_DEPTH - 1)) {
        return Err(Problem::new(Code::InvalidValues, format!("The values override nests more than {MAX_DEPTH} deep.")));
    }
    let size = serde_json::to_vec(&map).map_or(usize::MAX, |bytes| bytes.len());
    if size > MAX_VALUES_BYTES { Err(too_large(size)) } else { Ok(map) }
}

fn too_large(bytes: usize) -> Problem {
    Problem::new(
        Code::ValuesTooLarge,
        format!(
            "The values override has {} KiB; at most {} KiB can be stored in a release. Move files and long texts into a chart or a ConfigMap.",
            bytes / 1024,
            MAX_VALUES_BYTES / 1024
        ),
    )
}

fn deeper_than(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| deeper_than(item, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|item| deeper_than(item, left - 1)),
        _ => false,
    }
}

/// Merges as Helm does: maps key by key, everything else replaced; `null` in the override removes the default.
pub fn merge(defaults: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = defaults.clone();
    for (key, value) in over {
        match (merged.get(key), value) {
            (_, Value::Null) => {
                merged.remove(key);
            }
            (Some(Value::Object(below)), Value::Object(above)) => {
                let both = merge(below, above);
                merged.insert(key.clone(), Value::Object(both));
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

/// Writes values as YAML, keys in their order; an empty map is an empty text.
pub fn to_yaml(map: &Map<String, Value>) -> String {
    if map.is_empty() { String::new() } else { serde_saphyr::to_string(map).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_override_is_merged_as_helm_merges() {
        let defaults = map(json!({"a": {"b": 1, "c": 2}, "l": [1, 2], "gone": 1}));
        let over = map(json!({"a": {"c": 3}, "l": [9], "gone": null, "new": true}));
        assert_eq!(Value::Object(merge(&defaults, &over)), json!({"a": {"b": 1, "c": 3}, "l": [9], "new": true}));
    }

    #[test]
    fn values_that_are_not_a_map_are_refused() {
        for text in ["- a\n- b", "text", "42"] {
            assert_eq!(parse_override(text).unwrap_err().code, Code::InvalidValues, "{text}");
        }
        assert!(parse_override("").unwrap().is_empty());
        assert!(parse_override("# nothing yet\n").unwrap().is_empty());
    }

    #[test]
    fn yaml_that_cannot_be_read_names_the_line() {
        let problem = parse_override("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert_eq!(problem.code, Code::InvalidValues);
        assert!(problem.detail.contains("in line"), "{}", problem.detail);
    }

    #[test]
    fn aliases_nested_without_end_are_refused_quickly() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let items = vec![format!("*a{}", i - 1); 9].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{items}]\n"));
        }
        assert_eq!(parse_override(&text).unwrap_err().code, Code::InvalidValues);
    }

    #[test]
    fn a_document_that_nests_ten_thousand_deep_is_refused() {
        let text = format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(parse_override(&text).unwrap_err().code, Code::InvalidValues);
    }

    #[test]
    fn five_megabytes_of_values_are_refused() {
        assert_eq!(parse_override(&format!("a: {}", "x".repeat(5 << 20))).unwrap_err().code, Code::ValuesTooLarge);
    }

    #[test]
    fn values_survive_a_round_through_yaml() {
        let values = map(json!({"replicas": 3, "tag": "5.0", "yes": "true", "list": [{"a": null}], "text": "a\nb\n"}));
        assert_eq!(parse_override(&to_yaml(&values)).unwrap(), values);
    }
}
