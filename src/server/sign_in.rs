//! The routes for signing in and out, by password and through the identity provider; the page itself is the screens'.
//! Checks nothing: `auth` does.

use std::fmt::Write;

use axum::{
    Form, Router,
    extract::{Query, Request, State},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{Extensions, HeaderMap, header::SET_COOKIE};
use serde::Deserialize;

use super::AppState;
use crate::{
    auth::oidc::{Callback, Onward, Settings},
    domain::people::Refusal,
    rest::problem::ApiProblem,
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/sign-in/oidc", get(begin))
        .route(Settings::CALLBACK, get(finish))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct SignIn {
    user: String,
    password: String,
    next: String,
}

async fn sign_in(State(state): State<AppState>, headers: HeaderMap, extensions: Extensions, Form(form): Form<SignIn>) -> Response {
    let next = local(&form.next);
    match state.auth.sign_in(state.auth.origin(&headers, &extensions), &form.user, &form.password).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response(),
        Err(refusal) => refused(refusal, next).into_response(),
    }
}

async fn sign_out(State(state): State<AppState>, headers: HeaderMap, extensions: Extensions) -> Response {
    match state.auth.sign_out(state.auth.origin(&headers, &extensions)).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response(),
        Err(problem) => ApiProblem(problem).into_response(),
    }
}

#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    next: String,
}

/// Off to the identity provider.
async fn begin(State(state): State<AppState>, Query(asked): Query<Begin>) -> Response {
    let next = local(&asked.next);
    match state.auth.begin_oidc(next).await {
        Ok(onward) => lead(onward),
        Err(refusal) => refused(refusal, next).into_response(),
    }
}

/// Back from the identity provider.
async fn finish(State(state): State<AppState>, Query(callback): Query<Callback>, request: Request) -> Response {
    match state.auth.finish_oidc(state.auth.origin(request.headers(), request.extensions()), callback).await {
        Ok(onward) => lead(onward),
        Err(refusal) => match state.auth.forget_oidc() {
            Ok(cookie) => ([(SET_COOKIE, cookie)], refused(refusal, "/")).into_response(),
            Err(problem) => ApiProblem(problem).into_response(),
        },
    }
}

fn lead(onward: Onward) -> Response {
    let cookies = onward.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)).collect::<Vec<_>>();
    (AppendHeaders(cookies), Redirect::to(&onward.to)).into_response()
}

/// Back to the sign-in page, which says why.
fn refused(refusal: Refusal, next: &str) -> Redirect {
    Redirect::to(&format!("/sign-in?refused={}&next={}", refusal.as_str(), encode(next)))
}

/// A place to go to after signing in, if it is one of ours.
fn local(next: &str) -> &str {
    if is_local(next) { next } else { "/" }
}

/// Whether a place is one of ours: a path, and not `//host` or `/\host`.
fn is_local(next: &str) -> bool {
    let mut chars = next.chars();
    chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\')) && !next.chars().any(char::is_control)
}

/// Percent-encodes everything but letters, digits and a few marks.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_pages_of_ours_only() {
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(local("/tenants/acme?sort=name"), "/tenants/acme?sort=name");
        assert_eq!(encode("/a?b=c&d"), "/a%3Fb%3Dc%26d");
    }
}
