//! Reading requests: JSON bodies, queries and path ids, each with a problem of ours where they cannot be read.

use std::str::FromStr;

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::JsonRejection},
};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use super::problem::ApiProblem;
use crate::domain::problem::{Code, Problem};

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection).into()),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(Code::PayloadTooLarge, "The request body has more than 2 MiB. Values have to fit into 1 MiB.");
    }
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Problem::new(Code::InvalidRequest, "The body has to be JSON, with Content-Type: application/json.")
        }
        // serde's words name fields and places, never values of other people: the body is the caller's own.
        JsonRejection::JsonDataError(error) => {
            Problem::new(Code::InvalidRequest, format!("The body does not fit: {}.", cut(&error.body_text())))
        }
        _ => Problem::new(Code::InvalidRequest, "The body is not JSON that can be read."),
    }
}

fn cut(text: &str) -> String {
    let text = text.strip_prefix("Failed to deserialize the JSON body into the target type: ").unwrap_or(text);
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A query.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(error) => Err(Problem::new(Code::InvalidRequest, format!("The query does not fit: {}.", cut(&error.body_text()))).into()),
        }
    }
}

/// An id from the path; one that cannot be an id answers like one that does not exist.
pub fn id<T: FromStr>(text: &str, missing: fn() -> Problem) -> Result<T, ApiProblem> {
    text.parse().map_err(|_| missing().into())
}
