//! The log of an operation. Its lines come from Helm and from charts: text, never markup.

use leptos::prelude::*;

use crate::domain::{
    operation::{EventBody, OperationEvent},
    pod_log::LogLine,
};

/// The log lines so far; the newest stay in sight.
#[component]
pub fn Log(
    /// The events so far.
    events: Signal<Vec<OperationEvent>>,
) -> impl IntoView {
    let lines = move || {
        events.with(|events| {
            events
                .iter()
                .filter_map(|event| match &event.body {
                    EventBody::Log { line } => Some(LogLine { at: Some(event.at), line: line.clone() }),
                    EventBody::HookLog { object, line } => Some(LogLine { at: Some(event.at), line: format!("{object} │ {line}") }),
                    _ => None,
                })
                .collect::<Vec<_>>()
        })
    };
    view! { <LogLines lines=Signal::derive(lines)/> }
}

/// The lines of any log; the newest stay in sight.
#[component]
pub fn LogLines(
    /// The lines so far, oldest first.
    lines: Signal<Vec<LogLine>>,
) -> impl IntoView {
    let lines = move || match lines.get() {
        lines if lines.is_empty() => view! { <p class="none muted">"Nothing has been written yet."</p> }.into_any(),
        lines => view! {
            <ol>
                {lines
                    .into_iter()
                    .map(|LogLine { at, line }| {
                        let at = at.map(|at| at.format("%H:%M:%S").to_string()).unwrap_or_default();
                        view! { <li><span class="at">{at}</span> <span class="line">{line}</span></li> }
                    })
                    .collect_view()}
            </ol>
        }
        .into_any(),
    };
    view! { <div class="log" role="log" aria-label="Log" tabindex="0">{lines}</div> }
}
