//! The hooks of a chart while an operation runs, each as it stands.

use leptos::prelude::*;

use super::state::{Mark, State};
use crate::domain::operation::{EventBody, HookState, OperationEvent};

/// A hook, how it stands, and why.
type Hook = (String, HookState, Option<String>);

/// The hooks in the order in which they came, each as it stood last.
pub fn hooks_of(events: &[OperationEvent]) -> Vec<Hook> {
    let mut hooks: Vec<Hook> = Vec::new();
    for event in events {
        let EventBody::Hook { object, state, reason } = &event.body else { continue };
        let now = (object.clone(), *state, reason.clone());
        match hooks.iter_mut().find(|(known, ..)| known == object) {
            Some(known) => *known = now,
            None => hooks.push(now),
        }
    }
    hooks
}

/// One line per hook.
#[component]
pub fn HookList(
    /// The hooks.
    hooks: Vec<(String, HookState, Option<String>)>,
) -> impl IntoView {
    let lines = hooks.into_iter().map(|(object, state, reason)| {
        let mark = match state {
            HookState::Waiting => Mark::Waiting,
            HookState::Running => Mark::Busy,
            HookState::Succeeded => Mark::Good,
            HookState::Failed => Mark::Bad,
        };
        view! {
            <li>
                <State mark word=state.as_str()/>
                <span class="what">
                    <code>{object}</code>
                    {reason.map(|reason| view! { <span class="muted">{format!(" {reason}")}</span> })}
                </span>
            </li>
        }
    });
    view! { <ul class="rows hooks">{lines.collect_view()}</ul> }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_hook_is_listed_once_as_it_stood_last() {
        let at = |seq, object: &str, state| OperationEvent {
            seq,
            at: DateTime::UNIX_EPOCH,
            body: EventBody::Hook { object: object.into(), state, reason: None },
        };
        let events = [at(1, "Job/a", HookState::Waiting), at(2, "Pod/b", HookState::Running), at(3, "Job/a", HookState::Failed)];
        let shown: Vec<_> = hooks_of(&events).into_iter().map(|(object, state, _)| (object, state)).collect();
        assert_eq!(shown, [("Job/a".to_owned(), HookState::Failed), ("Pod/b".to_owned(), HookState::Running)]);
    }
}
