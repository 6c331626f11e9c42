//! How the workloads of a release become ready while an operation runs.

use leptos::prelude::*;

use super::state::{Mark, State};
use crate::domain::operation::Readiness;

/// One line per workload: a bar, the numbers, and why it is not ready.
#[component]
pub fn ReadinessList(
    /// The workloads.
    items: Vec<Readiness>,
    /// Whether nothing more will happen.
    settled: bool,
) -> impl IntoView {
    view! {
        <ul class="rows readiness">
            {items
                .into_iter()
                .map(|item| {
                    let done = item.ready >= item.wanted;
                    let (mark, word) = match (done, settled, &item.reason) {
                        (true, _, _) => (Mark::Good, "ready"),
                        (false, true, _) => (Mark::Warn, "not ready"),
                        (false, false, Some(_)) => (Mark::Warn, "waiting"),
                        (false, false, None) => (Mark::Busy, "waiting"),
                    };
                    let label = format!("{}: {} of {} ready", item.name, item.ready, item.wanted);
                    view! {
                        <li>
                            <State mark word/>
                            <span class="what">
                                <code>{item.name}</code>
                                {item.reason.map(|reason| view! { <span class="muted">{format!(" {reason}")}</span> })}
                            </span>
                            <progress max=item.wanted.max(1) value=if item.wanted == 0 { 1 } else { item.ready } aria-label=label></progress>
                            <span class="count">{format!("{} of {}", item.ready, item.wanted)}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
