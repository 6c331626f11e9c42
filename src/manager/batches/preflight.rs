//! Before a batch begins: every target's change is rendered and kept as a preview, a few at a time, and what cannot be
//! rendered is set aside with its reason. Starts nothing but what asked to be started.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};

use super::{drive::by_itself, news, on_behalf, store_problem};
use crate::{
    domain::{
        actor::Actor,
        batch::{
            Aim, Batch, BatchState, Definition, Order, Target, TargetState, aim::patched, alike, plan, step::Sight, target::CUT_SHORT,
        },
        ids::BatchId,
        live::Live,
        problem::{Code, Problem},
        release::ReleaseState,
    },
    manager::{ReleaseManager, Submit, Target as Of, Wish, preview::KEPT_FOR_BATCH, resolve::last_successful},
};

/// How many are rendered before what was found is written.
const CHUNK: usize = 12;
/// How many are rendered at the same time, where people's own previews leave the places to it.
const AT_ONCE: usize = 3;
/// How often it is tried to write what was rendered when the batch moves at the same moment.
const TRIES: usize = 20;
/// How often it is looked whether there is something to render, when nobody says so.
const LOOK: Duration = Duration::from_secs(2);

impl ReleaseManager {
    /// Renders what batches will do, for ever.
    pub(super) async fn preflight_batches(&self) {
        loop {
            let woken = self.inner.batches.notified();
            let system = Actor::system("batches");
            let mut busy = false;
            for id in self.inner.stores.batches.at_work().await.unwrap_or_else(|error| {
                store_problem(error);
                Vec::new()
            }) {
                match self.render_some(&system, id).await {
                    Ok(more) => busy |= more,
                    Err(problem) => {
                        tracing::warn!(batch = %id, code = %problem.code, "a batch's preflight broke off; it is taken up again")
                    }
                }
            }
            if !busy {
                let _ = tokio::time::timeout(LOOK, woken).await;
            }
        }
    }

    /// Renders some of what is still to be rendered. Answers whether there was any.
    async fn render_some(&self, system: &Actor, id: BatchId) -> Result<bool, Problem> {
        let batches = &self.inner.stores.batches;
        let Some((batch, definition)) = batches.by_id(system, id).await.map_err(store_problem)? else { return Ok(false) };
        if !matches!(batch.state, BatchState::Preflight | BatchState::Running | BatchState::Paused) {
            return Ok(false);
        }
        let seen = batches.targets(system, id).await.map_err(store_problem)?;
        let bare = |target: &&Target| target.state == TargetState::Waiting && target.preview_id.is_none();
        // Those that could not be rendered the first time come last.
        let mut chunk: Vec<(Target, Sight)> = seen.iter().filter(|(target, _)| bare(&target)).cloned().collect();
        chunk.sort_by_key(|(target, _)| target.why.is_some());
        chunk.truncate(CHUNK);
        if chunk.is_empty() {
            if batch.state == BatchState::Preflight {
                let targets = seen.into_iter().map(|(target, _)| target).collect();
                self.ready(batch, &definition, targets).await?;
                return Ok(true);
            }
            return Ok(false);
        }
        let render = |(target, sight): (Target, Sight)| self.rendered_target(&batch, &definition, target, sight);
        let done: Vec<Target> = stream::iter(chunk).map(render).buffer_unordered(AT_ONCE).collect().await;
        let any = done.iter().any(|target| !bare(&target));
        // Somebody may have moved the batch meanwhile: what was rendered holds for those that still wait for it.
        for _ in 0..TRIES {
            let Some((now, _)) = batches.by_id(system, id).await.map_err(store_problem)? else { return Ok(false) };
            if !matches!(now.state, BatchState::Preflight | BatchState::Running | BatchState::Paused) {
                return Ok(false);
            }
            let seen = batches.targets(system, id).await.map_err(store_problem)?;
            let still =
                |one: &&Target| seen.iter().any(|(target, _)| target.ord == one.ord && target.attempt == one.attempt && bare(&target));
            let done: Vec<Target> = done.iter().filter(still).cloned().collect();
            if batches.write(&now, &done, None, &[]).await.map_err(store_problem)? {
                self.hint(Live::Batch { id });
                self.inner.driver.notify_one();
                break;
            }
        }
        Ok(any)
    }

