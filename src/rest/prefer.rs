//! Answers to changes: 202 with the operation, or, with `Prefer: wait=N`, the release once it is done within N
//! seconds. An operation that ended without success is answered as the operation, which says why.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION, request::Parts};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ObjectBuilder, Ref, RefOr, ResponseBuilder, Type,
        content::ContentBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Schema,
    },
};

use super::{body::Caller, problem::ApiProblem};
use crate::domain::operation::{Operation, OperationStatus};

/// The longest that an answer is held back.
const MOST: u64 = 600;

/// How long an answer may be held back (RFC 7240).
#[derive(Clone, Copy)]
pub struct Prefer(Option<Duration>);

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(wait(&parts.headers)))
    }
}

impl Prefer {
    /// How long.
    pub fn span(self) -> Option<Duration> {
        self.0
    }
}

/// Answers a change with what became of it.
pub async fn answer(caller: &Caller, Prefer(span): Prefer, operation: Operation) -> Result<Response, ApiProblem> {
    let Caller { actor, manager } = caller;
    let operation = match span {
        Some(span) => manager.settled_within(actor, operation.id, span).await?,
        None => operation,
    };
    if operation.status == OperationStatus::Succeeded
        && span.is_some()
        && let Ok(release) = manager.release(actor, operation.release_id).await
    {
        return Ok((StatusCode::OK, Json(release)).into_response());
    }
    let link = format!("/api/v1/operations/{}", operation.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, link)], Json(operation)).into_response())
}

/// Reads `Prefer: wait=N`.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("prefer").iter().filter_map(|header| header.to_str().ok());
    let seconds = preferences.flat_map(|header| header.split([',', ';'])).find_map(|part| part.trim().strip_prefix("wait="))?;
    Some(Duration::from_secs(seconds.trim().parse::<u64>().ok()?.min(MOST)))
}

impl IntoParams for Prefer {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        // Without a pattern: a preference that is not understood is passed over, not refused (RFC 7240, section 2).
        let schema: Schema = ObjectBuilder::new().schema_type(Type::String).examples(["wait=30"]).build().into();
        let text = "`wait=N`: hold the answer back until the operation has ended, for at most N seconds.";
        let header = ParameterBuilder::new().name("Prefer").parameter_in(ParameterIn::Header).description(Some(text));
        vec![header.schema(Some(schema)).build()]
    }
}

/// What a change may be answered with, for the API's document.
pub struct Changed;

impl IntoResponses for Changed {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let answer = |text: &str, name: &str| {
            let schema: RefOr<Schema> = Ref::from_schema_name(name).into();
            let content = ContentBuilder::new().schema(Some(schema)).build();
            RefOr::T(ResponseBuilder::new().description(text).content("application/json", content).build())
        };
        BTreeMap::from([
            ("200".to_owned(), answer("With `Prefer: wait=N`: the release, once it was done within that time.", "Release")),
            ("202".to_owned(), answer("The operation, which carries the change out or has ended without success.", "Operation")),
        ])
    }
}
