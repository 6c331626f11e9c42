//! The choke point between what we hold and what leaves the process: hides secrets in values, manifests, notes
//! and texts. Whatever a page, an answer, an event or a diff shows of a revision's body has passed through here.
//! Does not decide who may see a hidden value: nobody may, until revealing is an act of its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    problem::{Code, Problem},
    revision::{BodyPart, RevisionBody},
    values,
};

/// What stands for a hidden value.
pub const HIDDEN: &str = "hidden";
/// What stands for a hidden value that differs from the one it is compared with.
pub const CHANGED_HIDDEN: &str = "changed, hidden";
/// The shortest secret that is also hidden where it occurs inside other text; shorter ones would blot out words.
const SHORTEST_SPREAD: usize = 6;
/// A key that contains one of these, once in lower case and without `-`, `_` and `.`, holds a secret.
const KEY_PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "connectionstring",
    "dsn",
    "clientkey",
    "signingkey",
    "encryptionkey",
];
/// Keys that contain one of the parts above and yet only name where a secret is.
const HARMLESS_ENDS: [&str; 8] = [
    "secretname",
    "secretref",
    "secretkeyref",
    "existingsecret",
    "tokenttl",
    "imagepullsecrets",
    "secretstore",
    "automountserviceaccounttoken",
];

/// Whether a value under that key is to be hidden.
pub fn is_secret_key(key: &str) -> bool {
    let plain: String = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end)) && KEY_PARTS.iter().any(|part| plain.contains(part))
}

/// A part of a body as text that may leave the process.
pub fn part_text(body: &RevisionBody, part: BodyPart) -> String {
    part_texts(body, body, part).0
}

/// The same part of two bodies as texts that may leave the process and be compared: a hidden value that differs
/// reads *changed, hidden* on the right.
pub fn part_texts(left: &RevisionBody, right: &RevisionBody, part: BodyPart) -> (String, String) {
    let secrets: Vec<BTreeSet<String>> = vec![secrets_of(left), secrets_of(right)];
    match part {
        BodyPart::Override => yaml_pair(&left.values_override, &right.values_override),
        BodyPart::Computed => yaml_pair(&left.computed(), &right.computed()),
        BodyPart::Manifest => {
            let (a, b) = (documents(&left.manifest), documents(&right.manifest));
            let hide = |mine: &[Document], other: &[Document], mark: bool, secrets: &BTreeSet<String>| {
                let texts: Vec<String> = mine
                    .iter()
                    .map(|doc| {
                        let twin = other.iter().find(|candidate| candidate.name == doc.name).and_then(|twin| twin.value.as_ref());
                        doc.hidden(twin, mark)
                    })
                    .collect();
                spread(&texts.join("---\n"), secrets)
            };
            (hide(&a, &b, false, &secrets[0]), hide(&b, &a, true, &secrets[1]))
        }
        BodyPart::Notes => (spread(&left.notes, &secrets[0]), spread(&right.notes, &secrets[1])),
    }
}

/// A text, such as a tool's last words, without the secrets of a body.
pub fn text(text: &str, body: &RevisionBody) -> String {
    spread(text, &secrets_of(body))
}

/// Puts back what was hidden in an override that comes from an editor: a value that reads *hidden* becomes the one
/// that is there now.
pub fn restore(edited: Map<String, Value>, present: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    fn put_back(value: Value, present: Option<&Value>, secret: bool) -> Result<Value, Problem> {
        match value {
            Value::Object(map) => map
                .into_iter()
                .map(|(key, inner)| {
                    let below = secret || is_secret_key(&key);
                    put_back(inner, present.and_then(|p| p.get(&key)), below).map(|inner| (key, inner))
                })
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
            Value::Array(items) => {
                let there = present.and_then(Value::as_array);
                let same_length = there.is_some_and(|there| there.len() == items.len());
                let each = items.into_iter().enumerate().map(|(i, inner)| {
                    let named = inner.get("name").and_then(Value::as_str).is_some_and(is_secret_key);
                    // By name where entries have one: a list may have been shortened or put in another order.
                    let twin = match inner.get("name") {
                        Some(name) => there.and_then(|there| there.iter().find(|entry| entry.get("name") == Some(name))),
                        None => there.filter(|_| same_length).and_then(|there| there.get(i)),
                    };
                    put_back(inner, twin, secret || named)
                });
                each.collect::<Result<_, _>>().map(Value::Array)
            }
            Value::String(text) if secret && text == HIDDEN => present.cloned().ok_or_else(|| {
                Problem::new(
                    Code::InvalidValues,
                    format!("A value reads “{HIDDEN}”, but the release has none there to keep. Write the value itself."),
                )
            }),
            other => Ok(other),
        }
    }
    match put_back(Value::Object(edited), Some(&Value::Object(present.clone())), false)? {
        Value::Object(map) => Ok(map),
        _ => Err(Problem::internal()),
    }
}

