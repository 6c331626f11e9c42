//! Values against schemas as charts have them, and as nobody should.

use std::time::Instant;

use serde_json::json;

use super::*;

fn checked(schema: &Value, values: &Value) -> Result<Vec<(String, String)>, String> {
    let found = validate(&schema.to_string(), values.as_object().unwrap())?;
    Ok(found.into_iter().map(|problem| (problem.path, problem.message)).collect())
}

/// What takes at most that is bounded, however slow the machine and the build.
fn bounded(schema: &Value, values: &Value) -> Result<Vec<(String, String)>, String> {
    let started = Instant::now();
    let outcome = checked(schema, values);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    outcome
}

#[test]
fn what_breaks_the_schema_is_told_with_its_place_and_without_the_value() {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": ["image"], "additionalProperties": false,
        "properties": {"image": {"type": "string"}, "replicas": {"type": "integer", "minimum": 1}, "list": {"items": {"pattern": "^[a-z]+$"}}},
    });
    assert_eq!(checked(&schema, &json!({"image": "a", "replicas": 2, "list": ["a", "b"]})), Ok(vec![]));
    let found = checked(&schema, &json!({"replicas": "geheim", "list": ["a", "GEHEIM"], "other": 1})).unwrap();
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert!(paths.contains(&"/replicas") && paths.contains(&"/list/1") && paths.contains(&""), "{found:?}");
    assert!(found.iter().any(|(_, text)| text.contains("image")) && found.iter().any(|(_, text)| text.contains("other")), "{found:?}");
    assert!(!format!("{found:?}").to_lowercase().contains("geheim"), "{found:?}");
}

#[test]
fn what_is_hidden_from_its_editor_is_not_judged() {
    let schema = json!({"properties": {"password": {"type": "string", "minLength": 12}, "port": {"type": "integer"}}});
    assert_eq!(checked(&schema, &json!({"password": "hidden", "port": "hidden"})), Ok(vec![]));
}

#[test]
fn schemas_that_reach_outside_or_are_none_are_refused() {
    for schema in [
        json!({"$ref": "file:///etc/passwd"}),
        json!({"properties": {"a": {"$ref": "http://10.0.0.1/x"}}}),
        json!({"type": "nonsense"}),
        json!({"properties": {"a": {"pattern": "("}}}),
        json!({"$ref": "#/nowhere"}),
        json!({"enum": [{"type": "string"}], "properties": {"a": {"$ref": "#/enum/0"}}}),
    ] {
        assert!(checked(&schema, &json!({"a": 1})).is_err(), "{schema}");
    }
    assert!(validate("{", &Map::new()).is_err());
    assert!(validate(&format!("{{\"description\": \"{}\"}}", "x".repeat(2 << 20)), &Map::new()).is_err());
}

#[test]
fn a_schema_of_itself_is_used_as_deep_as_the_values_go() {
    let tree = json!({"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}});
    let mut values = json!({"n": "x"});
    for _ in 0..60 {
        values = json!({"child": values});
    }
    assert_eq!(checked(&tree, &values).unwrap().len(), 1);
    for endless in [json!({"$ref": "#"}), json!({"allOf": [{"$ref": "#"}]}), json!({"not": {"$ref": "#"}})] {
        let _ = bounded(&endless, &json!({"a": 1}));
    }
}

#[test]
fn a_schema_that_multiplies_itself_is_given_up() {
    let mut defs = Map::new();
    for n in 0..60 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        defs.insert(format!("d{n}"), json!({"allOf": [next, next, {"properties": {"x": next}}]}));
    }
    defs.insert("d60".into(), json!({"type": "string"}));
    let wide = json!({"$defs": defs, "$ref": "#/$defs/d0"});
    assert!(bounded(&wide, &json!({"a": 1})).is_err_and(|why| why.contains("too much work")));

    let many: Vec<u32> = (0..60_000).collect();
    let enums = json!({"properties": {"a": {"items": {"enum": many}}}});
    assert!(bounded(&enums, &json!({"a": vec![70_000; 60_000]})).is_err_and(|why| why.contains("too much work")));
}

#[test]
fn patterns_take_no_more_time_than_the_text_is_long() {
    let schema = json!({"properties": {"a": {"pattern": "^(a+)+$"}}});
    assert_eq!(bounded(&schema, &json!({"a": "a".repeat(50_000) + "!"})).unwrap().len(), 1);
    let huge = json!({"properties": {"a": {"pattern": "^(((ab|cd){1,200}x){1,200}y){1,200}$"}}});
    assert!(bounded(&huge, &json!({"a": "a"})).is_err());
    let many: Vec<Value> = (0..400).map(|n| json!({"pattern": format!("^a{n}$")})).collect();
    assert!(bounded(&json!({"anyOf": many}), &json!({"a": "a"})).is_err_and(|why| why.contains("patterns")));
}
