//! The API's document: OpenAPI 3.1 as the handlers describe themselves, as JSON and as a page to read, which is
//! [`reference`]'s to write. Describes nothing itself but what holds for all of them.

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
        schema::AdditionalProperties,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    audit::Format,
    problem::{OperationLink, ProblemBody},
    reference,
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

/// Says that nothing may stand beside the number of a batch's threshold, nor beside what belongs to its aim: only so are they
/// taken, and utoipa does not say so.
pub fn close_variants(document: &mut Document) {
    for name in ["Threshold", "Aim"] {
        let schema = document.components.as_mut().and_then(|parts| parts.schemas.get_mut(name));
        let Some(RefOr::T(Schema::OneOf(schema))) = schema else { unreachable!("the document describes {name}") };
        close(&mut schema.items);
    }
}

fn close(variants: &mut [RefOr<Schema>]) {
    for variant in variants {
        if let RefOr::T(Schema::Object(variant)) = variant
            && !variant.properties.is_empty()
        {
            variant.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// The routes that show it.
pub fn routes<S: Clone + Send + Sync + 'static>(document: Document) -> Router<S> {
    let page = reference::page(&document);
    Router::new()
        .route("/api/openapi.json", get(move || async move { Json(document) }))
        .route("/api/reference", get(move || async move { ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response() }))
}

/// The page needs our stylesheet and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
