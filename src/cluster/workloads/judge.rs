//! How one workload runs, by kstatus's rules where they fit: there a failed Job is as good as done; here it is not.
//! Looks at one object at one moment; that something takes too long is for the index to say.

use chrono::{DateTime, Utc};

use super::object::{Kind, Spec, Status, Workload};
use crate::{cluster::text::short, domain::release::Health};

/// How long a reason may be.
const REASON: usize = 200;

/// How a workload runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Never unknown.
    pub(super) health: Health,
    /// Ready parts.
    pub(super) ready: u32,
    /// Wanted parts.
    pub(super) wanted: u32,
    /// Why it is not healthy.
    pub(super) reason: Option<String>,
    /// The cluster itself will say when it takes too long.
    pub(super) has_deadline: bool,
    /// Since when it has been like this, where the object says so.
    pub(super) since: Option<DateTime<Utc>>,
}

impl Verdict {
    fn new(health: Health, (ready, wanted): (u32, u32), reason: Option<&str>) -> Self {
        Self { health, ready, wanted, reason: reason.map(|reason| short(reason, REASON)), has_deadline: false, since: None }
    }
}

/// Judges an object.
pub(super) fn judge(kind: Kind, object: &Workload) -> Verdict {
    let none = Status::default();
    let status = object.status.as_ref().unwrap_or(&none);
    let parts = parts(kind, &object.spec, status);
    if kind == Kind::Job {
        return job(&object.spec, status, parts);
    }
    if object.metadata.generation.unwrap_or(0) > status.observed_generation {
        return Verdict::new(Health::Progressing, parts, Some("its controller has not taken up the change yet"));
    }
    match kind {
        Kind::Deployment => deployment(&object.spec, status, parts),
        Kind::StatefulSet => stateful_set(&object.spec, status, parts),
        Kind::DaemonSet | Kind::Job => daemon_set(&object.spec, status, parts),
    }
}

fn parts(kind: Kind, spec: &Spec, status: &Status) -> (u32, u32) {
    let (ready, wanted) = match kind {
        Kind::Deployment | Kind::StatefulSet => (status.ready_replicas, spec.replicas.unwrap_or(1)),
        Kind::DaemonSet => (status.number_ready, status.desired_number_scheduled),
        Kind::Job => (status.succeeded, spec.completions.or(spec.parallelism).unwrap_or(1)),
    };
    (ready.min(wanted), wanted)
}

fn deployment(spec: &Spec, status: &Status, parts: (u32, u32)) -> Verdict {
    let wanted = parts.1;
    if let Some(condition) = status.condition("ReplicaFailure", "True") {
        return Verdict::new(Health::Degraded, parts, Some(&condition.message));
    }
    if status.condition("Progressing", "False").is_some_and(|condition| condition.reason == "ProgressDeadlineExceeded") {
        return Verdict::new(Health::Degraded, parts, Some("its progress deadline passed before it was ready"));
    }
    if status.updated_replicas < wanted {
        let paused = spec.paused.unwrap_or(false);
        let reason = if paused { "it is paused".into() } else { updated(status.updated_replicas, wanted) };
        return Verdict { has_deadline: true, ..Verdict::new(Health::Progressing, parts, Some(&reason)) };
    }
    if status.replicas > status.updated_replicas {
        return Verdict { has_deadline: true, ..Verdict::new(Health::Progressing, parts, Some("pods of the revision before are ending")) };
    }
    if status.available_replicas < wanted {
        // Once a roll-out is complete its deadline no longer runs.
        let complete = status.condition("Progressing", "True").is_some_and(|condition| condition.reason == "NewReplicaSetAvailable");
        let unavailable = status.condition("Available", "False");
        return Verdict {
            has_deadline: !complete,
            since: unavailable.and_then(|condition| condition.last_transition_time),
            ..Verdict::new(Health::Progressing, parts, unavailable.map(|condition| condition.message.as_str()))
        };
    }
    Verdict::new(Health::Healthy, parts, None)
}

fn stateful_set(spec: &Spec, status: &Status, parts: (u32, u32)) -> Verdict {
    let wanted = parts.1;
    let strategy = spec.update_strategy.clone().unwrap_or_default();
    let partition = strategy.rolling_update.and_then(|rolling| rolling.partition).unwrap_or(0);
    // With OnDelete it is for somebody else to replace the pods.
    let to_update = if strategy.r#type.as_deref() == Some("OnDelete") { 0 } else { wanted.saturating_sub(partition) };
    if status.ready_replicas < wanted {
        return Verdict::new(Health::Progressing, parts, None);
    }
    if status.updated_replicas < to_update {
        return Verdict::new(Health::Progressing, parts, Some(&updated(status.updated_replicas, to_update)));
    }
    if status.replicas > wanted {
        return Verdict::new(Health::Progressing, parts, Some("pods that are too many are ending"));
    }
    Verdict::new(Health::Healthy, parts, None)
}

fn daemon_set(spec: &Spec, status: &Status, parts: (u32, u32)) -> Verdict {
    let wanted = parts.1;
    let on_delete = spec.update_strategy.as_ref().is_some_and(|strategy| strategy.r#type.as_deref() == Some("OnDelete"));
    if !on_delete && status.updated_number_scheduled < wanted {
        return Verdict::new(Health::Progressing, parts, Some(&updated(status.updated_number_scheduled, wanted)));
    }
    if status.number_available < wanted || status.number_ready < wanted {
        return Verdict::new(Health::Progressing, parts, None);
    }
    Verdict::new(Health::Healthy, parts, None)
}

fn job(spec: &Spec, status: &Status, parts: (u32, u32)) -> Verdict {
    if let Some(condition) = status.condition("Failed", "True") {
        return Verdict::new(Health::Degraded, parts, Some(&condition.message));
    }
    if status.condition("Complete", "True").is_some() {
        return Verdict::new(Health::Healthy, (parts.1, parts.1), None);
    }
    let reason = if spec.suspend.unwrap_or(false) { "it is suspended" } else { "it is running" };
    // A Job may run for as long as it likes.
    Verdict { has_deadline: true, ..Verdict::new(Health::Progressing, parts, Some(reason)) }
}

fn updated(done: u32, wanted: u32) -> String {
    format!("{done} of {wanted} updated")
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
