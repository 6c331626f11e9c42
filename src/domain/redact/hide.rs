//! Hiding in a tree of values: what stands under a secret key, what a Secret holds, what was last applied, and every
//! secret that occurs inside another value. A hidden value that differs from its twin says so.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    CHANGED_HIDDEN, HIDDEN,
    found::{LAST_APPLIED, SECRET_DATA, is_secret},
    keys::Rules,
    secrets::Secrets,
};

/// How trees are hidden.
#[derive(Clone, Copy)]
pub(super) struct Hider<'a> {
    pub rules: &'a Rules,
    /// What is secret in what the tree belongs to.
    pub secrets: &'a Secrets,
    /// What is secret in what the twins belong to; `None` marks no differences.
    pub before: Option<&'a Secrets>,
}

impl Hider<'_> {
    /// A map as it may be shown.
    pub fn map(&self, map: &Map<String, Value>, twin: Option<&Value>, secret: bool) -> Map<String, Value> {
        let whole = is_secret(map);
        let below = |key: &str| secret || (whole && SECRET_DATA.contains(&key)) || self.rules.is_secret_key(key) || key == LAST_APPLIED;
        self.keys(map)
            .into_iter()
            .zip(map)
            .map(|(shown, (key, inner))| (shown, self.tree(inner, twin.and_then(|twin| twin.get(key)), below(key))))
            .collect()
    }

    /// A value as it may be shown; `secret` hides every leaf of it.
    pub fn tree(&self, value: &Value, twin: Option<&Value>, secret: bool) -> Value {
        match value {
            Value::Object(map) => Value::Object(self.map(map, twin, secret)),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(at, item)| self.item(item, twin.and_then(|twin| twin.get(at)), secret));
                Value::Array(items.collect())
            }
            Value::Null => Value::Null,
            leaf if secret => {
                let differs = self.before.is_some() && twin != Some(leaf);
                Value::String(if differs { CHANGED_HIDDEN } else { HIDDEN }.into())
            }
            Value::String(text) => Value::String(self.inside(text, twin)),
            Value::Number(number) => match self.secrets.hide(&number.to_string()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(shown) => Value::String(shown),
            },
            Value::Bool(flag) => Value::Bool(*flag),
        }
    }

    /// An entry of a list. One that is named like a secret holds it under `value`.
    fn item(&self, item: &Value, twin: Option<&Value>, secret: bool) -> Value {
        match item {
            Value::Object(entry) if !secret && self.rules.is_named_secret(item) => {
                let mut shown = self.map(entry, twin, false);
                if let Some(value) = entry.get("value") {
                    shown.insert("value".into(), self.tree(value, twin.and_then(|twin| twin.get("value")), true));
                }
                Value::Object(shown)
            }
            _ => self.tree(item, twin, secret),
        }
    }

    /// A text with the secrets in it hidden.
    fn inside(&self, text: &str, twin: Option<&Value>) -> String {
        let shown = self.secrets.hide(text);
        let looks_equal = |before: &Secrets| {
            let twin = twin.and_then(Value::as_str).filter(|twin| *twin != text);
            twin.is_some_and(|twin| before.hide(twin) == shown)
        };
        match &shown {
            Cow::Owned(hidden) if self.before.is_some_and(looks_equal) => hidden.replace(HIDDEN, CHANGED_HIDDEN),
            _ => shown.into_owned(),
        }
    }

    /// The keys of a map as they may be shown, in its order and each one once.
    pub fn keys(&self, map: &Map<String, Value>) -> Vec<String> {
        let mut shown: Vec<String> = Vec::with_capacity(map.len());
        for key in map.keys() {
            let plain = self.secrets.hide(key);
            let mut unique = plain.to_string();
            if matches!(plain, Cow::Owned(_)) {
                let mut count = 1;
                while shown.contains(&unique) || map.contains_key(&unique) {
                    count += 1;
                    unique = format!("{plain} {count}");
                }
            }
            shown.push(unique);
        }
        shown
    }
}
