//! The keyboard: `/` searches, `?` lists the keys, `g` and a letter goes places, arrows move through a table's rows.
//! Never while somebody types.

use std::time::Duration;

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::HtmlElement;

/// How long after `g` the second key may come.
const PATIENCE: Duration = Duration::from_millis(1200);
const KEYS: [(&str, &str); 8] = [
    ("/", "search"),
    ("?", "these keys"),
    ("g f", "fleet"),
    ("g t", "tenants"),
    ("g r", "releases"),
    ("g o", "operations"),
    ("↑ ↓", "the row above or below"),
    ("Esc", "close, leave a field"),
];

/// Listens to the keyboard, and lists the keys.
#[component]
pub fn Keys() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let going = RwSignal::new(false);
    let navigate = use_navigate();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let go = move |path: &str| navigate(path, NavigateOptions::default());
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() || typing() {
                return;
            }
            let key = event.key();
            if going.get_untracked() {
                going.set(false);
                let path = match key.as_str() {
                    "f" => "/",
                    "t" => "/tenants",
                    "r" => "/releases",
                    "o" => "/operations",
                    _ => return,
                };
                event.prevent_default();
                return go(path);
            }
            match key.as_str() {
                "g" => {
                    going.set(true);
                    set_timeout(move || going.set(false), PATIENCE);
                }
                "?" => open(),
                "ArrowDown" | "ArrowUp" => {
                    if let Some(link) = beside(&key) {
                        event.prevent_default();
                        let _ = link.focus();
                    }
                }
                "/" => {
                    event.prevent_default();
                    if !focus_search() {
                        go("/releases");
                    }
                }
                _ => {}
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <button type="button" class="quiet-button keys-button" on:click=move |_| open()>"Keys " <kbd>"?"</kbd></button>
        <dialog class="keys" node_ref=dialog aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>
                {KEYS
                    .into_iter()
                    .map(|(keys, what)| {
                        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> " " }).collect_view();
                        view! { <div><dt>{keys}</dt><dd>{what}</dd></div> }
                    })
                    .collect_view()}
            </dl>
            <form method="dialog"><button type="submit" class="btn">"Close"</button></form>
        </dialog>
    }
}

/// Whether the focus is where keys mean letters.
fn typing() -> bool {
    let Some(focus) = document().active_element() else { return false };
    matches!(focus.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT" | "VALUES-EDITOR")
        || document().query_selector("dialog[open]").is_ok_and(|open| open.is_some())
}

/// The link in the row above or below the one that has the focus; none where no row has it.
fn beside(key: &str) -> Option<HtmlElement> {
    let mut row = document().active_element()?.closest("tbody tr").ok().flatten()?;
    loop {
        row = if key == "ArrowDown" { row.next_element_sibling() } else { row.previous_element_sibling() }?;
        if let Some(link) = row.query_selector("a").ok().flatten() {
            return link.dyn_into().ok();
        }
    }
}

/// Puts the focus into the page's search; tells whether there is one.
fn focus_search() -> bool {
    let search = document().query_selector("[data-search]").ok().flatten().and_then(|found| found.dyn_into::<HtmlElement>().ok());
    search.is_some_and(|search| search.focus().is_ok())
}
