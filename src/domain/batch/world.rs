//! A cluster that is not there, for the tests beside it: a batch, its targets, and a clock that goes when it is told to. Tests nothing
//! by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::{
    look::Look,
    plan::waves,
    step::{SeenOperation, SeenRelease, Sight, Step, next},
    *,
};
use crate::domain::{
    ids::{ReleaseId, TenantId},
    operation::OperationStatus,
    release::{Health, ReleaseState},
};

pub(super) const PATIENCE: TimeDelta = TimeDelta::seconds(300);

/// What a release does when it is changed.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Fine,
    /// Helm fails, having made a revision.
    Fails,
    /// Deployed, and ill after so many seconds.
    Ill(i64),
}

/// A cluster that is not there: operations take ten seconds each.
pub(super) struct World {
    pub(super) batch: Batch,
    pub(super) targets: Vec<(Target, Sight)>,
    pub(super) fates: Vec<Fate>,
    pub(super) now: DateTime<Utc>,
    /// Asked for, by target: when, and whether it is a rollback.
    pub(super) asked: Vec<Vec<(DateTime<Utc>, bool)>>,
    pub(super) most_busy: usize,
    /// Who is not well when looked at once more, whatever the watch says.
    pub(super) looks_ill: Vec<u32>,
    /// Whom nobody can look at: the API server does not answer.
    pub(super) unanswered: Vec<u32>,
}

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub(super) fn world(strategy: Strategy, fates: &[Fate], rings: &[&str]) -> World {
    let labels: Vec<BTreeMap<String, String>> = (0..fates.len())
        .map(|n| rings.get(n % rings.len().max(1)).map(|ring| ("ring".into(), (*ring).into())).into_iter().collect())
        .collect();
    let (waves, of) = waves(&strategy.order, &labels);
    let target = |n: usize| {
        let release = TargetOf {
            release_id: ReleaseId(Uuid::from_u128(n as u128)),
            tenant_id: TenantId(Uuid::from_u128(n as u128)),
            tenant: format!("t{n}").parse().unwrap(),
            namespace: format!("t{n}").parse().unwrap(),
            release_name: "web".parse().unwrap(),
            from_version: "1.0.0".into(),
        };
        let (ord, wave) = (n.try_into().unwrap(), of[n].try_into().unwrap());
        let (base, preview_id) = (Some(1), Some(PreviewId(Uuid::nil())));
        Target { base_revision: base, home_revision: base, preview_id, ..Target::waiting(ord, wave, release, at(0)) }
    };
    let release = SeenRelease { revision: 1, state: ReleaseState::Deployed, health: Health::Healthy, detail: None };
    let sight = Sight { release: Some(release), ..Sight::default() };
    let targets: Vec<_> = (0..fates.len()).map(|n| (target(n), sight.clone())).collect();
    let batch = Batch {
        id: BatchId(Uuid::nil()),
        title: "web to 1.4.0".into(),
        state: BatchState::Running,
        why: None,
        strategy,
        requested_by: "mira".into(),
        reason: None,
        created_at: at(0),
        started_at: Some(at(0)),
        finished_at: None,
        waves,
        counts: Counts::default(),
        version: 1,
        forgiven: 0,
    };
    let (asked, fates) = (vec![Vec::new(); targets.len()], fates.to_vec());
    World { batch, asked, targets, fates, now: at(0), most_busy: 0, looks_ill: Vec::new(), unanswered: Vec::new() }
}

impl World {
    /// Does everything that comes next, until nothing does without time going on.
    pub(super) fn settle(&mut self) {
        for _ in 0..1_000 {
            let steps = next(&self.batch, &self.targets, PATIENCE, self.now);
            // What is looked at in vain is looked at again when time has gone on.
            let in_vain = |ord: &u32| self.looks_ill.contains(ord) || self.unanswered.contains(ord);
            let rests = steps.iter().all(|step| matches!(step, Step::Confirm(ord) if in_vain(ord)));
            steps.into_iter().for_each(|step| self.make(step));
            if rests {
                return;
            }
        }
        panic!("it never rests");
    }

