//! Failures as the real Helm and a real API server word them, so that a change of their words is noticed. The table of
//! all known texts is in `src/helm/failure/texts.rs`.

use pilothouse::{
    domain::problem::Code,
    helm::{Command, Failure},
};
use serde_json::{Value, json};

use super::support::{Cluster, Place, cluster, config, hook, never, run, unready, within};

async fn failure(cluster: &Cluster, place: &Place, command: &Command) -> Failure {
    let (outcome, lines) = run(&cluster.helm, place, command, never()).await;
    assert!(!outcome.success, "{lines:?}");
    outcome.failure.unwrap()
}

async fn failed_install(cluster: &Cluster, name: &str, values: Value) -> Failure {
    let place = cluster.place();
    let command = cluster.install(&place, name, values, within(3));
    failure(cluster, &place, &command).await
}

#[tokio::test]
async fn what_fails_is_told_with_its_name_and_a_code() {
    let Some(cluster) = cluster().await else { return };
    let bad_key = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "odd" }, "surplus": "hunter2" });
    let unknown = json!({ "apiVersion": "example.com/v1", "kind": "Riddle", "metadata": { "name": "x" } });
    let cases = [
        ("a", json!({ "objects": [unready("slow")] }), Code::NotReady, "Deployment/slow did not become ready in time"),
        (
            "b",
            json!({ "objects": [hook("pre-install", "migrate", false)] }),
            Code::HookFailed,
            "pre-install hook Job/migrate did not end in time",
        ),
        ("c", json!({ "objects": [hook("post-install", "check", true)] }), Code::HookFailed, "post-install hook Job/check failed"),
        ("d", json!({ "number": "hunter2" }), Code::InvalidValues, "at /number."),
        ("e", json!({ "objects": [bad_key] }), Code::ClusterRefused, "ConfigMap/odd does not fit its kind"),
        ("f", json!({ "objects": [unknown] }), Code::ClusterRefused, "does not know the kind Riddle"),
        ("g", json!({ "noise": noise(1_400_000) }), Code::ReleaseTooLarge, "more than 1 MiB"),
        ("maker", json!({}), Code::ReleaseExists, "another name"),
    ];
    for (name, values, code, part) in cases {
        let failure = failed_install(&cluster, name, values).await;
        assert_eq!(failure.code, code, "{name}: {failure:?}");
        assert!(failure.message.contains(part) && !failure.message.contains("hunter2"), "{name}: {failure:?}");
    }
}

#[tokio::test]
async fn a_release_that_is_not_there_is_told_so() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let upgrade = cluster.upgrade(&place, "none", json!({}), within(3));
    assert_eq!(failure(&cluster, &place, &upgrade).await.code, Code::ReleaseNotInstalled);
    let rollback = Command::Rollback { key: cluster.key("none"), to: 1, options: within(3) };
    assert_eq!(failure(&cluster, &place, &rollback).await.code, Code::ReleaseNotInstalled);
    let rollback = Command::Rollback { key: cluster.key("maker"), to: 9, options: within(3) };
    let failure = failure(&cluster, &place, &rollback).await;
    assert!(failure.code == Code::RevisionNotFound && failure.message.contains("revision 9"), "{failure:?}");
}

#[tokio::test]
async fn hooks_of_a_rollback_and_an_uninstall_are_known_for_what_they_are() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let values = json!({ "objects": [hook("pre-rollback", "before", true), hook("pre-delete", "farewell", true), unready("web")] });
    let mut options = within(3);
    options.wait = false;
    let install = cluster.install(&place, "web", values, options);
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let rollback = Command::Rollback { key: cluster.key("web"), to: 1, options: within(3) };
    let rolled = failure(&cluster, &place, &rollback).await;
    assert!(rolled.code == Code::HookFailed && rolled.message.contains("hook Job/before failed"), "{rolled:?}");
    let uninstall = Command::Uninstall { key: cluster.key("web"), options: within(3) };
    let uninstalled = failure(&cluster, &place, &uninstall).await;
    assert!(uninstalled.code == Code::HookFailed && uninstalled.message.contains("hook Job/farewell failed"), "{uninstalled:?}");
}

#[tokio::test]
async fn a_rollback_whose_workloads_wait_is_not_taken_for_a_hook() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let mut options = within(3);
    options.wait = false;
    let install = cluster.install(&place, "web", json!({ "objects": [unready("one"), unready("two")] }), options);
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let rollback = Command::Rollback { key: cluster.key("web"), to: 1, options: within(3) };
    let failure = failure(&cluster, &place, &rollback).await;
    assert_eq!(failure.code, Code::NotReady, "{failure:?}");
    assert!(failure.message.contains("Deployment/one and Deployment/two did not"), "{failure:?}");
}

#[tokio::test]
async fn a_cluster_that_is_away_and_one_that_refuses_are_told_apart() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let command = cluster.upgrade(&place, "maker", json!({ "objects": [config("web", "x")] }), within(3));
    cluster.impersonate(&place, "nobody");
    let refused = failure(&cluster, &place, &command).await;
    assert!(refused.code == Code::ClusterRefused && refused.message.contains("may not list secrets"), "{refused:?}");
    cluster.away(&place);
    assert_eq!(failure(&cluster, &place, &command).await.code, Code::ClusterUnreachable);
}

/// Text that hardly compresses, the same each time.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[(state >> 58) as usize])
    };
    (0..length).map(|_| next()).collect()
}
