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
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
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

#[test]
fn a_go_ahead_does_not_outlast_what_was_found_after_it() {
    let staged = Order::Staged { label: "ring".into(), values: vec!["a".into(), "b".into()] };
    let strategy = Strategy { approval: true, soak: 0, threshold: Threshold::Never, parallel: 10, ..Strategy::usual(staged) };
    let mut world = world(strategy, &[Fate::Ill(30), Fate::Fine, Fate::Fine, Fate::Fine], &["a", "b"]);
    world.run(50);
    assert_eq!((world.begun(), world.batch.awaited()), (2, Some(1)));
    world.batch.waves[1].approved_by = Some("mira".into());
    world.run(50);
    assert_eq!((world.begun(), world.batch.awaited()), (2, Some(1)), "they thought that all were well");
    world.batch.waves[1].approved_by = Some("mira".into());
    world.run(50);
    assert_eq!((world.begun(), world.batch.state), (4, BatchState::Finished));
}

#[test]
fn nobody_is_asked_for_a_go_ahead_while_an_earlier_wave_is_tried_again() {
    let staged = Order::Staged { label: "ring".into(), values: vec!["a".into(), "b".into(), "c".into()] };
    let strategy = Strategy { approval: true, soak: 0, delay: 0, threshold: Threshold::Never, ..Strategy::usual(staged) };
    let mut world = world(strategy, &[Fate::Fails, Fate::Fine, Fate::Fine], &["a", "b", "c"]);
    world.run(30);
    world.batch.waves[1].approved_by = Some("mira".into());
    world.run(30);
    assert_eq!((world.begun(), world.batch.awaited()), (2, Some(2)));
    world.batch.waves[2].approved_by = Some("mira".into());
    let now = world.now;
    world.person(|batch, targets| retry(batch, targets, None, now)).unwrap();
    assert_eq!((world.batch.awaited(), &world.batch.waves[2].approved_by), (None, &None), "nobody knows what that comes to");
    assert_eq!(world.batch.waves[1].approved_by.as_deref(), Some("mira"), "what has begun has begun");
}

#[test]
fn nothing_begins_by_the_word_of_a_watch_that_has_only_just_begun() {
    let mut world = world(canary(Threshold::Count(1), GoesBack::Wave), &[Fate::Fine; 10], &[]);
    world.run(70);
    // The server was down; what is on record of the canary is from before.
    world.now += TimeDelta::minutes(10);
    let now = world.now;
    world.targets.iter_mut().for_each(|(_, sight)| sight.watched_since = Some(now));
    world.targets[0].1.release.as_mut().unwrap().health = Health::Degraded;
    world.run(10);
    assert_eq!((world.begun(), world.states()[0]), (2, TargetState::Done));
    world.targets[0].1.release.as_mut().unwrap().health = Health::Healthy;
    world.run(10);
    assert_eq!(world.begun(), 10);
}

#[test]
fn a_wave_that_was_opened_again_keeps_later_ones_from_beginning_wherever_it_is() {
    let strategy = Strategy {
        soak: 0,
        delay: 5,
        threshold: Threshold::Never,
        rollback: GoesBack::Target,
        ..Strategy::usual(Order::Rolling { size: 1 })
    };
    let mut world = world(strategy, &[Fate::Ill(16), Fate::Fine, Fate::Fine], &[]);
    world.run(33);
    // The first fell ill while the second was changed; it is on its way back when the third is to begin.
    assert_eq!(world.states(), [TargetState::RollingBack, TargetState::Done, TargetState::Waiting]);
    world.run(60);
    assert_eq!(world.states(), [TargetState::RolledBack, TargetState::Done, TargetState::Done]);
    let begun = |at: usize| world.asked[at].first().unwrap().0;
    assert!(begun(2) >= world.asked[0][1].0 + TimeDelta::seconds(15), "after the way back, and the pause after that");
}

#[test]
fn a_rollback_that_fails_in_an_ended_batch_takes_nothing_else_back() {
    let strategy = Strategy {
        soak: 0,
        delay: 0,
        threshold: Threshold::Count(1),
        rollback: GoesBack::All,
        ..Strategy::usual(Order::Rolling { size: 1 })
    };
    let mut world = world(strategy, &[Fate::Fine; 3], &[]);
    world.run(60);
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
    world.run(5);
    let ended = Some(world.now);
    let (status, error) = (OperationStatus::Failed, Some("It is in the way.".into()));
    world.targets[0].1.operation = Some(SeenOperation { uninstalls: false, status, made: Some(3), ended, error, code: None });
    world.targets[0].1.release.as_mut().unwrap().revision = 3;
    world.asked[0].clear();
    world.run(60);
    assert_eq!(world.states(), [TargetState::Failed, TargetState::Done, TargetState::Done]);
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn who_tries_one_again_has_decided_nothing_about_the_others() {
    let strategy = Strategy { threshold: Threshold::Count(3), ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fails, Fate::Fails, Fate::Fine, Fate::Fine, Fate::Fine], &[]);
    world.run(25);
    assert_eq!(world.batch.state, BatchState::Running);
    let (now, mut targets) = (world.now, world.targets.iter().map(|(target, _)| target.clone()).collect::<Vec<_>>());
    retry(&mut world.batch, &mut targets, Some(0), now).unwrap();
    assert!(!targets[1].forgiven && world.batch.forgiven == 0);
}
