//! The document around the app, and the frame around every page. Sets no headers: the server does.

use leptos::{ev::MouseEvent, nonce::use_nonce, prelude::*, task::spawn_local};
use leptos_meta::MetaTags;
use leptos_router::{hooks::use_location, location::Location};

use super::{
    app::App,
    focus,
    frame::surroundings,
    live,
    parts::{nav::Nav, theme::EARLY_SCRIPT},
};
use crate::api::session::say_here;

/// The whole document; the server renders it for every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let pkg = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <script nonce=use_nonce() inner_html=EARLY_SCRIPT></script>
                <link rel="stylesheet" href=format!("{pkg}.css")/>
                <HydrationScripts options=options.clone()/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The frame around a page: the navigation beside it, unless nobody is signed in.
#[component]
pub fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    let signed_in = surroundings().viewer().is_some();
    let hub = live::provide(signed_in);
    focus::provide();
    let Location { pathname: path, search, .. } = use_location();
    // The first page was asked of the server; the ones after it are rendered here.
    Effect::new(move |moved: Option<()>| {
        path.track();
        search.track();
        if signed_in && moved.is_some() {
            spawn_local(async {
                // Where that fails, the session ends as it would have.
                let _ = say_here().await;
            });
        }
    });
    let bare = Memo::new(move |_| !signed_in || path.get() == "/sign-in");
    Effect::new(|_| {
        // Tests wait for this mark before they click.
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "");
        }
    });
    // The router would only scroll there.
    let skip = |event: MouseEvent| {
        event.prevent_default();
        focus::to_content();
    };
    view! {
        <a class="skip" href="#main" on:click=skip>"To the content"</a>
        <div class="frame" class:bare=move || bare.get()>
            {move || (!bare.get()).then(|| view! { <Nav hub/> })}
            <main id="main" tabindex="-1">{children()}</main>
        </div>
    }
}
