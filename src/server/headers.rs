//! Headers that every answer carries, and the letting go of long answers when the server stops. The content
//! security policy of pages, which needs a nonce, is set where pages are rendered.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};
use tokio::sync::watch;

/// Security headers; pages add their own content security policy, everything else gets one that allows nothing.
pub async fn headers(request: Request, next: Next) -> Response {
    let file = request.uri().path().starts_with("/pkg/") || request.uri().path() == "/favicon.svg";
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if !file {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    answer
}

/// Ends bodies that would go on for ever (event streams) when the server stops, so that stopping need not wait.
pub async fn let_go(State(stopping): State<watch::Receiver<bool>>, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let endless = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !endless {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let stream = futures::StreamExt::take_until(body.into_data_stream(), super::stopped(stopping));
    Response::from_parts(parts, axum::body::Body::from_stream(stream))
}
