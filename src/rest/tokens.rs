//! API tokens. One is in an answer only when it is made.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Caller, Once, OnceKey, id},
    problem::{ApiProblem, Problems},
};
use crate::{
    auth::{Auth, TokenWish},
    domain::{
        actor::Role,
        ids::{TenantId, TokenId},
        names::TokenName,
        people::{ApiToken, Issued},
        problem::Problem,
        whole::whole,
    },
};

/// Whose tokens.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Everybody's tokens rather than one's own; for admins.
    all: Option<bool>,
}

/// API tokens
#[utoipa::path(get, path = "/", tag = "People", params(ListQuery), responses((status = 200, body = Vec<ApiToken>), Problems))]
pub async fn list(
    Caller { actor, .. }: Caller,
    State(auth): State<Auth>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Vec<ApiToken>>, ApiProblem> {
    Ok(Json(auth.tokens(&actor, query.all.unwrap_or(false)).await?))
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    #[schema(min_length = 1, max_length = 64, pattern = "^[^\\s\\x00-\\x1f\\x7f-\\x9f]+$")]
    name: String,
    /// The most that it may: no more than its maker.
    role: Role,
    /// The tenants that it is restricted to; none restricts it no further than its maker.
    #[serde(default)]
    tenants: Vec<TenantId>,
    /// In how many seconds it ends; 90 days by default.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 31622400)]
    expires_in_seconds: Option<u32>,
    /// Whether it is trusted to name in X-User-ID for whom it speaks; for admins to say.
    #[serde(default)]
    speaks_for_others: bool,
}

/// A token that was made, shown this once.
#[derive(Serialize, ToSchema)]
pub struct Made {
    id: TokenId,
    /// Null in the answer to a request that was sent again.
    token: Option<String>,
}

/// Make an API token
///
/// The answer is the only time that it is shown.
#[utoipa::path(post, path = "/", tag = "People", request_body = NewToken, params(OnceKey), responses((status = 201, body = Made), Problems))]
pub async fn make(caller: Caller, State(auth): State<Auth>, once: Once<NewToken>) -> Result<(StatusCode, Json<Made>), ApiProblem> {
    if let Some(id) = once.made(&caller).await? {
        return Ok((StatusCode::CREATED, Json(Made { id, token: None })));
    }
    let asked = &once.body;
    let wish = TokenWish {
        name: asked.name.parse::<TokenName>()?,
        role: asked.role,
        tenants: asked.tenants.clone(),
        life: asked.expires_in_seconds.map(i64::from),
        speaks: asked.speaks_for_others,
        owner: None,
    };
    let (made, Issued(token)) = auth.make_token(&caller.actor, wish).await?;
    once.keep(&caller, made.id).await;
    Ok((StatusCode::CREATED, Json(Made { id: made.id, token: Some(token) })))
}

/// Revoke an API token
#[utoipa::path(delete, path = "/{token}", tag = "People", params(("token" = String, Path, format = Uuid)),
    responses((status = 204), Problems))]
pub async fn revoke(Caller { actor, .. }: Caller, State(auth): State<Auth>, Path(token): Path<String>) -> Result<StatusCode, ApiProblem> {
    auth.revoke_token(&actor, id(&token, Problem::token_not_found)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
