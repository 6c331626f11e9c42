//! The pages: routes that Leptos renders, the forms on them, and their content security policy. Holds no screens:
//! `ui` does.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context};

use super::AppState;
use crate::{
    api,
    auth::Auth,
    domain::problem::{Code, Problem},
    manager::ReleaseManager,
    rest::problem::ApiProblem,
    ui,
};

/// What pages, server functions and forms are given.
pub fn context(manager: ReleaseManager, auth: Auth, entropy: Arc<dyn crate::domain::clock::Entropy>) -> api::Context {
    api::Context { manager, auth, entropy, on_page: Arc::new(policy) }
}

/// The pages' routes, found once in a process and before anything is served: while they are looked for Leptos keeps every
/// page of the process from loading data, and one that asks at that moment never ends (leptos issue 4773).
static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(ui::App));

/// All pages, the server functions that they call, and the forms on them.
pub fn routes(state: &AppState) -> Router<AppState> {
    let pages = PAGES.clone();
    let (context, options) = (state.context.clone(), state.leptos.clone());
    Router::new()
        .leptos_routes_with_context(state, pages, move || context.provide(), move || ui::shell(options.clone()))
        .merge(api::forms::routes())
}

/// What is not there: a page that says so, or a problem for programs.
pub async fn missing(State(state): State<AppState>, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return ApiProblem(Problem::new(Code::NotFound, "There is nothing at this path. Look at its spelling and at the method."))
            .into_response();
    }
    let (context, options) = (state.context.clone(), state.leptos.clone());
    render_app_async_with_context(move || context.provide(), move || ui::shell(options.clone()))(request).await
}

/// Scripts and styles run from our own files or with this answer's nonce, and nothing else does.
fn policy() {
    let (Some(nonce), Some(answer)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        answer.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
