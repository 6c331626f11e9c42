//! Refusing schemas that would have Helm fetch from elsewhere while it validates values. Does not validate.

use serde_json::Value;

/// Meta-schemas that validators carry within themselves.
const DRAFTS: [&str; 2] = ["http://json-schema.org/", "https://json-schema.org/"];

/// Refuses a schema that refers to anything outside of itself; the error completes "because …".
pub(super) fn check(text: &[u8]) -> Result<(), &'static str> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    // Deep nesting ends here as well: a tree of 128 levels at most can be walked by recursion.
    let schema: Value = serde_json::from_slice(text).map_err(|_| "its values.schema.json cannot be read as JSON")?;
    walk(&schema)
}

fn walk(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Array(items) => items.iter().try_for_each(walk),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target)) if !target.is_empty() && !target.starts_with('#') => {
                Err("its values.schema.json refers to a file or an address outside of it")
            }
            ("$schema", Value::String(draft)) if !draft.is_empty() && !DRAFTS.iter().any(|known| draft.starts_with(known)) => {
                Err("its values.schema.json follows a draft that would have to be fetched")
            }
            _ => walk(value),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_within_the_schema_are_allowed() {
        let schema = br##"{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"$ref":"#/$defs/a"},"$ref":{"type":"string"}}}"##;
        assert_eq!(check(schema), Ok(()));
        assert_eq!(check(b"\xef\xbb\xbf{}"), Ok(()));
    }

    #[test]
    fn references_to_files_and_addresses_are_refused_at_any_depth() {
        for target in ["file:///etc/passwd", "http://10.0.0.1/x", "https://example.com/s.json#/a", "other.json", "/etc/passwd", "//host/x"]
        {
            for schema in [
                format!(r#"{{"$ref":"{target}"}}"#),
                format!(r#"{{"allOf":[{{"properties":{{"a":{{"$ref":"{target}"}}}}}}]}}"#),
                format!(r#"{{"$dynamicRef":"{target}"}}"#),
                format!(r#"{{"$schema":"{target}"}}"#),
            ] {
                assert!(check(schema.as_bytes()).is_err(), "{schema}");
            }
        }
    }

    #[test]
    fn what_is_no_json_or_nests_too_deep_is_refused() {
        assert!(check(b"{").is_err());
        assert!(check(format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()).is_err());
    }
}