fn yaml_pair(left: &Map<String, Value>, right: &Map<String, Value>) -> (String, String) {
    let hide = |map: &Map<String, Value>, other: Option<&Map<String, Value>>| {
        let other = other.map(|map| Value::Object(map.clone()));
        match hidden(&Value::Object(map.clone()), other.as_ref(), false, other.is_some()) {
            Value::Object(map) => values::to_yaml(&map),
            _ => String::new(),
        }
    };
    (hide(left, None), hide(right, Some(left)))
}

/// Hides the leaves under secret keys; with `mark`, one that differs from its twin says so.
fn hidden(value: &Value, twin: Option<&Value>, secret: bool, mark: bool) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, inner)| (key.clone(), hidden(inner, twin.and_then(|t| t.get(key)), secret || is_secret_key(key), mark)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(i, inner)| {
                    // `- name: DB_PASSWORD` beside `value: …`, as containers have it.
                    let named = inner.get("name").and_then(Value::as_str).is_some_and(is_secret_key);
                    match inner {
                        Value::Object(entry) if named && !secret => {
                            let other = twin.and_then(|t| t.get(i));
                            Value::Object(
                                entry
                                    .iter()
                                    .map(|(key, leaf)| (key.clone(), hidden(leaf, other.and_then(|o| o.get(key)), key == "value", mark)))
                                    .collect(),
                            )
                        }
                        _ => hidden(inner, twin.and_then(|t| t.get(i)), secret, mark),
                    }
                })
                .collect(),
        ),
        Value::Null => Value::Null,
        Value::Bool(flag) if !secret => Value::Bool(*flag),
        _ if !secret => value.clone(),
        _ if mark && twin != Some(value) => Value::String(CHANGED_HIDDEN.into()),
        _ => Value::String(HIDDEN.into()),
    }
}

/// One object of a manifest.
struct Document {
    /// kind/namespace/name, to find its twin.
    name: String,
    text: String,
    value: Option<Value>,
}

impl Document {
    fn hidden(&self, twin: Option<&Value>, mark: bool) -> String {
        let Some(value) = &self.value else {
            return "# hidden: this object could not be read as YAML\n".into();
        };
        let mut shown = hidden(value, twin, false, mark);
        hide_secret_data(value, twin, mark, &mut shown);
        if let Some(notes) = shown.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
            && notes.contains_key("kubectl.kubernetes.io/last-applied-configuration")
        {
            notes.insert("kubectl.kubernetes.io/last-applied-configuration".into(), HIDDEN.into());
        }
        if &shown == value { self.text.clone() } else { serde_saphyr::to_string(&shown).unwrap_or_default() }
    }
}

/// Hides everything under `data` and `stringData` of a Secret, also of one inside a list.
fn hide_secret_data(value: &Value, twin: Option<&Value>, mark: bool, shown: &mut Value) {
    if value.get("kind").and_then(Value::as_str) == Some("Secret") {
        for part in ["data", "stringData"] {
            if let Some(data) = value.get(part) {
                shown[part] = hidden(data, twin.and_then(|t| t.get(part)), true, mark);
            }
        }
    }
    if let (Some(items), Some(out)) = (value.get("items").and_then(Value::as_array), shown.get_mut("items").and_then(Value::as_array_mut)) {
        for (i, (item, place)) in items.iter().zip(out).enumerate() {
            hide_secret_data(item, twin.and_then(|t| t.pointer(&format!("/items/{i}"))), mark, place);
        }
    }
}

fn documents(manifest: &str) -> Vec<Document> {
    let mut texts = vec![String::new()];
    for line in manifest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            texts.push(String::new());
        } else if let Some(last) = texts.last_mut() {
            last.push_str(line);
        }
    }
    texts
        .into_iter()
        .filter(|text| text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')))
        .map(|text| {
            let value: Option<Value> = serde_saphyr::from_str(&text).ok();
            let field = |path: &str| value.as_ref().and_then(|v| v.pointer(path)).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = format!("{}/{}/{}", field("/kind"), field("/metadata/namespace"), field("/metadata/name"));
            Document { name, text, value }
        })
        .collect()
}

/// Every text that is secret in a body: under secret keys of the computed values, and in its Secrets, plain and
/// in base64.
fn secrets_of(body: &RevisionBody) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&Value::Object(body.computed()), false, &mut found);
    for document in documents(&body.manifest) {
        if let Some(value) = document.value {
            collect_data(&value, &mut found);
        }
    }
    found
}

fn collect_data(value: &Value, found: &mut BTreeSet<String>) {
    if value.get("kind").and_then(Value::as_str) == Some("Secret") {
        for part in ["data", "stringData"] {
            if let Some(data) = value.get(part) {
                collect(data, true, found);
            }
        }
    }
    for item in value.get("items").and_then(Value::as_array).into_iter().flatten() {
        collect_data(item, found);
    }
}

