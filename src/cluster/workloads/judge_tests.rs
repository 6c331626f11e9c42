//! The rules, each with an object as the API sends it.

use serde_json::{Value, json};

use super::*;

fn judged(kind: Kind, generation: i64, spec: &Value, status: &Value) -> Verdict {
    let object = json!({"apiVersion": "x/v1", "kind": kind.as_str(), "metadata": {"name": "w", "generation": generation}, "spec": spec, "status": status});
    judge(kind, &serde_json::from_value(object).unwrap())
}

fn deployment(status: &Value) -> Verdict {
    judged(Kind::Deployment, 2, &json!({"replicas": 3, "template": {"spec": {"containers": []}}}), status)
}

#[test]
fn a_deployment_is_healthy_when_all_wanted_replicas_are_updated_and_available() {
    let verdict =
        deployment(&json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}));
    assert_eq!((verdict.health, verdict.ready, verdict.wanted, verdict.reason), (Health::Healthy, 3, 3, None));
}

#[test]
fn a_deployment_that_is_not_observed_yet_is_progressing_whatever_its_counts_say() {
    let verdict =
        deployment(&json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}));
    assert_eq!(verdict.health, Health::Progressing);
    assert_eq!(deployment(&json!(null)).health, Health::Progressing);
}

#[test]
fn a_deployment_in_the_middle_of_its_roll_out_says_how_far_it_is() {
    let verdict =
        deployment(&json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1, "readyReplicas": 3, "availableReplicas": 3}));
    assert_eq!((verdict.health, verdict.reason.as_deref(), verdict.has_deadline), (Health::Progressing, Some("1 of 3 updated"), true));
    let verdict =
        deployment(&json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3, "readyReplicas": 4, "availableReplicas": 4}));
    assert_eq!((verdict.health, verdict.ready), (Health::Progressing, 3));
}

#[test]
fn a_deployment_past_its_progress_deadline_is_degraded() {
    let conditions = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}]);
    let verdict = deployment(&json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "conditions": conditions}));
    assert_eq!(verdict.health, Health::Degraded);
    assert!(verdict.reason.unwrap().contains("deadline"));
}

#[test]
fn a_deployment_that_may_not_make_pods_is_degraded_and_says_why() {
    let message = format!("forbidden: exceeded quota\u{1b}[31m{}", "x".repeat(1_000));
    let conditions = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]);
    let verdict = deployment(&json!({"observedGeneration": 2, "conditions": conditions}));
    let reason = verdict.reason.unwrap();
    assert_eq!(verdict.health, Health::Degraded);
    assert!(reason.starts_with("forbidden: exceeded quota[31m") && reason.chars().count() <= 200, "{reason}");
}

#[test]
fn a_complete_deployment_whose_pods_are_unavailable_has_no_deadline_of_its_own() {
    let conditions = |reason: &str| {
        json!([{"type": "Progressing", "status": "True", "reason": reason},
               {"type": "Available", "status": "False", "message": "no minimum availability", "lastTransitionTime": "2026-11-22T10:00:00Z"}])
    };
    let status = |reason: &str| json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 1, "conditions": conditions(reason)});
    let verdict = deployment(&status("NewReplicaSetAvailable"));
    assert_eq!((verdict.health, verdict.has_deadline, verdict.since.is_some()), (Health::Progressing, false, true));
    assert!(deployment(&status("ReplicaSetUpdated")).has_deadline);
}

#[test]
fn a_deployment_of_no_replicas_is_healthy_once_they_are_gone() {
    let spec = json!({"replicas": 0});
    assert_eq!(judged(Kind::Deployment, 1, &spec, &json!({"observedGeneration": 1})).health, Health::Healthy);
    assert_eq!(judged(Kind::Deployment, 1, &spec, &json!({"observedGeneration": 1, "replicas": 1})).health, Health::Progressing);
}

#[test]
fn a_stateful_set_waits_for_its_partition_only() {
    let status = json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 1});
    let partition =
        |partition: u32| json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}});
    assert_eq!(judged(Kind::StatefulSet, 1, &partition(2), &status).health, Health::Healthy);
    assert_eq!(judged(Kind::StatefulSet, 1, &partition(0), &status).health, Health::Progressing);
    let on_delete = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
    assert_eq!(judged(Kind::StatefulSet, 1, &on_delete, &status).health, Health::Healthy);
    let unready = json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 2, "updatedReplicas": 3});
    let verdict = judged(Kind::StatefulSet, 1, &partition(0), &unready);
    assert_eq!((verdict.health, verdict.ready, verdict.wanted), (Health::Progressing, 2, 3));
}

#[test]
fn a_daemon_set_wants_as_many_as_there_are_nodes_for_it() {
    let status = |updated: u32, ready: u32| json!({"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": updated, "numberReady": ready, "numberAvailable": ready});
    let rolling = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}});
    assert_eq!(judged(Kind::DaemonSet, 1, &rolling, &status(2, 2)).health, Health::Healthy);
    assert_eq!(judged(Kind::DaemonSet, 1, &rolling, &status(1, 2)).health, Health::Progressing);
    assert_eq!(judged(Kind::DaemonSet, 1, &rolling, &status(2, 1)).health, Health::Progressing);
}

#[test]
fn a_job_is_progressing_until_it_is_complete_and_degraded_when_it_failed() {
    let job = |conditions: Value| judged(Kind::Job, 1, &json!({"completions": 1}), &json!({"conditions": conditions}));
    assert_eq!(job(json!([])).health, Health::Progressing);
    assert_eq!(job(json!([{"type": "Complete", "status": "True"}])).health, Health::Healthy);
    let failed = job(json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too many failures"}]));
    assert_eq!((failed.health, failed.reason.as_deref()), (Health::Degraded, Some("too many failures")));
    assert_eq!(job(json!([{"type": "Failed", "status": "False"}])).health, Health::Progressing);
}
