//! Further faults that were once there: waves that are tried again, people who resume and take back, looks that nobody answers,
//! releases that are somebody else's by now. In the world of the tests beside it.

use super::{
    person::{resume, retry, roll_back},
    *,
};

/// Waves of two releases each, without pauses.
fn twos(threshold: u32, rollback: GoesBack) -> Strategy {
    let usual = Strategy::usual(Order::Rolling { size: 2 });
    Strategy { soak: 0, delay: 0, threshold: Threshold::Count(threshold), rollback, ..usual }
}

impl World {
    fn target(&self, ord: usize) -> &Target {
        &self.targets[ord].0
    }

    /// Tries all again that failed, and renders it, from the revision that each release is at.
    fn try_again(&mut self) {
        let now = self.now;
        self.person(|batch, targets| retry(batch, targets, None, now)).unwrap();
        self.render();
    }
}

#[test]
fn a_wave_that_ended_well_does_not_go_back_for_one_that_is_tried_again() {
    let fates = [Fate::Fails, Fate::Fine, Fate::Fine, Fate::Fine];
    let mut world = world(twos(2, GoesBack::Wave), &fates, &[]);
    world.run(60);
    assert_eq!(world.states(), [RolledBack, Done, Done, Done]);
    // One failure is one too many from now on.
    world.batch.strategy.threshold = Threshold::Count(1);
    world.try_again();
    world.run(60);
    use TargetState::{Done, RolledBack};
    assert_eq!(world.states(), [RolledBack, RolledBack, Done, Done], "its own wave, and not the newest one");
    assert_eq!(world.batch.state, BatchState::Finished, "there is nothing to wait for");
}

#[test]
fn of_two_waves_at_work_only_the_one_that_fails_goes_back() {
    let fates = [Fate::Fails, Fate::Fine, Fate::Fine, Fate::Fine];
    let mut world = world(Strategy { soak: 60, parallel: 4, ..twos(2, GoesBack::Wave) }, &fates, &[]);
    world.run(75);
    assert!(world.batch.waves[1].begun_at.is_some() && world.batch.waves[0].over_at.is_some());
    // The first wave is at work once more while the second one still is, and fails again.
    world.batch.strategy.threshold = Threshold::Count(1);
    world.try_again();
    world.run(100);
    use TargetState::{Done, RolledBack};
    assert_eq!(world.states(), [RolledBack, RolledBack, Done, Done]);
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn a_failure_that_was_forgiven_takes_no_wave_back() {
    let fates = [Fate::Fails, Fate::Fine, Fate::Fine, Fate::Fine, Fate::Fails, Fate::Fine];
    let mut world = world(Strategy { parallel: 1, ..twos(1, GoesBack::Wave) }, &fates, &[]);
    world.run(40);
    assert_eq!((world.batch.state, world.states()[0]), (BatchState::Paused, RolledBack));
    world.person(|batch, targets| resume(batch, targets, "mira"));
    assert!(world.target(0).forgiven && world.batch.forgiven == 1);
    world.run(80);
    use TargetState::{Done, RolledBack, Waiting};
    assert_eq!(world.states(), [RolledBack, Done, Done, Done, RolledBack, Waiting]);
    assert_eq!(world.batch.state, BatchState::Paused);
}

#[test]
fn who_resumes_while_canaries_are_still_at_work_has_not_decided_about_the_rest() {
    let strategy = Strategy { soak: 30, threshold: Threshold::Never, ..Strategy::usual(Order::Canary { percent: 20 }) };
    let mut world = world(strategy, &[Fate::Fails; 5], &[]);
    world.run(5);
    world.batch.state = BatchState::Paused;
    world.person(|batch, targets| resume(batch, targets, "mira"));
    assert_eq!((world.batch.state, &world.batch.waves[1].approved_by), (BatchState::Running, &None));
    world.run(20);
    assert_eq!((world.batch.state, world.begun()), (BatchState::Paused, 1), "none came through, and that is said");
    assert!(world.batch.why.as_ref().unwrap().contains("No canary came through"));
    world.person(|batch, targets| resume(batch, targets, "mira"));
    assert_eq!(world.batch.waves[1].approved_by.as_deref(), Some("mira"), "now they have");
    world.run(1);
    assert!(world.begun() > 1);
}

#[test]
fn resuming_is_no_go_ahead() {
    let staged = Order::Staged { label: "ring".into(), values: vec!["a".into(), "b".into()] };
    for order in [Order::Canary { percent: 50 }, staged] {
        let strategy = Strategy { approval: true, soak: 0, threshold: Threshold::Count(1), ..Strategy::usual(order) };
        let mut world = world(strategy, &[Fate::Fails, Fate::Fine], &["a", "b"]);
        world.run(30);
        assert_eq!(world.batch.state, BatchState::Paused);
        world.person(|batch, targets| resume(batch, targets, "mira"));
        world.run(30);
        assert_eq!((world.begun(), world.batch.awaited()), (1, Some(1)), "{:?}", world.batch.strategy.order);
        world.batch.waves[1].approved_by = Some("mira".into());
        world.run(30);
        assert_eq!((world.states()[1], world.batch.state), (TargetState::Done, BatchState::Finished));
    }
}

#[test]
fn a_canary_that_is_tried_again_speaks_for_itself() {
    let strategy = Strategy { soak: 0, threshold: Threshold::Never, ..Strategy::usual(Order::Canary { percent: 20 }) };
    let mut world = world(strategy, &[Fate::Fails; 5], &[]);
    world.run(30);
    world.person(|batch, targets| resume(batch, targets, "mira"));
    // Before the rest begins they think better of it.
    world.try_again();
    world.run(30);
    assert_eq!((world.batch.state, world.begun()), (BatchState::Paused, 1));
}

#[test]
fn a_look_that_nobody_answers_fails_nobody_however_long_it_takes() {
    let strategy = Strategy { rollback: GoesBack::Target, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine], &[]);
    world.unanswered = vec![0];
    world.run(3_000);
    let target = world.target(0);
    assert_eq!((target.state, target.failed), (TargetState::Soaking, false));
    assert!(target.why.as_ref().unwrap().contains("did not answer"), "and the board says why it takes so long");
    world.unanswered.clear();
    world.run(2);
    assert_eq!((world.states()[0], &world.target(0).why), (TargetState::Done, &None));
}

