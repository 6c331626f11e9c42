//! A section with a heading, on a sheet of its own.

use leptos::prelude::*;

/// A section.
#[component]
pub fn Sheet(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// What stands at the right of the heading.
    #[prop(optional, into)]
    aside: Option<AnyView>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="sheet">
            <header>
                <h2>{title}</h2>
                {aside.map(|aside| view! { <div class="aside">{aside}</div> })}
            </header>
            {children()}
        </section>
    }
}
