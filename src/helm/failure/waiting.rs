//! What did not become ready, and hooks. Knows how Helm's watcher writes; does not know why a workload waits: its
//! events in the cluster do.

use super::{
    Meaning, refusal,
    shape::{self, between},
};
use crate::domain::problem::Code;

/// The watcher's last line when its time is over.
const TIME_IS_OVER: &str = "context deadline exceeded";

/// A hook that failed. With `framed`, Helm names the event itself; a rollback or an uninstall (not framed) shows only
/// what its hook left behind.
pub(super) fn hook(text: &str, framed: bool) -> Option<Meaning> {
    const EVENTS: [(&str, &str); 4] = [
        ("failed pre-install: ", "pre-install"),
        ("failed post-install: ", "post-install"),
        ("pre-upgrade hooks failed: ", "pre-upgrade"),
        ("post-upgrade hooks failed: ", "post-upgrade"),
    ];
    let named = EVENTS.iter().find_map(|(words, event)| Some((text.strip_prefix(words)?, *event)));
    let (rest, event) = match named {
        Some((rest, event)) => (rest, Some(event)),
        None if framed => return None,
        None => (text, None),
    };
    // `uninstallation completed with 1 error(s): ` comes before what a post-delete hook left.
    let rest = between(rest, "uninstallation completed with ", " error(s): ")
        .map_or(rest, |count| &rest["uninstallation completed with ".len() + count.len() + " error(s): ".len()..]);
    if let Some(refused) = rest.strip_prefix("warning: Hook ") {
        let event = event.or_else(|| shape::word(refused.split(' ').next()?).filter(|word| word.contains('-')));
        let why = refusal::read(refused).map(|(_, why)| why).unwrap_or_else(|| "The operation's log has Helm's words.".into());
        return Some((Code::HookFailed, format!("The chart's {}hook could not be created. {why}", spaced(event))));
    }
    // Where Helm names no event, a hook is known by coming first: workloads stand behind `release … failed: `.
    if event.is_none() && !rest.starts_with("resource ") {
        return None;
    }
    let mut resources = resources(rest, "not ready. status: ");
    if resources.is_empty() && event.is_none() {
        return None;
    }
    // The hook of the last time has to go away before a new one is made.
    resources.extend(self::resources(rest, "still exists. status: "));
    if let (true, Some(unreachable)) = (resources.is_empty(), super::unreachable(rest)) {
        return Some(unreachable);
    }
    let names = shape::list(resources.into_iter()).map(|names| format!(" {names}")).unwrap_or_default();
    let event = spaced(event);
    Some(if rest.ends_with(TIME_IS_OVER) {
        (
            Code::HookFailed,
            format!("The chart's {event}hook{names} did not end in time. Look at what its pod waits for, or allow a longer timeout."),
        )
    } else {
        (
            Code::HookFailed,
            format!("The chart's {event}hook{names} failed. Look at the log of its pod, set its cause right, then try again."),
        )
    })
}

fn spaced(event: Option<&str>) -> String {
    event.map(|event| format!("{event} ")).unwrap_or_default()
}

/// Workloads that did not become ready, or objects that did not go away.
pub(super) fn not_ready(text: &str) -> Option<Meaning> {
    // A rollback says which release; an uninstall how many errors.
    let rest = match text.strip_prefix("release ").and_then(|rest| rest.split_once(" failed: ")) {
        Some((name, rest)) if shape::dns(name).is_some() => rest,
        _ => text,
    };
    let gone = rest.strip_prefix("uninstallation completed with ").and_then(|rest| rest.split_once(" error(s): "));
    if let Some((_, rest)) = gone {
        let names = shape::list(resources(rest, "still exists. status: ").into_iter())?;
        return Some((
            Code::NotReady,
            format!("The release was uninstalled, but {names} did not go away in time. Look for finalizers that hold it in the cluster."),
        ));
    }
    let names = shape::list(resources(rest, "not ready. status: ").into_iter());
    if names.is_none() && rest != TIME_IS_OVER {
        return None;
    }
    let names = names.unwrap_or_else(|| "Some of the release's objects".into());
    let verb = if rest.ends_with(TIME_IS_OVER) { "did not become ready in time" } else { "failed and will not become ready" };
    Some((
        Code::NotReady,
        format!("{names} {verb}. Look at the pods' events and logs, correct the values or choose another chart version, or roll back."),
    ))
}

/// `Kind/name` of the lines `resource Kind/namespace/name <state>…`.
fn resources(text: &str, state: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let path = between(line, "resource ", " ")?;
            line["resource ".len() + path.len() + 1..].strip_prefix(state)?;
            let mut parts = path.split('/');
            let (kind, _namespace, name) = (shape::kind(parts.next()?)?, parts.next()?, shape::dns(parts.next()?)?);
            parts.next().is_none().then(|| format!("{kind}/{name}"))
        })
        .collect()
}
