//! From a command to the argument list: pure. Every flag is `--flag=value` in a list of our own, positionals stand
//! behind `--`, so that no text of a user can be read as an option. Does not carry values: they go through standard
//! input (`-f -`), always, also when there are none.
//!
//! Never passed: `--create-namespace` and `--take-ownership` (a tenant's release stays in the tenant's place),
//! `--dependency-update` (fetches what a stranger's chart names), `--rollback-on-failure` (undoing is a recorded step
//! of ours), `--force-…` (Helm's defaults decide between server-side apply and conflicts), `-o` (prints secrets; a
//! dry run alone has it, read from a pipe).

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use super::Command;
use crate::domain::{change::RunOptions, ids::OperationId, operation::OPERATION_LABEL};

/// The arguments after the program's name.
pub fn arguments(command: &Command, kubeconfig: &Path) -> Vec<OsString> {
    let (key, options) = (command.key(), command.options());
    let mut list: Vec<OsString> = vec![command.verb().into(), joined("--kubeconfig=", kubeconfig)];
    list.push(format!("--namespace={}", key.namespace).into());
    if !matches!(command, Command::Test { .. }) {
        list.push(if options.wait { "--wait=watcher" } else { "--wait=hookOnly" }.into());
    }
    list.push(format!("--timeout={}s", options.timeout).into());
    match command {
        Command::Install { chart, operation, description, .. } => {
            list.extend(jobs(options));
            list.extend(rendered(options, *operation, description.as_deref()));
            list.extend(["--".into(), key.name.as_str().into(), chart.into()]);
        }
        Command::Upgrade { chart, operation, description, .. } => {
            list.extend(jobs(options));
            list.push(history(options));
            // The override that we send is the whole one: Helm must not mix it with the former.
            list.push("--reset-values".into());
            list.extend(rendered(options, *operation, description.as_deref()));
            list.extend(["--".into(), key.name.as_str().into(), chart.into()]);
        }
        Command::Rollback { to, .. } => {
            list.extend(jobs(options));
            list.push(history(options));
            list.extend(["--".into(), key.name.as_str().into(), to.to_string().into()]);
        }
        // Without `--logs`: it fails a test whose log cannot be had; the log is read beside Helm.
        Command::Test { .. } => list.extend(["--".into(), key.name.as_str().into()]),
        Command::Uninstall { .. } => {
            // Without `--ignore-not-found`: it turns every error of looking for the release, a refusal of the API
            // server included, into a success. What is gone already is told by Helm's words instead.
            list.extend(["--".into(), key.name.as_str().into()]);
        }
    }
    list
}

/// Helm waits for Jobs only where it waits at all.
fn jobs(options: &RunOptions) -> Option<OsString> {
    (options.wait && options.wait_for_jobs).then(|| "--wait-for-jobs".into())
}

fn history(options: &RunOptions) -> OsString {
    format!("--history-max={}", options.history_max).into()
}

/// What install and upgrade have in common: both render a chart with values.
fn rendered(options: &RunOptions, operation: OperationId, description: Option<&str>) -> Vec<OsString> {
    let mut list: Vec<OsString> = vec![
        format!("--labels={OPERATION_LABEL}={operation}").into(),
        // Definitions that the whole cluster shares are its admin's to install, not a tenant's.
        "--skip-crds".into(),
        // Notes may hold passwords; they are read from the revision, redacted.
        "--hide-notes".into(),
        "--values=-".into(),
    ];
    // What was previewed was validated then (docs/decisions/0037).
    list.extend(options.archive.is_some().then(|| "--disable-openapi-validation".into()));
    // The only text of a user in the list: bound to its flag, and without a NUL, which no argument can hold.
    list.extend(description.map(|text| joined("--description=", text.replace('\0', ""))));
    list
}

