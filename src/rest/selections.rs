//! Saved selections: listed, saved under a name, removed. Makes no batch: that asks for one by its id.

use axum::{Json, extract::Path};
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{Asked, Caller, Once, OnceKey, id},
    problem::{ApiProblem, Problems},
};
use crate::domain::{
    actor::Act,
    batch::{SavedSelection, Selection},
    ids::SelectionId,
    problem::Problem,
};

/// A selection to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSelection {
    /// What it is called.
    #[schema(min_length = 1, max_length = 80, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*$")]
    name: String,
    /// Which releases; what is left out does not narrow.
    selection: Selection,
    /// Why; kept in the audit.
    #[schema(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Saved selections, by name
#[utoipa::path(get, path = "/", tag = "Batches", responses((status = 200, body = Vec<SavedSelection>), Problems))]
pub async fn list(Caller { actor, manager }: Caller) -> Result<Json<Vec<SavedSelection>>, ApiProblem> {
    Ok(Json(manager.saved_selections(&actor).await?))
}

/// Save a selection
///
/// The rule is kept, not the releases that it takes now: whoever uses it gets those that it takes then.
#[utoipa::path(post, path = "/", tag = "Batches", params(OnceKey), request_body = NewSelection,
    responses((status = 201, body = SavedSelection), Problems))]
pub async fn save(caller: Caller, asked: Once<NewSelection>) -> Result<(StatusCode, Json<SavedSelection>), ApiProblem> {
    caller.actor.demand(Act::RunBatches)?;
    let saved = match asked.made::<SelectionId>(&caller).await? {
        Some(made) => caller.manager.saved_selection(&caller.actor, made).await?,
        None => {
            let NewSelection { name, selection, reason } = &asked.body;
            let saved = caller.manager.save_selection(&caller.actor, name, selection.clone(), reason.as_deref()).await?;
            asked.keep(&caller, saved.id).await;
            saved
        }
    };
    Ok((StatusCode::CREATED, Json(saved)))
}

/// Why.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Kept in the audit.
    #[param(max_length = 500, pattern = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*$")]
    reason: Option<String>,
}

/// Remove a saved selection
///
/// Batches that were made from it stay as they are.
#[utoipa::path(delete, path = "/{selection}", tag = "Batches", params(("selection" = String, Path, format = Uuid), Removal),
    responses((status = 204), Problems))]
pub async fn remove(
    Caller { actor, manager }: Caller,
    Path(selection): Path<String>,
    Asked(query): Asked<Removal>,
) -> Result<StatusCode, ApiProblem> {
    actor.demand(Act::RunBatches)?;
    manager.remove_selection(&actor, id(&selection, Problem::selection_not_found)?, query.reason.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
