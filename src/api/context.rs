//! What a request brings along for server functions and forms: the actor, the manager, randomness. Does not
//! authenticate: a middleware has put the actor into the request, or there is none.

use std::sync::Arc;

use axum::{Extension, http::StatusCode};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::ResponseOptions;

use super::ApiError;
use crate::{
    auth::Auth,
    domain::{actor::Actor, clock::Entropy, problem::Problem},
    manager::ReleaseManager,
};

/// What pages, server functions and forms need from the server.
#[derive(Clone)]
pub struct Context {
    /// The one door to change, and the looks.
    pub manager: ReleaseManager,
    /// Who somebody is, and who may manage whom.
    pub auth: Auth,
    /// Where the idempotency keys of forms come from.
    pub entropy: Arc<dyn Entropy>,
    /// Called for every page that is rendered, such as to set headers that hold the page's nonce.
    pub on_page: Arc<dyn Fn() + Send + Sync>,
}

impl Context {
    /// Makes it known to what is rendered or called next.
    pub fn provide(&self) {
        provide_context(self.clone());
        (self.on_page)();
    }
}

/// Who asks.
pub(super) async fn actor() -> Result<Actor, ApiError> {
    match leptos_axum::extract::<Extension<Actor>>().await {
        Ok(Extension(actor)) => Ok(actor),
        Err(_) => Err(refuse(Problem::not_signed_in())),
    }
}

/// Who asks, where that has to be known at once.
pub(super) fn actor_now() -> Option<Actor> {
    use_context::<http::request::Parts>()?.extensions.get::<Actor>().cloned()
}

/// The release manager.
pub(super) fn manager() -> Result<ReleaseManager, ApiError> {
    use_context::<Context>().map(|context| context.manager).ok_or_else(|| refuse(Problem::internal()))
}

/// Who somebody is, and who may manage whom.
pub(super) fn auth() -> Result<Auth, ApiError> {
    use_context::<Context>().map(|context| context.auth).ok_or_else(|| refuse(Problem::internal()))
}

/// A key under which a form may be sent more than once and yet be carried out once.
pub(super) fn fresh_key() -> Result<String, ApiError> {
    let context = use_context::<Context>().ok_or_else(|| refuse(Problem::internal()))?;
    let mut bytes = [0; 16];
    context.entropy.fill(&mut bytes);
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The problem as an error, with the HTTP status that goes with it.
pub(super) fn refuse(problem: Problem) -> ApiError {
    set_status(problem.status());
    ApiError(problem)
}

/// Sets the HTTP status of what is being answered.
pub(super) fn set_status(status: u16) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}
