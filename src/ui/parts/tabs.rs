//! Tabs that are links, so that each one has an address.

use leptos::prelude::*;

/// A row of tabs.
#[component]
pub fn Tabs(
    /// What they switch, for those who do not see them.
    label: &'static str,
    /// Word, address, and whether it is the present one.
    tabs: Vec<(String, String, bool)>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|(word, href, here)| view! { <a href=href aria-current=here.then_some("true")>{word}</a> })
                .collect_view()}
        </nav>
    }
}
