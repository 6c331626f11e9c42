//! Where values come from: for each that templates saw, whether the chart's defaults or the override said it, and since
//! which revision. Hides nothing: `redact` does, before any of it is shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    names::{Namespace, ReleaseName, TenantSlug},
    problem::{Code, Problem},
    release::Release,
    revision::RevisionBody,
};

/// Who said a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// The chart.
    Default,
    /// The tenant.
    Override,
}

/// A value and where it comes from. Redacted already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ValueOrigin {
    /// Where it stands, as `helm --set` writes it: `ingress.host`. Hostile text.
    pub path: String,
    /// What templates saw; `null` where the override takes the chart's value away.
    pub value: Value,
    /// Who said it.
    pub said: Said,
    /// The revision since which the same has been said by the same.
    pub since: u32,
    /// What the chart says, where the override says something else.
    pub default: Option<Value>,
    /// Whether the override sets what the chart knew in an earlier revision and does not know any more.
    pub forgotten: bool,
}

/// Where the values of a revision come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Provenance {
    /// Of which revision.
    pub revision: u32,
    /// The oldest revision that was looked at: what was said then already may be older.
    pub reaches: u32,
    /// Its values, by path.
    pub values: Vec<ValueOrigin>,
}

impl Provenance {
    /// How many values the override says.
    pub fn set(&self) -> usize {
        self.values.iter().filter(|one| one.said == Said::Override).count()
    }
}

/// A release whose override sets a key that was looked for. Redacted already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetValue {
    /// The tenant; `None` where the release is nobody's.
    pub tenant: Option<TenantSlug>,
    /// The release's namespace.
    pub namespace: Namespace,
    /// Its name.
    pub release_name: ReleaseName,
    /// Its chart.
    pub chart_name: String,
    /// The chart's version.
    pub chart_version: String,
    /// What its override sets.
    pub value: Value,
    /// What the chart says; `None` where it says the same or nothing.
    pub default: Option<Value>,
}

/// Who sets a key, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ValueSearch {
    /// The releases that set it, by tenant.
    pub set: Vec<SetValue>,
    /// How many releases were looked through.
    pub searched: u64,
    /// How many there are in all: more than those only where there are very many.
    pub releases: u64,
    /// How many of them have not been read from the cluster yet.
    pub unread: u64,
}

/// The longest path that is looked for, in bytes.
const LONGEST_PATH: usize = 500;

/// The keys of a path as `helm --set` writes it. Not of entries of lists: those have no names.
pub fn keys(path: &str) -> Result<Vec<String>, Problem> {
    let mut keys = vec![String::new()];
    let mut signs = path.trim().chars();
    while let Some(sign) = signs.next() {
        match (sign, keys.last_mut()) {
            ('.', _) => keys.push(String::new()),
            ('\\', Some(key)) => key.extend(signs.next()),
            (sign, Some(key)) => key.push(sign),
            (_, None) => {}
        }
    }
    if path.len() > LONGEST_PATH || keys.iter().any(String::is_empty) {
        return Err(Problem::new(Code::InvalidRequest, "A key is looked for by its path, such as ingress.host, of at most 500 bytes."));
    }
    Ok(keys)
}

/// What the override of a release sets under those keys, and what its chart says there.
pub fn set_at<'a>(body: &'a RevisionBody, keys: &[String]) -> Option<(&'a Value, Option<&'a Value>)> {
    let path: Vec<&str> = keys.iter().map(String::as_str).collect();
    let value = find(&body.values_override, &path)?;
    Some((value, find(&body.defaults, &path).filter(|default| *default != value)))
}

impl SetValue {
    /// The page of the release.
    pub fn of(release: &Release, value: Value, default: Option<Value>) -> Self {
        Self {
            tenant: release.tenant.clone(),
            namespace: release.namespace.clone(),
            release_name: release.release_name.clone(),
            chart_name: release.chart_name.clone(),
            chart_version: release.chart_version.clone(),
            value,
            default,
        }
    }
}

/// A value before it is redacted.
#[derive(Debug, PartialEq)]
pub struct Traced<'a> {
    /// The keys that lead to it.
    pub path: Vec<&'a str>,
    /// What it is.
    pub value: &'a Value,
    /// Who said it.
    pub said: Said,
    /// Since which revision.
    pub since: u32,
    /// What the chart says of it.
    pub default: Option<&'a Value>,
    /// Whether the chart forgot it.
    pub forgotten: bool,
}

/// A revision with the values that its templates saw.
pub struct Step {
    /// Its number.
    pub revision: u32,
    body: RevisionBody,
    computed: Map<String, Value>,
}

impl Step {
    /// Of a revision and its body.
    pub fn of(revision: u32, body: RevisionBody) -> Self {
        Self { revision, computed: body.computed(), body }
    }

    /// Its body.
    pub fn body(&self) -> &RevisionBody {
        &self.body
    }

    fn said(&self, path: &[&str]) -> Said {
        if find(&self.body.values_override, path).is_some() { Said::Override } else { Said::Default }
    }
}

