//! Short ways to say what the watch saw. Time is what a test says it is.

use chrono::{DateTime, TimeDelta, Utc};
use pilothouse::domain::{
    ids::{OperationId, ReleaseId},
    names::ReleaseKey,
    revision::{HelmStatus, RevisionBody},
    seen::{DecodedRevision, SecretSight, SeenRevision},
    tenant::SeenNamespace,
};

/// That many seconds after the beginning.
pub fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
}

pub fn namespace(name: &str, tenant: Option<&str>, labels: &[(&str, &str)]) -> SeenNamespace {
    SeenNamespace {
        name: name.parse().unwrap(),
        tenant: tenant.map(|slug| slug.parse().unwrap()),
        labels: labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
    }
}

/// `namespace/name`.
pub fn key(place: &str) -> ReleaseKey {
    let (namespace, name) = place.split_once('/').unwrap();
    ReleaseKey { namespace: namespace.parse().unwrap(), name: name.parse().unwrap() }
}

pub fn id(place: &str) -> ReleaseId {
    key(place).id()
}

/// A revision that is deployed, read, and made elsewhere; its uid follows from place and number.
pub fn seen(place: &str, revision: u32) -> SeenRevision {
    SeenRevision {
        sight: SecretSight {
            key: key(place),
            revision,
            status: HelmStatus::Deployed,
            uid: format!("uid-{place}-{revision}"),
            resource_version: "1".into(),
            created_at: at(i64::from(revision)),
            modified_at: at(i64::from(revision)),
            operation: None,
        },
        decoded: Some(decoded()),
        made_by: None,
    }
}

pub fn decoded() -> DecodedRevision {
    DecodedRevision {
        chart_name: "web".into(),
        chart_version: "1.0.0".into(),
        app_version: "5".into(),
        description: "Upgrade complete".into(),
        first_deployed: Some(at(1)),
        last_deployed: Some(at(1)),
        body: RevisionBody::default(),
    }
}

/// Changes to a revision, one after another.
pub trait SeenExt: Sized {
    fn status(self, status: HelmStatus) -> Self;
    fn uid(self, uid: &str) -> Self;
    fn version(self, resource_version: &str) -> Self;
    fn made_at(self, second: i64) -> Self;
    fn made_by(self, operation: OperationId) -> Self;
    fn chart(self, name: &str, version: &str) -> Self;
    fn values(self, values: serde_json::Value) -> Self;
    fn description(self, text: &str) -> Self;
    fn unread(self) -> Self;
}

impl SeenExt for SeenRevision {
    fn status(mut self, status: HelmStatus) -> Self {
        self.sight.status = status;
        self
    }
    fn uid(mut self, uid: &str) -> Self {
        self.sight.uid = uid.into();
        self
    }
    fn version(mut self, resource_version: &str) -> Self {
        self.sight.resource_version = resource_version.into();
        self
    }
    fn made_at(mut self, second: i64) -> Self {
        (self.sight.created_at, self.sight.modified_at) = (at(second), at(second));
        self
    }
    fn made_by(mut self, operation: OperationId) -> Self {
        (self.sight.operation, self.made_by) = (Some(operation), Some(operation));
        self
    }
    fn chart(mut self, name: &str, version: &str) -> Self {
        let decoded = self.decoded.as_mut().unwrap();
        (decoded.chart_name, decoded.chart_version) = (name.into(), version.into());
        self
    }
    fn values(mut self, values: serde_json::Value) -> Self {
        self.decoded.as_mut().unwrap().body.values_override = values.as_object().unwrap().clone();
        self
    }
    fn description(mut self, text: &str) -> Self {
        self.decoded.as_mut().unwrap().description = text.into();
        self
    }
    fn unread(mut self) -> Self {
        self.decoded = None;
        self
    }
}
