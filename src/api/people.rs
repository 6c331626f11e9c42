//! People, for their pages: one's own account, and for admins everybody's.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    ids::TenantId,
    page::Page,
    people::{ApiToken, User},
};

/// The slugs of tenants, as far as who looks reaches.
pub type Slugs = BTreeMap<TenantId, String>;

/// The page of one's own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLook {
    /// The account.
    pub user: User,
    /// Its tokens.
    pub tokens: Vec<ApiToken>,
    /// The slugs of tenants.
    pub slugs: Slugs,
}

/// The page of all accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersLook {
    /// A page of them.
    pub users: Page<User>,
    /// The slugs of tenants.
    pub slugs: Slugs,
}

/// The page of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLook {
    /// The account.
    pub user: User,
    /// The slugs of tenants.
    pub slugs: Slugs,
}

/// The page of all tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensLook {
    /// They.
    pub tokens: Vec<ApiToken>,
    /// The slugs of tenants.
    pub slugs: Slugs,
}

/// The page of one's own account.
#[server(prefix = "/api/fn", endpoint = "account", input = GetUrl)]
pub async fn see_account() -> Result<AccountLook, ApiError> {
    use super::context::{actor, auth, refuse};
    let actor = actor().await?;
    let auth = auth()?;
    let user = auth.own_account(&actor).await.map_err(refuse)?;
    let tokens = auth.tokens(&actor, false).await.map_err(refuse)?;
    Ok(AccountLook { user, tokens, slugs: slugs(&actor).await? })
}

/// The page of all accounts.
#[server(prefix = "/api/fn", endpoint = "users", input = GetUrl)]
pub async fn see_users(page: u32) -> Result<UsersLook, ApiError> {
    use super::context::{actor, auth, refuse};
    use crate::domain::page::Paging;
    let actor = actor().await?;
    let users = auth()?.users(&actor, Paging::new(page, 100)).await.map_err(refuse)?;
    Ok(UsersLook { users, slugs: slugs(&actor).await? })
}

/// The page of one account.
#[server(prefix = "/api/fn", endpoint = "user", input = GetUrl)]
pub async fn see_user(id: String) -> Result<UserLook, ApiError> {
    use super::context::{actor, auth, refuse};
    use crate::domain::{actor::Act, problem::Problem};
    let actor = actor().await?;
    actor.demand(Act::ManagePeople).map_err(refuse)?;
    let id = id.parse().map_err(|_| refuse(Problem::user_not_found()))?;
    let user = auth()?.user(&actor, id).await.map_err(refuse)?;
    Ok(UserLook { user, slugs: slugs(&actor).await? })
}

/// The page of all tokens.
#[server(prefix = "/api/fn", endpoint = "tokens", input = GetUrl)]
pub async fn see_tokens() -> Result<TokensLook, ApiError> {
    use super::context::{actor, auth, refuse};
    let actor = actor().await?;
    let tokens = auth()?.tokens(&actor, true).await.map_err(refuse)?;
    Ok(TokensLook { tokens, slugs: slugs(&actor).await? })
}

#[cfg(feature = "ssr")]
async fn slugs(actor: &crate::domain::actor::Actor) -> Result<Slugs, ApiError> {
    use super::context::{manager, refuse};
    let tenants = manager()?.tenants(actor, true).await.map_err(refuse)?;
    Ok(tenants.into_iter().map(|row| (row.tenant.id, row.tenant.slug.to_string())).collect())
}
