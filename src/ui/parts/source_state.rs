//! How a chart source stands: fresh, behind, or of no use, and since when.

use leptos::prelude::*;

use super::{
    state::{Mark, State},
    when::When,
};
use crate::domain::source::ChartSource;

/// How a chart source stands.
#[component]
pub fn SourceStand(
    /// The source.
    source: ChartSource,
) -> impl IntoView {
    let ChartSource { asked_at, answered_at, problem, .. } = source;
    let (mark, word) = match (&problem, answered_at, asked_at) {
        (Some(_), None, _) => (Mark::Bad, "no answer"),
        (Some(_), Some(_), _) => (Mark::Warn, "behind"),
        (None, _, None) => (Mark::Waiting, "not asked yet"),
        (None, _, Some(_)) => (Mark::Good, "fresh"),
    };
    view! {
        <span class="source-state">
            <State mark word/>
            {answered_at.map(|at| view! { <span class="muted">"as of " <When at/></span> })}
        </span>
        {problem.map(|why| view! { <span class="muted why">{why}</span> })}
    }
}
