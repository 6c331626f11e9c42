//! Where there is nothing to show: says so, and what to do next.

use leptos::prelude::*;

/// Nothing to show.
#[component]
pub fn Empty(
    /// What is not there.
    #[prop(into)]
    title: String,
    /// What to do next.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="title">{title}</p>
            {children.map(|children| view! { <div class="next">{children()}</div> })}
        </div>
    }
}
