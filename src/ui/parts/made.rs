//! A secret that was just made: shown this once, ready to be selected as a whole.

use leptos::prelude::*;

use crate::{api::made, domain::people::Issued};

/// The secret that the page answers with, where its form has made one.
#[component]
pub fn JustMade() -> impl IntoView {
    SharedValue::new(made::made).into_inner().map(|made::Made { what, secret: Issued(secret) }| {
        view! {
            <div class="made" role="status">
                <p class="title">"This is " {what} ". Copy it now: it is not shown again."</p>
                <code class="secret" tabindex="0">{secret}</code>
            </div>
        }
    })
}
