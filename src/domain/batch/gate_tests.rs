//! Before a wave begins: what is done has to run still, and failures are counted of what was tried; windows that are waited for say so.
//! In the world of the tests beside it.

use super::{
    person::{resume, retry, roll_back},
    *,
};

fn canary(threshold: Threshold, rollback: GoesBack) -> Strategy {
    Strategy { soak: 5, delay: 60, threshold, rollback, parallel: 10, ..Strategy::usual(Order::Canary { percent: 20 }) }
}

#[test]
fn a_canary_that_falls_ill_after_it_was_done_keeps_the_rest_from_beginning() {
    let mut fates = vec![Fate::Fine; 10];
    fates[1] = Fate::Ill(30);
    let mut world = world(canary(Threshold::Count(1), GoesBack::Wave), &fates, &[]);
    world.run(20);
    assert_eq!(world.states()[..2], [TargetState::Done; 2]);
    world.run(200);
    assert_eq!((world.batch.state, world.begun()), (BatchState::Paused, 2));
    assert_eq!(world.states()[..2], [TargetState::RolledBack; 2], "with its wave, which was not over after all");
    let target = &world.targets[1].0;
    assert!(target.failed && target.why.as_ref().unwrap().starts_with("It was healthy, and does not run any more"), "{target:?}");
}

#[test]
fn where_failures_do_not_matter_the_rest_begins_once_it_is_known_who_fell_ill() {
    let mut fates = vec![Fate::Fine; 10];
    fates[1] = Fate::Ill(30);
    let mut world = world(canary(Threshold::Never, GoesBack::None), &fates, &[]);
    world.run(400);
    assert_eq!((world.begun(), world.batch.state), (10, BatchState::Finished));
    assert_eq!((world.states()[1], world.targets[1].0.failed), (TargetState::Failed, true));
}

#[test]
fn what_somebody_changed_after_it_was_done_is_theirs_to_look_after() {
    let mut world = world(canary(Threshold::Count(1), GoesBack::Wave), &[Fate::Fine; 10], &[]);
    world.run(30);
    let release = world.targets[0].1.release.as_mut().unwrap();
    (release.revision, release.health) = (3, Health::Degraded);
    world.run(200);
    assert_eq!((world.begun(), world.batch.state), (10, BatchState::Finished));
}

#[test]
fn a_percentage_is_of_the_waves_that_have_begun() {
    // One of two canaries is half of what was tried, and a tenth of all.
    let mut fates = vec![Fate::Fine; 10];
    fates[0] = Fate::Fails;
    let mut world = world(canary(Threshold::Percent(30), GoesBack::None), &fates, &[]);
    world.run(100);
    assert_eq!((world.batch.state, world.begun()), (BatchState::Paused, 2));
    assert_eq!(world.batch.why.as_deref(), Some("1 target has failed of 2 in the waves begun so far."));
}

#[test]
fn who_is_set_aside_counts_neither_as_tried_nor_as_failed() {
    let mut fates = vec![Fate::Fine; 10];
    fates[0] = Fate::Fails;
    let strategy = Strategy { threshold: Threshold::Percent(20), ..Strategy::default() };
    let mut world = world(strategy, &fates, &[]);
    for (_, sight) in &mut world.targets[1..7] {
        sight.held = Some("frozen by mira".into());
    }
    world.run(200);
    assert_eq!(world.batch.why.as_deref(), Some("1 target has failed of 4."), "the others were never to be tried");
}

#[test]
fn a_target_that_waits_for_its_window_says_so_and_when_it_opens() {
    let strategy = Strategy { wait_for_window: true, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine], &[]);
    world.targets[0].1.windows = vec![Window { cron: "2 0 * * *".into(), minutes: 10, time_zone: "UTC".into() }];
    world.run(10);
    let why = |world: &World| world.targets[0].0.why.clone();
    assert_eq!(why(&world).as_deref(), Some("Waits for its maintenance window, which opens 1970-01-01 00:02 UTC."));
    assert_eq!(left(&world.batch, &[world.targets[0].0.clone()], world.now), None, "nobody knows how long that takes");
    world.run(111);
    assert_eq!((world.states()[0], why(&world)), (TargetState::Running, None));
}

