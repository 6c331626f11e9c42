//! Runs of a stand-in for Helm: a shell script that does on demand what the real one does rarely or never. Proves how
//! we start, watch and stop a process; says nothing about Helm.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use pilothouse::{
    domain::problem::Code,
    helm::{Helm, HelmError, Stop},
};
use serde_json::json;
use tokio::{sync::mpsc, time::Instant};

use super::support::{PATIENCE, never, place, run, standin, upgrade};

#[tokio::test]
async fn helm_sees_nothing_of_our_environment_and_only_its_own_directories() {
    let place = place();
    let helm = standin(&place, "export -p; pwd; echo \"Release $(pwd)\"").await;
    let (outcome, lines) = run(&helm, &place, &upgrade(&place, json!({})), never()).await;
    assert!(outcome.success, "{outcome:?}");
    let out = fs::read_to_string(place.inside("stdout")).unwrap();
    let names: Vec<&str> = out
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split('=').next())
        .filter(|name| *name != "PWD" && *name != "OLDPWD")
        .collect();
    let mut expected = [
        "HOME",
        "PATH",
        "TMPDIR",
        "KUBECONFIG",
        "NO_COLOR",
        "HELM_NO_PLUGINS",
        "HELM_DRIVER",
        "HELM_CACHE_HOME",
        "HELM_CONFIG_HOME",
        "HELM_DATA_HOME",
        "GOGC",
        "GOMEMLIMIT",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected, "{out}");
    let inside = place.inside("").display().to_string();
    assert!(out.contains(&format!("HOME='{inside}home'")), "{out}");
    assert_eq!(lines, [format!("Release {}", inside.trim_end_matches('/'))]);
    assert_eq!(fs::metadata(place.inside("")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(place.inside("stdout")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn values_arrive_whole_whatever_their_size_and_leave_nothing_on_disk() {
    let place = place();
    let helm = standin(&place, "/bin/cat | { /usr/bin/wc -c >&2; }; echo done >&2").await;
    let values = json!({ "password": "x".repeat(900_000) });
    let (outcome, lines) = run(&helm, &place, &upgrade(&place, values.clone()), never()).await;
    assert!(outcome.success);
    assert_eq!(lines[0].trim(), values.to_string().len().to_string());
    assert_eq!(lines[1], "done");
    for entry in fs::read_dir(place.inside("")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        assert!(entry.metadata().unwrap().len() < 1_000, "{entry:?}");
    }
}

#[tokio::test]
async fn lines_arrive_while_helm_still_runs() {
    let place = place();
    let helm = standin(&place, "echo first >&2; read line <go; echo $line >&2").await;
    assert!(std::process::Command::new("/usr/bin/mkfifo").arg(place.inside("go")).status().unwrap().success());
    let (to, mut from) = mpsc::channel(16);
    let command = upgrade(&place, json!({}));
    let read = async {
        assert_eq!(from.recv().await.unwrap(), "first");
        tokio::fs::write(place.inside("go"), "second\n").await.unwrap();
        assert_eq!(from.recv().await.unwrap(), "second");
        assert_eq!(from.recv().await, None);
    };
    let both = async { tokio::join!(helm.run(&place.workspace, &command, never(), to), read) };
    let (outcome, ()) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert!(outcome.unwrap().success);
}

#[tokio::test]
async fn an_end_is_noticed_at_once() {
    let place = place();
    let helm = standin(&place, "exit 0").await;
    let command = upgrade(&place, json!({}));
    let mut times = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        run(&helm, &place, &command, never()).await;
        times.push(start.elapsed());
    }
    // The fastest, since the machine may be busy; a look at intervals would be slow every time.
    assert!(times.iter().any(|time| *time < Duration::from_millis(60)), "{times:?}");
}

#[tokio::test]
async fn garbage_is_a_failure_with_plain_words() {
    let place = place();
    let helm = standin(&place, "printf '\\377\\033[31m\\000\\nError: \\377 hunter2\\n' >&2; exit 3").await;
    let (outcome, lines) = run(&helm, &place, &upgrade(&place, json!({})), never()).await;
    let failure = outcome.failure.unwrap();
    assert_eq!((outcome.success, failure.code), (false, Code::HelmFailed));
    assert!(!failure.message.contains("hunter2") && failure.raw.contains("hunter2"), "{failure:?}");
    assert!(lines.iter().all(|line| !line.contains(['\u{1b}', '\0'])), "{lines:?}");
}

#[tokio::test]
async fn an_end_without_words_is_told_apart() {
    let place = place();
    let silent = standin(&place, "exit 7").await;
    let (outcome, _) = run(&silent, &place, &upgrade(&place, json!({})), never()).await;
    assert!(outcome.failure.unwrap().message.contains("exit code 7"));
    let killed = standin(&place, "kill -KILL $$").await;
    let (outcome, _) = run(&killed, &place, &upgrade(&place, json!({})), never()).await;
    let failure = outcome.failure.unwrap();
    assert!(failure.code == Code::HelmFailed && failure.message.contains("memory"), "{failure:?}");
}

/// Resolves once a line has come that says that the script is ready.
fn when(place: &super::support::Place, stop: Stop) -> impl Future<Output = Stop> + use<> {
    let ready = place.inside("ready");
    async move {
        while !ready.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop
    }
}

#[tokio::test]
async fn a_stop_asks_helm_and_its_children_to_end() {
    let place = place();
    // The child says itself that it is there: before it runs a program of its own it still has its parent's trap, and would
    // lose the signal.
    let child = "/bin/sh -c ': >ready; exec /bin/sleep 600' &";
    let script = format!("trap 'echo \"Error: UPGRADE FAILED: context canceled\" >&2; exit 1' TERM; {child} wait");
    let helm = standin(&place, &script).await;
    let (outcome, _) = run(&helm, &place, &upgrade(&place, json!({})), when(&place, Stop::Cancel)).await;
    assert_eq!((outcome.success, outcome.stopped), (false, Some(Stop::Cancel)));
    assert_eq!(outcome.failure.unwrap().code, Code::Cancelled);
    if let Some(child) = place.workspace.orphan() {
        assert!(child.wait(Instant::now() + PATIENCE).await, "its child lives on: {child:?}");
    }
}

#[tokio::test]
async fn whoever_ignores_the_request_is_killed_after_the_grace() {
    let place = place();
    let helm = standin(&place, "trap '' TERM; : >ready; while :; do /bin/sleep 0.05; done").await.with_grace(Duration::from_millis(200));
    let start = Instant::now();
    let (outcome, _) = run(&helm, &place, &upgrade(&place, json!({})), when(&place, Stop::Deadline)).await;
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert_eq!((outcome.success, outcome.stopped), (false, Some(Stop::Deadline)));
    assert_eq!(outcome.failure.unwrap().code, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_success_that_a_stop_came_too_late_for_stays_a_success() {
    let place = place();
    let helm = standin(&place, "trap 'exit 0' TERM; : >ready; while :; do /bin/sleep 0.05; done").await;
    let (outcome, _) = run(&helm, &place, &upgrade(&place, json!({})), when(&place, Stop::Cancel)).await;
    assert_eq!((outcome.success, outcome.stopped, outcome.failure), (true, Some(Stop::Cancel), None));
}

#[tokio::test]
async fn helm_lives_on_without_us_and_is_found_again() {
    let place = place();
    let helm = standin(&place, ": >ready; read line <go; echo \"Error: UPGRADE FAILED: context deadline exceeded\" >&2; exit 1").await;
    assert!(std::process::Command::new("/usr/bin/mkfifo").arg(place.inside("go")).status().unwrap().success());
    let (to, _from) = mpsc::channel(16);
    let command = upgrade(&place, json!({}));
    tokio::select! {
        _ = helm.run(&place.workspace, &command, never(), to) => panic!("it must not end"),
        _ = when(&place, Stop::Cancel) => {} // … and with this its future is dropped, as in a crash of ours.
    }
    let orphan = place.workspace.orphan().unwrap();
    assert!(orphan.alive());
    assert_eq!(orphan.verb(), "upgrade");
    assert!(place.workspace.create().is_err(), "a workspace was taken from under a living Helm");
    assert!(!orphan.wait(Instant::now() + Duration::from_millis(50)).await);
    // Without its record it is found all the same.
    fs::remove_file(place.inside("helm.pid")).unwrap();
    assert!(place.workspace.orphan().unwrap().alive());
    tokio::fs::write(place.inside("go"), "\n").await.unwrap();
    assert!(orphan.wait(Instant::now() + PATIENCE).await);
    assert!(!orphan.alive());
    assert_eq!(place.workspace.last_failure().unwrap().code, Code::NotReady);
    place.workspace.create().unwrap();
    assert!(place.workspace.orphan().is_none() && place.workspace.last_failure().is_none());
}

#[tokio::test]
async fn an_orphan_can_be_stopped() {
    for kill in [false, true] {
        let place = place();
        let helm = standin(&place, ": >ready; while :; do /bin/sleep 0.05; done").await;
        let (to, _from) = mpsc::channel(16);
        let command = upgrade(&place, json!({}));
        tokio::select! {
            _ = helm.run(&place.workspace, &command, never(), to) => panic!("it must not end"),
            _ = when(&place, Stop::Cancel) => {}
        }
        let orphan = place.workspace.orphan().unwrap();
        if kill {
            orphan.kill()
        } else {
            orphan.terminate()
        }
        assert!(orphan.wait(Instant::now() + PATIENCE).await);
    }
}

#[tokio::test]
async fn a_chart_by_name_is_refused_before_helm_starts() {
    let place = place();
    let helm = standin(&place, ": >ready").await;
    let mut command = upgrade(&place, json!({}));
    if let pilothouse::helm::Command::Upgrade { chart, .. } = &mut command {
        *chart = "oci://example.com/web".into();
    }
    let (to, _from) = mpsc::channel(16);
    let refused = helm.run(&place.workspace, &command, never(), to).await;
    assert!(matches!(refused, Err(HelmError::ChartPath)), "{refused:?}");
    assert!(!place.inside("ready").exists());
}

#[tokio::test]
async fn a_program_that_is_not_a_fitting_helm_is_refused_with_a_sentence() {
    let place = place();
    let missing = Helm::find(Some(Path::new("/nowhere/helm"))).await.unwrap_err().to_string();
    assert!(missing.starts_with("The helm program was not found at /nowhere/helm. Install Helm 4.2"), "{missing}");
    for (answer, words) in
        [("v3.18.0", "Helm 3.18.0 was found, but 4.2 or newer"), ("v5.0.0", "below 5"), ("hello", "does not answer like Helm")]
    {
        let path = place.dir.path().join(answer);
        let script = format!("echo '#!/bin/sh\necho {answer}' >\"$1\" && chmod 700 \"$1\"");
        assert!(std::process::Command::new("/bin/sh").args(["-c", &script, "sh"]).arg(&path).status().unwrap().success());
        let text = Helm::find(Some(&path)).await.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_clean_workspace_is_gone() {
    let place = place();
    place.workspace.clean();
    assert!(!place.inside("").exists());
    place.workspace.clean();
}
