//! How an object that runs differs from its manifest: from what it would be, were the manifest applied once more, and from
//! what somebody else has added to it. Hides nothing.

use serde_json::{Map, Value};

use super::{
    Autoscaled, DriftField, IgnoreRules,
    asked::SERVERS_OWN,
    owners::{Owners, Trail, is_foreign, last, under, within},
    rules::Place,
};
use crate::domain::preview::ChangeKind;

/// An object that runs, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// As the manifest has it; where a difference is ignored, as it runs.
    pub wanted: Value,
    /// As it runs, without what only the cluster writes.
    pub live: Value,
    /// What differs.
    pub fields: Vec<DriftField>,
    /// What differs and is ignored: the rule and the path.
    pub ignored: Vec<(String, String)>,
}

/// Compares an object as it is with the answer to applying its manifest.
pub fn compared(kind: &str, name: &str, live: &Value, answer: &Value, rules: &IgnoreRules, autoscaled: &Autoscaled) -> Compared {
    let now = Owners::of(live);
    let then = Owners::of(answer).with_own_of(&now);
    let (live, wanted) = (plain(live), plain(answer));
    let mut walk = Walk { kind, name, rules, autoscaled, path: Vec::new(), fields: Vec::new(), ignored: Vec::new() };
    let shown = walk.at(Some(&wanted), Some(&live), &then.trails(), &now.trails());
    let Walk { fields, ignored, .. } = walk;
    Compared { wanted: shown.unwrap_or_default(), live, fields, ignored }
}

/// An object without what only the cluster writes.
fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(whole) = object.as_object_mut() {
        whole.remove("status");
        if let Some(Value::Object(metadata)) = whole.get_mut("metadata") {
            SERVERS_OWN.iter().for_each(|field| drop(metadata.remove(*field)));
        }
    }
    object
}

struct Walk<'a> {
    kind: &'a str,
    name: &'a str,
    rules: &'a IgnoreRules,
    autoscaled: &'a Autoscaled,
    path: Vec<String>,
    fields: Vec<DriftField>,
    ignored: Vec<(String, String)>,
}

impl Walk<'_> {
    /// Compares what is at one place; answers what to show as wanted there. `then` owns what is wanted, `now` what is live.
    fn at(&mut self, wanted: Option<&Value>, live: Option<&Value>, then: &[Trail<'_>], now: &[Trail<'_>]) -> Option<Value> {
        match (wanted, live) {
            (Some(Value::Object(wanted)), Some(Value::Object(live))) if !(wanted.is_empty() && live.is_empty()) => {
                let shown = self.map(wanted, live, then, now);
                // Nothing is left where all of it is somebody else's.
                (wanted.is_empty() || !shown.is_empty()).then_some(Value::Object(shown))
            }
            // What one side has alone is told field by field, since each may be somebody else's.
            (None, Some(Value::Object(live))) if !live.is_empty() => {
                let shown = self.map(&Map::new(), live, then, now);
                (!shown.is_empty()).then_some(Value::Object(shown))
            }
            (Some(Value::Object(wanted)), None) if !wanted.is_empty() => Some(Value::Object(self.map(wanted, &Map::new(), then, now))),
            (Some(Value::Array(wanted)), Some(Value::Array(live))) if is_open(then) || wanted != live => {
                Some(Value::Array(self.list(wanted, live, then, now)))
            }
            _ => self.leaf(wanted, live, then, now),
        }
    }

    fn map(&mut self, wanted: &Map<String, Value>, live: &Map<String, Value>, then: &[Trail<'_>], now: &[Trail<'_>]) -> Map<String, Value> {
        let mut shown = Map::new();
        for key in live.keys().chain(wanted.keys().filter(|key| !live.contains_key(*key))) {
            self.path.push(key.clone());
            let found = self.at(wanted.get(key), live.get(key), &under(then, key), &under(now, key));
            self.path.pop();
            shown.extend(found.map(|found| (key.clone(), found)));
        }
        shown
    }

    fn list(&mut self, wanted: &[Value], live: &[Value], then: &[Trail<'_>], now: &[Trail<'_>]) -> Vec<Value> {
        let mut shown = Vec::new();
        for (at, (left, right)) in pairs(wanted, live).into_iter().enumerate() {
            let before = (self.fields.len(), self.ignored.len());
            let (left, right) = (left.map(|at| (at, &wanted[at])), right.map(|at| (at, &live[at])));
            let then = left.map(|(at, item)| within(then, at, item)).unwrap_or_default();
            let now = right.map(|(at, item)| within(now, at, item)).unwrap_or_default();
            self.path.push(right.map_or(at, |(at, _)| at).to_string());
            let found = self.at(left.map(|(_, item)| item), right.map(|(_, item)| item), &then, &now);
            if self.ignored.len() == before.1 && self.fields.len() > before.0 + 1 && (found.is_none() || right.is_none()) {
                // An item that only one side has is one difference.
                self.fields.truncate(before.0);
                let change = if right.is_none() { ChangeKind::Removed } else { ChangeKind::Added };
                self.tell(change, &now);
            }
            self.path.pop();
            shown.extend(found);
        }
        shown
    }

    fn leaf(&mut self, wanted: Option<&Value>, live: Option<&Value>, then: &[Trail<'_>], now: &[Trail<'_>]) -> Option<Value> {
        let change = match (wanted, live) {
            // The manifest says nothing of it: applying it would leave it as it is.
            (Some(wanted), Some(live)) if wanted == live && is_foreign(then) => ChangeKind::Added,
            (wanted, live) if wanted == live => return wanted.cloned(),
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let owners: Vec<_> = now.iter().map(|trail| trail.owner).collect();
        let place = Place { kind: self.kind, name: self.name, path: &self.path, owners: &owners };
        if let Some(rule) = self.rules.find(&place, self.autoscaled) {
            self.ignored.push((rule.to_owned(), pointer(&self.path)));
            return live.cloned();
        }
        self.tell(change, now);
        wanted.filter(|_| change != ChangeKind::Added).cloned()
    }

    fn tell(&mut self, change: ChangeKind, now: &[Trail<'_>]) {
        let by = last(now).filter(|owner| !owner.own);
        let (at, by) = (by.and_then(|owner| owner.at), by.map(|owner| owner.manager.clone()));
        self.fields.push(DriftField { path: pointer(&self.path), change, by, at });
    }
}

/// Whether the items of a list have owners of their own.
fn is_open(trails: &[Trail<'_>]) -> bool {
    trails.iter().any(|trail| !trail.is_whole())
}

/// Which items of two lists belong together: those of the same name, or else those at the same place.
fn pairs(wanted: &[Value], live: &[Value]) -> Vec<(Option<usize>, Option<usize>)> {
    let names = |items: &[Value]| {
        let names: Option<Vec<String>> = items.iter().map(|item| item.get("name")?.as_str().map(str::to_owned)).collect();
        names.filter(|names| names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len())
    };
    let (Some(left), Some(right)) = (names(wanted), names(live)) else {
        let both = wanted.len().max(live.len());
        return (0..both).map(|at| ((at < wanted.len()).then_some(at), (at < live.len()).then_some(at))).collect();
    };
    let found = right.iter().enumerate().map(|(at, name)| (left.iter().position(|one| one == name), Some(at)));
    let gone = left.iter().enumerate().filter(|(_, name)| !right.contains(name)).map(|(at, _)| (Some(at), None));
    found.chain(gone).collect()
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|piece| format!("/{}", piece.replace('~', "~0").replace('/', "~1"))).collect()
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
