//! Previews that were made: who may look at them, and doing exactly what was looked at. Renders none: [`super::preview`] does.

use super::{ReleaseManager, Submit, Target, Wish, preview::preview_key, store_problem};
use crate::{
    domain::{
        actor::{Act, Actor, Door},
        change::{Change, RunOptions},
        ids::PreviewId,
        operation::Operation,
        preview::{PartOfBatch, Preview, by_itself},
        problem::{Code, Problem},
    },
    store::{operations::BatchStand, previews::KeptPreview},
};

/// A preview, and what stands between it and whoever looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Previewed {
    /// The preview.
    pub preview: Preview,
    /// The batch that it is part of, for those who may look at batches.
    pub part: Option<PartOfBatch>,
    /// Why nobody does it by itself, where that is so.
    pub refused: Option<Problem>,
}

impl ReleaseManager {
    /// A preview that was made. Whoever may look at batches, and change nothing, looks at those of batches; any other does not
    /// exist for them.
    pub async fn previewed(&self, actor: &Actor, id: PreviewId) -> Result<Previewed, Problem> {
        let (changes, sees) = (actor.may(Act::Change), actor.may(Act::SeeBatches));
        if !sees {
            actor.demand(Act::Change)?;
        }
        let kept = self.kept(actor, id).await?;
        let part = self.part_of(id).await?;
        if !changes && part.is_none() {
            return Err(Problem::preview_not_found());
        }
        let refused = by_itself(kept.for_batch, part.as_ref()).err();
        Ok(Previewed { preview: kept.look, part: part.filter(|_| sees), refused })
    }

    /// Does what was previewed, exactly that; refused once the release or the chart is another one, and to everybody but the
    /// batch itself where it is a batch's to do.
    pub async fn apply_preview(&self, actor: &Actor, id: PreviewId) -> Result<Operation, Problem> {
        self.apply(actor, id, None).await
    }

    /// The same, for the batch that it is part of where one stands there; refused once that has moved.
    pub(super) async fn apply(&self, actor: &Actor, id: PreviewId, stand: Option<BatchStand>) -> Result<Operation, Problem> {
        actor.demand(Act::Change)?;
        let KeptPreview { look, change, born, chart, for_batch } = self.kept(actor, id).await?;
        if actor.door() != Door::Batch {
            by_itself(for_batch, self.part_of(id).await?.as_ref())?;
        }
        // Applied twice, it is done once.
        let key = preview_key(id);
        if let Some((operation, _)) = self.inner.stores.operations.by_key(actor.name(), &key).await.map_err(store_problem)? {
            return Ok(operation);
        }
        if let Some(born) = born {
            let release = self.release(actor, look.release_id).await?;
            if release.created_at != born || release.tenant_id != Some(look.tenant_id) {
                let text = "The release was installed anew since this was previewed, or its namespace is not the tenant's any more. Make another preview.";
                return Err(Problem::new(Code::PreviewStale, text));
            }
        }
        if chart.is_some() {
            self.archive(&change, chart.as_deref()).await?;
        }
        let target = match change {
            Change::Install { .. } => Target::New { tenant: look.tenant_id, key: look.key() },
            _ => Target::Existing(look.release_id),
        };
        let Preview { base_revision, reason, .. } = look;
        // Once more when its turn comes: until then the source may have another.
        let options = RunOptions { archive: chart, ..look.options };
        let submit = Submit { target, change: wish(change), options, base_revision, reason, idempotency: Some(key) };
        self.ask_for(actor, submit, stand).await
    }

    async fn kept(&self, actor: &Actor, id: PreviewId) -> Result<KeptPreview, Problem> {
        let kept = self.inner.stores.previews.by_id(actor, id, self.now()).await.map_err(store_problem)?;
        kept.ok_or_else(Problem::preview_not_found)
    }

    /// The batch that a preview is part of, whoever asks: it binds those, too, who may not look at batches.
    async fn part_of(&self, id: PreviewId) -> Result<Option<PartOfBatch>, Problem> {
        self.inner.stores.previews.part_of(&Actor::system("previews"), id).await.map_err(store_problem)
    }
}

/// A change as somebody would ask for it.
fn wish(change: Change) -> Wish {
    match change {
        Change::Install { chart, version, values_override } => Wish::Install { chart, version, app_version: None, values_override },
        Change::Upgrade { chart, version, values_override } => Wish::Exactly { chart, version, values_override },
        Change::Rollback { to } => Wish::Rollback { to },
        Change::Uninstall => Wish::Uninstall,
        Change::Test => Wish::Test,
    }
}
