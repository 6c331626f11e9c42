//! What people do with a batch: start, pause, resume, end it, let a wave go ahead, leave a target out, try again, roll back.
//! Each with its reason in the audit; refused where the batch does not stand where that means anything.

use super::{ReleaseManager, news, store_problem};
use crate::domain::{
    actor::{Act, Actor},
    audit::NewAudit,
    batch::{
        Batch, BatchState, Target, TargetState,
        person::{resume, retry, roll_back},
        seen::{Depends, Seen},
    },
    change,
    ids::BatchId,
    problem::{Code, Problem},
};

/// How often it is tried when the batch moves at the same moment.
const TRIES: usize = 20;

/// What a person does with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchAct {
    /// Begin, after the preflight.
    Start,
    /// Begin nothing more for now.
    Pause,
    /// Go on.
    Resume,
    /// End it: begin nothing more at all.
    Abort,
    /// Let that wave begin.
    GoAhead(u32),
    /// Leave a target out.
    Skip(u32),
    /// Try all failed targets again, or that one.
    RetryFailed(Option<u32>),
    /// Take back what was changed in a wave.
    RollBack(u32),
}

impl BatchAct {
    /// The word for it, as routes and the audit write it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::GoAhead(_) => "go-ahead",
            Self::Skip(_) => "skip",
            Self::RetryFailed(_) => "retry-failed",
            Self::RollBack(_) => "roll-back",
        }
    }

    /// What of the batch it depends on.
    fn depends(&self) -> Depends {
        match self {
            // Whatever they stop, they stop.
            Self::Pause | Self::Abort => Depends::Nothing,
            Self::Skip(_) => Depends::State,
            Self::RollBack(_) => Depends::Waves,
            Self::Resume | Self::GoAhead(_) | Self::RetryFailed(_) => Depends::Failures,
            Self::Start => Depends::Everything,
        }
    }

    /// Whether it wants a reason.
    pub fn wants_reason(&self) -> bool {
        matches!(self, Self::Abort | Self::Skip(_) | Self::RollBack(_))
    }
}

impl ReleaseManager {
    /// Does that with a batch. Refused where `seen`, what was looked at, is given and the batch has moved since so that the act
    /// would mean something else.
    pub async fn act_on_batch(
        &self,
        actor: &Actor,
        id: BatchId,
        act: &BatchAct,
        reason: Option<&str>,
        seen: Option<&Seen>,
    ) -> Result<Batch, Problem> {
        actor.demand(Act::RunBatches)?;
        let reason = change::reason(reason)?;
        if act.wants_reason() && reason.is_none() {
            return Err(Problem::new(Code::ReasonMissing, "Say why, so that whoever looks at this batch later knows."));
        }
        let batches = &self.inner.stores.batches;
        for _ in 0..TRIES {
            let found = batches.by_id(actor, id).await.map_err(store_problem)?;
            let (mut batch, definition) = found.ok_or_else(Problem::batch_not_found)?;
            if let Some(seen) = seen {
                seen.still(&batch.seen(), act.depends())?;
            }
            let reason = reason.as_ref().map(|reason| self.said_plainly(&definition, reason));
            let before: Vec<Target> =
                batches.targets(actor, id).await.map_err(store_problem)?.into_iter().map(|(target, _)| target).collect();
            let mut targets = before.clone();
            let was = batch.clone();
            let words = said(actor, act, reason.as_deref());
            self.done(&mut batch, &mut targets, act, actor, words)?;
            let facts = |state: BatchState| serde_json::json!({ "state": state.as_str() }).as_object().cloned();
            let mut after = facts(batch.state);
            if let (Some(after), Some(about)) = (&mut after, about(act, &was, &before)) {
                after.insert("about".into(), about.into());
            }
            let audit = NewAudit {
                reason: reason.clone(),
                before: facts(was.state),
                after,
                ..NewAudit::of(actor, self.now(), format!("batch.{}", act.as_str()), id.to_string())
            };
            let told = news(&was, &mut batch, None, &definition, &targets, self.now());
            let changed: Vec<Target> =
                targets.into_iter().zip(&before).filter(|(now, before)| now != *before).map(|(now, _)| now).collect();
            if batches.write(&batch, &changed, Some(&audit), &told).await.map_err(store_problem)? {
                self.batch_moved(id);
                let (batch, _) = batches.by_id(actor, id).await.map_err(store_problem)?.ok_or_else(Problem::batch_not_found)?;
                return Ok(batch);
            }
        }
        Err(Problem::new(Code::BatchMoved, "The batch kept moving while this was asked for. Try again."))
    }