#[test]
fn a_window_that_opens_while_there_is_no_room_is_not_waited_for_any_longer() {
    let strategy = Strategy { wait_for_window: true, soak: 300, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine; 2], &[]);
    world.targets[1].1.windows = vec![Window { cron: "2 0 * * *".into(), minutes: 60, time_zone: "UTC".into() }];
    world.run(60);
    assert!(world.targets[1].0.why.is_some());
    world.run(80);
    assert_eq!((world.states()[1], &world.targets[1].0.why), (TargetState::Waiting, &None));
}

#[test]
fn how_long_is_left_is_told_by_what_was_changed_and_not_by_what_was_left_out() {
    let mut world = world(Strategy { parallel: 1, ..Strategy::default() }, &[Fate::Fine; 8], &[]);
    for (_, sight) in &mut world.targets[..3] {
        sight.held = Some("frozen by mira".into());
    }
    world.run(25);
    let targets = |world: &World| world.targets.iter().map(|(target, _)| target.clone()).collect::<Vec<_>>();
    assert_eq!(left(&world.batch, &targets(&world), world.now), None, "two were changed so far");
    world.run(10);
    let seconds = left(&world.batch, &targets(&world), world.now).unwrap();
    assert!((10..=20).contains(&seconds), "two of ten seconds each, one of which has begun: {seconds}");
}

#[test]
fn a_paused_batch_of_which_nothing_is_left_is_over() {
    let strategy = Strategy { threshold: Threshold::Count(1), ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine, Fate::Fails], &[]);
    world.run(60);
    assert_eq!(world.batch.state, BatchState::Finished);
    assert_eq!(world.batch.why.as_deref(), Some("1 target has failed of 2."));
}

#[test]
fn a_wave_of_an_ended_batch_goes_back_and_what_failed_elsewhere_can_still_be_tried_again() {
    let strategy = Strategy { soak: 0, delay: 0, threshold: Threshold::Never, ..Strategy::usual(Order::Rolling { size: 2 }) };
    let mut world = world(strategy, &[Fate::Fine, Fate::Fine, Fate::Fails, Fate::Fine], &[]);
    world.run(100);
    assert_eq!(world.batch.state, BatchState::Finished);
    let now = world.now;
    let mut targets: Vec<Target> = world.targets.iter().map(|(target, _)| target.clone()).collect();
    roll_back(&mut world.batch, &mut targets, 0, "mira", "Rolled back by mira.".into()).unwrap();
    world.targets.iter_mut().zip(targets).for_each(|((target, _), now)| *target = now);
    world.run(60);
    use TargetState::{Done, Failed, RolledBack};
    assert_eq!(world.states(), [RolledBack, RolledBack, Failed, Done]);
    assert_eq!(world.batch.state, BatchState::Finished);
    let mut targets: Vec<Target> = world.targets.iter().map(|(target, _)| target.clone()).collect();
    assert!(retry(&mut world.batch, &mut targets, Some(3), now).is_err(), "that one has not failed");
    retry(&mut world.batch, &mut targets, Some(2), now).unwrap();
    assert_eq!((targets[2].state, world.batch.state), (TargetState::Waiting, BatchState::Running));
    assert_eq!((targets[2].attempt, targets[2].failed_operation_id), (2, None));
}

#[test]
fn only_the_one_that_is_meant_is_tried_again() {
    let mut world = world(Strategy::default(), &[Fate::Fails, Fate::Fails], &[]);
    world.run(60);
    let (now, mut targets) = (world.now, world.targets.iter().map(|(target, _)| target.clone()).collect::<Vec<_>>());
    retry(&mut world.batch, &mut targets, Some(1), now).unwrap();
    assert_eq!(targets.iter().map(|target| target.state).collect::<Vec<_>>(), [TargetState::Failed, TargetState::Waiting]);
    resume(&mut world.batch, &mut targets, "mira");
    assert!(targets[0].forgiven);
}
