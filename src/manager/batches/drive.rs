//! Drives batches that were started: asks the domain what comes next, writes that down, and then asks for the operations.
//! What is to run is written before it is asked for, and asked for with a key that is the same each time: whoever is
//! killed in between goes on without doing anything twice. Waits for nothing but the next hint.

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use tokio::{
    sync::broadcast::error::{RecvError, TryRecvError},
    time::Instant,
};

use super::{
    hints::{Heard, Members},
    news, on_behalf, store_problem,
};
use crate::{
    domain::{
        actor::Actor,
        batch::{
            Batch, BatchState, Definition, Target, TargetState,
            step::{Sight, Step, next},
        },
        ids::{BatchId, OperationId},
        live::Live,
        problem::{Code, Problem},
        release::Health,
    },
    manager::{ReleaseManager, Submit, Target as Of, Wish, preview::preview_key},
};

/// How often every batch is looked at for what time has brought.
const TICK: Duration = Duration::from_secs(1);
/// How long hints are gathered before they are looked after.
const GATHER: Duration = Duration::from_millis(100);

impl ReleaseManager {
    /// Renders and drives batches, for ever.
    pub async fn run_batches(self) {
        tokio::join!(self.preflight_batches(), self.drive_batches());
    }

    async fn drive_batches(&self) {
        let system = Actor::system("batches");
        let mut live = self.live();
        let (mut members, mut heard, mut due) = (Members::new(), Heard::everything(), Instant::now());
        loop {
            if heard.is_everything() {
                due = Instant::now() + TICK;
            }
            let ids = self.inner.stores.batches.at_work().await.unwrap_or_else(|error| {
                store_problem(error);
                Vec::new()
            });
            members.retain(|id, _| ids.contains(id));
            let concerned: Vec<BatchId> = ids.into_iter().filter(|id| heard.concerns(*id, &members)).collect();
            for id in concerned {
                if let Err(problem) = self.drive(&system, id, &mut members).await {
                    tracing::warn!(batch = %id, code = %problem.code, "a batch could not go on; it is tried again");
                }
            }
            heard = Heard::default();
            tokio::select! {
                () = self.inner.batches.notified() => heard = Heard::everything(),
                hint = live.recv() => {
                    heard.take(hint);
                    tokio::time::sleep(GATHER).await;
                    loop {
                        match live.try_recv() {
                            Ok(hint) => heard.take(Ok(hint)),
                            Err(TryRecvError::Lagged(missed)) => heard.take(Err(RecvError::Lagged(missed))),
                            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                        }
                    }
                }
                () = tokio::time::sleep_until(due) => {}
            }
            // However many hints come in between: what time brings, no hint tells.
            if Instant::now() >= due {
                heard = Heard::everything();
            }
        }
    }

    /// Takes every step that can be taken now.
    async fn drive(&self, system: &Actor, id: BatchId, members: &mut Members) -> Result<(), Problem> {
        loop {
            let batches = &self.inner.stores.batches;
            let Some((batch, definition)) = batches.by_id(system, id).await.map_err(store_problem)? else { return Ok(()) };
            let seen = batches.targets(system, id).await.map_err(store_problem)?;
            members.entry(id).or_insert_with(|| seen.iter().map(|(target, _)| target.release_id).collect());
            let patience = TimeDelta::seconds(i64::from(definition.options.timeout));
            let steps = next(&batch, &seen, patience, self.now());
            let stepped = !steps.is_empty() && self.step(batch, &definition, &seen, steps).await?;
            let launched = self.launch(system, id, &definition).await?;
            if !stepped && !launched {
                return Ok(());
            }
            self.hint(Live::Batch { id });
        }
    }

    /// Writes what these steps come to. Answers whether that changed anything.
    async fn step(&self, mut batch: Batch, definition: &Definition, seen: &[(Target, Sight)], steps: Vec<Step>) -> Result<bool, Problem> {
        let (now, all, before) = (self.now(), steps.len(), batch.clone());
        let mut targets: Vec<Target> = seen.iter().map(|(target, _)| target.clone()).collect();
        let mut confirm = Vec::new();
        for step in steps {
            match step {
                Step::Move(moved) => {
                    let Some(target) = find(&mut targets, moved.ord) else { continue };
                    if target.state != moved.to {
                        target.since = now;
                    }
                    target.take(&moved);
                    target.over_at = target.state.is_over().then_some(now);
                }
                Step::Halt { state, why, back } => {
                    (batch.state, batch.why) = (state, Some(why));
                    targets.iter_mut().filter(|target| back.contains(&target.ord)).for_each(|target| target.back = true);
                }
                Step::BeginWave(wave) => batch.waves[wave].begun_at = Some(now),
                Step::EndWave(wave) => batch.waves[wave].over_at = Some(now),
                Step::Start(ord) | Step::Back(ord) => {
                    let Some(target) = find(&mut targets, ord) else { continue };
                    target.state = if matches!(step, Step::Back(_)) { TargetState::RollingBack } else { TargetState::Running };
                    (target.since, target.operation_id, target.over_at) = (now, None, None);
                    target.begun_at.get_or_insert(now);
                }
                Step::Confirm(ord) => confirm.push(ord),
                Step::Finish => {
                    batch.finished_at = Some(now);
                    if batch.state == BatchState::Running {
                        batch.state = BatchState::Finished;
                    }
                }
            }
        }
        let actor = on_behalf(&batch);
        let looks =
            confirm.iter().filter_map(|ord| targets.iter().find(|target| target.ord == *ord)).map(|target| self.ill(&actor, target));
        let looked: Vec<(u32, Result<Option<String>, Problem>)> = confirm.iter().copied().zip(join_all(looks).await).collect();
        // What is looked at in vain is looked at again when time has gone on, not at once.
        let in_vain = looked.iter().filter(|(_, ill)| !matches!(ill, Ok(None))).count();
        for (ord, ill) in looked {
            let Some(target) = find(&mut targets, ord) else { continue };
            match ill {
                Ok(None) => (target.state, target.since, target.why, target.over_at) = (TargetState::Done, now, None, Some(now)),
                Ok(Some(why)) => (target.since, target.why) = (now, Some(why)),
                // The cluster does not answer now: it is asked again.
                Err(problem) => target.why = Some(problem.detail),
            }
        }
        let told = news(&before, &mut batch, definition, &targets, now);
        let changed: Vec<Target> = targets.into_iter().zip(seen).filter(|(now, (before, _))| now != before).map(|(now, _)| now).collect();
        self.inner.stores.batches.write(&batch, &changed, None, &told).await.map_err(store_problem)?;
        Ok(all > in_vain)
    }