fn collect(value: &Value, secret: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| collect(inner, secret || is_secret_key(key), found)),
        Value::Array(items) => items.iter().for_each(|inner| {
            let named = inner.get("name").and_then(Value::as_str).is_some_and(is_secret_key);
            if named && let Some(leaf) = inner.get("value") {
                collect(leaf, true, found);
            }
            collect(inner, secret, found);
        }),
        Value::String(text) if secret && text.len() >= SHORTEST_SPREAD => {
            found.insert(text.clone());
        }
        Value::Number(number) if secret && number.to_string().len() >= SHORTEST_SPREAD => {
            found.insert(number.to_string());
        }
        _ => {}
    }
}

/// Replaces every secret inside a text, the longest first so that no rest of one remains.
fn spread(text: &str, secrets: &BTreeSet<String>) -> String {
    let mut longest: Vec<&String> = secrets.iter().collect();
    longest.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    longest.into_iter().fold(
        text.to_owned(),
        |shown, secret| {
            if shown.contains(secret.as_str()) { shown.replace(secret.as_str(), HIDDEN) } else { shown }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(values: Value, manifest: &str, notes: &str) -> RevisionBody {
        RevisionBody {
            values_override: values.as_object().unwrap().clone(),
            manifest: manifest.into(),
            notes: notes.into(),
            ..RevisionBody::default()
        }
    }

    #[test]
    fn a_value_under_a_secret_key_is_hidden_and_says_when_it_changed() {
        let old = body(json!({"db": {"password": "hunter2hunter2", "pool": 20}}), "", "");
        let new = body(json!({"db": {"password": "correcthorse", "pool": 20}}), "", "");
        let (left, right) = part_texts(&old, &new, BodyPart::Override);
        assert_eq!(left, "db:\n  password: hidden\n  pool: 20\n");
        assert_eq!(right, "db:\n  password: changed, hidden\n  pool: 20\n");
        assert_eq!(part_texts(&old, &old, BodyPart::Override).1, left);
    }

    #[test]
    fn the_data_of_a_secret_in_a_manifest_is_hidden_and_the_rest_is_left_as_it_was() {
        let manifest = "# Source: web/a.yaml\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n---\nkind: Secret\nmetadata:\n  name: s\ndata:\n  any: aHVudGVyMg==\n";
        let shown = part_text(&body(json!({}), manifest, ""), BodyPart::Manifest);
        assert!(shown.contains("# Source: web/a.yaml\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n"), "{shown}");
        assert!(!shown.contains("aHVudGVyMg"), "{shown}");
        assert!(shown.contains("any: hidden"), "{shown}");
    }

    #[test]
    fn a_secret_is_hidden_wherever_else_it_occurs() {
        let body = body(
            json!({"adminPassword": "s3cr3t-value"}),
            "kind: ConfigMap\ndata:\n  url: http://u:s3cr3t-value@db\n",
            "log in with s3cr3t-value",
        );
        assert!(!part_text(&body, BodyPart::Manifest).contains("s3cr3t-value"));
        assert_eq!(part_text(&body, BodyPart::Notes), "log in with hidden");
        assert_eq!(text("helm said s3cr3t-value", &body), "helm said hidden");
    }

    #[test]
    fn an_object_that_cannot_be_read_is_hidden_whole() {
        let shown = part_text(&body(json!({}), "kind: Secret\n  bad: [indent\ndata: hunter2\n", ""), BodyPart::Manifest);
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn an_environment_variable_with_a_secret_name_is_hidden() {
        let manifest = "kind: Pod\nspec:\n  containers:\n  - env:\n    - name: DB_PASSWORD\n      value: hunter2hunter2\n";
        assert!(!part_text(&body(json!({}), manifest, ""), BodyPart::Manifest).contains("hunter2"));
    }

    #[test]
    fn a_hidden_value_that_comes_back_from_an_editor_keeps_what_is_there() {
        let present = json!({"db": {"password": "hunter2hunter2", "pool": 1}, "env": [{"name": "API_TOKEN", "value": "abcdef"}]});
        let edited = json!({"db": {"password": "hidden", "pool": 2}, "env": [{"name": "API_TOKEN", "value": "hidden"}], "note": "hidden"});
        assert!(
            restore(
                json!({"env": [{"name": "OTHER_TOKEN", "value": "hidden"}]}).as_object().unwrap().clone(),
                present.as_object().unwrap()
            )
            .is_err()
        );
        let restored = restore(edited.as_object().unwrap().clone(), present.as_object().unwrap()).unwrap();
        let wanted =
            json!({"db": {"password": "hunter2hunter2", "pool": 2}, "env": [{"name": "API_TOKEN", "value": "abcdef"}], "note": "hidden"});
        assert_eq!(Value::Object(restored), wanted);
        assert!(restore(json!({"token": "hidden"}).as_object().unwrap().clone(), present.as_object().unwrap()).is_err());
    }

    #[test]
    fn a_key_that_only_names_a_secret_is_shown() {
        assert!(!is_secret_key("existingSecret"));
        assert!(!is_secret_key("imagePullSecrets"));
        assert!(is_secret_key("clientSecret"));
        assert!(is_secret_key("API_KEY"));
    }
}
