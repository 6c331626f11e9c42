//! The way between pages, with who looks and how fresh the sight is. A column on wide screens, a bar on narrow ones.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{keys::Keys, people::role_word, theme::ThemeSwitch};
use crate::{
    domain::{actor::Act, ago::span},
    ui::{frame::surroundings, live::Hub},
};

/// Word, address, and the other addresses that belong to it.
const WAYS: [(&str, &str, &[&str]); 6] = [
    ("Fleet", "/", &[]),
    ("Tenants", "/tenants", &[]),
    ("Releases", "/releases", &["/unassigned"]),
    ("Operations", "/operations", &[]),
    ("Charts", "/charts", &[]),
    ("Audit", "/audit", &[]),
];

/// The navigation.
#[component]
pub fn Nav(
    /// Tells whether the page is live.
    hub: Hub,
) -> impl IntoView {
    let here = surroundings();
    let path = use_location().pathname;
    // Whoever may not change a setting has none to look at.
    let settings = here
        .viewer()
        .filter(|viewer| viewer.role.may(Act::ManagePeople))
        .map(|_| ("Settings", "/settings/users", &["/settings"] as &[&str]));
    let batches = here.viewer().filter(|viewer| viewer.role.may(Act::SeeBatches)).map(|_| ("Batches", "/batches", &[] as &[&str]));
    let (first, then) = WAYS.split_at(3);
    let links = first
        .iter()
        .copied()
        .chain(batches)
        .chain(then.iter().copied())
        .chain(settings)
        .map(|(word, href, more)| {
            let current = move || {
                let path = path.get();
                let below = |root: &str| path == root || (root != "/" && path.starts_with(root) && path[root.len()..].starts_with('/'));
                (below(href) || more.iter().any(|root| below(root))).then_some("page")
            };
            view! { <a href=href aria-current=current>{word}</a> }
        })
        .collect_view();
    let seen = move || match here.seen_at() {
        Some(at) => format!("Seen {} ago", span(at, here.now())),
        None => "Not seen yet".into(),
    };
    let viewer = here.viewer().map(|viewer| {
        view! {
            <p class="who"><a href="/account"><b>{viewer.name}</b></a> " · " {role_word(viewer.role)}</p>
            <form method="post" action="/sign-out"><button type="submit" class="quiet-button">"Sign out"</button></form>
        }
    });
    view! {
        <nav class="side" aria-label="Main">
            <a class="brand" href="/">
                <svg viewBox="0 0 18 18" aria-hidden="true"><path d="M2 15h14M4 15V8l5-4 5 4v7M7.5 15v-4h3v4"/></svg>
                "Pilothouse"
            </a>
            <div class="ways">{links}</div>
            <div class="foot">
                {move || {
                    if here.signed_out() {
                        view! { <p class="warn">"Signed out. " <a class="link" href="/sign-in" rel="external">"Sign in again"</a></p> }.into_any()
                    } else if hub.lost() {
                        view! { <p class="warn" role="status">"Connection lost, trying again"</p> }.into_any()
                    } else {
                        view! { <p class="seen" title="When the watch of the cluster last gave a sign of life">{seen}</p> }.into_any()
                    }
                }}
                {viewer}
                <ThemeSwitch/>
                <Keys/>
            </div>
        </nav>
    }
}
