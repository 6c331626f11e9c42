//! The field that a table is searched by. Its text follows the address and nothing else: what somebody is typing stays
//! while the page learns of changes. Sends nothing: its form does.

use leptos::{html, prelude::*};

/// What the address asked for when the field's text was last set.
const ASKED: &str = "data-asked";

/// The field; `/` leads to it.
#[component]
pub fn SearchField(
    /// What the address asks for.
    text: String,
    /// What it is called, for those who do not see it.
    label: &'static str,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let asked = text.clone();
    // Not `prop:value`: that is set again with every rendering, over what has been typed since.
    Effect::new(move |_| {
        let Some(field) = field.get() else { return };
        let before = field.get_attribute(ASKED);
        if before.as_deref() == Some(asked.as_str()) {
            return;
        }
        // At first the text came with the field.
        if before.is_some() {
            field.set_value(&asked);
        }
        let _ = field.set_attribute(ASKED, &asked);
    });
    view! { <input type="search" name="q" node_ref=field value=text placeholder="Search" aria-label=label data-search=""/> }
}
