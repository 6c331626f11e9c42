//! Problems as HTTP answers (RFC 9457). Invents no texts.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Ref, RefOr, ResponseBuilder, content::ContentBuilder, schema::Schema},
};

use crate::domain::{
    ids::OperationId,
    problem::{Code, Problem},
};

/// After how many seconds to ask again for a look that there was no room for.
const LOOK_AGAIN: &str = "5";

/// A problem on its way out.
#[derive(Debug)]
pub struct ApiProblem(pub Problem);

/// A problem as it is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:pilothouse:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The short, constant name of the problem.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong and what to do next.
    detail: String,
    /// The stable word for it.
    code: Code,
    /// The operation that stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<OperationLink>,
}

/// An operation and where to read it.
#[derive(Serialize, ToSchema)]
pub struct OperationLink {
    id: OperationId,
    link: String,
}

impl From<Problem> for ApiProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Problem { code, detail, operation } = self.0;
        let operation = operation.map(|id| OperationLink { id, link: format!("/api/v1/operations/{id}") });
        let kind = format!("urn:pilothouse:problem:{code}");
        let body = ProblemBody { kind, title: code.title(), status: code.status(), detail, code, operation };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if code == Code::TooManyLooks {
            answer.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static(LOOK_AGAIN));
        }
        if code == Code::NotSignedIn {
            answer.headers_mut().insert(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

/// The problems that any request may be answered with, for the API's document.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let problem = |text: &str| {
            let schema: RefOr<Schema> = Ref::from_schema_name("Problem").into();
            let content = ContentBuilder::new().schema(Some(schema)).build();
            RefOr::T(ResponseBuilder::new().description(text).content("application/problem+json", content).build())
        };
        [
            ("400", "The request could not be read."),
            ("401", "Nobody is signed in."),
            ("403", "The role does not allow it."),
            ("404", "There is no such thing, or none that the caller may know of."),
            ("409", "The present state stands in the way."),
            ("412", "It has changed since it was looked at."),
            ("413", "Too large."),
            ("422", "Understood, and not acceptable."),
            ("429", "Too many at a time."),
            ("502", "A chart source did not answer."),
            ("503", "The database or the cluster did not answer, or a revision is too large to be shown in time."),
        ]
        .into_iter()
        .map(|(status, text)| (status.to_owned(), problem(text)))
        .collect()
    }
}
