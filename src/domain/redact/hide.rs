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
    pub fn map(&self, map: &Map<String, Value>, twin: Option<&Map<String, Value>>, secret: bool) -> Map<String, Value> {
        self.changed_map(map, twin, secret).unwrap_or_else(|| map.clone())
    }

    /// A value as it may be shown; `secret` hides every leaf of it.
    pub fn tree(&self, value: &Value, twin: Option<&Value>, secret: bool) -> Value {
        self.changed(value, twin, secret).unwrap_or_else(|| value.clone())
    }

    /// The same; `None` where nothing of it is hidden, which is so of nearly everything, and costs no copy.
    pub fn changed(&self, value: &Value, twin: Option<&Value>, secret: bool) -> Option<Value> {
        match value {
            Value::Object(map) => self.changed_map(map, twin.and_then(Value::as_object), secret).map(Value::Object),
            Value::Array(items) => {
                let item = |(at, item): (usize, &Value)| Some((at, self.item(item, twin.and_then(|twin| twin.get(at)), secret)?));
                let changes: Vec<(usize, Value)> = items.iter().enumerate().filter_map(item).collect();
                (!changes.is_empty()).then(|| Value::Array(with(items.iter(), changes).collect()))
            }
            Value::Null => None,
            leaf if secret => {
                let differs = self.before.is_some() && twin != Some(leaf);
                Some(Value::String(if differs { CHANGED_HIDDEN } else { HIDDEN }.into())).filter(|shown| shown != leaf)
            }
            Value::String(text) => self.inside(text, twin).map(Value::String),
            Value::Number(number) => match self.secrets.hide(&number.to_string()) {
                Cow::Borrowed(_) => None,
                Cow::Owned(shown) => Some(Value::String(shown)),
            },
            Value::Bool(_) => None,
        }
    }

    fn changed_map(&self, map: &Map<String, Value>, twin: Option<&Map<String, Value>>, secret: bool) -> Option<Map<String, Value>> {
        let whole = is_secret(map);
        let below = |key: &str| secret || (whole && SECRET_DATA.contains(&key)) || self.rules.is_secret_key(key) || key == LAST_APPLIED;
        let entry = |(at, (key, inner)): (usize, (&String, &Value))| {
            Some((at, self.changed(inner, twin.and_then(|twin| twin.get(key)), below(key))?))
        };
        let changes: Vec<(usize, Value)> = map.iter().enumerate().filter_map(entry).collect();
        let keys = self.changed_keys(map);
        if keys.is_none() && changes.is_empty() {
            return None;
        }
        let keys = keys.unwrap_or_else(|| map.keys().cloned().collect());
        Some(keys.into_iter().zip(with(map.values(), changes)).collect())
    }

    /// An entry of a list. One that is named like a secret holds it under `value`.
    fn item(&self, item: &Value, twin: Option<&Value>, secret: bool) -> Option<Value> {
        match item {
            Value::Object(entry) if !secret && self.rules.is_named_secret(item) => {
                let mut shown = self.map(entry, twin.and_then(Value::as_object), false);
                if let Some(value) = entry.get("value") {
                    shown.insert("value".into(), self.tree(value, twin.and_then(|twin| twin.get("value")), true));
                }
                Some(Value::Object(shown)).filter(|shown| shown != item)
            }
            _ => self.changed(item, twin, secret),
        }
    }

    /// A text with the secrets in it hidden; `None` where there are none.
    fn inside(&self, text: &str, twin: Option<&Value>) -> Option<String> {
        let shown = self.secrets.hide(text);
        let looks_equal = |before: &Secrets| {
            let twin = twin.and_then(Value::as_str).filter(|twin| *twin != text);
            twin.is_some_and(|twin| before.hide(twin) == shown)
        };
        let shown = match &shown {
            Cow::Owned(hidden) if self.before.is_some_and(looks_equal) => hidden.replace(HIDDEN, CHANGED_HIDDEN),
            Cow::Borrowed(same) if *same == text => return None,
            _ => shown.into_owned(),
        };
        Some(shown).filter(|shown| shown != text)
    }

    /// The keys of a map as they may be shown, in its order and each one once.
    pub fn keys(&self, map: &Map<String, Value>) -> Vec<String> {
        self.changed_keys(map).unwrap_or_else(|| map.keys().cloned().collect())
    }

    /// The same; `None` where nothing of them is hidden.
    fn changed_keys(&self, map: &Map<String, Value>) -> Option<Vec<String>> {
        if map.keys().all(|key| matches!(self.secrets.hide(key), Cow::Borrowed(shown) if shown == key)) {
            return None;
        }
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
        Some(shown)
    }
}

