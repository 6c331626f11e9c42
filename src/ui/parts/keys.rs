//! The keyboard: `/` searches, `?` lists the keys, `g` and a letter goes places, arrows move through a table's rows and from cell to
//! cell, Escape leaves a field. While somebody types, nothing else is a key.

use std::{cell::RefCell, time::Duration};

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::{Element, HtmlElement};

use super::cells;
use crate::ui::focus::{Focus, element};

/// How long after `g` the second key may come.
const PATIENCE: Duration = Duration::from_millis(1200);
const KEYS: [(&str, &str); 12] = [
    ("/", "search"),
    ("?", "these keys"),
    ("g f", "fleet"),
    ("g t", "tenants"),
    ("g r", "releases"),
    ("g b", "batches"),
    ("g o", "operations"),
    ("g c", "charts"),
    ("g a", "audit"),
    ("↑ ↓", "the row above or below"),
    ("← → ↑ ↓", "the cell beside, in a batch"),
    ("Esc", "close, leave a field"),
];

/// Listens to the keyboard, and lists the keys.
#[component]
pub fn Keys() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let going = RwSignal::new(false);
    let navigate = use_navigate();
    let focus = use_context::<Focus>();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let go = move |path: &str| navigate(path, NavigateOptions::default());
        // Where the focus was when the search took it.
        let before = RefCell::new(None::<HtmlElement>);
        let listener = window_event_listener(ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() || in_dialog() {
                return;
            }
            let key = event.key();
            let out = match key.as_str() {
                "Escape" if typing() => leave(before.take()),
                "ArrowDown" => from_search(),
                _ => false,
            };
            if out {
                return event.prevent_default();
            }
            if typing() || in_editor() {
                return;
            }
            if going.get_untracked() {
                going.set(false);
                let path = match key.as_str() {
                    "f" => "/",
                    "t" => "/tenants",
                    "r" => "/releases",
                    "b" => "/batches",
                    "o" => "/operations",
                    "c" => "/charts",
                    "a" => "/audit",
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
                "ArrowDown" | "ArrowUp" | "ArrowLeft" | "ArrowRight" | "Home" | "End" => {
                    if let Some(link) = cells::beside(&key).or_else(|| beside(&key)) {
                        event.prevent_default();
                        let _ = link.focus();
                    }
                }
                "/" => {
                    event.prevent_default();
                    match (element(SEARCH), focus) {
                        (Some(search), _) => {
                            *before.borrow_mut() = active().and_then(|active| active.dyn_into().ok());
                            let _ = search.focus();
                        }
                        (None, focus) => {
                            if let Some(focus) = focus {
                                focus.seek_search();
                            }
                            go("/releases");
                        }
                    }
                }
                _ => {}
            }
        });
        let entered = window_event_listener(ev::focusin, |_| {
            cells::stop_here();
            cells::keep_a_stop();
        });
        on_cleanup(move || {
            listener.remove();
            entered.remove();
        });
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

/// A page's search.
const SEARCH: &str = "[data-search]";
/// A row's box that can be ticked.
const TICK: &str = "tbody .ticks-cell input:enabled";
/// Fields in which letters mean nothing.
const NOT_TYPED_INTO: [&str; 7] = ["button", "checkbox", "file", "radio", "range", "reset", "submit"];

fn active() -> Option<Element> {
    document().active_element()
}

/// Whether the focus is in a field where keys mean letters.
fn typing() -> bool {
    active().is_some_and(|field| match field.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => field.get_attribute("type").is_none_or(|kind| !NOT_TYPED_INTO.contains(&kind.as_str())),
        _ => false,
    })
}

/// The editor has keys of its own.
fn in_editor() -> bool {
    active().is_some_and(|active| active.tag_name() == "VALUES-EDITOR")
}

fn in_dialog() -> bool {
    element("dialog[open]").is_some()
}

/// Leaves a field, with what it holds: back to where the focus was, as far as that is still there. Otherwise the tab key
/// goes on from the field.
fn leave(before: Option<HtmlElement>) -> bool {
    let left = match before.filter(|before| before.is_connected() && before.tag_name() != "BODY") {
        Some(before) => before.focus(),
        None => active().and_then(|field| field.dyn_into::<HtmlElement>().ok()).map_or(Ok(()), |field| field.blur()),
    };
    left.is_ok()
}

/// From the search to the first row of what it found; tells whether that was possible.
fn from_search() -> bool {
    let searching = active().is_some_and(|active| active.matches(SEARCH).unwrap_or(false));
    let first = || element("main tbody tr").and_then(|row| link_in(&row).or_else(|| below(&row, "ArrowDown", link_in)));
    searching && first().is_some_and(|first| first.focus().is_ok())
}

/// What a row is gone to by.
type Way = fn(&Element) -> Option<HtmlElement>;

/// The link in the row above or below the one that has the focus, or its box, where the focus is on one; none where no row
/// has it, or the key leads to no row.
fn beside(key: &str) -> Option<HtmlElement> {
    let active = active().filter(|_| matches!(key, "ArrowDown" | "ArrowUp"))?;
    let way: Way = if active.matches(TICK).unwrap_or(false) { tick_in } else { link_in };
    below(&active.closest("tbody tr").ok().flatten()?, key, way)
}

/// The link or the box in the next row below or above that has one.
fn below(row: &Element, key: &str, way: Way) -> Option<HtmlElement> {
    let mut row = row.clone();
    loop {
        row = if key == "ArrowDown" { row.next_element_sibling() } else { row.previous_element_sibling() }?;
        if let Some(found) = way(&row) {
            return Some(found);
        }
    }
}

/// The link to what a row is about.
fn link_in(row: &Element) -> Option<HtmlElement> {
    let first = |selector| row.query_selector(selector).ok().flatten();
    first(".name a").or_else(|| first("a"))?.dyn_into().ok()
}

/// The box that ticks what a row is about.
fn tick_in(row: &Element) -> Option<HtmlElement> {
    row.query_selector(TICK).ok().flatten()?.dyn_into().ok()
}
