//! The guard in front of every route: nobody gets through without an actor, except to what [`is_open`] names.
//! Also signing in and out. Does not decide what a role may do: the manager asks the actor.

use std::fmt::Write;

use axum::{
    Form, Router,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use http::{HeaderMap, Method, header::SET_COOKIE};
use serde::Deserialize;
use tower_http::csrf::ProtectionError;

use super::AppState;
use crate::{
    domain::{
        actor::Actor,
        ids::TenantId,
        problem::{Code, Problem},
    },
    rest::problem::ApiProblem,
};

/// The routes for signing in and out; the page itself is the screens'.
pub fn routes() -> Router<AppState> {
    Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out))
}

/// What anybody may reach: signing in, the site's own files, and the probes.
fn is_open(method: &Method, path: &str) -> bool {
    match path {
        "/sign-in" => matches!(*method, Method::GET | Method::HEAD | Method::POST),
        "/healthz" | "/readyz" | "/favicon.svg" => matches!(*method, Method::GET | Method::HEAD),
        _ => path.starts_with("/pkg/") && matches!(*method, Method::GET | Method::HEAD),
    }
}

/// Whether the path answers programs rather than people.
fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// Puts the actor into the request, or refuses it.
pub async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if is_open(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let actor = match state.auth.actor(request.headers()).await.and_then(|actor| spoken_for(actor, request.headers())) {
        Ok(actor) => actor,
        Err(problem) => return refuse(&request, problem),
    };
    request.extensions_mut().insert(actor);
    next.run(request).await
}

/// The headers with which a gateway says for whom it speaks. Another name is refused but to a token that is trusted to
/// speak for others; a tenant narrows what is seen.
fn spoken_for(actor: Actor, headers: &HeaderMap) -> Result<Actor, Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let actor = match text("x-user-id") {
        Some(user) => actor.speaking_for(user)?,
        None => actor,
    };
    match text("x-tenant-id") {
        None => Ok(actor),
        Some(tenant) => tenant.parse::<TenantId>().map(|tenant| actor.within(tenant)).map_err(|_| Problem::tenant_not_found()),
    }
}

fn refuse(request: &Request, problem: Problem) -> Response {
    let page = problem.code == Code::NotSignedIn && !is_api(request.uri().path()) && *request.method() == Method::GET;
    if page {
        let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
        return Redirect::to(&format!("/sign-in?next={}", encode(wanted))).into_response();
    }
    ApiProblem(problem).into_response()
}

/// The answer to a change that came from another site.
pub fn cross_site(_: ProtectionError) -> Response {
    ApiProblem(Problem::new(Code::CrossSite, "Changes are taken from Pilothouse's own pages and from API clients only.")).into_response()
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(State(state): State<AppState>, Form(form): Form<SignIn>) -> Response {
    let next = if is_local(&form.next) { form.next.as_str() } else { "/" };
    match state.auth.sign_in(&form.user, &form.password).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(next)).into_response(),
        Err(problem) => {
            let why = if problem.code == Code::NotSignedIn { "refused" } else { "later" };
            Redirect::to(&format!("/sign-in?{why}=1&next={}", encode(next))).into_response()
        }
    }
}

async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match state.auth.sign_out(&headers).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response(),
        Err(problem) => ApiProblem(problem).into_response(),
    }
}

/// Whether a place to go to after signing in is one of ours: a path, and not `//host` or `/\host`.
fn is_local(next: &str) -> bool {
    let mut chars = next.chars();
    chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\')) && !next.chars().any(char::is_control)
}

/// Percent-encodes everything but letters, digits and a few marks.
fn encode(text: &str) -> String {
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
    fn nothing_but_signing_in_probes_and_files_is_open() {
        for path in ["/", "/tenants", "/api/v1/tenants", "/api/fn/fleet", "/sign-out", "/pkg", "/healthz/x", "/sign-in/x"] {
            assert!(!is_open(&Method::GET, path), "{path}");
        }
        assert!(is_open(&Method::GET, "/sign-in"));
        assert!(!is_open(&Method::POST, "/healthz"));
        assert!(!is_open(&Method::POST, "/pkg/x.js"));
    }

    #[test]
    fn signing_in_leads_to_pages_of_ours_only() {
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"] {
            assert!(!is_local(elsewhere), "{elsewhere}");
        }
        assert!(is_local("/tenants/acme?sort=name"));
        assert_eq!(encode("/a?b=c&d"), "/a%3Fb%3Dc%26d");
    }
}
