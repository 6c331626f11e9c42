//! What happened to objects in the cluster: Kubernetes' own events.

use leptos::prelude::*;

use super::{
    state::{Mark, State},
    when::When,
};
use crate::domain::resource::Happening;

/// One line per event, newest first.
#[component]
pub fn Happenings(
    /// The events.
    events: Vec<Happening>,
) -> impl IntoView {
    if events.is_empty() {
        return view! { <p class="none muted">"Nothing has happened lately. Kubernetes forgets its events after an hour."</p> }.into_any();
    }
    let lines = events.into_iter().map(|event| {
        let (mark, word) = if event.warning { (Mark::Warn, "warning") } else { (Mark::Waiting, "normal") };
        view! {
            <li>
                <State mark word/>
                <span class="what">
                    <b>{event.reason}</b>
                    " "
                    <code>{event.object}</code>
                    {(event.count > 1).then(|| view! { " " <span class="tag">{format!("{} times", event.count)}</span> })}
                    <span class="muted">{format!(" {}", event.message)}</span>
                </span>
                <span class="muted by">{event.at.map(|at| view! { <When at/> })}</span>
            </li>
        }
    });
    view! { <ul class="rows happenings">{lines.collect_view()}</ul> }.into_any()
}
