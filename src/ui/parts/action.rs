//! Buttons that lead to a page or send a form. A refused one stays in sight, disabled, and says why.

use leptos::prelude::*;

/// A link that looks like a button.
#[component]
pub fn Action(
    /// What it does.
    #[prop(into)]
    label: String,
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// `go` for the likely one, `bad` for the dangerous one.
    #[prop(optional)]
    tone: &'static str,
    /// Why it cannot be used now.
    #[prop(optional_no_strip)]
    refused: Option<String>,
) -> impl IntoView {
    match refused {
        None => view! { <a class=format!("btn {tone}") href=href>{label}</a> }.into_any(),
        Some(why) => view! { <button type="button" class=format!("btn {tone}") disabled title=why>{label}</button> }.into_any(),
    }
}

/// The button that sends a form, with a way back beside it.
#[component]
pub fn Submit(
    /// What will be done, with its object.
    #[prop(into)]
    label: String,
    /// Where to go instead.
    #[prop(into)]
    back: String,
    /// `go` for the likely one, `bad` for the dangerous one.
    #[prop(optional)]
    tone: &'static str,
    /// Why it cannot be used now.
    #[prop(optional_no_strip)]
    refused: Option<String>,
    /// Where the form goes to show what it would do, instead of doing it.
    #[prop(optional, into)]
    preview: Option<String>,
) -> impl IntoView {
    let disabled = refused.is_some();
    // Who has not seen what will change is led to look first.
    let tone = if preview.is_some() { "" } else { tone };
    view! {
        <div class="submit">
            {preview
                .map(|path| {
                    view! { <button type="submit" class="btn go" formaction=path disabled=disabled>"Preview what changes"</button> }
                })}
            <button type="submit" class=format!("btn {tone}") disabled=disabled>{label}</button>
            <a class="btn plain" href=back>"Back, change nothing"</a>
            {refused.map(|why| view! { <p class="why">{why}</p> })}
        </div>
    }
}