#[test]
fn what_was_ill_long_ago_fails_only_if_it_is_ill_when_its_time_is_over() {
    let strategy = Strategy { soak: 600, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine; 2], &[]);
    world.batch.strategy.parallel = 2;
    world.looks_ill = vec![0, 1];
    world.run(620);
    assert!(world.targets.iter().all(|(target, _)| target.why.as_ref().unwrap().contains("0 of 1 ready")));
    // Patience and soak end at 910 s: the first is well by then, and the second is not.
    world.looks_ill = vec![1];
    world.run(300);
    assert_eq!(world.states(), [TargetState::Soaking, TargetState::Failed], "who is well soaks to the end");
    assert!(world.target(1).why.as_ref().unwrap().starts_with("Not healthy 300 s"));
    world.run(310);
    assert_eq!(world.states(), [TargetState::Done, TargetState::Failed]);
}

#[test]
fn it_goes_back_to_what_a_person_made_between_two_tries_and_otherwise_to_where_it_came_from() {
    for mended in [false, true] {
        let mut world = world(twos(9, GoesBack::Target), &[Fate::Fails], &[]);
        world.run(40);
        let target = world.target(0);
        assert_eq!((target.state, target.result_revision, target.made_revision), (TargetState::RolledBack, Some(2), Some(3)));
        if mended {
            world.targets[0].1.release.as_mut().unwrap().revision = 4;
        }
        world.try_again();
        assert_eq!(world.target(0).home_revision, Some(if mended { 4 } else { 1 }));
        assert_eq!(world.target(0).result_revision, None);
    }
}

#[test]
fn a_failed_try_that_nobody_took_back_is_the_batchs_own_work_too() {
    let mut world = world(twos(9, GoesBack::None), &[Fate::Fails], &[]);
    world.run(40);
    assert_eq!((world.states()[0], world.target(0).made_revision), (TargetState::Failed, Some(2)));
    world.try_again();
    assert_eq!(world.target(0).home_revision, Some(1));
}

#[test]
fn a_release_that_is_somebody_elses_by_now_is_neither_begun_nor_taken_back() {
    let why = || Some("It was uninstalled and installed anew since the batch was made.".to_owned());
    let mut world = world(Strategy { soak: 60, parallel: 2, ..twos(9, GoesBack::Wave) }, &[Fate::Fine; 3], &[]);
    world.run(20);
    assert_eq!(world.states(), [TargetState::Soaking, TargetState::Soaking, TargetState::Waiting]);
    // Its number is the one that the batch made, by chance.
    world.targets[0].1.stranger = why();
    world.targets[2].1.stranger = why();
    world.run(80);
    assert_eq!(world.states(), [TargetState::SetAside, TargetState::Done, TargetState::SetAside]);
    assert_eq!(world.target(2).why, why());
    assert_eq!(world.batch.state, BatchState::Finished);

    world.targets[1].1.stranger = why();
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
    world.settle();
    let target = world.target(1);
    assert_eq!((target.state, target.back), (TargetState::Done, false), "it stays as it is");
    assert!(target.why.as_ref().unwrap().starts_with("It was not rolled back. It was uninstalled"), "{target:?}");
    assert!(world.asked.iter().flatten().all(|(_, back)| !back) && world.batch.finished_at.is_some());
}

