//! The forms about people: one's own account and, for admins, everybody's. What a form has made and is shown once (a
//! token, a password) is in the answer to that very form; every other leads back to its page.

use std::{collections::BTreeMap, future::Future};

use axum::{
    Router,
    body::Body,
    extract::{FromRef, Request},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use leptos::config::LeptosOptions;

use super::{again, asked::Asked, page_with, read};
use crate::{
    api::{Context, made::Made, refused::Refused},
    auth::{NewAccount, Password, TokenWish},
    domain::{
        actor::{Act, Actor, Role},
        ids::{TenantId, TokenId, UserId},
        people::Standing,
        problem::{Code, Problem},
    },
};

/// The routes of these forms.
pub(super) fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Context: FromRef<S>,
    LeptosOptions: FromRef<S>,
{
    Router::new()
        .route("/account/password", post(own_password))
        .route("/account/sign-out", post(own_sign_out))
        .route("/account/tokens", post(make_token))
        .route("/account/tokens/{id}", post(revoke_own))
        .route("/settings/users", post(add))
        .route("/settings/users/{id}", post(change))
        .route("/settings/users/{id}/password", post(password))
        .route("/settings/users/{id}/sign-out", post(sign_out))
        .route("/settings/tokens/{id}", post(revoke))
}

/// A form about people, and who sent it.
struct Sent {
    actor: Actor,
    context: Context,
    headers: HeaderMap,
    path: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
}

/// What a form leads to.
enum Next {
    /// A page.
    To(String),
    /// Its own page, which shows what was made.
    Show(Made),
}

impl Sent {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }

    fn user(&self) -> Result<UserId, Problem> {
        self.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::user_not_found)
    }

    fn token(&self) -> Result<TokenId, Problem> {
        self.path.get("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::token_not_found)
    }

    fn role(&self) -> Result<Role, Problem> {
        self.field("role").parse()
    }

    /// The tenants that are named, by slugs with spaces or commas between them.
    async fn tenants(&self) -> Result<Vec<TenantId>, Problem> {
        let mut ids = vec![];
        for slug in self.field("tenants").split([',', ' ', '\n', '\r', '\t']).filter(|slug| !slug.is_empty()) {
            let unknown =
                |_| Problem::new(Code::TenantNotFound, format!("There is no tenant “{}”.", slug.chars().take(63).collect::<String>()));
            let found = self.context.manager.tenant(&self.actor, &slug.parse().map_err(unknown)?).await;
            ids.push(found.map_err(|problem| if problem.code == Code::TenantNotFound { unknown(problem) } else { problem })?.id);
        }
        Ok(ids)
    }

    async fn standing(&self) -> Result<Standing, Problem> {
        Ok(Standing { role: self.role()?, tenants: self.tenants().await?, disabled: self.fields.contains_key("disabled") })
    }
}

async fn handle<F>(context: Context, options: LeptosOptions, request: Request, right: Option<Act>, act: impl FnOnce(Sent) -> F) -> Response
where
    F: Future<Output = Result<Next, Problem>>,
{
    let (parts, asked) = read(&context, request).await;
    let (problem, mut fields) = match asked {
        Err(problem) => (problem, BTreeMap::new()),
        Ok(Asked { actor, path, fields, .. }) => {
            let sent = Sent { actor, context: context.clone(), headers: parts.headers.clone(), path, fields: fields.clone() };
            // Rights before contents, as everywhere.
            let done = match right.map_or(Ok(()), |right| sent.actor.demand(right)) {
                Ok(()) => act(sent).await,
                Err(problem) => Err(problem),
            };
            match done {
                Ok(Next::To(page)) => return Redirect::to(&page).into_response(),
                Ok(Next::Show(made)) => return page_with(context, options, Request::from_parts(parts, Body::empty()), made, || ()).await,
                Err(problem) => (problem, fields),
            }
        }
    };
    // A password is never sent back.
    fields.retain(|name, _| !matches!(name.as_str(), "old" | "new" | "again"));
    again(context, options, Request::from_parts(parts, Body::empty()), Refused { problem, fields }).await
}

