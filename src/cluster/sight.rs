//! What a release Secret's metadata tells. Does not read its data, and believes of its labels only what Helm itself
//! goes by.

use chrono::{DateTime, Utc};
use k8s_openapi::{
    api::core::v1::Secret,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
};
use kube::core::PartialObjectMeta;

use crate::domain::{
    names::{Namespace, ReleaseKey},
    operation::OPERATION_LABEL,
    revision::HelmStatus,
    seen::SecretSight,
};

/// The field selector of release Secrets.
pub(super) const FIELDS: &str = "type=helm.sh/release.v1";
/// The label selector of release Secrets.
pub(super) const LABELS: &str = "owner=helm";

/// What a Secret turned out to be.
pub(super) enum Sighted {
    /// A release's revision.
    Revision(Box<SecretSight>),
    /// Its name is a revision's, but its labels say something else: Helm itself would not find it.
    Contradictory(ReleaseKey, u32),
    /// No release Secret at all, in spite of its type.
    Foreign,
}

impl Sighted {
    /// Reads a Secret's metadata.
    pub(super) fn of(secret: PartialObjectMeta<Secret>) -> Self {
        Self::read(secret.metadata)
    }

    fn read(meta: ObjectMeta) -> Self {
        let (Some(name), Some(namespace)) = (meta.name.as_deref(), meta.namespace.as_deref()) else { return Self::Foreign };
        let Some((key, revision)) = parse(namespace, name) else {
            tracing::debug!(namespace, name, "a Secret of Helm's type has a name that Helm does not give");
            return Self::Foreign;
        };
        let label = |name: &str| meta.labels.as_ref()?.get(name).map(String::as_str);
        let version = label("version").is_none_or(|version| version.parse() == Ok(revision));
        if label("name") != Some(key.name.as_str()) || !version {
            tracing::debug!(namespace, name, "a release Secret's labels contradict its name");
            return Self::Contradictory(key, revision);
        }
        let created_at = meta.creation_timestamp.as_ref().and_then(chrono_time).unwrap_or(DateTime::UNIX_EPOCH);
        let seconds = label("modifiedAt").and_then(|text| text.parse().ok());
        Self::Revision(Box::new(SecretSight {
            status: HelmStatus::parse(label("status").unwrap_or_default()),
            modified_at: seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or(created_at),
            operation: label(OPERATION_LABEL).and_then(|text| text.parse().ok()),
            created_at,
            key,
            revision,
            uid: meta.uid.unwrap_or_default(),
            resource_version: meta.resource_version.unwrap_or_default(),
        }))
    }

    /// The sight, where it is one.
    pub(super) fn revision(self) -> Option<SecretSight> {
        match self {
            Self::Revision(sight) => Some(*sight),
            Self::Contradictory(..) | Self::Foreign => None,
        }
    }
}

/// The Secret's name for a revision.
pub(super) fn secret_name(key: &ReleaseKey, revision: u32) -> String {
    format!("sh.helm.release.v1.{}.v{revision}", key.name)
}

fn parse(namespace: &str, secret: &str) -> Option<(ReleaseKey, u32)> {
    let (name, number) = secret.strip_prefix("sh.helm.release.v1.")?.rsplit_once(".v")?;
    let revision: u32 = number.parse().ok().filter(|n| *n > 0)?;
    // `+1` and `01` parse as numbers too.
    (revision.to_string() == number).then_some(())?;
    Some((ReleaseKey { namespace: namespace.parse::<Namespace>().ok()?, name: name.parse().ok()? }, revision))
}

/// Kubernetes' time in ours.
pub(super) fn chrono_time(time: &Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.0.as_second(), u32::try_from(time.0.subsec_nanosecond()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(meta: serde_json::Value) -> Sighted {
        Sighted::read(serde_json::from_value(meta).unwrap())
    }

    #[test]
    fn metadata_tells_status_times_and_operation() {
        let operation = "01890a5d-ac96-774b-bcce-b302099a8057";
        let sight = read(serde_json::json!({
            "name": "sh.helm.release.v1.my.web.v12", "namespace": "acme", "uid": "u", "resourceVersion": "7",
            "creationTimestamp": "2026-11-22T10:00:00Z",
            "labels": {"name": "my.web", "owner": "helm", "status": "pending-upgrade", "version": "12",
                       "modifiedAt": "1795341600", (OPERATION_LABEL): operation},
        }))
        .revision()
        .unwrap();
        assert_eq!((sight.key.to_string().as_str(), sight.revision), ("acme/my.web", 12));
        assert_eq!(sight.status, HelmStatus::PendingUpgrade);
        assert_eq!(sight.created_at.to_rfc3339(), "2026-11-22T10:00:00+00:00");
        assert_eq!(sight.modified_at.timestamp(), 1_795_341_600);
        assert_eq!(sight.operation.unwrap().to_string(), operation);
    }

    #[test]
    fn names_that_helm_does_not_give_are_not_releases() {
        for name in
            ["web", "sh.helm.release.v1.web", "sh.helm.release.v1.web.v0", "sh.helm.release.v1.web.v01", "sh.helm.release.v1.web.v+1"]
        {
            let meta = serde_json::json!({"name": name, "namespace": "acme", "labels": {"name": "web"}});
            assert!(matches!(read(meta), Sighted::Foreign), "{name}");
        }
        assert_eq!(parse("acme", "sh.helm.release.v1.web.v1.v2").map(|(key, n)| (key.name.to_string(), n)), Some(("web.v1".into(), 2)));
    }

    #[test]
    fn labels_of_another_release_make_a_secret_no_revision() {
        for labels in [serde_json::json!({"name": "other"}), serde_json::json!({"name": "web", "version": "3"}), serde_json::json!({})] {
            let meta = serde_json::json!({"name": "sh.helm.release.v1.web.v2", "namespace": "acme", "labels": labels});
            assert!(matches!(read(meta), Sighted::Contradictory(_, 2)));
        }
    }

    #[test]
    fn nonsense_in_labels_is_not_an_error() {
        let meta = serde_json::json!({"name": "sh.helm.release.v1.web.v2", "namespace": "acme",
            "labels": {"name": "web", "status": "<script>", "modifiedAt": "99999999999999999999", (OPERATION_LABEL): "x"}});
        let sight = read(meta).revision().unwrap();
        assert_eq!((sight.status, sight.modified_at, sight.operation), (HelmStatus::Unknown, DateTime::UNIX_EPOCH, None));
    }
}
