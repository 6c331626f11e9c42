//! The site's own files (wasm, script, style sheet), embedded in the binary; in a debug build they are read from
//! where `cargo xtask build` put them. Serves nothing else.

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};

use super::AppState;

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site/"]
#[allow_missing = true]
struct Site;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/pkg/{*file}", get(|Path(file): Path<String>, headers: HeaderMap| async move { serve(&format!("pkg/{file}"), &headers) }))
        .route("/favicon.svg", get(|headers: HeaderMap| async move { serve("favicon.svg", &headers) }))
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    let zipped = headers.get(header::ACCEPT_ENCODING).and_then(|text| text.to_str().ok()).is_some_and(|text| text.contains("gzip"));
    let small = if zipped { Site::get(&format!("{path}.gz")) } else { None };
    let encoded = small.is_some();
    let Some(file) = small.or_else(|| Site::get(path)) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = format!("\"{}\"", file.metadata.sha256_hash().iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>());
    let mut answer = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_owned().into_response()
    };
    let kind = match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let out = answer.headers_mut();
    out.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    // The names carry no version, so that browsers ask each time, and are told that nothing changed.
    out.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-cache"));
    out.insert(header::VARY, http::HeaderValue::from_static("accept-encoding"));
    if encoded {
        out.insert(header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
    }
    if let Ok(tag) = tag.parse() {
        out.insert(header::ETAG, tag);
    }
    answer
}
