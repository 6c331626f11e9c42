//! Accounts: who one is, and an admin's acts on them. A password is in an answer only when it was made up.

use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Body, Caller, Conditions, Once, OnceKey, id, paging, tagged},
    problem::{ApiProblem, Problems},
};
use crate::{
    auth::{Auth, NewAccount, Password},
    domain::{
        actor::{Act, Reach, Role},
        ids::{TenantId, UserId},
        names::UserName,
        page::Page,
        people::{Issued, Standing, User},
        problem::{Code, Problem},
    },
};

/// Who asks, and how far they reach.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    name: String,
    /// The account, where one is behind the request.
    user_id: Option<UserId>,
    role: Role,
    /// The tenants that are reached; null where all of them are.
    tenants: Option<Vec<TenantId>>,
    /// The API token or the gateway through which the request came.
    via: Option<String>,
}

/// Who one is
#[utoipa::path(get, path = "/api/v1/me", tag = "People", responses((status = 200, body = Me), Problems))]
pub async fn me(Caller { actor, .. }: Caller) -> Result<Json<Me>, ApiProblem> {
    let tenants = match actor.reach() {
        Reach::All => None,
        Reach::Tenants(tenants) => Some(tenants.clone()),
    };
    let via = actor.via().map(str::to_owned);
    Ok(Json(Me { name: actor.name().to_owned(), user_id: actor.account(), role: actor.role(), tenants, via }))
}

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From 0.
    #[param(minimum = 0, maximum = 1000000)]
    page: Option<u32>,
    /// 50 by default.
    #[param(minimum = 1, maximum = 500)]
    size: Option<u32>,
}

/// All accounts, by name
#[utoipa::path(get, path = "/", tag = "People", params(ListQuery), responses((status = 200, body = Page<User>), Problems))]
pub async fn list(
    Caller { actor, .. }: Caller,
    State(auth): State<Auth>,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Page<User>>, ApiProblem> {
    Ok(Json(auth.users(&actor, paging(query.page, query.size)?).await?))
}

/// An account
///
/// Its `ETag` is good for the `If-Match` of a change.
#[utoipa::path(get, path = "/{user}", tag = "People", params(("user" = String, Path, format = Uuid)),
    responses((status = 200, body = User, headers(("ETag" = String, description = "Counts its changes."))), Problems))]
pub async fn one(
    Caller { actor, .. }: Caller,
    State(auth): State<Auth>,
    Path(user): Path<String>,
) -> Result<impl axum::response::IntoResponse + use<>, ApiProblem> {
    let user = auth.user(&actor, id(&user, Problem::user_not_found)?).await?;
    Ok(tagged(user.version, user))
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9][A-Za-z0-9._@+|:-]*$")]
    name: String,
    role: Role,
    /// A viewer's tenants.
    #[serde(default)]
    tenants: Vec<TenantId>,
    /// Left out, one is made up and told in the answer.
    #[schema(min_length = 12, max_length = 1024)]
    password: Option<String>,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
pub struct MadeUser {
    #[serde(flatten)]
    user: User,
    /// The password, where it was made up; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// Make an account
#[utoipa::path(post, path = "/", tag = "People", request_body = NewUser, params(OnceKey), responses((status = 201, body = MadeUser), Problems))]
pub async fn add(caller: Caller, State(auth): State<Auth>, once: Once<NewUser>) -> Result<(StatusCode, Json<MadeUser>), ApiProblem> {
    let actor = &caller.actor;
    actor.demand(Act::ManagePeople)?;
    let (user, told) = match once.made(&caller).await? {
        Some(made) => (auth.user(actor, made).await?, None),
        None => {
            let NewUser { name, role, tenants, password } = &once.body;
            let standing = Standing { role: *role, tenants: tenants.clone(), disabled: false };
            let new = NewAccount { name: name.parse::<UserName>()?, standing, password: wanted(password.clone()) };
            let made = auth.add_user(actor, new).await?;
            once.keep(&caller, made.0.id).await;
            made
        }
    };
    Ok((StatusCode::CREATED, Json(MadeUser { user, password: told.map(|Issued(text)| text) })))
}

/// What is to change of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    role: Option<Role>,
    tenants: Option<Vec<TenantId>>,
    disabled: Option<bool>,
}

/// Change what an account may, or disable it
///
/// Disabling it ends its sessions and revokes its tokens. A role other than viewer takes the tenants away.
#[utoipa::path(patch, path = "/{user}", tag = "People",
    params(("user" = String, Path, format = Uuid),
        ("If-Match" = Option<String>, Header, description = "The ETag of the account as it was looked at; refused with 412 where it has changed.",
            pattern = "^\"[0-9]{1,9}\"$")),
    request_body = Change, responses((status = 200, body = User), Problems))]
pub async fn change(
    Caller { actor, .. }: Caller,
    State(auth): State<Auth>,
    Path(user): Path<String>,
    conditions: Conditions,
    Body(asked): Body<Change>,
) -> Result<impl axum::response::IntoResponse + use<>, ApiProblem> {
    let now = auth.user(&actor, id(&user, Problem::user_not_found)?).await?;
    let role = asked.role.unwrap_or(now.role);
    let tenants = asked.tenants.unwrap_or_else(|| if role == Role::Viewer { now.tenants.clone() } else { vec![] });
    let to = Standing { role, tenants, disabled: asked.disabled.unwrap_or(now.disabled) };
    let changed = auth.change_user(&actor, now.id, Some(conditions.if_match.number.unwrap_or(now.version)), to).await;
    let user = changed.map_err(|problem| match (problem.code, conditions.if_match.number) {
        (Code::UserMoved, Some(_)) => Problem { code: Code::PreconditionFailed, ..problem },
        _ => problem,
    })?;
    Ok(tagged(user.version, user))
}

/// A password to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// Left out, one is made up and told in the answer.
    #[schema(min_length = 12, max_length = 1024)]
    password: Option<String>,
}

/// A password that was set.
#[derive(Serialize, ToSchema)]
pub struct SetPassword {
    /// The password, where it was made up; shown this once.
    password: Option<String>,
}

/// Set the password of an account
///
/// Its sessions end.
#[utoipa::path(post, path = "/{user}/password", tag = "People", params(("user" = String, Path, format = Uuid)),
    request_body = Option<NewPassword>, responses((status = 200, body = SetPassword), Problems))]
pub async fn password(
    Caller { actor, .. }: Caller,
    State(auth): State<Auth>,
    Path(user): Path<String>,
    body: Option<Body<NewPassword>>,
) -> Result<Json<SetPassword>, ApiProblem> {
    let password = wanted(body.and_then(|Body(asked)| asked.password));
    let told = auth.reset_password(&actor, id(&user, Problem::user_not_found)?, &password).await?;
    Ok(Json(SetPassword { password: told.map(|Issued(text)| text) }))
}

/// End all sessions of an account
#[utoipa::path(post, path = "/{user}/sign-out", tag = "People", params(("user" = String, Path, format = Uuid)),
    responses((status = 204), Problems))]
pub async fn sign_out(Caller { actor, .. }: Caller, State(auth): State<Auth>, Path(user): Path<String>) -> Result<StatusCode, ApiProblem> {
    auth.sign_out_everywhere(&actor, id(&user, Problem::user_not_found)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wanted(password: Option<String>) -> Password {
    password.map_or(Password::MadeUp, Password::Given)
}
