//! Planner and reducer together: simulated batches with a clock of their own, and many of them by chance.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    look::Look,
    plan::waves,
    step::{SeenOperation, SeenRelease, Sight, Step, next},
    *,
};
use crate::domain::{
    ids::{ReleaseId, TenantId},
    operation::OperationStatus,
    release::{Health, ReleaseState},
    window::Window,
};

#[path = "again_tests.rs"]
mod again;
#[path = "faults.rs"]
mod faults;
#[path = "gate_tests.rs"]
mod gate;
#[path = "stops_tests.rs"]
mod stops;

const PATIENCE: TimeDelta = TimeDelta::seconds(300);

/// What a release does when it is changed.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    /// Helm fails, having made a revision.
    Fails,
    /// Deployed, and ill after so many seconds.
    Ill(i64),
}

/// A cluster that is not there: operations take ten seconds each.
struct World {
    batch: Batch,
    targets: Vec<(Target, Sight)>,
    fates: Vec<Fate>,
    now: DateTime<Utc>,
    /// Asked for, by target: when, and whether it is a rollback.
    asked: Vec<Vec<(DateTime<Utc>, bool)>>,
    most_busy: usize,
    /// Who is not well when looked at once more, whatever the watch says.
    looks_ill: Vec<u32>,
    /// Whom nobody can look at: the API server does not answer.
    unanswered: Vec<u32>,
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn world(strategy: Strategy, fates: &[Fate], rings: &[&str]) -> World {
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
    fn settle(&mut self) {
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

    fn make(&mut self, step: Step) {
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

    fn second(&mut self) {
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

    fn run(&mut self, seconds: i64) {
        self.settle();
        for _ in 0..seconds {
            self.second();
        }
    }

    fn states(&self) -> Vec<TargetState> {
        self.targets.iter().map(|(target, _)| target.state).collect()
    }

    fn begun(&self) -> usize {
        self.asked.iter().filter(|asked| !asked.is_empty()).count()
    }
}

#[test]
fn a_sequential_batch_goes_on_after_failures_one_at_a_time() {
    let mut world = world(Strategy::usual(Order::Sequential), &[Fate::Fine, Fate::Fails, Fate::Fine], &[]);
    world.run(60);
    assert_eq!(world.states(), [TargetState::Done, TargetState::Failed, TargetState::Done]);
    assert_eq!((world.batch.state, world.most_busy), (BatchState::Finished, 1));
}

#[test]
fn a_rolling_batch_pauses_between_its_waves() {
    let strategy = Strategy { soak: 0, ..Strategy::usual(Order::Rolling { size: 2 }) };
    let mut world = world(strategy, &[Fate::Fine; 5], &[]);
    world.run(400);
    let begun: Vec<_> = world.asked.iter().map(|asked| (asked[0].0 - at(0)).num_seconds()).collect();
    assert_eq!(begun, [0, 0, 70, 70, 140]);
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn a_canary_that_falls_ill_during_its_soak_stops_the_rest_and_goes_back() {
    let strategy = Strategy {
        soak: 120,
        threshold: Threshold::Count(1),
        on_threshold: Answer::Abort,
        rollback: GoesBack::Wave,
        ..Strategy::usual(Order::Canary { percent: 10 })
    };
    let mut fates = vec![Fate::Fine; 20];
    fates[1] = Fate::Ill(30);
    let mut world = world(strategy, &fates, &[]);
    world.run(900);
    assert_eq!(world.begun(), 2, "the canary alone");
    assert_eq!(world.states()[..3], [TargetState::RolledBack, TargetState::RolledBack, TargetState::Waiting]);
    assert_eq!(world.batch.state, BatchState::Aborted);
    assert!(world.batch.finished_at.is_some());
    assert!(!world.targets[0].0.failed && world.targets[1].0.failed, "who only went back with the others did not fail");
}

#[test]
fn waves_go_by_the_label_and_wait_for_a_person() {
    let order = Order::Staged { label: "ring".into(), values: vec!["canary".into(), "early".into(), "late".into()] };
    let strategy = Strategy { approval: true, soak: 0, ..Strategy::usual(order) };
    let mut world = world(strategy, &[Fate::Fine; 6], &["early", "canary", "elsewhere"]);
    assert_eq!(world.batch.waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["canary", "early", "others"]);
    world.run(100);
    assert_eq!((world.begun(), world.batch.awaited()), (2, Some(1)));
    world.batch.waves[1].approved_by = Some("mira".into());
    world.run(100);
    assert_eq!((world.begun(), world.batch.awaited()), (4, Some(2)));
    world.batch.waves[2].approved_by = Some("mira".into());
    world.run(100);
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn an_old_green_light_is_not_taken_for_the_new_revision() {
    let mut world = world(Strategy::usual(Order::Sequential), &[Fate::Fine], &[]);
    world.run(9);
    // Helm has ended, and the watch still shows the revision before, healthy.
    let sight = &mut world.targets[0].1;
    *sight.operation.as_mut().unwrap() = SeenOperation {
        uninstalls: false,
        status: OperationStatus::Succeeded,
        made: Some(2),
        ended: Some(world.now),
        error: None,
        code: None,
    };
    world.settle();
    assert_eq!(world.states(), [TargetState::Settling]);
    world.targets[0].1.release.as_mut().unwrap().revision = 2;
    world.settle();
    assert_eq!(world.states(), [TargetState::Done]);
}

#[test]
fn what_is_changed_elsewhere_while_it_is_watched_is_set_aside() {
    let strategy = Strategy { soak: 60, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine], &[]);
    world.run(20);
    assert_eq!(world.states(), [TargetState::Soaking]);
    world.targets[0].1.release.as_mut().unwrap().revision = 3;
    world.settle();
    assert_eq!(world.states(), [TargetState::SetAside]);
    assert!(world.targets[0].0.why.as_ref().unwrap().contains("elsewhere"));
}

#[test]
fn who_is_held_meanwhile_is_set_aside_and_a_closed_window_is_waited_for() {
    let strategy = Strategy { wait_for_window: true, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine; 2], &[]);
    world.targets[0].1.held = Some("frozen by mira".into());
    // From the second minute on.
    world.targets[1].1.windows = vec![Window { cron: "2 0 * * *".into(), minutes: 10, time_zone: "UTC".into() }];
    world.run(110);
    assert_eq!(world.states(), [TargetState::SetAside, TargetState::Waiting]);
    world.run(30);
    assert_eq!(world.states(), [TargetState::SetAside, TargetState::Done]);
}

#[test]
fn a_target_outside_of_its_window_is_set_aside_where_nobody_waits_for_it() {
    let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
    world.targets[0].1.windows = vec![Window { cron: "30 2 * * *".into(), minutes: 60, time_zone: "Europe/Berlin".into() }];
    world.run(2);
    assert_eq!(world.states(), [TargetState::SetAside]);
    assert!(world.targets[0].0.why.as_ref().unwrap().contains("opens 1970-01-01 01:30 UTC"), "{:?}", world.targets[0].0.why);
}

#[test]
fn a_canary_that_was_left_out_vouches_for_nothing() {
    let mut world = world(Strategy { soak: 0, ..Strategy::usual(Order::Canary { percent: 10 }) }, &[Fate::Fine; 10], &[]);
    world.targets[0].1.held = Some("frozen by mira".into());
    world.run(30);
    assert_eq!((world.begun(), world.batch.state), (0, BatchState::Paused));
    world.batch.waves[1].approved_by = Some("mira".into());
    world.batch.state = BatchState::Running;
    world.run(200);
    assert_eq!((world.begun(), world.batch.state), (9, BatchState::Finished));
}

#[test]
fn a_percentage_counts_the_targets_that_take_part() {
    assert!(!Threshold::Percent(10).is_hit(0, 5));
    assert!(Threshold::Percent(10).is_hit(1, 5));
    assert!(!Threshold::Percent(10).is_hit(3, 40));
    assert!(Threshold::Percent(10).is_hit(4, 40));
    assert!(!Threshold::Never.is_hit(400, 400));
}

#[test]
fn whether_a_target_may_begin_is_answered_for_the_very_moment() {
    let nightly = Window { cron: "0 22 * * *".into(), minutes: 60, time_zone: "UTC".into() };
    let waits = Strategy { wait_for_window: true, ..Strategy::usual(Order::Sequential) };
    let batch = world(waits, &[Fate::Fine], &[]).batch;
    let sight = Sight { windows: vec![nightly], ..Sight::default() };
    let (open, closed) = (at(22 * 3600 + 60), at(23 * 3600 + 60));
    assert_eq!(advance::admitted(&batch, &sight, open), Ok(()));
    assert_eq!(advance::admitted(&batch, &sight, closed), Err(None), "it waits");
    let strict = Batch { strategy: Strategy::usual(Order::Sequential), ..batch.clone() };
    assert!(matches!(advance::admitted(&strict, &sight, closed), Err(Some(_))));
    let held = Sight { held: Some("frozen".into()), ..Sight::default() };
    assert_eq!(advance::admitted(&batch, &held, open), Err(Some("frozen".into())));
}

#[test]
fn a_merge_patch_sets_replaces_and_takes_away() {
    let map = |value: serde_json::Value| value.as_object().unwrap().clone();
    let patched = aim::patched(
        map(serde_json::json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 1})),
        &map(serde_json::json!({"a": {"b": null, "x": {"y": 1}}, "d": [2, 3], "e": null})),
    );
    assert_eq!(serde_json::Value::Object(patched), serde_json::json!({"a": {"c": 2, "x": {"y": 1}}, "d": [2, 3]}));
}

/// Numbers that are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

#[test]
fn whatever_happens_no_target_is_in_two_waves_nothing_begins_after_an_end_and_failures_are_bounded() {
    for seed in 1..=300u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let count = 1 + chance.below(25) as usize;
        let fates: Vec<Fate> = (0..count)
            .map(|_| match chance.below(6) {
                0 => Fate::Fails,
                1 => Fate::Ill(1 + chance.below(20) as i64),
                _ => Fate::Fine,
            })
            .collect();
        let order = match chance.below(4) {
            0 => Order::Sequential,
            1 => Order::Rolling { size: 1 + chance.below(6) as u32 },
            2 => Order::Canary { percent: 1 + chance.below(60) as u32 },
            _ => Order::Staged { label: "ring".into(), values: vec!["b".into(), "a".into()] },
        };
        let threshold = match chance.below(3) {
            0 => Threshold::Never,
            1 => Threshold::Count(1 + chance.below(4) as u32),
            _ => Threshold::Percent(1 + chance.below(50) as u32),
        };
        let rollback = [GoesBack::None, GoesBack::Target, GoesBack::Wave, GoesBack::All][chance.below(4) as usize];
        let answer = if chance.below(2) == 0 { Answer::Abort } else { Answer::Pause };
        let usual = Strategy::usual(order);
        let strategy =
            Strategy { soak: chance.below(15) as u32, delay: chance.below(20) as u32, threshold, rollback, on_threshold: answer, ..usual };
        let parallel = strategy.parallel as usize;
        let mut world = world(strategy, &fates, &["a", "b", "c"]);
        let used: std::collections::BTreeSet<_> = world.targets.iter().map(|(target, _)| target.wave as usize).collect();
        assert_eq!(used, (0..world.batch.waves.len()).collect(), "no wave is empty, and there is no other");
        let (abort, mut begun_at_abort) = (chance.below(400) as i64, None);
        for second in 0..3_000 {
            world.run(1);
            if second == abort && chance.below(2) == 0 && world.batch.state == BatchState::Running {
                world.batch.state = BatchState::Aborted;
                begun_at_abort = Some(world.begun());
            }
        }
        assert!(world.most_busy <= parallel, "seed {seed}: {} at once", world.most_busy);
        if let Some(begun) = begun_at_abort {
            assert_eq!(world.begun(), begun, "seed {seed}: nothing begins after an abort");
        }
        // What is found to run no longer before another wave begins is found together.
        let late = |target: &Target| target.why.as_ref().is_some_and(|why| why.contains("does not run any more"));
        let failed = world.targets.iter().filter(|(target, _)| target.failed && !late(target)).count();
        let all = world.targets.len() as u32;
        // What ran beside the one that was too many may fail, too; no more than that.
        let most = (0..=all).find(|failures| threshold.is_hit(*failures, all)).map_or(usize::MAX, |most| most as usize + parallel - 1);
        assert!(failed <= most, "seed {seed}: {failed} failed of at most {most}");
        assert!(world.states().iter().all(|state| !state.is_busy()), "seed {seed}: {:?}", world.states());
        for (target, asked) in world.targets.iter().map(|(target, _)| target).zip(&world.asked) {
            assert!(asked.iter().filter(|(_, back)| !back).count() <= 1, "seed {seed}: changed twice");
            assert!(asked.iter().filter(|(_, back)| *back).count() <= 1, "seed {seed}: rolled back twice");
            assert!(!(target.back && target.state == TargetState::Done), "seed {seed}: one that is to go back stays");
        }
        let rests = matches!(world.batch.state, BatchState::Paused) || world.batch.finished_at.is_some();
        assert!(rests, "seed {seed}: {:?} {:?}", world.batch.state, world.states());
    }
}
