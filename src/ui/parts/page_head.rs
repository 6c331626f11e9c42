//! The top of a page: where it is, what it is, the facts, what can be done; and the title of its tab. That title is
//! always a plain text and never a function of signals: the server asks for it when the page's signals may be gone.

use leptos::prelude::*;
use leptos_meta::Title;

/// The top of a page.
#[component]
pub fn PageHead(
    /// What the page is about.
    #[prop(into)]
    title: String,
    /// What its tab says, where that is not the same.
    #[prop(optional, into)]
    tab: Option<String>,
    /// The way here, as links.
    #[prop(optional, into)]
    crumbs: Option<AnyView>,
    /// What can be done.
    #[prop(optional, into)]
    actions: Option<AnyView>,
    /// The facts.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=tab.unwrap_or_else(|| title.clone())/>
        <header class="page-head">
            <div class="about">
                {crumbs.map(|crumbs| view! { <nav class="crumbs" aria-label="Where you are">{crumbs}</nav> })}
                <h1>{title}</h1>
                {children.map(|children| view! { <div class="facts">{children()}</div> })}
            </div>
            {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
        </header>
    }
}
