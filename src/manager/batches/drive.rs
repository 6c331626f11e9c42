//! Drives batches that were started: asks the domain what comes next, writes that down, and has [`super::launch`] ask for operations.
//! What is to run is written before it is asked for, and asked for with a key that is the same each time: whoever is
//! killed in between goes on without doing anything twice. Waits for nothing but what concerns a batch.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use tokio::{
    sync::broadcast::Receiver,
    time::{Instant, sleep_until},
};

use super::{
    driven::{Driven, Watched},
    hints::{Ears, Heard, Listening},
    news, on_behalf, store_problem,
};
use crate::{
    domain::{
        actor::Actor,
        audit::NewAudit,
        batch::{
            Batch, BatchState, Target, TargetState,
            look::Look,
            step::{Step, next},
        },
        ids::{BatchId, ReleaseId},
        live::Live,
        problem::Problem,
    },
    manager::ReleaseManager,
};

/// How often every batch is looked at for what time has brought.
const TICK: Duration = Duration::from_secs(1);
/// How long hints are gathered before they are looked after. The end of an operation is looked after at once: its place is idle
/// until the next one begins.
const GATHER: Duration = Duration::from_millis(25);
/// How long a look at one target's workloads may take: others wait for it.
const LOOK: Duration = Duration::from_secs(10);
/// How long the watch may be silent before it counts as interrupted.
const BLIND: TimeDelta = TimeDelta::seconds(30);
/// For how many times as long as it took a look that was not answered is not repeated.
const REST: u32 = 3;

/// Until when targets are left alone whose look was not answered: what it took is not spent on them all the time, since every
/// batch waits for it.
type Resting = HashMap<(BatchId, u32), Instant>;

/// What goes from batch to batch.
struct Round {
    resting: Resting,
    watched: Watched,
}

/// What came of an attempt to move a batch.
pub(super) enum Moved {
    /// It goes on from there.
    On,
    /// There was nothing to do.
    Nothing,
    /// It is to be read anew: somebody else has written it meanwhile, or it was read too long ago.
    Elsewhere,
}

impl ReleaseManager {
    /// Renders and drives batches, for ever.
    pub async fn run_batches(self) {
        // What is on record of releases from before a stop says nothing about how they run now.
        let _ = self.synced().wait_for(|synced| *synced).await;
        tokio::join!(self.preflight_batches(), self.drive_batches());
    }

    async fn drive_batches(&self) {
        let system = Actor::system("batches");
        let (mut live, mut ended) = (self.live(), self.inner.ended.subscribe());
        let (mut kept, mut heard, mut due) = (HashMap::<BatchId, Driven>::new(), Heard::everything(), Instant::now());
        let (mut listening, mut round) =
            (Listening::new(), Round { resting: Resting::new(), watched: Watched { since: self.now(), blind: false } });
        loop {
            if heard.is_everything() {
                due = Instant::now() + TICK;
                kept.clear();
            }
            round.watched.blind = self.seen_at().is_none_or(|seen| self.now() - seen > BLIND);
            if round.watched.blind {
                round.watched.since = self.now();
            }
            let ids = self.inner.stores.batches.at_work().await.unwrap_or_else(|error| {
                store_problem(error);
                Vec::new()
            });
            listening.retain(|id, _| ids.contains(id));
            round.resting.retain(|_, until| *until > Instant::now());
            let concerned: Vec<BatchId> = ids.into_iter().filter(|id| heard.concerns(*id, &listening)).collect();
            for id in concerned {
                match self.drive(&system, id, kept.remove(&id), &heard, &mut round).await {
                    Ok(None) => {}
                    Ok(Some(driven)) => {
                        listening.insert(id, Ears::of(&driven.seen));
                        kept.insert(id, driven);
                    }
                    Err(problem) => tracing::warn!(batch = %id, code = %problem.code, "a batch could not go on; it is tried again"),
                }
            }
            heard = self.hear(&mut live, &mut ended, &listening, due).await;
        }
    }

