//! Reading requests: who asks, JSON bodies, queries, path ids and conditions, each with a problem of ours where they
//! cannot be read. Decides nothing.

use std::{
    fmt::{self, Display},
    marker::PhantomData,
    str::FromStr,
};

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{FromRef, FromRequest, FromRequestParts, OptionalFromRequest, Query, Request, rejection::JsonRejection},
};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH},
    request::Parts,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};

use super::problem::ApiProblem;
use crate::{
    domain::{
        actor::Actor,
        page::Paging,
        problem::{Code, Problem},
    },
    manager::{ReleaseManager, Repeat},
};

/// Who asks, and whom every handler asks in turn.
pub struct Caller {
    /// Whom the guard found.
    pub actor: Actor,
    /// The one door to change, and the looks.
    pub manager: ReleaseManager,
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    ReleaseManager: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        // The guard puts an actor into every request that it lets through; without one nobody is let through here.
        match Extension::<Actor>::from_request_parts(parts, state).await {
            Ok(Extension(actor)) => Ok(Self { actor, manager: ReleaseManager::from_ref(state) }),
            Err(_) => Err(Problem::not_signed_in().into()),
        }
    }
}

/// A JSON body. As an `Option`, one that may be left out.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        let Object(value) = json(request, state).await?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiProblem> {
        let headers = request.headers();
        let empty = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0") && !headers.contains_key(CONTENT_TYPE);
        if empty {
            return Ok(None);
        }
        // `null` is no body either.
        let given: Option<Object<T>> = json(request, state).await?;
        Ok(given.map(|Object(value)| Body(value)))
    }
}

async fn json<S: Send + Sync, T: DeserializeOwned>(request: Request, state: &S) -> Result<T, Problem> {
    match <Json<T> as FromRequest<S>>::from_request(request, state).await {
        Ok(Json(value)) => Ok(value),
        Err(rejection) => Err(unreadable(&rejection)),
    }
}

/// A JSON object. Serde by itself reads a list as a struct, too, field by field: `[]` would be a body in which nothing
/// is said.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// The JSON body of a request that makes something: sent again with the same `Idempotency-Key`, it makes nothing more.
pub struct Once<T> {
    /// What is asked for.
    pub body: T,
    once: OnceKey,
    /// The route with the body, to tell whether it is the same request.
    request: Vec<u8>,
}

impl<T> Once<T> {
    /// What tells that it is the same request again, where the manager keeps that together with what it makes.
    pub fn repeat(&self) -> Repeat<'_> {
        Repeat { key: self.once.key.as_deref(), request: &self.request }
    }

    /// The id of what the same request made earlier.
    pub async fn made<I: FromStr>(&self, caller: &Caller) -> Result<Option<I>, Problem> {
        let made = caller.manager.made_earlier(&caller.actor, self.once.key.as_deref(), &self.request).await?;
        made.map(|id| id.parse().map_err(|_| Problem::internal())).transpose()
    }

    /// Keeps what the request made.
    pub async fn keep(&self, caller: &Caller, made: impl Display) {
        caller.manager.keep_made(&caller.actor, self.once.key.as_deref(), &self.request, &made.to_string()).await;
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Once<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiProblem> {
        let (parts, body) = request.into_parts();
        let once = OnceKey::of(&parts.headers);
        let mut request = format!("{} {}\n", parts.method, parts.uri.path()).into_bytes();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await.map_err(|rejection| {
            let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            if too_large { too_large_body() } else { Problem::new(Code::InvalidRequest, "The body could not be read to its end.") }
        })?;
        request.extend_from_slice(&body);
        let Body(body) = <Body<T> as FromRequest<S>>::from_request(Request::from_parts(parts, body.into()), state).await?;
        Ok(Self { body, once, request })
    }
}

fn too_large_body() -> Problem {
    Problem::new(Code::PayloadTooLarge, "The request body has more than 4 MiB. Values have to fit into 1 MiB.")
}

fn unreadable(rejection: &JsonRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large_body();
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
    text.chars().filter(|c| !c.is_control()).take(500).collect()
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

/// What a change may carry in headers beside its body.
pub struct Conditions {
    /// Whether it is sent again.
    pub once: OnceKey,
    /// What it starts from.
    pub if_match: IfMatch,
}

/// `Idempotency-Key`. As it came; whether it can be used is the manager's to say.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct OnceKey {
    /// However often the same request is sent with the same key, it is one operation, or makes one thing, for a week at
    /// least. What is shown once is not shown again.
    #[param(rename = "Idempotency-Key", pattern = "^[!-~]{1,200}$")]
    pub key: Option<String>,
}

/// `If-Match`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatch {
    /// The ETag of the release as it was looked at, such as `"7"`; refused with 412 where it has moved on.
    #[param(rename = "If-Match", value_type = Option<String>, pattern = "^\"[0-9]{1,9}\"$")]
    pub number: Option<u32>,
}

impl IntoParams for Conditions {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [OnceKey::into_params(&place), IfMatch::into_params(&place)].concat()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        Ok(Self { once: OnceKey::of(&parts.headers), if_match: IfMatch { number: if_match(&parts.headers)? } })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OnceKey {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiProblem> {
        Ok(Self::of(&parts.headers))
    }
}

impl OnceKey {
    fn of(headers: &HeaderMap) -> Self {
        Self { key: headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned()) }
    }
}

fn if_match(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(given) = headers.get(IF_MATCH) else { return Ok(None) };
    let tag = given.to_str().unwrap_or_default();
    if tag == "*" {
        return Ok(None);
    }
    let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
    // A tag that is none of ours cannot be that of the present state.
    number
        .map(Some)
        .ok_or_else(|| Problem::new(Code::PreconditionFailed, "If-Match holds no ETag of ours. Read it again, then repeat the change."))
}

/// An answer with an `ETag` of that number.
pub fn tagged<T>(number: u32, body: T) -> ([(http::HeaderName, String); 1], Json<T>) {
    ([(http::header::ETAG, format!("\"{number}\""))], Json(body))
}

/// A page of a list as a query asks for it; out of bounds is refused and not cut, so that nobody takes a part for the
/// whole.
pub fn paging(page: Option<u32>, size: Option<u32>) -> Result<Paging, Problem> {
    let wanted = Paging { page: page.unwrap_or(0), size: size.unwrap_or(Paging::default().size) };
    if wanted.page > LAST_PAGE || !(1..=500).contains(&wanted.size) {
        return Err(Problem::new(Code::InvalidRequest, format!("page is 0 to {LAST_PAGE} and size 1 to 500.")));
    }
    Ok(wanted)
}

/// No list is longer.
const LAST_PAGE: u32 = 1_000_000;
