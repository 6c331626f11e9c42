//! Planner and reducer together: simulated batches with a clock of their own, and many of them by chance.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    step::{SeenOperation, Sight},
    *,
};
use crate::domain::{
    ids::ReleaseId,
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
#[path = "outages_tests.rs"]
mod outages;
#[path = "stops_tests.rs"]
mod stops;
#[path = "world.rs"]
mod world;

use world::*;

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
