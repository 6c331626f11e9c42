//! Putting back what was hidden in an override that comes from an editor: what still reads as it was shown keeps the
//! value that is there. Refuses what cannot be told.

use serde_json::{Map, Value};

use super::{HIDDEN, hide::Hider};
use crate::domain::problem::{Code, Problem};

/// What is there, and how it was shown.
#[derive(Clone, Copy)]
struct There<'a> {
    real: &'a Value,
    shown: &'a Value,
}

/// The edited map with the values that are there in place of what hides them.
pub(super) fn restored(hider: Hider<'_>, edited: Map<String, Value>, present: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let (real, shown) = (Value::Object(present.clone()), Value::Object(hider.map(present, None, false)));
    let there = There { real: &real, shown: &shown };
    map(hider, edited, Some(there), false)
}

fn map(hider: Hider<'_>, edited: Map<String, Value>, there: Option<There<'_>>, secret: bool) -> Result<Map<String, Value>, Problem> {
    let real = there.and_then(|there| there.real.as_object());
    // How each key was shown, with the key itself.
    let keys: Vec<(String, &String)> = real.map(|real| hider.keys(real).into_iter().zip(real.keys()).collect()).unwrap_or_default();
    edited
        .into_iter()
        .map(|(key, value)| {
            let known = keys.iter().find(|(shown, _)| *shown == key);
            let below = known.and_then(|(shown, key)| {
                let there = there?;
                Some(There { real: there.real.get(key.as_str())?, shown: there.shown.get(shown)? })
            });
            let key = known.map_or(key, |(_, key)| (*key).clone());
            let secret = secret || hider.rules.is_secret_key(&key);
            Ok((key, tree(hider, value, below, secret)?))
        })
        .collect()
}

fn tree(hider: Hider<'_>, value: Value, there: Option<There<'_>>, secret: bool) -> Result<Value, Problem> {
    match value {
        Value::Object(edited) => map(hider, edited, there, secret).map(Value::Object),
        Value::Array(items) => {
            let both = there.and_then(|there| Some((there.real.as_array()?, there.shown.as_array()?)));
            let same_length = both.is_some_and(|(real, _)| real.len() == items.len());
            let each = items.into_iter().enumerate().map(|(at, item)| {
                // By name where entries have one: a list may have been shortened or put in another order.
                let twin = both.and_then(|(real, shown)| {
                    let at = match item.get("name") {
                        Some(name) => shown.iter().position(|entry| entry.get("name") == Some(name))?,
                        None => Some(at).filter(|_| same_length)?,
                    };
                    Some(There { real: real.get(at)?, shown: shown.get(at)? })
                });
                let named = hider.rules.is_named_secret(&item);
                tree(hider, item, twin, secret || named)
            });
            each.collect::<Result<_, _>>().map(Value::Array)
        }
        leaf => self::leaf(leaf, there, secret),
    }
}

fn leaf(value: Value, there: Option<There<'_>>, secret: bool) -> Result<Value, Problem> {
    if let Some(there) = there.filter(|there| *there.shown == value) {
        return Ok(there.real.clone());
    }
    let hides = there.filter(|there| there.real != there.shown);
    match &value {
        Value::String(text) if secret && text == HIDDEN => Err(Problem::new(
            Code::InvalidValues,
            format!("A value reads “{HIDDEN}”, but the release has none there to keep. Write the value itself."),
        )),
        // Part of it was hidden, and the rest was edited: nobody can tell what is meant.
        Value::String(text) if hides.is_some_and(|there| there.shown.is_string()) && text.contains(HIDDEN) => Err(Problem::new(
            Code::InvalidValues,
            format!("A value that is “{HIDDEN}” in part was edited. Leave it exactly as it reads, or write all of it anew."),
        )),
        _ => Ok(value),
    }
}
