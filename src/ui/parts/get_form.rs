//! A form that asks for another view of the same page: a plain GET where scripts do not run, and without loading the
//! page anew where they do. Fields that are empty stay out of the address.

use leptos::{ev::SubmitEvent, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

/// A form that asks.
#[component]
pub fn GetForm(
    /// The page.
    #[prop(into)]
    action: String,
    /// Its class.
    class: &'static str,
    /// Its role, such as `search`.
    #[prop(optional)]
    role: Option<&'static str>,
    /// Its fields.
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let path = action.clone();
    let send = move |event: SubmitEvent| {
        if let Some(query) = event.target().and_then(|form| form.dyn_into().ok()).and_then(query) {
            event.prevent_default();
            navigate(&format!("{path}?{query}"), NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    };
    view! { <form method="get" action=action class=class role=role on:submit=send>{children()}</form> }
}

/// The form's fields as a query, without the empty ones.
fn query(form: HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(&form).ok()?;
    let pairs = String::from(UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?.to_string());
    Some(pairs.split('&').filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("&"))
}
