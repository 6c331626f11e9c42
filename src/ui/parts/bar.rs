//! A bar that shows how a whole divides, drawn without inline styles (the content policy forbids them).

use leptos::prelude::*;

use super::state::Mark;
use crate::domain::release::StateCounts;

/// How releases stand, as one bar; the words beside it say the same.
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
    let label = parts.iter().filter(|part| part.1 > 0).map(|(_, count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let total = counts.total();
    let mut x = 0;
    let rects: Vec<_> = parts
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(mark, count, _)| {
            // In thousandths of the width; a part that is there is always seen.
            let width = (count * 1000 / total.max(1)).max(6);
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
