//! Showing where values come from, without what is secret in them.

use serde_json::Value;

use super::{
    Rules,
    found::{LAST_APPLIED, is_secret},
    hide::Hider,
};
use crate::domain::{
    provenance::{Provenance, Step, ValueOrigin, dotted, set_at, trace},
    revision::RevisionBody,
};

impl Rules {
    /// Where the values of the first of these revisions come from; they are of one life and newest first. `None` where
    /// there is none.
    pub fn provenance(&self, steps: &[Step]) -> Option<Provenance> {
        let (newest, oldest) = (steps.first()?, steps.last()?);
        // What the chart says may be shown beside what took its place.
        let secrets = self.secrets(newest.body()).and(&self.secrets_of_values(&newest.body().defaults));
        let hider = Hider { rules: self, secrets: &secrets, before: None };
        let values = trace(steps, is_secret).into_iter().map(|one| {
            let secret = one.path.iter().any(|key| self.is_secret_key(key) || *key == LAST_APPLIED);
            let shown = |value: &Value| hider.tree(value, None, secret);
            ValueOrigin {
                path: secrets.hide(&dotted(&one.path)).into_owned(),
                value: shown(one.value),
                said: one.said,
                since: one.since,
                default: one.default.map(shown),
                forgotten: one.forgotten,
            }
        });
        Some(Provenance { revision: newest.revision, reaches: oldest.revision, values: values.collect() })
    }

    /// What the override of a body sets under those keys, and what its chart says there.
    pub fn set_at(&self, body: &RevisionBody, keys: &[String]) -> Option<(Value, Option<Value>)> {
        let (value, default) = set_at(body, keys)?;
        let secrets = self.secrets(body).and(&self.secrets_of_values(&body.defaults));
        let hider = Hider { rules: self, secrets: &secrets, before: None };
        let secret = keys.iter().any(|key| self.is_secret_key(key) || key == LAST_APPLIED);
        // Where a Secret lies on the way, what is below it is secret, too.
        let secret =
            secret || (1..keys.len()).any(|end| matches!(set_at(body, &keys[..end]), Some((Value::Object(map), _)) if is_secret(map)));
        Some((hider.tree(value, None, secret), default.map(|default| hider.tree(default, None, secret))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_a_secret_comes_from_is_told_and_the_secret_is_not() {
        let map = |value: Value| value.as_object().unwrap().clone();
        let body = RevisionBody {
            defaults: map(json!({"password": "the-default-password", "url": "", "object": {"kind": "Secret", "data": {"k": "djE="}}})),
            values_override: map(json!({"password": "correct-horse-battery", "url": "https://x:correct-horse-battery@db"})),
            ..RevisionBody::default()
        };
        let told = Rules::default().provenance(&[Step::of(3, body)]).unwrap();
        assert_eq!((told.revision, told.reaches, told.values.len(), told.set()), (3, 3, 3, 2));
        let text = serde_json::to_string(&told).unwrap();
        for secret in ["correct-horse-battery", "the-default-password", "djE="] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(told.values[1].value, json!("hidden"));
    }

    #[test]
    fn a_secret_that_is_looked_for_by_its_key_stays_hidden() {
        let map = |value: Value| value.as_object().unwrap().clone();
        let set = json!({"db": {"password": "p"}, "object": {"kind": "Secret", "data": {"k": "djE="}}, "host": "a"});
        let body = RevisionBody { values_override: map(set), ..RevisionBody::default() };
        let at = |path: &str| Rules::default().set_at(&body, &path.split('.').map(str::to_owned).collect::<Vec<_>>()).unwrap().0;
        assert_eq!((at("db.password"), at("object.data.k"), at("host")), (json!("hidden"), json!("hidden"), json!("a")));
        assert!(!at("object").to_string().contains("djE=") && !at("db").to_string().contains("\"p\""));
    }
}
