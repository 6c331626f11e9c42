//! Everybody's API tokens.

use leptos::prelude::*;

use super::tabs;
use crate::{
    api::people::{TokensLook, see_tokens},
    ui::parts::{loaded::Loaded, page_head::PageHead, people::TokenTable, refused::typed},
};

/// The page of all tokens.
#[component]
pub fn TokensPage() -> impl IntoView {
    let typed = typed();
    let look = Resource::new(|| (), |()| see_tokens());
    let shown = move |TokensLook { tokens, slugs }: TokensLook| {
        let count = tokens.len();
        view! {
            <PageHead title="Settings" tab="Tokens"><span><b>{count}</b> {if count == 1 { " token" } else { " tokens" }}</span></PageHead>
            {tabs("/settings/tokens")}
            {typed.note()}
            <TokenTable tokens slugs owners=true action="/settings/tokens"/>
        }
        .into_any()
    };
    view! { <Loaded data=look view=shown/> }
}
