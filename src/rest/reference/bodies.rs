//! What a request's body may hold: a row for each field, and an example, both out of the document's schemas.

use serde_json::{Map, Value};

use super::{escape, prose};

/// How deep fields of fields are shown; no body of ours is deeper.
const DEEPEST: usize = 4;

/// The body of a request as HTML; empty where there is none.
pub(super) fn shown(document: &Value, asked: &Value) -> String {
    let schema = &asked["content"]["application/json"]["schema"];
    if schema.is_null() {
        return String::new();
    }
    let needed = if asked["required"] == true { "" } else { " It may be left out." };
    let mut rows = String::new();
    fields(document, schema, "", 0, &mut rows);
    let example = serde_json::to_string_pretty(&example(document, schema, 0)).unwrap_or_default();
    format!(
        "<p>Its body is JSON.{needed} Fields that are not listed are refused.</p>\
         <table class=fields><thead><tr><th>Field<th>Type<th>Meaning</thead><tbody>{rows}</tbody></table>\
         <p>For example</p><pre><code>{}</code></pre>",
        escape(&example)
    )
}

/// The schema itself, where it is only named or may also be null; and its other shapes, where it has several.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let found = document.pointer(name.trim_start_matches('#'));
        return found.map(|found| resolved(document, found)).unwrap_or_default();
    }
    let several = ["oneOf", "anyOf", "allOf"].into_iter().find_map(|how| schema[how].as_array());
    match several {
        Some(several) => several.iter().filter(|one| one["type"] != "null").flat_map(|one| resolved(document, one)).collect(),
        None => vec![schema],
    }
}

/// A row for each field of an object, those of its own objects under their path.
fn fields(document: &Value, schema: &Value, before: &str, depth: usize, rows: &mut String) {
    let mut seen = Vec::new();
    for shape in resolved(document, schema) {
        for (name, field) in shape["properties"].as_object().into_iter().flatten() {
            // What several shapes share is told once, unless it tells them apart.
            let tells = words(document, field);
            if seen.contains(&(name, tells.clone())) || depth >= DEEPEST {
                continue;
            }
            let path = format!("{before}{name}");
            let needed = shape["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
            let needed = if needed { ", required" } else { "" };
            let text = prose(about(document, field));
            rows.push_str(&format!("<tr><td><code>{}</code><td>{}{needed}<td>{text}", escape(&path), escape(&tells)));
            seen.push((name, tells));
            let (below, more) = match array_items(document, field) {
                Some(items) => (items, format!("{path}[].")),
                None => (field, format!("{path}.")),
            };
            fields(document, below, &more, depth + 1, rows);
        }
    }
}

fn array_items<'a>(document: &'a Value, field: &'a Value) -> Option<&'a Value> {
    resolved(document, field).into_iter().map(|shape| &shape["items"]).find(|items| items.is_object())
}

/// What is said of a field, by itself or by what it is.
fn about<'a>(document: &'a Value, field: &'a Value) -> &'a str {
    let of_type = || document.pointer(field["$ref"].as_str()?.trim_start_matches('#'))?["description"].as_str();
    field["description"].as_str().or_else(of_type).unwrap_or_default()
}

/// A field's type in a few words, with its bounds.
fn words(document: &Value, field: &Value) -> String {
    let mut all: Vec<String> = Vec::new();
    for shape in resolved(document, field) {
        let word = word(document, shape);
        if !word.is_empty() && !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(" or ")
}

fn word(document: &Value, shape: &Value) -> String {
    if let Some(words) = shape["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ");
    }
    let types: Vec<&str> = match &shape["type"] {
        Value::String(one) => vec![one.as_str()],
        several => several.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|one| *one != "null").collect(),
    };
    if types == ["array"] {
        return format!("list of {}", words(document, &shape["items"]));
    }
    let mut text = types.join(" or ");
    if let Some(format) = shape["format"].as_str().filter(|format| !format.starts_with("int")) {
        text = format!("{text} ({format})");
    }
    match (shape["minimum"].as_i64(), shape["maximum"].as_i64()) {
        (Some(least), Some(most)) => format!("{text}, {least} to {most}"),
        (Some(least), None) => format!("{text}, from {least}"),
        (None, Some(most)) => format!("{text}, up to {most}"),
        (None, None) => text,
    }
}

/// An example: what has to be there, and what the document has an example of.
fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    if let Some(given) = given(schema) {
        return given;
    }
    let shapes = resolved(document, schema);
    let Some(shape) = shapes.first() else { return Value::Null };
    if let Some(given) = given(shape) {
        return given;
    }
    if let Some(first) = shape["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    if let Some(properties) = shape["properties"].as_object()
        && depth < DEEPEST
    {
        let needed = |name: &str| shape["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let chosen = properties.iter().filter(|(name, field)| needed(name) || given(field).is_some());
        return Value::Object(chosen.map(|(name, field)| (name.clone(), example(document, field, depth + 1))).collect());
    }
    let is = |kind: &str| shape["type"] == kind || shape["type"].as_array().is_some_and(|all| all.iter().any(|one| one == kind));
    if is("array") {
        Value::Array(Vec::new())
    } else if is("object") {
        Value::Object(Map::new())
    } else if is("integer") || is("number") {
        shape["minimum"].as_i64().unwrap_or(1).max(1).into()
    } else if is("boolean") {
        false.into()
    } else if shape["format"] == "uuid" {
        "018f6d0c-7a3e-7c61-9b1a-2f5f0e6f4a10".into()
    } else {
        "…".into()
    }
}

/// The example that a schema gives of itself.
fn given(schema: &Value) -> Option<Value> {
    let of_list = schema["examples"].as_array().and_then(|all| all.first());
    schema.get("example").or(of_list).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_shown_field_by_field_with_an_example() {
        let kinds = [
            json!({"type": "object", "required": ["kind", "to"], "properties": {"kind": {"type": "string", "enum": ["go"]}, "to": {"type": "string"}}}),
            json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["stop"]}}}),
        ];
        let body = json!({"type": "object", "required": ["aim"], "properties": {
            "aim": {"$ref": "#/components/schemas/Aim", "description": "What is `done`."},
            "name": {"type": ["string", "null"], "example": "<web>"},
            "parts": {"type": "array", "items": {"type": "object", "properties": {"size": {"type": "integer", "minimum": 2, "maximum": 9}}}},
        }});
        let document = json!({"components": {"schemas": {"Aim": {"oneOf": kinds}, "Body": body}}});
        let either = json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Body"}]});
        let html = shown(&document, &json!({"content": {"application/json": {"schema": either}}}));
        for part in [
            "It may be left out.",
            "<tr><td><code>aim</code><td>object, required<td>What is <code>done</code>.",
            "<tr><td><code>aim.kind</code><td>go, required<td>",
            "<tr><td><code>aim.kind</code><td>stop, required<td>",
            "<tr><td><code>name</code><td>string<td>",
            "<tr><td><code>parts[].size</code><td>integer, 2 to 9<td>",
            "&lt;web&gt;",
            "&quot;kind&quot;: &quot;go&quot;",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("<web>"));
        assert_eq!(shown(&document, &Value::Null), "");
    }
}
