//! The guard in front of every route: nobody gets through without an actor, except to what [`is_open`] names.
//! Does not decide what a role may do: the manager asks the actor. Signing in and out is beside it.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::Method;
use tower_http::csrf::ProtectionError;

use super::{AppState, sign_in::encode};
use crate::{
    auth::oidc::Settings,
    domain::problem::{Code, Problem},
    rest::problem::ApiProblem,
};

/// What anybody may reach: signing in, the site's own files, and the probes.
fn is_open(method: &Method, path: &str) -> bool {
    match path {
        "/sign-in" => matches!(*method, Method::GET | Method::HEAD | Method::POST),
        "/sign-in/oidc" | Settings::CALLBACK => *method == Method::GET,
        "/healthz" | "/readyz" | "/favicon.svg" => matches!(*method, Method::GET | Method::HEAD),
        _ => path.starts_with("/pkg/") && matches!(*method, Method::GET | Method::HEAD),
    }
}

/// Whether the path answers programs rather than people.
fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// Whether a request shows that somebody is there. What an open page asks for by itself, for as long as it is open,
/// does not: of a page's own questions only the one by which it says that somebody moves about.
fn is_use(path: &str) -> bool {
    let by_itself = path.ends_with("/log/follow")
        || path.starts_with("/api/fn/")
        || path == "/api/v1/live"
        || (path.starts_with("/api/v1/operations/") && path.ends_with("/events"));
    !by_itself || path == "/api/fn/here"
}

/// Puts the actor into the request, or refuses it.
pub async fn guard(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if is_open(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let origin = state.auth.origin(request.headers(), request.extensions());
    let actor = match state.auth.actor(origin, is_use(request.uri().path())).await {
        Ok(actor) => actor,
        Err(problem) => return refuse(&request, problem),
    };
    request.extensions_mut().insert(actor);
    next.run(request).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_signing_in_probes_and_files_is_open() {
        for path in
            ["/", "/tenants", "/api/v1/tenants", "/api/fn/fleet", "/sign-out", "/pkg", "/healthz/x", "/sign-in/x", "/sign-in/oidc/x"]
        {
            assert!(!is_open(&Method::GET, path), "{path}");
        }
        assert!(is_open(&Method::GET, "/sign-in"));
        assert!(is_open(&Method::GET, "/sign-in/oidc/callback"));
        assert!(!is_open(&Method::POST, "/sign-in/oidc/callback"));
        assert!(!is_open(&Method::POST, "/healthz"));
        assert!(!is_open(&Method::POST, "/pkg/x.js"));
    }

    #[test]
    fn what_an_open_page_asks_for_by_itself_is_no_use() {
        for path in
            ["/api/fn/frame", "/api/fn/fleet", "/api/v1/live", "/api/v1/operations/x/events", "/api/v1/helm/releases/x/pods/y/log/follow"]
        {
            assert!(!is_use(path), "{path}");
        }
        for path in ["/", "/api/fn/here", "/api/v1/operations/x", "/tenants/acme/releases/a/events"] {
            assert!(is_use(path), "{path}");
        }
    }
}
