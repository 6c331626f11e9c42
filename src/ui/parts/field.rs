//! A form's field: its label, what it is for, and the control.

use leptos::prelude::*;

/// A field around a control whose id is the field's name.
#[component]
pub fn Field(
    /// The control's id.
    name: &'static str,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// What to know before filling it in; its id is the name with `-hint`.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {children()}
            {hint.map(|hint| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
        </div>
    }
}

/// A box to tick.
#[component]
pub fn Tick(
    /// Its name in the form; its id, too.
    name: &'static str,
    /// What it means.
    #[prop(into)]
    label: String,
    /// What to know before ticking it.
    #[prop(into)]
    hint: String,
    /// Whether it is ticked at first.
    checked: bool,
) -> impl IntoView {
    view! {
        <div class="tick">
            <input type="checkbox" id=name name=name checked=checked aria-describedby=format!("{name}-hint")/>
            <label for=name>{label}</label>
            <p class="hint" id=format!("{name}-hint")>{hint}</p>
        </div>
    }
}