    async fn rendered_target(&self, batch: &Batch, definition: &Definition, mut target: Target, sight: Sight) -> Target {
        let actor = on_behalf(batch);
        let mut aside = sight.stranger;
        if aside.is_none() {
            // Where this cannot be told, the preview cannot be made, either.
            aside = self.nothing_left(&actor, definition, &target).await.unwrap_or_default();
        }
        if aside.is_some() {
            target.set_aside(aside, self.now());
            return target;
        }
        let made = match self.wish_of(&actor, definition, &target).await {
            Ok(change) => {
                let submit = Submit {
                    target: Of::Existing(target.release_id),
                    change,
                    options: definition.options.clone(),
                    base_revision: None,
                    // The batch's own reason may speak of other tenants, and this one is read by those of the release.
                    reason: Some(format!("batch: {}", batch.title)),
                    idempotency: None,
                };
                self.preview_kept(&actor, submit, KEPT_FOR_BATCH).await
            }
            Err(problem) => Err(problem),
        };
        match made {
            Ok(preview) => {
                let telling = alike::telling(&preview, target.tenant.as_str());
                target.alike = Some(hex(&Sha256::digest(telling)[..8]));
                (target.preview_id, target.base_revision, target.why) = (Some(preview.id), preview.base_revision, None);
                target.home_revision = preview.base_revision.map(|base| target.home_from(base)).or(target.home_revision);
            }
            // What has begun waits for as long as nobody answers who is needed.
            Err(problem) if batch.started_at.is_some() && problem.code.is_outage() => {
                (target.since, target.why) = (self.now(), Some(problem.detail));
            }
            // It is tried once more; and for a while where something does not answer, or somebody else is at work on it. What lies
            // with the change itself will not get better.
            Err(problem) if target.why.as_deref().is_none_or(|why| why == CUT_SHORT) => {
                (target.since, target.why) = (self.now(), Some(problem.detail))
            }
            Err(problem)
                if (problem.status() >= 500 || problem.code == Code::OperationInProgress)
                    && self.now() - target.since < TimeDelta::seconds(i64::from(definition.options.timeout)) =>
            {
                target.why = Some(problem.detail);
            }
            Err(problem) => target.set_aside(Some(problem.detail), self.now()),
        }
        target
    }

    /// Why nothing is left to be done to a target; `None` where something is.
    pub(super) async fn nothing_left(&self, actor: &Actor, definition: &Definition, target: &Target) -> Result<Option<String>, Problem> {
        if !matches!(definition.aim, Aim::Upgrade { .. }) {
            return Ok(None);
        }
        let release = self.release(actor, target.release_id).await?;
        // What the batch itself has put there is not there already: it failed, and is tried again.
        if target.made_revision == Some(release.revision) {
            return Ok(None);
        }
        let there = release.status == ReleaseState::Deployed && definition.aim.is_there(&release.chart_name, &release.chart_version);
        Ok(there.then(|| format!("It is at {} already.", release.chart_version)))
    }

    /// What the batch's aim comes to for one release.
    async fn wish_of(&self, actor: &Actor, definition: &Definition, target: &Target) -> Result<Wish, Problem> {
        let upgrade = |chart, version, values_override| Wish::Upgrade { chart, version, app_version: None, values_override };
        Ok(match &definition.aim {
            Aim::Upgrade { chart, version } => upgrade(Some(chart.parse()?), Some(version.clone()), None),
            Aim::Values { patch } => {
                let release = self.release(actor, target.release_id).await?;
                let body = self.body(actor, target.release_id, release.revision).await?;
                upgrade(definition.selection.chart_of_source(), None, Some(patched(body.values_override, patch)))
            }
            Aim::Restart => upgrade(definition.selection.chart_of_source(), None, None),
            Aim::Rollback => {
                let release = self.release(actor, target.release_id).await?;
                match target.home_from(release.revision) {
                    home if home == release.revision => Wish::RollbackToLastSuccessful,
                    // Tried again: to where the first try meant to go, not to where it came from.
                    home => {
                        let to = last_successful(&self.life(actor, &release).await?, home);
                        Wish::Rollback { to: to.ok_or_else(|| Problem::revision_not_found(home))? }
                    }
                }
            }
            Aim::Uninstall => Wish::Uninstall,
        })
    }

    /// Everything is rendered: waves are planned anew over what is left.
    async fn ready(&self, mut batch: Batch, definition: &Definition, mut targets: Vec<Target>) -> Result<(), Problem> {
        let (now, before) = (self.now(), batch.clone());
        let left: Vec<usize> = (0..targets.len()).filter(|at| targets[*at].state == TargetState::Waiting).collect();
        if left.is_empty() {
            (batch.state, batch.finished_at) = (BatchState::Finished, Some(now));
            batch.why = Some("Nothing is left to do: every release was set aside.".to_owned());
        } else {
            if !matches!(batch.strategy.order, Order::Staged { .. }) {
                let (waves, of) = plan::waves(&batch.strategy.order, &vec![BTreeMap::new(); left.len()]);
                for (at, wave) in left.iter().zip(of) {
                    targets[*at].wave = u32::try_from(wave).unwrap_or(u32::MAX);
                }
                // Who is set aside stays in sight, in a wave that there is.
                let last = u32::try_from(waves.len().saturating_sub(1)).unwrap_or(u32::MAX);
                targets.iter_mut().for_each(|target| target.wave = target.wave.min(last));
                batch.waves = waves;
            }
            batch.state = BatchState::Ready;
            if definition.start {
                (batch.state, batch.started_at) = (BatchState::Running, Some(now));
            }
        }
        let told = news(&before, &mut batch, None, definition, &targets, now);
        let audit = by_itself(&before, &batch, now);
        self.inner.stores.batches.write(&batch, &targets, audit.as_ref(), &told).await.map_err(store_problem)?;
        self.batch_moved(batch.id);
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
