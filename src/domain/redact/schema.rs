//! A chart's schema for values without the secrets that it proposes: it names keys and says of what kind their values are,
//! which is no secret, and gives examples, which may be one.

use serde_json::{Map, Value};

use super::{Rules, hide::Hider};

/// What in a schema is a value rather than a rule.
const VALUES: [&str; 5] = ["default", "const", "enum", "example", "examples"];
/// What in a schema has the names of values for its keys.
const NAMED: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

impl Rules {
    /// The schema as it may be shown, of a chart with those defaults.
    pub fn schema_shown(&self, schema: &Value, defaults: &Map<String, Value>) -> Value {
        let secrets = self.secrets_of_values(defaults);
        shown(Hider { rules: self, secrets: &secrets, before: None }, schema, false)
    }
}

/// A schema under a name that is secret or not.
fn shown(hider: Hider<'_>, schema: &Value, secret: bool) -> Value {
    let map = match schema {
        Value::Object(map) => map,
        Value::Array(items) => return items.iter().map(|item| shown(hider, item, secret)).collect(),
        other => return hider.tree(other, None, false),
    };
    let entry = |(key, inner): (&String, &Value)| {
        let inner = match (key.as_str(), inner) {
            // Left out rather than hidden: what is not said forbids nothing.
            (key, _) if VALUES.contains(&key) && secret => return None,
            (key, inner) if VALUES.contains(&key) => hider.tree(inner, None, false),
            (key, Value::Object(named)) if NAMED.contains(&key) => {
                let below =
                    |(name, schema): (&String, &Value)| (name.clone(), shown(hider, schema, secret || hider.rules.is_secret_key(name)));
                Value::Object(named.iter().map(below).collect())
            }
            (_, inner) => shown(hider, inner, secret),
        };
        Some((key.clone(), inner))
    };
    Value::Object(map.iter().filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_keeps_its_rules_and_loses_the_secrets_that_it_proposes() {
        let schema = json!({
            "type": "object", "required": ["password"], "default": {"password": "s3cret-one", "port": 80},
            "properties": {
                "password": {"type": "string", "minLength": 8, "default": "s3cret-two", "examples": ["s3cret-three"]},
                "url": {"type": "string", "description": "like https://a:s3cret-four@host"},
                "port": {"type": "integer", "default": 80},
            },
        });
        let defaults = json!({"password": "s3cret-four"});
        let shown = Rules::default().schema_shown(&schema, defaults.as_object().unwrap());
        assert!(!shown.to_string().contains("s3cret"), "{shown}");
        assert_eq!(shown["properties"]["password"], json!({"type": "string", "minLength": 8}));
        assert_eq!(shown["properties"]["port"]["default"], 80);
        assert_eq!((&shown["type"], &shown["required"]), (&json!("object"), &json!(["password"])));
    }
}