fn joined(flag: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(value);
    argument
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::domain::names::ReleaseKey;

    const OPERATION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn key() -> ReleaseKey {
        ReleaseKey { namespace: "acme".parse().unwrap(), name: "web".parse().unwrap() }
    }

    fn upgrade(options: RunOptions, description: Option<&str>) -> Command {
        let values = json!({ "password": "hunter2" }).as_object().unwrap().clone();
        let operation = OPERATION.parse().unwrap();
        Command::Upgrade {
            key: key(),
            chart: "/charts/web.tgz".into(),
            values,
            options,
            operation,
            description: description.map(Into::into),
        }
    }

    fn install() -> Command {
        let options = RunOptions { wait: false, wait_for_jobs: true, timeout: 1, ..RunOptions::default() };
        let operation = OPERATION.parse().unwrap();
        Command::Install { key: key(), chart: "/charts/web.tgz".into(), values: Map::new(), options, operation, description: None }
    }

    fn listed(command: &Command) -> Vec<String> {
        arguments(command, Path::new("/run/kubeconfig")).into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    #[test]
    fn an_upgrade_spells_out_everything() {
        let options = RunOptions { wait_for_jobs: true, ..RunOptions::default() };
        let expected = [
            "upgrade",
            "--kubeconfig=/run/kubeconfig",
            "--namespace=acme",
            "--wait=watcher",
            "--timeout=300s",
            "--wait-for-jobs",
            "--history-max=10",
            "--reset-values",
            "--labels=pilothouse.dev/operation=01890a5d-ac96-774b-bcce-b302099a8057",
            "--skip-crds",
            "--hide-notes",
            "--values=-",
            "--description=CVE fix",
            "--",
            "web",
            "/charts/web.tgz",
        ];
        assert_eq!(listed(&upgrade(options, Some("CVE fix"))), expected);
    }

    #[test]
    fn an_install_that_does_not_wait_runs_its_hooks_all_the_same() {
        let expected = [
            "install",
            "--kubeconfig=/run/kubeconfig",
            "--namespace=acme",
            "--wait=hookOnly",
            "--timeout=1s",
            "--labels=pilothouse.dev/operation=01890a5d-ac96-774b-bcce-b302099a8057",
            "--skip-crds",
            "--hide-notes",
            "--values=-",
            "--",
            "web",
            "/charts/web.tgz",
        ];
        assert_eq!(listed(&install()), expected);
    }

    #[test]
    fn what_was_previewed_is_not_validated_again() {
        let flag = "--disable-openapi-validation".to_owned();
        let options = |archive: Option<&str>| RunOptions { archive: archive.map(Into::into), ..RunOptions::default() };
        assert!(!listed(&upgrade(options(None), None)).contains(&flag));
        let list = listed(&upgrade(options(Some("0a1b")), None));
        assert!(list.iter().position(|argument| *argument == flag) < list.iter().position(|argument| argument == "--"));
    }

    #[test]
    fn a_rollback_names_its_revision_always() {
        let options = RunOptions { history_max: 3, ..RunOptions::default() };
        let expected = [
            "rollback",
            "--kubeconfig=/run/kubeconfig",
            "--namespace=acme",
            "--wait=watcher",
            "--timeout=300s",
            "--history-max=3",
            "--",
            "web",
            "7",
        ];
        assert_eq!(listed(&Command::Rollback { key: key(), to: 7, options }), expected);
    }

    #[test]
    fn an_uninstall_does_not_take_an_error_for_an_absence() {
        let options = RunOptions::default();
        let expected = ["uninstall", "--kubeconfig=/run/kubeconfig", "--namespace=acme", "--wait=watcher", "--timeout=300s", "--", "web"];
        assert_eq!(listed(&Command::Uninstall { key: key(), options }), expected);
    }

    #[test]
    fn no_argument_begins_with_a_value_of_the_user() {
        let hostile = "--post-renderer=evil,--kubeconfig=/etc/x\n-- a\0b";
        let list = listed(&upgrade(RunOptions::default(), Some(hostile)));
        let holding: Vec<&String> = list.iter().filter(|argument| argument.contains("evil")).collect();
        assert_eq!(holding, ["--description=--post-renderer=evil,--kubeconfig=/etc/x\n-- ab"]);
        let end = list.iter().position(|argument| argument == "--").unwrap();
        assert!(list[1..end].iter().all(|argument| argument.starts_with("--")));
        assert!(list[end + 1..].iter().all(|argument| !argument.starts_with('-')));
    }

    #[test]
    fn values_never_reach_the_argument_list() {
        let list = listed(&upgrade(RunOptions::default(), None));
        assert!(!list.iter().any(|argument| argument.contains("hunter2") || argument.contains("password")), "{list:?}");
        assert!(list.contains(&"--values=-".to_owned()));
    }

    #[test]
    fn a_release_named_like_an_option_cannot_exist() {
        assert!("--debug".parse::<crate::domain::names::ReleaseName>().is_err());
        assert!("-n".parse::<crate::domain::names::Namespace>().is_err());
    }
}
