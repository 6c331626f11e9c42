//! The forms that change something: plain POSTs that work before and without wasm. Each one parses its fields, submits
//! to the manager, and leads to the page of what came of it; a refused one answers with its own page again, the reason on
//! top and every field as it was typed. Checks nothing that the manager checks.

mod asked;
mod batch;
mod cancel;
mod drift;
mod install;
mod people;
mod preview;
mod release;
mod reveal;
mod source;
mod tenant;
mod webhook;

pub use self::batch::{selection, ticked};

use std::{collections::BTreeMap, future::Future};

use axum::{
    Form, Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef, FromRequest, Request, rejection::FormRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use leptos::config::LeptosOptions;

use self::asked::Asked;
use super::{Context, context::set_status, refused::Refused};
use crate::{
    domain::{
        actor::{Act, Actor},
        operation::Operation,
        problem::{Code, Problem},
        tenant::Tenant,
        values::MAX_VALUES_BYTES,
    },
    ui,
};

/// The largest form: an override at its limit may triple by percent-encoding.
const MAX_FORM_BYTES: usize = 3 * MAX_VALUES_BYTES + 64 * 1024;

/// Every form's route. The paths are those of the pages that show the forms; the middleware that puts the
/// [`Actor`] into a request and the one that refuses requests of other sites have to be around them.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Context: FromRef<S>,
    LeptosOptions: FromRef<S>,
{
    let mut router = Router::new()
        .route("/tenants/new", post(tenant::create))
        .route("/tenants/{slug}/edit", post(tenant::edit))
        .route("/tenants/{slug}/hold", post(tenant::hold))
        .route("/tenants/{slug}/namespaces", post(tenant::namespaces))
        .route("/unassigned/namespaces/{name}", post(tenant::give))
        .route("/tenants/{slug}/install", post(install::install))
        .route("/settings/sources", post(source::add))
        .route("/settings/sources/{name}", post(source::change))
        .route("/settings/webhooks", post(webhook::add))
        .route("/settings/webhooks/{id}", post(webhook::change))
        .route("/tenants/{slug}/install/preview", post(preview::install))
        .route("/previews/{id}", post(preview::apply))
        .route("/batches/new", post(batch::make))
        .route("/batches/new/save", post(batch::save))
        .route("/batches/new/remove", post(batch::remove))
        .route("/batches/{id}/{verb}", post(batch::act));
    for place in ["/tenants/{slug}", "/unassigned"] {
        let release = format!("{place}/releases/{{namespace}}/{{name}}");
        router = router
            .route(&format!("{release}/upgrade"), post(release::upgrade))
            .route(&format!("{release}/upgrade/preview"), post(preview::upgrade))
            .route(&format!("{release}/rollback"), post(release::rollback))
            .route(&format!("{release}/rollback/preview"), post(preview::rollback))
            .route(&format!("{release}/uninstall"), post(release::uninstall))
            .route(&format!("{release}/drift"), post(drift::check))
            .route(&format!("{release}/test"), post(release::test))
            .route(&format!("{release}/reveal"), post(reveal::reveal));
    }
    router.route("/operations/{id}/cancel", post(cancel::cancel)).merge(people::routes()).layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
}

/// What a form leads to: the page of what came of it.
trait Landing {
    /// Its address.
    fn place(&self) -> String;
}

impl Landing for Operation {
    fn place(&self) -> String {
        self.path()
    }
}

impl Landing for Tenant {
    fn place(&self) -> String {
        self.path()
    }
}

/// Reads the form, acts on it, and answers with the page of what came of it or with the form's own.
async fn handle<F, L>(context: Context, options: LeptosOptions, request: Request, right: Act, act: impl FnOnce(Asked) -> F) -> Response
where
    F: Future<Output = Result<L, Problem>>,
    L: Landing,
{
    let (parts, asked) = read(&context, request).await;
    let refused = match asked {
        Err(problem) => Refused { problem, fields: BTreeMap::new() },
        Ok(asked) => {
            let mut fields = asked.fields.clone();
            // What signs in somewhere is never sent back.
            fields.remove("secret");
            // Rights before contents: who may not do it is not told what is wrong with the form.
            let done = match asked.actor.demand(right) {
                Ok(()) => act(asked).await,
                Err(problem) => Err(problem),
            };
            match done {
                Ok(landing) => return Redirect::to(&landing.place()).into_response(),
                Err(problem) => Refused { problem, fields },
            }
        }
    };
    again(context, options, Request::from_parts(parts, Body::empty()), refused).await
}

/// A form with who sent it, and the request without it.
async fn read(context: &Context, request: Request) -> (Parts, Result<Asked, Problem>) {
    let (mut parts, body) = request.into_parts();
    let path = asked::path_of(&mut parts).await;
    let actor = parts.extensions.get::<Actor>().cloned();
    let form = Form::<BTreeMap<String, String>>::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let asked = match (actor, form) {
        (None, _) => Err(Problem::not_signed_in()),
        (_, Err(rejection)) => Err(unreadable(&rejection)),
        (Some(actor), Ok(Form(fields))) => Ok(Asked { actor, manager: context.manager.clone(), path, fields }),
    };
    (parts, asked)
}

/// The form's own page, which finds what was refused in its context.
async fn again(context: Context, options: LeptosOptions, request: Request, refused: Refused) -> Response {
    let status = refused.problem.status();
    page_with(context, options, request, refused, move || set_status(status)).await
}

/// A page that finds something more in its context; `first` is called before it is rendered.
async fn page_with<T: Clone + Send + Sync + 'static>(
    context: Context,
    options: LeptosOptions,
    request: Request,
    more: T,
    first: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    let provide = move || {
        context.provide();
        first();
        leptos::prelude::provide_context(more.clone());
    };
    leptos_axum::render_app_async_with_context(provide, move || ui::shell(options.clone()))(request).await
}

fn unreadable(rejection: &FormRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = MAX_VALUES_BYTES / 1024;
        return Problem::new(Code::PayloadTooLarge, format!("The form is too large: a values override has at most {most} KiB."));
    }
    Problem::new(Code::InvalidRequest, "The form could not be read. Go back, check what you typed and send it again.")
}

/// A form that lacks what its page always sends.
fn incomplete() -> Problem {
    Problem::new(Code::InvalidRequest, "The form could not be read. Go back, load the page again and send it once more.")
}

/// A handler's outer shape: state and request in, page or redirect out; first of all, the right to do it.
macro_rules! form {
    ($(#[$doc:meta])* $name:ident, $right:ident, $act:expr) => {
        $(#[$doc])*
        pub(super) async fn $name(
            axum::extract::State(context): axum::extract::State<crate::api::Context>,
            axum::extract::State(options): axum::extract::State<leptos::config::LeptosOptions>,
            request: axum::extract::Request,
        ) -> axum::response::Response {
            super::handle(context, options, request, crate::domain::actor::Act::$right, $act).await
        }
    };
}
use form;
