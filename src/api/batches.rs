//! Batches, for their pages.

#![expect(missing_docs, reason = "of the fields of the argument types that the server macro makes")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::domain::{
    batch::{Batch, Board, Chosen, SavedSelection},
    page::Page,
    problem::Problem,
};

/// What the page that makes a batch has been told, as its address and its forms write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SelectionText {
    /// What is done: `upgrade`, `values`, `rollback`, `uninstall` or `restart`.
    pub kind: String,
    /// The chart, with its source where more than one has it.
    pub chart: String,
    /// A constraint on the version that runs.
    pub versions: String,
    /// The tenants' labels, as `key=value`, with commas between.
    pub labels: String,
    /// The release's state.
    pub state: String,
    /// The ids of the releases that were ticked, with commas between.
    pub releases: String,
    /// The id of a saved selection, which takes the place of all that narrows but the chart.
    pub saved: String,
}

/// The page that makes a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBatchLook {
    /// The charts that releases are of. One that several sources have stands there with each of them, too.
    pub charts: Vec<String>,
    /// The chart that is meant: the chosen one, or else the only one there can be. It narrows nothing by itself: once what it
    /// was inferred from is gone, it would stand for every release of it.
    pub meant: String,
    /// The full names that stand behind that chart, where it does not say its source and several have it.
    pub several: Vec<String>,
    /// The versions of the chosen chart that its source offers, newest first.
    pub versions: Vec<String>,
    /// The releases that were ticked, as far as they are still there, whatever else narrows.
    pub ticked: Vec<Chosen>,
    /// The saved selections, by name.
    pub saved: Vec<SavedSelection>,
    /// Who is selected and what becomes of each, or why nobody can be; `None` before anything is chosen.
    pub selected: Option<Result<Vec<Chosen>, Problem>>,
    /// The key under which the form may be sent more than once and makes one batch.
    pub key: String,
}

/// The list of batches.
#[server(prefix = "/api/fn", endpoint = "batches", input = GetUrl)]
pub async fn see_batches(#[server(default)] page: u32) -> Result<Page<Batch>, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::page::Paging;
    let actor = actor().await?;
    manager()?.batches(&actor, Paging { page, ..Paging::default() }).await.map_err(refuse)
}

/// A batch's board.
#[server(prefix = "/api/fn", endpoint = "batch", input = GetUrl)]
pub async fn see_batch(id: String) -> Result<Board, ApiError> {
    use super::context::{actor, manager, refuse};
    use crate::domain::actor::Act;
    let actor = actor().await?;
    actor.demand(Act::SeeBatches).map_err(refuse)?;
    let id = id.parse().map_err(|_| refuse(Problem::batch_not_found()))?;
    manager()?.board(&actor, id).await.map_err(refuse)
}

/// The page that makes a batch; `to` is the version to go to.
#[server(prefix = "/api/fn", endpoint = "new_batch", input = GetUrl)]
pub async fn see_new_batch(#[server(default)] wanted: SelectionText, #[server(default)] to: String) -> Result<NewBatchLook, ApiError> {
    use super::{
        context::{actor, fresh_key, manager, refuse},
        forms::{selection, ticked},
    };
    use crate::domain::{actor::Act, batch::Selection};
    let actor = actor().await?;
    actor.demand(Act::RunBatches).map_err(refuse)?;
    let manager = manager()?;
    let charts = manager.charts_in_use(&actor).await.map_err(refuse)?;
    let saved = manager.saved_selections(&actor).await.map_err(refuse)?;
    let full = manager.charts_of_several(&actor, &charts).await.map_err(refuse)?;
    let named = ticked(&wanted).unwrap_or_default();
    let ticked: Vec<Chosen> = match named.is_empty() {
        true => Vec::new(),
        false => {
            let named = Selection { releases: named, ..Selection::default() };
            manager.selected(&actor, named, None).await.unwrap_or_default()
        }
    };
    let meant = || {
        let of_saved = saved.iter().find(|one| one.id.to_string() == wanted.saved).and_then(|one| one.selection.chart.clone());
        let of_ticked = ticked.first().filter(|first| ticked.iter().all(|one| one.chart == first.chart)).map(|one| one.chart.clone());
        of_saved.or(of_ticked)
    };
    let meant = Some(wanted.chart.clone()).filter(|chart| !chart.is_empty()).or_else(meant).unwrap_or_default();
    let to = Some(to.trim()).filter(|to| wanted.kind == "upgrade" && !to.is_empty() && !meant.is_empty());
    let given = [&wanted.chart, &wanted.labels, &wanted.state, &wanted.releases, &wanted.saved];
    let chosen = given.iter().any(|text| !text.is_empty());
    let selected = match chosen {
        false => None,
        true => Some(match selection(&wanted) {
            Err(problem) => Err(problem),
            Ok(selection) => manager.selected(&actor, selection, to).await,
        }),
    };
    let versions = match meant.parse() {
        Ok(chart) => manager.versions(&actor, &chart, "", &[]).await.map(|(_, list)| list.rows).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let versions = versions.into_iter().map(|row| row.version.version).collect();
    let several = full.get(&meant).cloned().unwrap_or_default();
    let with_sources = |chart: String| {
        let full = full.get(&chart).cloned().unwrap_or_default();
        std::iter::once(chart).chain(full)
    };
    let mut charts: Vec<String> = charts.into_iter().flat_map(with_sources).collect();
    // What is chosen can be seen, also where the matrix has led here with a source that has no rival.
    if !wanted.chart.is_empty() && !charts.contains(&wanted.chart) {
        charts.push(wanted.chart);
    }
    Ok(NewBatchLook { charts, meant, several, versions, ticked, saved, selected, key: fresh_key()? })
}
