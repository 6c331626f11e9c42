//! A bar that shows how a whole divides, drawn without inline styles (the content policy forbids them).

use leptos::prelude::*;

use super::state::Mark;
use crate::domain::release::StateCounts;

/// How releases stand.
#[component]
pub fn StateBar(
    /// How many in each state.
    counts: StateCounts,
) -> impl IntoView {
    let parts = [
        (Mark::Good, counts.deployed, "deployed"),
        (Mark::Busy, counts.pending, "pending"),
        (Mark::Bad, counts.failed, "failed"),
        (Mark::Gone, counts.uninstalled, "uninstalled"),
    ];
    view! { <DividedBar parts whole=counts.total() empty="no releases"/> }
}

/// How a whole divides, as one bar; the words beside it say the same.
#[component]
pub fn DividedBar(
    /// The parts in their order: look, size, word. What is left of the whole stays ground.
    parts: [(Mark, u64, &'static str); 4],
    /// The size of all of it.
    whole: u64,
    /// What is said where no part has a size.
    empty: &'static str,
) -> impl IntoView {
    let parts = parts.into_iter().filter(|part| part.1 > 0);
    let label = parts.clone().map(|(_, size, word)| format!("{size} {word}")).collect::<Vec<_>>().join(", ");
    let label = if label.is_empty() { empty.to_owned() } else { label };
    let mut x = 0;
    let rects: Vec<_> = parts
        .map(|(mark, size, _)| {
            // In thousandths of the width; a part that is there is always seen.
            let width = (size * 1000 / whole.max(1)).max(6);
            let rect = view! { <rect class=mark.class() x=x y="0" width=width.saturating_sub(2).max(4) height="6"/> };
            x += width;
            rect
        })
        .collect();
    view! {
        <svg class="bar" viewBox="0 0 1000 6" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="ground" x="0" y="0" width="1000" height="6"/>
            {rects}
        </svg>
    }
}