/// The values of the first of these revisions, which are of one life and newest first. A map of which `whole` is true is
/// one value.
pub fn trace<'a>(steps: &'a [Step], whole: impl Fn(&Map<String, Value>) -> bool) -> Vec<Traced<'a>> {
    let Some((newest, older)) = steps.split_first() else { return Vec::new() };
    let mut found = Vec::new();
    leaves(&mut Vec::new(), &newest.computed, &whole, &mut found);
    // What the override takes away is not among the computed values.
    let mut set = Vec::new();
    leaves(&mut Vec::new(), &newest.body.values_override, &whole, &mut set);
    found.extend(set.into_iter().filter(|(path, value)| value.is_null() && find(&newest.computed, path).is_none()));
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    let trace = |(path, value): (Vec<&'a str>, &'a Value)| {
        let said = newest.said(&path);
        let same = |step: &&Step| {
            let there = find(&step.computed, &path).or_else(|| find(&step.body.values_override, &path));
            there == Some(value) && step.said(&path) == said
        };
        let since = older.iter().take_while(same).last().map_or(newest.revision, |step| step.revision);
        let default = find(&newest.body.defaults, &path);
        let forgotten = said == Said::Override && default.is_none() && older.iter().any(|step| find(&step.body.defaults, &path).is_some());
        Traced { default: default.filter(|default| said == Said::Override && *default != value), path, value, said, since, forgotten }
    };
    found.into_iter().map(trace).collect()
}

/// A path as `helm --set` writes it.
pub fn dotted(path: &[&str]) -> String {
    path.iter().map(|key| key.replace('.', "\\.")).collect::<Vec<_>>().join(".")
}

fn leaves<'a>(
    at: &mut Vec<&'a str>,
    map: &'a Map<String, Value>,
    whole: &impl Fn(&Map<String, Value>) -> bool,
    found: &mut Vec<(Vec<&'a str>, &'a Value)>,
) {
    for (key, value) in map {
        at.push(key);
        match value {
            Value::Object(inner) if !inner.is_empty() && !whole(inner) => leaves(at, inner, whole, found),
            leaf => found.push((at.clone(), leaf)),
        }
        at.pop();
    }
}

fn find<'a>(map: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(map.get(*first)?, |value, key| value.as_object()?.get(*key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(revision: u32, defaults: &Value, over: &Value) -> Step {
        let map = |value: &Value| value.as_object().unwrap().clone();
        Step::of(revision, RevisionBody { defaults: map(defaults), values_override: map(over), ..RevisionBody::default() })
    }

    fn told(steps: &[Step]) -> Vec<(String, Said, u32, bool)> {
        trace(steps, |_| false).into_iter().map(|one| (dotted(&one.path), one.said, one.since, one.forgotten)).collect()
    }

    #[test]
    fn every_value_is_the_charts_or_the_tenants_since_a_revision() {
        let defaults = json!({"replicas": 1, "ingress": {"host": "", "tls": false}, "image": {"tag": "1"}});
        let newer = json!({"replicas": 1, "ingress": {"host": "", "tls": false}, "image": {"tag": "2"}});
        let steps = [
            step(4, &newer, &json!({"ingress": {"host": "a"}, "replicas": 3})),
            step(3, &defaults, &json!({"ingress": {"host": "a"}, "replicas": 3})),
            step(2, &defaults, &json!({"ingress": {"host": "a"}})),
            step(1, &defaults, &json!({"ingress": {"host": "b"}})),
        ];
        let expected = [
            ("image.tag", Said::Default, 4, false),
            ("ingress.host", Said::Override, 2, false),
            ("ingress.tls", Said::Default, 1, false),
            ("replicas", Said::Override, 3, false),
        ];
        assert_eq!(told(&steps), expected.map(|(path, said, since, forgotten)| (path.to_owned(), said, since, forgotten)));
        let all = trace(&steps, |_| false);
        assert_eq!(all[3].default, Some(&json!(1)), "what the chart would say is told");
    }

    #[test]
    fn a_value_that_was_set_to_what_the_chart_says_is_the_tenants_since_then() {
        let steps = [step(2, &json!({"a": 1}), &json!({"a": 1})), step(1, &json!({"a": 1}), &json!({}))];
        assert_eq!(told(&steps), [("a".to_owned(), Said::Override, 2, false)]);
    }

    #[test]
    fn what_the_chart_forgot_and_what_the_override_takes_away_are_told() {
        let steps = [
            step(2, &json!({"b": {"c": 1, "d": 2}}), &json!({"old": 1, "free": 1, "b": {"c": null}})),
            step(1, &json!({"b": {"c": 1, "d": 2}, "old": 0}), &json!({"old": 1, "free": 1, "b": {"c": null}})),
        ];
        let expected = [
            ("b.c", Said::Override, 1, false),
            ("b.d", Said::Default, 1, false),
            ("free", Said::Override, 1, false),
            ("old", Said::Override, 1, true),
        ];
        assert_eq!(told(&steps), expected.map(|(path, said, since, forgotten)| (path.to_owned(), said, since, forgotten)));
    }

    #[test]
    fn a_key_is_looked_for_by_the_path_that_is_shown() {
        for path in [vec!["ingress", "host"], vec!["annotations", "a.b/c"], vec!["a"]] {
            assert_eq!(keys(&dotted(&path)).unwrap(), path);
        }
        for wrong in ["", ".", "a.", "a..b", &"a".repeat(501)] {
            assert!(keys(wrong).is_err(), "{wrong}");
        }
        let body = step(1, &json!({"a": {"b": 1}}), &json!({"a": {"b": 2}, "c": null})).body;
        assert_eq!(set_at(&body, &["a".into(), "b".into()]), Some((&json!(2), Some(&json!(1)))));
        assert_eq!(set_at(&body, &["c".into()]), Some((&Value::Null, None)));
        assert_eq!(set_at(&body, &["a".into(), "x".into()]), None);
    }

    #[test]
    fn a_key_with_dots_is_written_as_helm_reads_it() {
        let steps = [step(1, &json!({"annotations": {"a.b/c": "x"}}), &json!({}))];
        assert_eq!(told(&steps)[0].0, r"annotations.a\.b/c");
        assert!(trace(&[], |_| false).is_empty());
    }
}
