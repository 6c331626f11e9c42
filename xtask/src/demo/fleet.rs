//! What the demo shows: tenants, their releases, and the story of each release, as `fleet.json` tells them.
//! Making it happen is the business of `seed`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// Everything of the demo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// Their releases.
    pub releases: Vec<Release>,
}

/// A tenant; its labels become labels of its namespace.
#[derive(Debug, Deserialize)]
pub struct Tenant {
    /// Its short name.
    pub slug: String,
    /// Ring, tier and region.
    #[serde(flatten)]
    pub labels: BTreeMap<String, String>,
}

/// A release and all that happens to it, in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The tenant's slug.
    pub tenant: String,
    /// The release's name.
    pub release: String,
    /// The chart's name.
    pub chart: String,
    /// What happens to it.
    pub steps: Vec<Step>,
}

/// One thing that happens to a release, and why.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Step {
    /// The first revision, through Pilothouse.
    Install(Change),
    /// A further revision, through Pilothouse.
    Upgrade(Change),
    /// Back to an earlier revision, through Pilothouse.
    Rollback {
        /// The revision to go back to.
        to: u32,
        /// Why.
        reason: String,
    },
    /// The end of it, through Pilothouse.
    Uninstall {
        /// Why.
        reason: String,
    },
    /// A revision that somebody makes with plain Helm.
    Helm {
        /// The chart's version.
        version: String,
        /// What is set on top of the chart's own values.
        #[serde(default)]
        values: Value,
        /// The number that the revision gets.
        revision: u32,
        /// What somebody wrote as its description.
        reason: String,
    },
}

/// An install or an upgrade.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The chart's version.
    pub version: String,
    /// What is set on top of the chart's own values.
    #[serde(default = "empty")]
    pub values: Value,
    /// Whether a failure is undone.
    #[serde(default)]
    pub atomic: bool,
    /// Seconds that the workloads have to become ready.
    #[serde(default = "minute")]
    pub timeout: u32,
    /// Whether this is meant to fail.
    #[serde(default)]
    pub fails: bool,
    /// Why.
    pub reason: String,
}

impl Fleet {
    /// The fleet that the demo shows.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("fleet.json")).context("cannot read the demo's fleet.json")
    }

    /// The tenants' namespaces, labelled so that Pilothouse discovers the tenants, as a manifest.
    pub fn namespaces(&self) -> String {
        let namespace = |tenant: &Tenant| {
            let labels: String = tenant.labels.iter().map(|(name, value)| format!("    tenant.pilothouse.dev/{name}: {value}\n")).collect();
            format!(
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {}\n  labels:\n    pilothouse.dev/tenant: {}\n{labels}",
                tenant.namespace(),
                tenant.slug
            )
        };
        self.tenants.iter().map(namespace).collect::<Vec<_>>().join("---\n")
    }
}

impl Tenant {
    /// The one namespace of this tenant.
    pub fn namespace(&self) -> String {
        namespace(&self.slug)
    }
}

/// The namespace of the tenant with that slug.
pub fn namespace(slug: &str) -> String {
    format!("matih-{slug}")
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

fn minute() -> u32 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_twelve_tenants_and_every_kind_of_thing_that_can_happen() {
        let fleet = Fleet::load().expect("it is readable");
        assert_eq!(fleet.tenants.len(), 12);
        assert!(fleet.releases.len() >= 30);
        let slugs: Vec<&str> = fleet.tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
        assert!(fleet.releases.iter().all(|release| slugs.contains(&release.tenant.as_str())));
        let count = |what: fn(&Step) -> bool| fleet.releases.iter().flat_map(|release| &release.steps).filter(|step| what(step)).count();
        assert_eq!(count(|step| matches!(step, Step::Upgrade(change) if change.fails && !change.atomic)), 1);
        assert_eq!(count(|step| matches!(step, Step::Upgrade(change) if change.fails && change.atomic)), 1);
        assert_eq!(count(|step| matches!(step, Step::Rollback { .. })), 1);
        assert_eq!(count(|step| matches!(step, Step::Uninstall { .. })), 1);
        assert_eq!(count(|step| matches!(step, Step::Helm { .. })), 2);
    }

    #[test]
    fn a_namespace_says_whose_it_is() {
        let text = Fleet::load().expect("it is readable").namespaces();
        assert!(text.contains("name: matih-acme\n  labels:\n    pilothouse.dev/tenant: acme\n"));
        assert!(text.contains("    tenant.pilothouse.dev/ring: canary\n"));
    }
}