    /// Waits for what concerns a batch, or until that moment, from which on all of them are.
    async fn hear(&self, live: &mut Receiver<Live>, ended: &mut Receiver<ReleaseId>, listening: &Listening, due: Instant) -> Heard {
        let (mut heard, mut until) = (Heard::default(), due);
        loop {
            // In this order: however many hints come in between, they keep nothing from being looked after.
            tokio::select! {
                biased;
                () = self.inner.driver.notified() => return Heard::everything(),
                release = ended.recv() => {
                    heard.ended(release);
                    until = Instant::now();
                }
                () = sleep_until(until) => break,
                hint = live.recv() => {
                    if heard.take(hint, listening) {
                        until = until.min(Instant::now() + GATHER);
                    }
                }
            }
        }
        // What time brings, no hint tells.
        if Instant::now() >= due { Heard::everything() } else { heard }
    }

    /// Takes every step that can be taken now, from what was read before where only `heard` may have changed since. Answers how the
    /// batch stands then.
    async fn drive(
        &self,
        system: &Actor,
        id: BatchId,
        mut kept: Option<Driven>,
        heard: &Heard,
        round: &mut Round,
    ) -> Result<Option<Driven>, Problem> {
        if let Some(driven) = &mut kept {
            self.look_again(system, driven, heard, round.watched).await?;
        }
        let mut in_vain = BTreeSet::new();
        'read: loop {
            let mut driven = match kept.take() {
                Some(driven) => driven,
                None => match self.read(system, id, round.watched).await? {
                    Some(driven) => Driven { in_vain: std::mem::take(&mut in_vain), ..driven },
                    None => return Ok(None),
                },
            };
            loop {
                let stepped = self.step(&mut driven, &mut round.resting).await?;
                let launched = match stepped {
                    Moved::Elsewhere => Moved::Elsewhere,
                    _ => self.launch(&mut driven).await?,
                };
                match (stepped, launched) {
                    (Moved::Elsewhere, _) | (_, Moved::Elsewhere) => {
                        in_vain = driven.in_vain;
                        continue 'read;
                    }
                    (Moved::Nothing, Moved::Nothing) => return Ok(Some(driven)),
                    _ => self.hint(Live::Batch { id }),
                }
            }
        }
    }

    /// Writes what the next steps come to.
    async fn step(&self, driven: &mut Driven, resting: &mut Resting) -> Result<Moved, Problem> {
        let now = self.now();
        let Driven { batch: before, definition, seen, in_vain, .. } = &*driven;
        let patience = TimeDelta::seconds(i64::from(definition.options.timeout));
        let mut steps = next(before, seen, patience, now);
        // What is looked at in vain is looked at again when time has gone on, not at once.
        steps.retain(|step| !matches!(step, Step::Confirm(ord) if in_vain.contains(ord) || resting.contains_key(&(before.id, *ord))));
        if steps.is_empty() {
            return Ok(Moved::Nothing);
        }
        let (all, mut batch) = (steps.len(), before.clone());
        let mut targets: Vec<Target> = seen.iter().map(|(target, _)| target.clone()).collect();
        let (mut asked, mut confirm) = (BTreeSet::new(), Vec::new());
        let (mut halted, mut anew) = (None, false);
        for step in steps {
            match step {
                Step::Move(moved) => {
                    let Some(target) = find(&mut targets, moved.ord) else { continue };
                    target.take(&moved, now);
                    anew |= target.state == TargetState::Waiting && target.preview_id.is_none();
                }
                Step::Halt { state, why, back, wave } => {
                    (batch.state, batch.why, halted) = (state, Some(why), Some(wave));
                    targets.iter_mut().filter(|target| back.contains(&target.ord)).for_each(|target| target.back = true);
                }
                Step::BeginWave(wave) => batch.waves[wave].begun_at = Some(now),
                Step::EndWave(wave) => batch.waves[wave].over_at = Some(now),
                Step::ReopenWave(wave) => batch.reopen(wave),
                Step::Start(ord) | Step::Back(ord) => {
                    let Some(target) = find(&mut targets, ord) else { continue };
                    target.set_out(matches!(step, Step::Back(_)), now);
                    asked.insert(ord);
                }
                Step::Confirm(ord) => confirm.push(ord),
                Step::Finish => {
                    batch.finished_at = Some(now);
                    if batch.state != BatchState::Aborted {
                        batch.state = BatchState::Finished;
                    }
                }
            }
        }
        let actor = on_behalf(&batch);
        let looks =
            confirm.iter().filter_map(|ord| targets.iter().find(|target| target.ord == *ord)).map(|target| self.look_at(&actor, target));
        let looked: Vec<(u32, (Look, Duration))> = confirm.iter().copied().zip(join_all(looks).await).collect();
        let mut still_in_vain = BTreeSet::new();
        for (ord, (look, took)) in looked {
            if matches!(look, Look::Unanswered(_)) {
                resting.insert((batch.id, ord), Instant::now() + REST * took);
            }
            let Some((_, sight)) = seen.iter().find(|(target, _)| target.ord == ord) else { continue };
            let Some(target) = find(&mut targets, ord) else { continue };
            if !target.after_look(&batch, sight, look, patience, self.now()) {
                still_in_vain.insert(ord);
            }
        }
        let told = news(before, &mut batch, halted, definition, &targets, now);
        let audit = by_itself(before, &batch, now);
        let changed: Vec<Target> = targets.into_iter().zip(seen).filter(|(now, (before, _))| now != before).map(|(now, _)| now).collect();
        let moved = all > still_in_vain.len();
        driven.in_vain.extend(still_in_vain);
        if !moved && changed.is_empty() {
            return Ok(Moved::Nothing);
        }
        if !self.inner.stores.batches.write(&batch, &changed, audit.as_ref(), &told).await.map_err(store_problem)? {
            return Ok(Moved::Elsewhere);
        }
        driven.batch = batch;
        driven.wrote(changed, &asked);
        if anew {
            // There is something to be looked at beforehand.
            self.inner.batches.notify_one();
        }
        Ok(if moved { Moved::On } else { Moved::Nothing })
    }

    /// What of a target does not run, looked at in the cluster itself; and how long the look took.
    async fn look_at(&self, actor: &Actor, target: &Target) -> (Look, Duration) {
        let began = Instant::now();
        let look = match tokio::time::timeout(LOOK, self.ill(actor, target.release_id)).await {
            Ok(Ok(None)) => Look::Well,
            Ok(Ok(Some(why))) => Look::Ill(why),
            // What is refused for good will not get better by itself.
            Ok(Err(problem)) if problem.status() < 500 => Look::Ill(problem.detail),
            Ok(Err(problem)) => Look::Unanswered(problem.detail),
            Err(_) => Look::Unanswered("The cluster takes too long to say how it runs. It is asked again.".to_owned()),
        };
        (look, began.elapsed())
    }
}

/// What the audit is told of a batch that stops or ends by itself.
pub(super) fn by_itself(before: &Batch, after: &Batch, now: DateTime<Utc>) -> Option<NewAudit> {
    let facts = |state: BatchState| serde_json::json!({ "state": state.as_str() }).as_object().cloned();
    let ended = after.finished_at.filter(|_| before.finished_at.is_none());
    let action = match (ended, after.state) {
        (Some(_), _) => "batch.end",
        (None, BatchState::Paused) if before.state != BatchState::Paused => "batch.pause",
        (None, BatchState::Aborted) if before.state != BatchState::Aborted => "batch.abort",
        _ => return None,
    };
    let audit = NewAudit::of(&Actor::system("batches"), now, action, after.id.to_string());
    Some(NewAudit { reason: after.why.clone(), before: facts(before.state), after: facts(after.state), ..audit })
}

fn find(targets: &mut [Target], ord: u32) -> Option<&mut Target> {
    targets.iter_mut().find(|target| target.ord == ord)
}
