//! What the real Helm does to a real release at our command: its life from install to uninstall, values on the way in,
//! a stop in the middle, a crash of ours.

use pilothouse::{
    domain::problem::Code,
    helm::{Command, Stop},
};
use serde_json::json;
use tokio::{sync::mpsc, time::Instant};

use super::support::{PATIENCE, cluster, config, hook, never, run, unready, within};

fn words(history: &[(u64, String, String)]) -> Vec<(u64, &str, &str)> {
    history.iter().map(|(revision, status, description)| (*revision, status.as_str(), description.as_str())).collect()
}

#[tokio::test]
async fn a_release_lives_from_install_to_uninstall() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({ "objects": [config("web", "one")] }), within(30));
    let (outcome, lines) = run(&cluster.helm, &place, &install, never()).await;
    assert!(outcome.success, "{outcome:?}");
    assert_eq!(lines, ["STATUS: deployed", "REVISION: 1"]);

    let upgrade = cluster.upgrade(&place, "web", json!({ "objects": [config("web", "two")] }), within(30));
    let (outcome, lines) = run(&cluster.helm, &place, &upgrade, never()).await;
    assert!(outcome.success, "{outcome:?}");
    assert_eq!(lines[0], "Release \"web\" has been upgraded. Happy Helming!");

    let rollback = Command::Rollback { key: cluster.key("web"), to: 1, options: within(30) };
    assert!(run(&cluster.helm, &place, &rollback, never()).await.0.success);
    let history = cluster.history("web");
    let expected = [(1, "superseded", "Install complete"), (2, "superseded", "as asked"), (3, "deployed", "Rollback to 1")];
    assert_eq!(words(&history), expected);

    let uninstall = Command::Uninstall { key: cluster.key("web"), options: within(30) };
    let (outcome, lines) = run(&cluster.helm, &place, &uninstall, never()).await;
    assert!(outcome.success, "{outcome:?}");
    assert_eq!(lines, ["release \"web\" uninstalled"]);
    assert!(cluster.history("web").is_empty());
}

#[tokio::test]
async fn an_uninstall_of_what_is_gone_already_succeeds() {
    let Some(cluster) = cluster().await else { return };
    let uninstall = Command::Uninstall { key: cluster.key("gone"), options: within(30) };
    let (outcome, _) = run(&cluster.helm, &cluster.place(), &uninstall, never()).await;
    assert!(outcome.success && outcome.failure.is_none(), "{outcome:?}");
}

#[tokio::test]
async fn an_uninstall_that_cannot_even_look_does_not_succeed() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({}), within(30));
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let uninstall = Command::Uninstall { key: cluster.key("web"), options: within(30) };
    cluster.impersonate(&place, "nobody");
    let (outcome, _) = run(&cluster.helm, &place, &uninstall, never()).await;
    let failure = outcome.failure.unwrap();
    assert_eq!((outcome.success, failure.code), (false, Code::ClusterRefused), "{failure:?}");
    assert_eq!(cluster.history("web").len(), 1);
}

#[tokio::test]
async fn helm_stores_exactly_the_values_that_were_sent() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let values = json!({
        "text": "a\u{2028}b\u{85}c\u{7f}d\u{feff}e\u{fffe}f é 😀 \\ \" \t\n  indented\n",
        "looks": ["yes", "no", "null", "~", "1.0", "0x10", "1e3", "2026-11-22", "- a", "a: b", "# c", "{{ .x }}", ""],
        "numbers": [0, -1, 1.5, 9_007_199_254_740_991_u64, 1e-7],
        "key with: colon": { "nested": [[], {}, [true, false]] },
        "large": "x".repeat(100_000),
    });
    assert!(run(&cluster.helm, &place, &cluster.install(&place, "web", values.clone(), within(30)), never()).await.0.success);
    assert_eq!(cluster.values("web"), values);
    // An upgrade takes the override for the whole: what is not in it is gone, and an empty one empties.
    assert!(run(&cluster.helm, &place, &cluster.upgrade(&place, "web", json!({ "a": 1 }), within(30)), never()).await.0.success);
    assert_eq!(cluster.values("web"), json!({ "a": 1 }));
    assert!(run(&cluster.helm, &place, &cluster.upgrade(&place, "web", json!({}), within(30)), never()).await.0.success);
    assert!(matches!(cluster.values("web"), serde_json::Value::Null) || cluster.values("web") == json!({}));
}