    fn done(&self, batch: &mut Batch, targets: &mut [Target], act: &BatchAct, actor: &Actor, words: String) -> Result<(), Problem> {
        use BatchState::{Aborted, Finished, Paused, Preflight, Ready, Running};
        let now = self.now();
        match (act, batch.state) {
            (BatchAct::Start, Ready) => (batch.state, batch.started_at) = (Running, Some(now)),
            (BatchAct::Pause, Running) => (batch.state, batch.why) = (Paused, Some(words)),
            (BatchAct::Resume, Paused) => resume(batch, targets, actor.name()),
            (BatchAct::Abort, Preflight | Ready | Running | Paused) => {
                if matches!(batch.state, Preflight | Ready) {
                    batch.finished_at = Some(now);
                }
                (batch.state, batch.why) = (Aborted, Some(words));
            }
            (BatchAct::GoAhead(wave), Running) => {
                let awaited = batch.awaited().filter(|awaited| usize::try_from(*wave) == Ok(*awaited));
                let gone = || Problem::new(Code::BatchMoved, "That wave does not wait for a go-ahead. Look at the batch again.");
                let next = batch.waves.get_mut(awaited.ok_or_else(gone)?).ok_or_else(gone)?;
                next.approved_by = Some(actor.name().to_owned());
            }
            (BatchAct::Skip(ord), Preflight | Ready | Running | Paused) => {
                let target = targets.iter_mut().find(|target| target.ord == *ord && target.state == TargetState::Waiting);
                let gone = || {
                    Problem::new(Code::BatchMoved, "That target has begun, or is no part of the batch. Only what waits can be left out.")
                };
                let target = target.ok_or_else(gone)?;
                target.set_aside(Some(words), now);
            }
            (BatchAct::RetryFailed(only), Running | Paused | Finished) => retry(batch, targets, *only, now)?,
            (BatchAct::RollBack(wave), Running | Paused | Aborted | Finished) => roll_back(batch, targets, *wave, actor.name(), words)?,
            (_, state) => {
                let text = format!("The batch is {}: {} means nothing there. Look at it again.", state.as_str(), act.as_str());
                return Err(Problem::new(Code::BatchMoved, text));
            }
        }
        Ok(())
    }
}

fn said(actor: &Actor, act: &BatchAct, reason: Option<&str>) -> String {
    let what = match act {
        BatchAct::Pause => "Paused",
        BatchAct::Abort => "Ended",
        BatchAct::Skip(_) => "Left out",
        BatchAct::RollBack(_) => "Rolled back",
        _ => "Changed",
    };
    match reason {
        Some(reason) => format!("{what} by {}: {reason}", actor.name()),
        None => format!("{what} by {}.", actor.name()),
    }
}

/// Which part of a batch an act is about, for the audit; `None` where it is about all of it.
fn about(act: &BatchAct, batch: &Batch, targets: &[Target]) -> Option<String> {
    match act {
        BatchAct::GoAhead(wave) | BatchAct::RollBack(wave) => {
            let at = usize::try_from(*wave).ok()?;
            Some(batch.waves.get(at).map_or_else(|| format!("wave {}", at + 1), |wave| wave.called(at)))
        }
        BatchAct::Skip(ord) | BatchAct::RetryFailed(Some(ord)) => {
            let target = targets.iter().find(|target| target.ord == *ord)?;
            Some(format!("{}/{}", target.tenant, target.release_name))
        }
        BatchAct::RetryFailed(None) => {
            let failed = targets.iter().filter(|target| target.failed && target.state.is_over()).count();
            Some(if failed == 1 { "1 failed target".to_owned() } else { format!("{failed} failed targets") })
        }
        BatchAct::Start | BatchAct::Pause | BatchAct::Resume | BatchAct::Abort => None,
    }
}
