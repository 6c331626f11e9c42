//! Finding what is secret in a body: under secret keys of its values, in its Secrets, in what was last applied. Hides
//! nothing.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::{Document, keys::Rules, variants::joined};

/// The shortest secret that is also hidden where it occurs inside other text; shorter ones would blot out words.
pub(super) const SHORTEST_SPREAD: usize = 6;
/// The shortest line of a longer secret, such as a key file, that counts as a secret of its own.
const SHORTEST_LINE: usize = 16;
/// What `kubectl apply` leaves on an object: all of it, Secrets included.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Where a Secret keeps what it keeps.
pub(super) const SECRET_DATA: [&str; 2] = ["data", "stringData"];

/// Whether an object is a Secret.
pub(super) fn is_secret(object: &Map<String, Value>) -> bool {
    object.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// The decoded data of a Secret; `None` where it is not base64.
pub(super) fn decoded(data: &str) -> Option<Vec<u8>> {
    STANDARD.decode(joined(data.as_bytes())).ok()
}

/// What is secret, as it was before any encoding.
pub(super) struct Found<'a> {
    rules: &'a Rules,
    pub secrets: BTreeSet<Vec<u8>>,
}

impl<'a> Found<'a> {
    pub fn new(rules: &'a Rules) -> Self {
        Self { rules, secrets: BTreeSet::new() }
    }

    /// Looks through values.
    pub fn values(&mut self, values: &Map<String, Value>) {
        values.iter().for_each(|(key, value)| self.tree(value, self.rules.is_secret_key(key)));
    }

    /// Looks through the Secrets of a manifest and what else is secret in it by its key.
    pub fn manifest<'d>(&mut self, documents: impl IntoIterator<Item = &'d Document>) {
        documents.into_iter().filter_map(|document| document.value.as_ref()).for_each(|object| self.tree(object, false));
    }

    /// Looks through one object.
    pub fn object(&mut self, object: &Value) {
        self.tree(object, false);
    }

    fn tree(&mut self, value: &Value, secret: bool) {
        match value {
            Value::Object(map) => {
                let holds_data = is_secret(map);
                for (key, inner) in map {
                    match inner {
                        Value::Object(data) if holds_data && SECRET_DATA.contains(&key.as_str()) => self.data(data, key == "data"),
                        Value::String(applied) if key == LAST_APPLIED => self.structured(applied),
                        _ => self.tree(inner, secret || self.rules.is_secret_key(key)),
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    if self.rules.is_named_secret(item)
                        && let Some(leaf) = item.get("value")
                    {
                        self.tree(leaf, true);
                    }
                    self.tree(item, secret);
                }
            }
            Value::String(text) if secret => self.text(text.as_bytes()),
            Value::Number(number) if secret => self.add(number.to_string().as_bytes()),
            _ => {}
        }
    }

    fn data(&mut self, data: &Map<String, Value>, encoded: bool) {
        for value in data.values() {
            match value.as_str() {
                Some(text) => self.text(&decoded(text).filter(|_| encoded).unwrap_or_else(|| text.as_bytes().to_vec())),
                None => self.tree(value, true),
            }
        }
    }

    /// A secret text with the secrets inside of it.
    fn text(&mut self, text: &[u8]) {
        self.add(text);
        let Ok(text) = std::str::from_utf8(text) else { return };
        let text = text.trim();
        if text.starts_with(['{', '[']) {
            self.structured(text);
        }
        // What templates take for a value may have been encoded before.
        if let Some(plain) = decoded(text).filter(|plain| plain.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')) {
            self.add(&plain);
        }
        for line in text.lines().map(str::trim) {
            if text.contains('\n') && line.len() >= SHORTEST_LINE && !line.starts_with("-----") {
                self.add(line.as_bytes());
            }
            self.assigned(line);
            self.userinfo(line);
        }
    }

    /// `key=value` and `key: value`, where the key says that the value is secret.
    fn assigned(&mut self, line: &str) {
        if let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(": "))
            && self.rules.is_secret_key(key)
        {
            self.add(value.trim().trim_matches(['"', '\'']).as_bytes());
        }
    }

    /// The password in `scheme://user:password@host`.
    fn userinfo(&mut self, line: &str) {
        let password = line.split_once("://").and_then(|(_, rest)| rest.split_once('@')).and_then(|(user, _)| user.split_once(':'));
        if let Some((_, password)) = password {
            self.add(password.as_bytes());
        }
    }

    /// JSON inside of a text: what is secret in it by its keys; in a registry's credentials also `auth`.
    fn structured(&mut self, text: &str) {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return };
        self.tree(&value, false);
        for login in value.get("auths").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            self.tree(login.get("auth").unwrap_or(&Value::Null), true);
        }
    }

    fn add(&mut self, secret: &[u8]) {
        let secret = secret.trim_ascii();
        if joined(secret).len() >= SHORTEST_SPREAD {
            self.secrets.insert(secret.to_vec());
        }
    }
}