#[tokio::test]
async fn a_cancelled_upgrade_is_marked_failed_at_once() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({}), within(30));
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let upgrade = cluster.upgrade(&place, "web", json!({ "objects": [hook("pre-upgrade", "migrate", false)] }), within(600));
    let stop = async {
        cluster.until("web", "pending-upgrade").await;
        Stop::Cancel
    };
    let (outcome, _) = run(&cluster.helm, &place, &upgrade, stop).await;
    assert_eq!((outcome.success, outcome.stopped), (false, Some(Stop::Cancel)));
    assert_eq!(outcome.failure.unwrap().code, Code::Cancelled);
    let history = cluster.history("web");
    assert_eq!(words(&history)[1], (2, "failed", "Upgrade \"web\" failed: context canceled"));
}

#[tokio::test]
async fn an_install_over_its_deadline_is_marked_failed() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({ "objects": [unready("web")] }), within(600));
    let stop = async {
        cluster.until("web", "pending-install").await;
        Stop::Deadline
    };
    let (outcome, _) = run(&cluster.helm, &place, &install, stop).await;
    assert_eq!((outcome.stopped, outcome.failure.unwrap().code), (Some(Stop::Deadline), Code::DeadlineExceeded));
    assert_eq!(cluster.history("web")[0].1, "failed");
}

#[tokio::test]
async fn a_stopped_rollback_dies_and_leaves_its_revision_pending() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({ "objects": [hook("pre-rollback", "before", false)] }), within(30));
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let rollback = Command::Rollback { key: cluster.key("web"), to: 1, options: within(600) };
    let stop = async {
        cluster.until("web", "pending-rollback").await;
        Stop::Cancel
    };
    let (outcome, _) = run(&cluster.helm, &place, &rollback, stop).await;
    let failure = outcome.failure.unwrap();
    assert_eq!((failure.code, failure.raw.as_str()), (Code::Cancelled, ""));
    assert_eq!(cluster.history("web")[1].1, "pending-rollback");
    // Uninstalling from there works.
    let uninstall = Command::Uninstall { key: cluster.key("web"), options: within(30) };
    assert!(run(&cluster.helm, &place, &uninstall, never()).await.0.success);
}

#[tokio::test]
async fn an_upgrade_outlives_us_and_ends_as_if_we_were_there() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({}), within(30));
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let upgrade = cluster.upgrade(&place, "web", json!({ "objects": [unready("web")] }), within(4));
    let (to, _from) = mpsc::channel(16);
    tokio::select! {
        outcome = cluster.helm.run(&place.workspace, &upgrade, never(), to) => panic!("it must not end: {outcome:?}"),
        () = cluster.until("web", "pending-upgrade") => {}
    }
    let orphan = place.workspace.orphan().unwrap();
    assert!(orphan.alive() && orphan.verb() == "upgrade");
    assert!(orphan.wait(Instant::now() + PATIENCE).await);
    let failure = place.workspace.last_failure().unwrap();
    assert_eq!(failure.code, Code::NotReady);
    assert!(failure.message.starts_with("Deployment/web did not become ready in time."), "{}", failure.message);
    assert_eq!(cluster.history("web")[1].1, "failed");
}

#[tokio::test]
async fn an_orphaned_upgrade_that_is_told_to_stop_marks_its_release_failed() {
    let Some(cluster) = cluster().await else { return };
    let place = cluster.place();
    let install = cluster.install(&place, "web", json!({}), within(30));
    assert!(run(&cluster.helm, &place, &install, never()).await.0.success);
    let upgrade = cluster.upgrade(&place, "web", json!({ "objects": [unready("web")] }), within(600));
    let (to, _from) = mpsc::channel(16);
    tokio::select! {
        outcome = cluster.helm.run(&place.workspace, &upgrade, never(), to) => panic!("it must not end: {outcome:?}"),
        () = cluster.until("web", "pending-upgrade") => {}
    }
    let orphan = place.workspace.orphan().unwrap();
    orphan.terminate();
    assert!(orphan.wait(Instant::now() + PATIENCE).await);
    assert_eq!(place.workspace.last_failure().unwrap().code, Code::Interrupted);
    assert_eq!(cluster.history("web")[1].1, "failed");
}
