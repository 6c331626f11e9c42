//! Sign-in: a plain form, and the way to the identity provider where there is one. A refused password is always the same
//! sentence, whatever was wrong. Checks nothing: `auth` does.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::session::provider_name,
    domain::people::Refusal,
    ui::{
        address::{given, href},
        parts::field::Field,
    },
};

/// The sign-in page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let refused = query.with_untracked(|query| query.get("refused")).map(|word| Refusal::read(&word).sentence());
    let provider = SharedValue::new(provider_name).into_inner();
    // Only an address of ours: one that begins with a single slash.
    let next =
        query.with_untracked(|query| given(query, "next")).filter(|next| next.starts_with('/') && !next[1..].starts_with(['/', '\\']));
    let next = next.unwrap_or_else(|| "/".into());
    let elsewhere = href("/sign-in/oidc", &[("next", &next)]);
    view! {
        <Title text="Sign in"/>
        <form class="sign-in" method="post" action="/sign-in">
            <svg class="mark" viewBox="0 0 18 18" aria-hidden="true"><path d="M2 15h14M4 15V8l5-4 5 4v7M7.5 15v-4h3v4"/></svg>
            <h1>"Sign in to Pilothouse"</h1>
            {refused
                .map(|sentence| {
                    view! {
                        <div class="problem" role="alert">
                            <p class="title">"That did not work"</p>
                            <p>{sentence}</p>
                        </div>
                    }
                })}
            <input type="hidden" name="next" value=next/>
            <Field name="user" label="Name">
                <input type="text" id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus/>
            </Field>
            <Field name="password" label="Password">
                <input type="password" id="password" name="password" autocomplete="current-password" required/>
            </Field>
            <button type="submit" class="btn go">"Sign in"</button>
            {provider.map(|name| view! { <a class="btn" href=elsewhere rel="external">{format!("Sign in with {name}")}</a> })}
        </form>
    }
}
