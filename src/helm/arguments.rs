//! From a command to the argument list: pure. Every flag is `--flag=value` in a list of our own, positionals stand
//! behind `--`, so that no text of a user can be read as an option. Does not carry values: they go through standard
//! input (`-f -`), always, also when there are none.
//!
//! Never passed: `--create-namespace` and `--take-ownership` (a tenant's release stays in the tenant's place),
//! `--dependency-update` (fetches what a stranger's chart names), `--rollback-on-failure` (undoing is a recorded step
//! of ours), `--force-…` (Helm's defaults decide between server-side apply and conflicts), `-o` (prints secrets).

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
    list.push(if options.wait { "--wait=watcher" } else { "--wait=hookOnly" }.into());
    list.push(format!("--timeout={}s", options.timeout).into());
    match command {
        Command::Install { chart, operation, description, .. } => {
            list.extend(jobs(options));
            list.extend(rendered(*operation, description.as_deref()));
            list.extend(["--".into(), key.name.as_str().into(), chart.into()]);
        }
        Command::Upgrade { chart, operation, description, .. } => {
            list.extend(jobs(options));
            list.push(history(options));
            // The override that we send is the whole one: Helm must not mix it with the former.
            list.push("--reset-values".into());
            list.extend(rendered(*operation, description.as_deref()));
            list.extend(["--".into(), key.name.as_str().into(), chart.into()]);
        }
        Command::Rollback { to, .. } => {
            list.extend(jobs(options));
            list.push(history(options));
            list.extend(["--".into(), key.name.as_str().into(), to.to_string().into()]);
        }
        Command::Uninstall { .. } => {
            // Whoever wants a release gone is content when it is: a repeated uninstall succeeds.
            list.push("--ignore-not-found".into());
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
fn rendered(operation: OperationId, description: Option<&str>) -> Vec<OsString> {
    let mut list: Vec<OsString> = vec![
        format!("--labels={OPERATION_LABEL}={operation}").into(),
        // Definitions that the whole cluster shares are its admin's to install, not a tenant's.
        "--skip-crds".into(),
        // Notes may hold passwords; they are read from the revision, redacted.
        "--hide-notes".into(),
        "--values=-".into(),
    ];
    // The only text of a user in the list: bound to its flag, and without a NUL, which no argument can hold.
    list.extend(description.map(|text| joined("--description=", text.replace('\0', ""))));
    list
}

fn joined(flag: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(value);
    argument
}
