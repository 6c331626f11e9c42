//! The log of an operation. Its lines come from Helm and from charts: text, never markup.

use leptos::prelude::*;

use crate::domain::operation::{EventBody, OperationEvent};

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
                    EventBody::Log { line } => Some((event.at.format("%H:%M:%S").to_string(), line.clone())),
                    _ => None,
                })
                .collect::<Vec<_>>()
        })
    };
    let lines = move || match lines() {
        lines if lines.is_empty() => view! { <p class="none muted">"Nothing has been written yet."</p> }.into_any(),
        lines => view! {
            <ol>
                {lines
                    .into_iter()
                    .map(|(at, line)| view! { <li><span class="at">{at}</span> <span class="line">{line}</span></li> })
                    .collect_view()}
            </ol>
        }
        .into_any(),
    };
    view! { <div class="log" role="log" aria-label="Log" tabindex="0">{lines}</div> }
}