#[test]
fn who_takes_a_wave_back_takes_along_what_is_still_at_work_in_it() {
    let mut world = world(Strategy { parallel: 1, ..twos(9, GoesBack::None) }, &[Fate::Fine; 4], &[]);
    world.run(11);
    assert_eq!(world.states()[..2], [TargetState::Done, TargetState::Running]);
    // One that is at work goes back once its operation has ended.
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
    world.run(40);
    assert_eq!(world.states()[..2], [TargetState::RolledBack; 2]);
}

#[test]
fn nothing_begins_in_a_wave_that_a_person_took_back_and_the_next_one_does() {
    let mut world = world(Strategy { parallel: 1, ..twos(9, GoesBack::None) }, &[Fate::Fine; 4], &[]);
    world.run(9);
    world.batch.state = BatchState::Paused;
    world.run(5);
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
    assert_eq!(world.batch.waves[0].back_by.as_deref(), Some("mira"));
    world.run(20);
    world.person(|batch, targets| resume(batch, targets, "mira"));
    world.run(60);
    use TargetState::{Done, RolledBack, SetAside};
    assert_eq!(world.states(), [RolledBack, SetAside, Done, Done]);
    assert!(world.target(1).why.as_ref().unwrap().contains("rolled back by mira"));
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn who_tries_one_again_in_a_wave_that_was_taken_back_begins_nothing_else_there() {
    let mut world = world(Strategy { parallel: 1, ..twos(9, GoesBack::None) }, &[Fate::Fails, Fate::Fine], &[]);
    world.run(5);
    world.batch.state = BatchState::Paused;
    world.run(10);
    assert_eq!(world.states(), [TargetState::Failed, TargetState::Waiting]);
    world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
    // It could not be rolled back, let us say, and is tried again once it was mended.
    (world.targets[0].0.state, world.targets[0].0.back) = (TargetState::Failed, false);
    world.try_again();
    assert_eq!((world.states()[1], world.batch.waves[0].back_by.as_ref()), (TargetState::SetAside, None));
    assert!(world.target(1).why.as_ref().unwrap().contains("rolled back by mira"));
}

#[test]
fn what_was_to_go_back_before_it_began_does_not_go_back_once_it_has() {
    let mut world = world(twos(9, GoesBack::None), &[Fate::Fine], &[]);
    world.targets[0].0.back = true;
    world.run(60);
    assert_eq!((world.states(), world.batch.state), (vec![TargetState::Done], BatchState::Finished));
}

#[test]
fn a_batch_that_was_ended_waits_for_no_look_that_is_never_answered() {
    let mut world = world(Strategy::default(), &[Fate::Fine, Fate::Fine], &[]);
    world.unanswered = vec![0];
    world.run(60);
    assert_eq!(world.states(), [TargetState::Soaking, TargetState::Waiting]);
    world.batch.state = BatchState::Aborted;
    world.run(60);
    assert_eq!(world.batch.finished_at, None, "it may be answered yet");
    world.run(600);
    assert_eq!((world.states()[0], world.batch.finished_at.is_some()), (TargetState::Done, true));
    let target = world.target(0);
    assert!(!target.failed && target.why.as_ref().unwrap().contains("did not answer"), "{target:?}");
}

#[test]
fn an_upgrade_knows_what_is_there_already() {
    let upgrade = Aim::Upgrade { chart: "demo/web".into(), version: "1.4.0".into() };
    assert!(upgrade.is_there("web", "1.4.0"));
    assert!(!upgrade.is_there("web", "1.3.2") && !upgrade.is_there("db", "1.4.0"));
    assert!(!Aim::Restart.is_there("web", "1.4.0"), "once more is meant just so");
}

#[test]
fn the_title_which_tenants_may_read_names_no_release_and_no_tenant() {
    let releases = [ReleaseId(Uuid::from_u128(7))].into();
    let labels = [("customer".to_owned(), "globex".to_owned())].into();
    let selection = Selection { chart: Some("web".into()), releases, labels, ..Selection::default() };
    let upgrade = Aim::Upgrade { chart: "demo/web".into(), version: "1.4.0".into() };
    for aim in [upgrade, Aim::Restart, Aim::Rollback, Aim::Uninstall] {
        let title = aim.title(&selection);
        assert!(title.contains("web") && !title.contains("globex") && !title.contains("0000"), "{title}");
    }
}