/// Values with others in some of their places, which come in order.
fn with<'a>(values: impl Iterator<Item = &'a Value>, others: Vec<(usize, Value)>) -> impl Iterator<Item = Value> {
    let mut others = others.into_iter().peekable();
    values.enumerate().map(move |(at, value)| match others.next_if(|(place, _)| *place == at) {
        Some((_, other)) => other,
        None => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The same, said as plainly as it can be: a copy of everything, each leaf looked at by itself.
    fn plainly(hider: Hider<'_>, value: &Value, twin: Option<&Value>, secret: bool) -> Value {
        let map = |entries: &Map<String, Value>| -> Map<String, Value> {
            let whole = is_secret(entries);
            let shown = keys_plainly(hider.secrets, entries).into_iter().zip(entries).map(|(shown, (key, inner))| {
                let below =
                    secret || (whole && SECRET_DATA.contains(&key.as_str())) || hider.rules.is_secret_key(key) || key == LAST_APPLIED;
                (shown, plainly(hider, inner, twin.and_then(|twin| twin.get(key)), below))
            });
            shown.collect()
        };
        match value {
            Value::Object(entries) => Value::Object(map(entries)),
            Value::Array(items) => {
                let item = |(at, item): (usize, &Value)| {
                    let twin = twin.and_then(|twin| twin.get(at));
                    let mut shown = plainly(hider, item, twin, secret);
                    if let (false, true, Some(inner)) = (secret, hider.rules.is_named_secret(item), item.get("value")) {
                        shown["value"] = plainly(hider, inner, twin.and_then(|twin| twin.get("value")), true);
                    }
                    shown
                };
                items.iter().enumerate().map(item).collect()
            }
            Value::Null => Value::Null,
            leaf if secret => json!(if hider.before.is_some() && twin != Some(leaf) { CHANGED_HIDDEN } else { HIDDEN }),
            Value::String(text) => {
                let shown = hider.secrets.hide(text);
                let other = twin.and_then(Value::as_str).filter(|other| other != text);
                let equal = hider.before.is_some_and(|before| other.is_some_and(|other| before.hide(other) == shown));
                json!(if matches!(shown, Cow::Owned(_)) && equal { shown.replace(HIDDEN, CHANGED_HIDDEN) } else { shown.into_owned() })
            }
            Value::Number(number) => match hider.secrets.hide(&number.to_string()) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(shown) => json!(shown),
            },
            Value::Bool(_) => value.clone(),
        }
    }

    fn keys_plainly(secrets: &Secrets, map: &Map<String, Value>) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        for key in map.keys() {
            let plain = secrets.hide(key);
            let mut unique = plain.to_string();
            let mut count = 1;
            while matches!(plain, Cow::Owned(_)) && (shown.contains(&unique) || map.contains_key(&unique)) {
                count += 1;
                unique = format!("{plain} {count}");
            }
            shown.push(unique);
        }
        shown
    }

    /// Trees of all that matters here, the same for the same seed.
    struct Dice(u64);

    impl Dice {
        fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            all[(self.0 >> 33) as usize % all.len()]
        }

        fn tree(&mut self, depth: usize) -> Value {
            let kinds = ["map", "map", "list", "text", "text", "text", "number", "secret number", "flag", "null"];
            match self.one_of(if depth == 0 { &kinds[3..] } else { &kinds }) {
                "map" => {
                    let keys = [
                        "kind",
                        "data",
                        "stringData",
                        "name",
                        "value",
                        "password",
                        "replicas",
                        "hunter2hunter2",
                        "hidden",
                        "hidden 2",
                        LAST_APPLIED,
                        "a hunter2hunter2",
                        "secretName",
                    ];
                    (0..4).map(|_| (self.one_of(&keys).to_owned(), self.tree(depth - 1))).collect()
                }
                "list" => (0..3).map(|_| self.tree(depth - 1)).collect(),
                "number" => json!(7),
                "secret number" => json!(123_456_789),
                "flag" => json!(true),
                "null" => Value::Null,
                _ => json!(self.one_of(&[
                    "Secret",
                    "hidden",
                    "changed, hidden",
                    "",
                    "plain words",
                    "API_TOKEN",
                    "hunter2hunter2",
                    "u:hunter2hunter2@db",
                    "u:correct-horse@db",
                    "hunter2\\\nhunter2",
                    "aHVudGVyMmh1bnRlcjI=",
                    "correct%2Dhorse",
                ])),
            }
        }
    }

    #[test]
    fn what_is_hidden_without_copies_is_what_is_hidden_with_them() {
        let rules = Rules::default();
        let known =
            json!({"password": "hunter2hunter2", "token": "correct-horse", "pin": {"secret": 123_456_789}, "odd": {"secret": "hidden"}});
        let few = json!({"password": "hunter2hunter2"});
        let all = [&known, &few].map(|values| rules.secrets_of_values(values.as_object().unwrap()));
        let (none, unknown) = (rules.secrets_of_values(&Map::new()), Secrets::unknown());
        let mut dice = Dice(1);
        let (mut same, mut other) = (0, 0);
        for _ in 0..3_000 {
            let (value, twin) = (dice.tree(4), dice.tree(4));
            for secrets in all.iter().chain([&none, &unknown]) {
                for (before, twin) in [(None, None), (Some(secrets), Some(&twin)), (Some(secrets), Some(&value)), (Some(secrets), None)] {
                    let hider = Hider { rules: &rules, secrets, before };
                    let shown = plainly(hider, &value, twin, false);
                    assert_eq!(hider.tree(&value, twin, false), shown, "{value}");
                    assert_eq!(hider.changed(&value, twin, false), Some(shown.clone()).filter(|shown| *shown != value), "{value}");
                    assert_eq!(hider.tree(&value, twin, true), plainly(hider, &value, twin, true), "{value}");
                    *(if shown == value { &mut same } else { &mut other }) += 1;
                }
            }
        }
        assert!(same > 1_000 && other > 1_000, "{same} {other}");
    }
}
