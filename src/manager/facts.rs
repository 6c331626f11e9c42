//! What the audit says of a release before and after a change: revision, chart, version, and whether values differ.
//! Never a value.

use serde_json::{Value, json};

use crate::domain::{
    audit::Facts,
    change::Change,
    release::Release,
    revision::{Revision, RevisionBody},
};

/// How a release was.
pub(super) fn before(release: &Release) -> Facts {
    facts(json!({"revision": release.revision, "chart": release.chart_name, "version": release.chart_version}))
}

/// How a change means it to be; `present` is its newest revision's body, `target` the revision it goes back to.
pub(super) fn after(change: &Change, present: Option<&RevisionBody>, target: Option<&Revision>) -> Option<Facts> {
    match change {
        Change::Install { chart, version, values_override } => {
            let values = if values_override.is_empty() { "defaults" } else { "set" };
            Some(facts(json!({"chart": chart.to_string(), "version": version, "values": values})))
        }
        Change::Upgrade { chart, version, values_override } => {
            let same = present.is_some_and(|present| present.values_override == *values_override);
            let values = if same { "same" } else { "changed" };
            Some(facts(json!({"chart": chart.to_string(), "version": version, "values": values})))
        }
        Change::Rollback { to } => {
            let mut facts = facts(json!({"toRevision": to}));
            if let Some(target) = target.filter(|target| !target.chart_name.is_empty()) {
                facts.insert("chart".into(), target.chart_name.clone().into());
                facts.insert("version".into(), target.chart_version.clone().into());
            }
            Some(facts)
        }
        Change::Uninstall | Change::Test => None,
    }
}

fn facts(value: Value) -> Facts {
    match value {
        Value::Object(facts) => facts,
        _ => Facts::new(),
    }
}
