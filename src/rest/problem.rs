//! Problems as HTTP answers (RFC 9457). Invents no texts.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::json;

use crate::domain::problem::{Code, Problem};

/// A problem on its way out.
#[derive(Debug)]
pub struct ApiProblem(pub Problem);

impl From<Problem> for ApiProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Problem { code, detail, operation } = self.0;
        let mut body = json!({
            "type": format!("urn:pilothouse:problem:{code}"),
            "title": code.title(),
            "status": code.status(),
            "detail": detail,
            "code": code,
        });
        if let Some(operation) = operation {
            body["operation"] = json!({ "id": operation, "link": format!("/api/v1/operations/{operation}") });
        }
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
        if code == Code::NotSignedIn {
            answer.headers_mut().insert(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
        }
        answer
    }
}