/// A handler's outer shape; with the right that it takes, where that is not everybody's over their own account.
macro_rules! form {
    ($name:ident, $act:expr) => {
        form!(@ $name, None, $act);
    };
    ($name:ident, $right:ident, $act:expr) => {
        form!(@ $name, Some(Act::$right), $act);
    };
    (@ $name:ident, $right:expr, $act:expr) => {
        async fn $name(
            axum::extract::State(context): axum::extract::State<Context>,
            axum::extract::State(options): axum::extract::State<LeptosOptions>,
            request: Request,
        ) -> Response {
            handle(context, options, request, $right, $act).await
        }
    };
}

form!(own_password, |sent: Sent| async move {
    let password = |name| sent.fields.get(name).map_or("", String::as_str);
    if password("new") != password("again") {
        return Err(Problem::new(Code::InvalidPassword, "The new password was not typed twice the same. Nothing was changed."));
    }
    sent.context.auth.change_password(&sent.actor, &sent.headers, password("old"), password("new")).await?;
    Ok(Next::To("/account?done=password".into()))
});

form!(own_sign_out, |sent: Sent| async move {
    let own = sent.context.auth.own_account(&sent.actor).await?;
    sent.context.auth.sign_out_everywhere(&sent.actor, own.id).await?;
    Ok(Next::To("/sign-in".into()))
});

form!(make_token, |sent: Sent| async move {
    let days: i64 = sent.field("days").parse().map_err(|_| Problem::new(Code::InvalidRequest, "Days has to be a whole number."))?;
    let wish = TokenWish {
        name: sent.field("name").parse()?,
        role: sent.role()?,
        tenants: sent.tenants().await?,
        life: Some(days.saturating_mul(86_400)),
        speaks: sent.fields.contains_key("speaks"),
        owner: None,
    };
    let (token, secret) = sent.context.auth.make_token(&sent.actor, wish).await?;
    Ok(Next::Show(Made { what: format!("the token {}", token.name), secret }))
});

form!(revoke_own, |sent: Sent| async move {
    sent.context.auth.revoke_token(&sent.actor, sent.token()?).await?;
    Ok(Next::To("/account?done=revoked".into()))
});

form!(revoke, ManagePeople, |sent: Sent| async move {
    sent.actor.demand(Act::ManagePeople)?;
    sent.context.auth.revoke_token(&sent.actor, sent.token()?).await?;
    Ok(Next::To("/settings/tokens?done=revoked".into()))
});

form!(add, ManagePeople, |sent: Sent| async move {
    sent.actor.demand(Act::ManagePeople)?;
    let new = NewAccount { name: sent.field("name").parse()?, standing: sent.standing().await?, password: Password::MadeUp };
    let (user, told) = sent.context.auth.add_user(&sent.actor, new).await?;
    let what = format!("the password of {}", user.name);
    Ok(told.map_or(Next::To("/settings/users".into()), |secret| Next::Show(Made { what, secret })))
});

form!(change, ManagePeople, |sent: Sent| async move {
    sent.actor.demand(Act::ManagePeople)?;
    let version = sent.field("version").parse().ok();
    let user = sent.context.auth.change_user(&sent.actor, sent.user()?, version, sent.standing().await?).await?;
    Ok(Next::To(format!("/settings/users/{}?done=changed", user.id)))
});

form!(password, ManagePeople, |sent: Sent| async move {
    sent.actor.demand(Act::ManagePeople)?;
    let user = sent.context.auth.user(&sent.actor, sent.user()?).await?;
    let told = sent.context.auth.reset_password(&sent.actor, user.id, &Password::MadeUp).await?;
    let what = format!("the new password of {}", user.name);
    Ok(told.map_or(Next::To(format!("/settings/users/{}", user.id)), |secret| Next::Show(Made { what, secret })))
});

form!(sign_out, ManagePeople, |sent: Sent| async move {
    sent.actor.demand(Act::ManagePeople)?;
    let id = sent.user()?;
    sent.context.auth.sign_out_everywhere(&sent.actor, id).await?;
    Ok(Next::To(format!("/settings/users/{id}?done=signed-out")))
});
