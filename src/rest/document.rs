//! The API's document: OpenAPI 3.1 as the handlers describe themselves, as JSON and as a page to read. Describes
//! nothing itself but what holds for all of them.

use std::fmt::Write;

use axum::{
    Json, Router,
    response::{Html, IntoResponse},
    routing::get,
};
use http::header::CONTENT_SECURITY_POLICY;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Document, RefOr, Schema,
        path::{Operation, ParameterIn, PathItem},
        schema::AdditionalProperties,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    audit::Format,
    problem::{OperationLink, ProblemBody},
    releases::Values,
};
use crate::domain::{
    actor::Door,
    audit::AuditSort,
    hold::HoldAct,
    operation::{Operation as OperationSchema, OperationEvent},
    release::Release,
    revision::BodyPart,
    webhook::notice::NoticeBody,
};

/// What holds for the whole API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pilothouse",
        description = "Helm releases of many tenants: look at them, change them, know who did. Every change is an operation that \
                       outlives the request; every error is a problem (RFC 9457) with a stable `code`."
    ),
    tags(
        (name = "Releases", description = "Helm releases and their states"),
        (name = "Revisions", description = "Everything that a release has been"),
        (name = "Live", description = "What runs in the cluster right now"),
        (name = "Changes", description = "Install, upgrade, roll back, uninstall"),
        (name = "Previews", description = "What a change will do, seen before it is done"),
        (name = "Batches", description = "One change over many releases, in waves"),
        (name = "Webhooks", description = "Who else is told of batches"),
        (name = "Operations", description = "Changes under way and done"),
        (name = "Tenants", description = "Who the releases belong to"),
        (name = "Charts", description = "What chart sources offer"),
        (name = "People", description = "Users, sessions and API tokens"),
        (name = "Audit", description = "Who did what, and why"),
    ),
    components(schemas(
        HoldAct, ProblemBody, OperationLink, Release, OperationSchema, OperationEvent, Values, BodyPart, Format, AuditSort, Door,
        NoticeBody
    )),
    security(("token" = []))
)]
struct Frame;

/// The document before any route has joined it.
pub fn frame() -> Document {
    let mut document = Frame::openapi();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token.")).build();
    document.components.get_or_insert_default().add_security_scheme("token", SecurityScheme::Http(bearer));
    document
}

/// Says that nothing may stand beside the number of a batch's threshold: serde takes a variant with a value only alone,
/// and utoipa does not say so.
pub fn close_thresholds(document: &mut Document) {
    let threshold = document.components.as_mut().and_then(|parts| parts.schemas.get_mut("Threshold"));
    let Some(RefOr::T(Schema::OneOf(threshold))) = threshold else { unreachable!("the document describes thresholds") };
    for variant in &mut threshold.items {
        if let RefOr::T(Schema::Object(variant)) = variant
            && !variant.properties.is_empty()
        {
            variant.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// The routes that show it.
pub fn routes<S: Clone + Send + Sync + 'static>(document: Document) -> Router<S> {
    let page = page(&document);
    Router::new()
        .route("/api/openapi.json", get(move || async move { Json(document) }))
        .route("/api/reference", get(move || async move { ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response() }))
}

/// The page needs our stylesheet and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document for people: one page, no script.
fn page(document: &Document) -> String {
    let mut out = String::from(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>API – Pilothouse</title><link rel=stylesheet href=/pkg/pilothouse.css></head><body><main class=reference>\
         <nav><a href=/>Pilothouse</a> <a href=/api/openapi.json>OpenAPI document</a></nav><h1>API</h1>",
    );
    let mut say = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = out.write_fmt(text);
    };
    say(format_args!("<p>{}</p>", prose(document.info.description.as_deref().unwrap_or_default())));
    say(format_args!("<p>Every request carries <code>Authorization: Bearer &lt;token&gt;</code>.</p>"));
    for tag in document.tags.iter().flatten() {
        let mut rows =
            document.paths.paths.iter().flat_map(|(path, item)| verbs(item).map(move |(verb, operation)| (path, verb, operation)));
        let of_tag: Vec<_> =
            rows.by_ref().filter(|(_, _, operation)| operation.tags.iter().flatten().any(|name| *name == tag.name)).collect();
        if of_tag.is_empty() {
            continue;
        }
        say(format_args!("<h2>{}</h2><p>{}</p><dl>", escape(&tag.name), prose(tag.description.as_deref().unwrap_or_default())));
        for (path, verb, operation) in of_tag {
            say(format_args!("<dt><code>{verb} {}</code></dt><dd><p>", escape(path)));
            say(format_args!("{}", prose(operation.summary.as_deref().unwrap_or_default())));
            if let Some(text) = &operation.description {
                say(format_args!(". {}", prose(text)));
            }
            say(format_args!("</p>"));
            let given: Vec<String> = operation
                .parameters
                .iter()
                .flatten()
                .filter_map(|given| match given {
                    RefOr::T(one) => Some(one),
                    RefOr::Ref(_) => None,
                })
                .map(|one| {
                    let place = match one.parameter_in {
                        ParameterIn::Query | ParameterIn::QueryString => "query",
                        ParameterIn::Path => "path",
                        ParameterIn::Header => "header",
                        ParameterIn::Cookie => "cookie",
                    };
                    let text = one.description.as_deref().map(|text| format!(": {}", prose(text))).unwrap_or_default();
                    format!("<li><code>{}</code> ({place}){text}</li>", escape(&one.name))
                })
                .collect();
            if !given.is_empty() {
                say(format_args!("<ul>{}</ul>", given.concat()));
            }
            let answers: Vec<&String> = operation.responses.responses.keys().filter(|status| status.starts_with('2')).collect();
            say(format_args!(
                "<p class=muted>Answers {}</p></dd>",
                answers.iter().map(|status| escape(status)).collect::<Vec<_>>().join(", ")
            ));
        }
        say(format_args!("</dl>"));
    }
    out.push_str("</main></body></html>");
    out
}

fn verbs(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(verb, operation)| Some((verb, operation.as_ref()?)))
}

/// A description: what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = escape(text);
    let closed = parts.matches('`').count() / 2 * 2;
    let mut parts = parts.splitn(closed + 1, '`').enumerate();
    parts.by_ref().fold(String::new(), |out, (at, part)| if at % 2 == 1 { format!("{out}<code>{part}</code>") } else { out + part })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
