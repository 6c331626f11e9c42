//! Objects as they run beside how their manifest has them, each pair as two texts that may leave the process. What is
//! secret on either side, or anywhere else in the release, is hidden on both. Does not diff.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Rules, Secrets, found::Found, hide::Hider};
use crate::domain::{
    diff::Diff,
    drift::{Asked, Compared, DriftState, IgnoredFields, ObjectDrift},
};

/// The most fields of an object that are listed.
const FIELDS: usize = 200;
/// The most ignored fields that are named of a rule.
const NAMED: usize = 50;

/// What is to be said of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// It is not there.
    Missing,
    /// Nobody can tell, and why.
    Unknown(String),
    /// It runs, and was compared.
    Compared(Compared),
}

/// An object that may be shown, and its two sides to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// The object, without its diff.
    pub object: ObjectDrift,
    /// How the manifest has it.
    pub left: String,
    /// How it runs.
    pub right: String,
}

impl Rules {
    /// What was found of the objects of a release, and what of it was ignored, without what is secret in them or among
    /// `secrets`. Those that differ come first.
    pub fn drifted(&self, secrets: &Secrets, found: Vec<(Asked, Finding)>) -> (Vec<Drifted>, Vec<IgnoredFields>) {
        let mut more = Found::new(self);
        for (asked, finding) in &found {
            asked.object.iter().for_each(|object| more.object(object));
            if let Finding::Compared(Compared { live, wanted, .. }) = finding {
                [live, wanted].into_iter().for_each(|object| more.object(object));
            }
        }
        let secrets = secrets.and(&Secrets::of(more.secrets));
        let mut ignored: BTreeMap<String, IgnoredFields> = BTreeMap::new();
        let mut objects: Vec<Drifted> = found.into_iter().map(|one| self.shown_drift(&secrets, one, &mut ignored)).collect();
        objects.sort_by(|a, b| {
            let key = |one: &Drifted| (one.object.state, one.object.kind.clone(), one.object.name.clone());
            key(a).cmp(&key(b))
        });
        (objects, ignored.into_values().collect())
    }

    fn shown_drift(&self, secrets: &Secrets, (asked, finding): (Asked, Finding), ignored: &mut BTreeMap<String, IgnoredFields>) -> Drifted {
        let hide = |text: &str| secrets.hide(text).into_owned();
        let mut object = ObjectDrift {
            api_version: hide(&asked.api_version),
            kind: hide(&asked.kind),
            name: hide(&asked.name),
            namespace: asked.namespace.as_deref().map(hide),
            state: DriftState::Missing,
            reason: None,
            fields: Vec::new(),
            more: 0,
            diff: Diff::default(),
        };
        let (mut left, mut right) = (String::new(), String::new());
        match finding {
            Finding::Missing => {
                left = asked.object.as_ref().map(|wanted| self.yaml(secrets, wanted, None)).unwrap_or_default();
            }
            Finding::Unknown(why) => (object.state, object.reason) = (DriftState::Unknown, Some(secrets.hide_cut(&why).into_owned())),
            Finding::Compared(compared) => {
                for (rule, path) in compared.ignored {
                    let entry = ignored.entry(rule.clone()).or_insert(IgnoredFields { rule, count: 0, fields: Vec::new() });
                    entry.count += 1;
                    if entry.fields.len() < NAMED {
                        entry.fields.push(format!("{}: {}", object.title(), hide(&path)));
                    }
                }
                object.state = if compared.fields.is_empty() { DriftState::Same } else { DriftState::Changed };
                object.more = compared.fields.len().saturating_sub(FIELDS);
                object.fields = compared.fields.into_iter().take(FIELDS).collect();
                for field in &mut object.fields {
                    field.path = hide(&field.path);
                    field.by = field.by.as_deref().map(hide);
                }
                if object.state == DriftState::Changed {
                    left = self.yaml(secrets, &compared.wanted, None);
                    right = self.yaml(secrets, &compared.live, Some(&compared.wanted));
                }
            }
        }
        Drifted { object, left, right }
    }

    /// An object as text; against its twin, what is hidden and differs says so.
    fn yaml(&self, secrets: &Secrets, object: &Value, twin: Option<&Value>) -> String {
        let hider = Hider { rules: self, secrets, before: twin.map(|_| secrets) };
        let text = serde_saphyr::to_string(&hider.tree(object, twin, false)).unwrap_or_default();
        secrets.hide(&text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::drift::DriftField;

    fn asked(kind: &str, name: &str, object: Option<Value>) -> Asked {
        Asked { api_version: "v1".into(), kind: kind.into(), name: name.into(), namespace: None, object }
    }

    fn changed(wanted: Value, live: Value, path: &str) -> Finding {
        let field = DriftField { path: path.into(), change: crate::domain::preview::ChangeKind::Changed, by: None, at: None };
        Finding::Compared(Compared { wanted, live, fields: vec![field], ignored: vec![("a rule".into(), "/spec/x".into())] })
    }

    fn none() -> Secrets {
        Rules::default().secrets_of_values(&serde_json::Map::new())
    }

    #[test]
    fn a_live_secret_says_that_it_has_changed_and_nothing_else() {
        let secret = |data: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"password": data, "same": "c2FtZS1zYW1l"}});
        // correct-horse and battery-staple; the latter is quoted elsewhere, too.
        let found = vec![
            (asked("Secret", "db", None), changed(secret("Y29ycmVjdC1ob3JzZQ=="), secret("YmF0dGVyeS1zdGFwbGU="), "/data/password")),
            (asked("Job", "x", None), Finding::Unknown("spec is battery-staple: immutable".into())),
        ];
        let (objects, ignored) = Rules::default().drifted(&none(), found);
        let [secret, job] = objects.as_slice() else { panic!("{objects:?}") };
        assert!(secret.left.contains("password: hidden") && secret.right.contains("password: changed, hidden"), "{secret:?}");
        assert!(secret.right.contains("same: hidden"), "{secret:?}");
        assert_eq!(job.object.reason.as_deref(), Some("spec is hidden: immutable"));
        assert_eq!((ignored[0].count, ignored[0].fields[0].as_str()), (1, "Secret db: /spec/x"));
        let all = format!("{objects:?}{ignored:?}");
        for trace in ["correct-horse", "Y29ycmVjdC1ob3JzZQ", "battery-staple", "YmF0dGVyeS1zdGFwbGU"] {
            assert!(!all.contains(trace), "{trace}: {all}");
        }
    }

    #[test]
    fn what_differs_comes_first_and_what_is_missing_is_shown_as_it_should_be() {
        let map = json!({"kind": "ConfigMap", "metadata": {"name": "a"}});
        let same = Finding::Compared(Compared { wanted: map.clone(), live: map.clone(), fields: vec![], ignored: vec![] });
        let found = vec![
            (asked("ConfigMap", "same", None), same),
            (asked("ConfigMap", "gone", Some(map.clone())), Finding::Missing),
            (asked("ConfigMap", "other", None), changed(map.clone(), map, "/x")),
        ];
        let (objects, _) = Rules::default().drifted(&none(), found);
        let states: Vec<_> = objects.iter().map(|one| (one.object.name.as_str(), one.object.state)).collect();
        assert_eq!(states, [("other", DriftState::Changed), ("gone", DriftState::Missing), ("same", DriftState::Same)]);
        assert!(objects[1].left.contains("name: a") && objects[1].right.is_empty() && objects[2].left.is_empty());
    }
}
