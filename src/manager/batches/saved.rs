//! Saved selections: kept under a name, removed, and looked up for a batch. What is kept is the rule; which releases it takes is
//! found anew each time. Changes no release.

use serde_json::json;

use super::{ReleaseManager, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    audit::{Facts, NewAudit},
    batch::{
        SavedSelection, Selection,
        saved::{self, MOST_SAVED},
    },
    change,
    clock::uuid_v7,
    ids::SelectionId,
    problem::{Code, Problem},
};

impl ReleaseManager {
    /// The saved selections, by name.
    pub async fn saved_selections(&self, actor: &Actor) -> Result<Vec<SavedSelection>, Problem> {
        actor.demand(Act::SeeBatches)?;
        self.inner.stores.selections.saved(actor).await.map_err(store_problem)
    }

    /// One of them.
    pub async fn saved_selection(&self, actor: &Actor, id: SelectionId) -> Result<SavedSelection, Problem> {
        actor.demand(Act::SeeBatches)?;
        let found = self.inner.stores.selections.saved_by_id(actor, id).await.map_err(store_problem)?;
        found.ok_or_else(Problem::selection_not_found)
    }

    /// Saves a selection under a name.
    pub async fn save_selection(
        &self,
        actor: &Actor,
        name: &str,
        selection: Selection,
        reason: Option<&str>,
    ) -> Result<SavedSelection, Problem> {
        actor.demand(Act::RunBatches)?;
        let (name, selection, reason) = (saved::name(name)?, selection.checked()?, change::reason(reason)?);
        let selections = &self.inner.stores.selections;
        if selections.saved(actor).await.map_err(store_problem)?.len() >= MOST_SAVED {
            let text = format!("There are {MOST_SAVED} saved selections, which is the most. Remove one that nobody needs any more.");
            return Err(Problem::new(Code::InvalidSelection, text));
        }
        let new = SavedSelection {
            id: SelectionId(uuid_v7(&*self.inner.clock, &*self.inner.entropy)),
            name,
            selection,
            made_by: actor.name().to_owned(),
            made_at: self.now(),
        };
        let audit = NewAudit { reason, after: facts(&new), ..NewAudit::of(actor, new.made_at, "selection.save", new.name.as_str()) };
        if !selections.save(&new, &audit).await.map_err(store_problem)? {
            let text = format!("There is a saved selection {} already. Choose another name, or remove that one first.", new.name);
            return Err(Problem::new(Code::NameTaken, text));
        }
        Ok(new)
    }

    /// Removes one. Batches that were made from it stay as they are.
    pub async fn remove_selection(&self, actor: &Actor, id: SelectionId, reason: Option<&str>) -> Result<(), Problem> {
        actor.demand(Act::RunBatches)?;
        let reason = change::reason(reason)?;
        let gone = self.saved_selection(actor, id).await?;
        let audit = NewAudit { reason, before: facts(&gone), ..NewAudit::of(actor, self.now(), "selection.remove", gone.name.as_str()) };
        let removed = self.inner.stores.selections.forget(id, &audit).await.map_err(store_problem)?;
        if removed { Ok(()) } else { Err(Problem::selection_not_found()) }
    }

    /// The selection itself, where a saved one is meant.
    pub(super) async fn looked_up(&self, actor: &Actor, selection: Selection) -> Result<Selection, Problem> {
        match selection.saved {
            None => Ok(selection),
            Some(id) => {
                let found = self.saved_selection(actor, id).await?;
                selection.with(found.selection)
            }
        }
    }
}

/// What the audit says of one.
fn facts(of: &SavedSelection) -> Option<Facts> {
    json!({"id": of.id, "selection": of.selection.words(), "releases": of.selection.releases}).as_object().cloned()
}
