//! Workloads as the API sends them, read for no more than health needs, and whose they are. Does not judge.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, StatefulSet},
    batch::v1::Job,
};
use kube::core::{ApiResource, Object};
use serde::Deserialize;

use super::judge::{Verdict, judge};
use crate::domain::{
    names::{Namespace, ReleaseKey, ReleaseName},
    release::Health,
};

/// The four kinds that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    DaemonSet,
    Deployment,
    Job,
    StatefulSet,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::DaemonSet, Self::Deployment, Self::Job, Self::StatefulSet];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::DaemonSet => "DaemonSet",
            Self::Deployment => "Deployment",
            Self::Job => "Job",
            Self::StatefulSet => "StatefulSet",
        }
    }

    pub(super) fn resource(self) -> ApiResource {
        match self {
            Self::DaemonSet => ApiResource::erase::<DaemonSet>(&()),
            Self::Deployment => ApiResource::erase::<Deployment>(&()),
            Self::Job => ApiResource::erase::<Job>(&()),
            Self::StatefulSet => ApiResource::erase::<StatefulSet>(&()),
        }
    }
}

/// Any of the four kinds: their fields do not contradict each other.
pub(super) type Workload = Object<Spec, Status>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    pub(super) replicas: Option<u32>,
    pub(super) paused: Option<bool>,
    pub(super) completions: Option<u32>,
    pub(super) parallelism: Option<u32>,
    pub(super) suspend: Option<bool>,
    pub(super) update_strategy: Option<UpdateStrategy>,
    pub(super) selector: Option<Selector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Selector {
    pub(super) match_labels: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateStrategy {
    pub(super) r#type: Option<String>,
    pub(super) rolling_update: Option<RollingUpdate>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RollingUpdate {
    pub(super) partition: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    pub(super) observed_generation: i64,
    pub(super) replicas: u32,
    pub(super) updated_replicas: u32,
    pub(super) ready_replicas: u32,
    pub(super) available_replicas: u32,
    pub(super) desired_number_scheduled: u32,
    pub(super) updated_number_scheduled: u32,
    pub(super) number_ready: u32,
    pub(super) number_available: u32,
    pub(super) succeeded: u32,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::cluster) struct Condition {
    pub(in crate::cluster) r#type: String,
    pub(in crate::cluster) status: String,
    pub(in crate::cluster) reason: String,
    pub(in crate::cluster) message: String,
    pub(in crate::cluster) last_transition_time: Option<DateTime<Utc>>,
}

impl Status {
    /// The condition of that type, where it stands at that status.
    pub(super) fn condition(&self, kind: &str, status: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.r#type == kind && condition.status == status)
    }
}

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) namespace: Namespace,
    pub(super) name: String,
}

/// A workload, judged.
pub(super) struct Sighted {
    pub(super) place: Place,
    /// The release it says it belongs to, where what it says can be.
    pub(super) owner: Option<ReleaseKey>,
    pub(super) generation: i64,
    pub(super) verdict: Verdict,
    /// The selector of its pods, where there is something to ask about them.
    pub(super) pods: Option<String>,
}

impl Sighted {
    /// Reads an object; `None` for one without a usable place.
    pub(super) fn of(kind: Kind, object: &Workload) -> Option<Self> {
        let namespace: Namespace = object.metadata.namespace.as_deref()?.parse().ok()?;
        let place = Place { kind, name: object.metadata.name.clone()?, namespace };
        let annotation = |name: &str| object.metadata.annotations.as_ref()?.get(name).map(String::as_str);
        // An object that claims a release of another namespace lies, or is none of that release's business.
        let owner = annotation("meta.helm.sh/release-namespace").filter(|namespace| *namespace == place.namespace.as_str());
        let owner = owner.and_then(|_| annotation("meta.helm.sh/release-name")?.parse::<ReleaseName>().ok());
        let verdict = judge(kind, object);
        let labels = object.spec.selector.iter().flat_map(|selector| &selector.match_labels);
        let selector = labels.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
        let ask = verdict.health != Health::Healthy && verdict.ready < verdict.wanted;
        Some(Self {
            pods: (ask && !selector.is_empty() && selector.len() <= 1_000).then_some(selector),
            owner: owner.map(|name| ReleaseKey { namespace: place.namespace.clone(), name }),
            generation: object.metadata.generation.unwrap_or(0),
            verdict,
            place,
        })
    }
}