    pub(super) fn make(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Move(moved) => {
                self.targets[moved.ord as usize].0.take(&moved, now);
            }
            Step::Halt { state, why, back, .. } => {
                (self.batch.state, self.batch.why) = (state, Some(why));
                back.iter().for_each(|ord| self.targets[*ord as usize].0.back = true);
            }
            Step::BeginWave(wave) => self.batch.waves[wave].begun_at = Some(now),
            Step::EndWave(wave) => self.batch.waves[wave].over_at = Some(now),
            Step::ReopenWave(wave) => self.batch.reopen(wave),
            Step::Start(ord) | Step::Back(ord) => {
                let back = matches!(step, Step::Back(_));
                assert!(back || self.batch.state == BatchState::Running, "nothing begins in a batch that is not running");
                let (target, sight) = &mut self.targets[ord as usize];
                target.set_out(back, now);
                sight.operation = Some(SeenOperation {
                    uninstalls: false,
                    status: OperationStatus::Running,
                    made: None,
                    ended: None,
                    error: None,
                    code: None,
                });
                self.asked[ord as usize].push((now, back));
            }
            Step::Confirm(ord) => {
                let look = match (self.unanswered.contains(&ord), self.looks_ill.contains(&ord)) {
                    (true, _) => Look::Unanswered("The API server did not answer.".into()),
                    (_, true) => Look::Ill("Deployment web: 0 of 1 ready".into()),
                    _ => Look::Well,
                };
                let (target, sight) = &mut self.targets[ord as usize];
                target.after_look(&self.batch, sight, look, PATIENCE, now);
            }
            Step::Finish => {
                self.batch.finished_at = Some(now);
                if self.batch.state != BatchState::Aborted {
                    self.batch.state = BatchState::Finished;
                }
            }
        }
        let busy = self.targets.iter().filter(|(target, _)| target.state.is_busy() && target.state != TargetState::RollingBack).count();
        self.most_busy = self.most_busy.max(busy);
    }

    pub(super) fn second(&mut self) {
        self.now += TimeDelta::seconds(1);
        let now = self.now;
        for (n, (target, sight)) in self.targets.iter_mut().enumerate() {
            let Some((asked, back)) = self.asked[n].last().copied() else { continue };
            let (operation, release) = (sight.operation.as_mut().unwrap(), sight.release.as_mut().unwrap());
            let after = (now - asked).num_seconds();
            if after == 10 {
                release.revision += 1;
                let fails = self.fates[n] == Fate::Fails && !back;
                operation.status = if fails { OperationStatus::Failed } else { OperationStatus::Succeeded };
                (operation.made, operation.ended) = (Some(release.revision), Some(now));
                release.state = if fails { ReleaseState::Failed } else { ReleaseState::Deployed };
                release.health = Health::Healthy;
            }
            if let (Fate::Ill(when), false) = (self.fates[n], back)
                && after == 10 + when
                && target.state != TargetState::RollingBack
            {
                release.health = Health::Degraded;
            }
        }
        self.settle();
    }

    pub(super) fn run(&mut self, seconds: i64) {
        self.settle();
        for _ in 0..seconds {
            self.second();
        }
    }

    /// A person does something to the batch and its targets.
    pub(super) fn person<T>(&mut self, does: impl FnOnce(&mut Batch, &mut [Target]) -> T) -> T {
        let mut targets: Vec<Target> = self.targets.iter().map(|(target, _)| target.clone()).collect();
        let done = does(&mut self.batch, &mut targets);
        for ((target, _), now) in self.targets.iter_mut().zip(targets) {
            *target = now;
        }
        done
    }

    /// Renders what waits for it, from the revision that its release is at.
    pub(super) fn render(&mut self) {
        for (target, sight) in self.targets.iter_mut().filter(|(target, _)| target.preview_id.is_none()) {
            let present = sight.release.as_ref().unwrap().revision;
            target.home_revision = Some(target.home_from(present));
            (target.base_revision, target.preview_id) = (Some(present), Some(PreviewId(Uuid::nil())));
        }
    }

    pub(super) fn states(&self) -> Vec<TargetState> {
        self.targets.iter().map(|(target, _)| target.state).collect()
    }

    pub(super) fn begun(&self) -> usize {
        self.asked.iter().filter(|asked| !asked.is_empty()).count()
    }
}
