//! Sign-in: a plain form. A refusal is always the same sentence, whatever was wrong. Checks nothing: `auth` does.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::ui::{address::given, parts::field::Field};

/// The sign-in page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let refused = query.with_untracked(|query| query.get("refused").is_some());
    // Only an address of ours: one that begins with a single slash.
    let next =
        query.with_untracked(|query| given(query, "next")).filter(|next| next.starts_with('/') && !next[1..].starts_with(['/', '\\']));
    view! {
        <Title text="Sign in"/>
        <form class="sign-in" method="post" action="/sign-in">
            <svg class="mark" viewBox="0 0 18 18" aria-hidden="true"><path d="M2 15h14M4 15V8l5-4 5 4v7M7.5 15v-4h3v4"/></svg>
            <h1>"Sign in to Pilothouse"</h1>
            {refused
                .then(|| {
                    view! {
                        <div class="problem" role="alert">
                            <p class="title">"That did not work"</p>
                            <p>"The name or the password is wrong, or there were too many attempts. Wait a moment and try again."</p>
                        </div>
                    }
                })}
            <input type="hidden" name="next" value=next.unwrap_or_else(|| "/".into())/>
            <Field name="user" label="Name">
                <input type="text" id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus/>
            </Field>
            <Field name="password" label="Password">
                <input type="password" id="password" name="password" autocomplete="current-password" required/>
            </Field>
            <button type="submit" class="btn go">"Sign in"</button>
        </form>
    }
}