    /// What of a target does not run, looked at in the cluster itself.
    async fn ill(&self, actor: &Actor, target: &Target) -> Result<Option<String>, Problem> {
        let resources = self.resources(actor, target.release_id).await?;
        let ill = resources.items.iter().find(|item| !item.hook && matches!(item.health, Health::Degraded | Health::Progressing));
        Ok(ill.map(|item| format!("{}: {}", item.title(), item.reason.as_deref().unwrap_or(item.health.as_str()))))
    }

    /// Asks for the operations of all targets that run or go back and have none yet. Answers whether that changed anything.
    async fn launch(&self, system: &Actor, id: BatchId, definition: &Definition) -> Result<bool, Problem> {
        let batches = &self.inner.stores.batches;
        let Some((batch, _)) = batches.by_id(system, id).await.map_err(store_problem)? else { return Ok(false) };
        let seen = batches.targets(system, id).await.map_err(store_problem)?;
        let (actor, now) = (on_behalf(&batch), self.now());
        let patience = TimeDelta::seconds(i64::from(definition.options.timeout));
        let mut changed = Vec::new();
        for (target, _) in seen {
            if target.operation_id.is_some() || !matches!(target.state, TargetState::Running | TargetState::RollingBack) {
                continue;
            }
            let asked = match target.state {
                TargetState::Running if batch.state != BatchState::Running => match self.begun(&actor, &target).await? {
                    Some(operation) => Ok(operation),
                    // Nothing begins any more in a batch that was stopped in between.
                    None => {
                        let target = Target { state: TargetState::Waiting, since: now, why: None, begun_at: None, ..target };
                        changed.push(target);
                        continue;
                    }
                },
                TargetState::Running => self.begin(&actor, &target).await,
                _ => self.roll_back_target(&actor, &batch, definition, &target).await,
            };
            let before = target.clone();
            let mut target = target;
            match asked {
                Ok(operation) => {
                    (target.operation_id, target.why) = (Some(operation), target.why.filter(|_| target.state == TargetState::RollingBack))
                }
                // In its way, or not there now: it is asked for again, for a while.
                Err(problem)
                    if (problem.code == Code::OperationInProgress || problem.status() >= 500)
                        && (target.state == TargetState::RollingBack || now - target.since < patience) =>
                {
                    target.why = Some(problem.detail);
                }
                Err(problem) => {
                    let going = target.state == TargetState::RollingBack;
                    target.state = match (going, target.failed) {
                        (true, true) => TargetState::Failed,
                        // It stays as it was changed.
                        (true, false) => TargetState::Done,
                        (false, _) => TargetState::SetAside,
                    };
                    target.why = Some(if going { format!("It was not rolled back. {}", problem.detail) } else { problem.detail });
                    (target.since, target.over_at, target.back) = (now, Some(now), false);
                }
            }
            if target != before {
                changed.push(target);
            }
        }
        if changed.is_empty() {
            return Ok(false);
        }
        batches.write(&batch, &changed, None, &[]).await.map_err(store_problem)
    }

    async fn begin(&self, actor: &Actor, target: &Target) -> Result<OperationId, Problem> {
        let preview = target.preview_id.ok_or_else(Problem::preview_not_found)?;
        Ok(self.apply_preview(actor, preview).await?.id)
    }

    /// The operation that was asked for before this server was there to write it down.
    async fn begun(&self, actor: &Actor, target: &Target) -> Result<Option<OperationId>, Problem> {
        let Some(preview) = target.preview_id else { return Ok(None) };
        let key = preview_key(preview);
        let found = self.inner.stores.operations.by_key(actor.name(), &key).await.map_err(store_problem)?;
        Ok(found.map(|(operation, _)| operation.id))
    }

    async fn roll_back_target(
        &self,
        actor: &Actor,
        batch: &Batch,
        definition: &Definition,
        target: &Target,
    ) -> Result<OperationId, Problem> {
        let to = target.home_revision.ok_or_else(Problem::internal)?;
        let submit = Submit {
            target: Of::Existing(target.release_id),
            change: Wish::Rollback { to },
            options: definition.options.clone(),
            base_revision: target.result_revision,
            reason: Some(format!("batch: {}, rolled back", batch.title)),
            idempotency: Some(target.rollback_key(batch.id)),
        };
        Ok(self.submit(actor, submit).await?.id)
    }
}

fn find(targets: &mut [Target], ord: u32) -> Option<&mut Target> {
    targets.iter_mut().find(|target| target.ord == ord)
}
