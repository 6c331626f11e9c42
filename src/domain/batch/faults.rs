//! Faults that were once there, each with what has to hold instead: looks that find a release ill, what somebody else made
//! meanwhile, and rollbacks that are tried again. In the world of the tests beside it.

use super::*;

#[test]
fn a_look_that_finds_it_ill_counts_even_where_nothing_soaks_and_fails_it_once_patience_ends() {
    let strategy = Strategy { rollback: GoesBack::Target, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine], &[]);
    world.looks_ill = vec![0];
    world.run(300);
    assert_eq!(world.states(), [TargetState::Soaking], "healthy by the watch alone is not done");
    world.run(30);
    assert_eq!(world.states(), [TargetState::RolledBack]);
    let target = &world.targets[0].0;
    assert!(target.failed && target.why.as_ref().unwrap().contains("0 of 1 ready"), "{target:?}");
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn what_gets_well_before_patience_ends_is_done() {
    let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
    world.looks_ill = vec![0];
    world.run(200);
    world.looks_ill.clear();
    world.run(2);
    assert_eq!((world.states()[0], world.targets[0].0.failed), (TargetState::Done, false));
}

#[test]
fn what_somebody_else_made_before_its_turn_came_is_neither_a_failure_nor_rolled_back() {
    let strategy = Strategy { threshold: Threshold::Count(1), rollback: GoesBack::All, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fine], &[]);
    world.run(5);
    // Refused before Helm made anything of it: somebody was quicker.
    let ended = Some(world.now);
    let sight = &mut world.targets[0].1;
    sight.release.as_mut().unwrap().revision = 2;
    let (status, error) = (OperationStatus::Failed, Some("The release is at revision 2 by now.".into()));
    sight.operation = Some(SeenOperation { uninstalls: false, status, made: None, ended, error, code: None });
    world.settle();
    let target = &world.targets[0].0;
    assert_eq!((target.state, target.failed, target.back), (TargetState::SetAside, false, false));
    assert!(target.why.as_ref().unwrap().contains("revision 2"), "{target:?}");
    assert_eq!((world.asked[0].len(), world.batch.state), (1, BatchState::Finished), "asked for once, and nothing to take back");
}

#[test]
fn what_was_changed_elsewhere_while_it_was_watched_does_not_go_back_with_its_wave() {
    let strategy = Strategy {
        soak: 60,
        threshold: Threshold::Count(1),
        on_threshold: Answer::Abort,
        rollback: GoesBack::Wave,
        delay: 0,
        ..Strategy::usual(Order::Rolling { size: 2 })
    };
    let mut world = world(strategy, &[Fate::Fine, Fate::Ill(30)], &[]);
    world.run(20);
    assert_eq!(world.states(), [TargetState::Soaking; 2]);
    world.targets[0].1.release.as_mut().unwrap().revision = 3;
    // Ill at first, which may pass; a failure only once patience and soak are over.
    world.run(400);
    assert_eq!(world.states(), [TargetState::SetAside, TargetState::RolledBack]);
    assert!(world.asked[0].iter().all(|(_, back)| !back), "nobody took somebody else's revision back");
    assert_eq!(world.batch.state, BatchState::Aborted);
}

#[test]
fn a_wave_whose_last_release_fails_is_over_although_the_batch_stops_there() {
    for on_threshold in [Answer::Pause, Answer::Abort] {
        let strategy = Strategy { threshold: Threshold::Count(1), on_threshold, ..Strategy::usual(Order::Rolling { size: 1 }) };
        let mut world = world(strategy, &[Fate::Fails, Fate::Fine], &[]);
        world.run(30);
        let over: Vec<bool> = world.batch.waves.iter().map(|wave| wave.over_at.is_some()).collect();
        assert_eq!((over, world.states()[1]), (vec![true, false], TargetState::Waiting), "{on_threshold:?}");
    }
}

/// Takes everything of the one target back, as a person asks for it.
fn take_back(world: &mut World) {
    world.targets[0].0.back = true;
    (world.batch.state, world.batch.finished_at) = (BatchState::Aborted, None);
    world.settle();
    assert_eq!(world.states(), [TargetState::RollingBack]);
}

#[test]
fn a_rollback_that_failed_is_asked_for_again_from_where_it_ended_and_under_a_key_of_its_own() {
    let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
    world.run(20);
    assert_eq!(world.batch.state, BatchState::Finished);
    take_back(&mut world);
    let first = world.targets[0].0.rollback_key(world.batch.id);
    assert_eq!(world.targets[0].0.rollback_key(world.batch.id), first, "whoever was interrupted asks with the same one");
    world.run(5);
    let ended = Some(world.now);
    let sight = &mut world.targets[0].1;
    let release = sight.release.as_mut().unwrap();
    (release.revision, release.state) = (3, ReleaseState::Failed);
    let (status, error) = (OperationStatus::Failed, Some("It is in the way.".into()));
    sight.operation = Some(SeenOperation { uninstalls: false, status, made: Some(3), ended, error, code: None });
    world.settle();
    let target = &world.targets[0].0;
    assert_eq!((target.state, target.result_revision, target.home_revision), (TargetState::Failed, Some(3), Some(1)));
    assert!(target.failed && !target.back && target.why.as_ref().unwrap().contains("It is in the way."), "{target:?}");
    assert!(world.batch.finished_at.is_some());

    take_back(&mut world);
    assert_ne!(world.targets[0].0.rollback_key(world.batch.id), first, "the same key would be the same operation, which has failed");
    world.run(15);
    assert_eq!(world.states(), [TargetState::RolledBack]);
    assert_eq!(world.asked[0].iter().filter(|(_, back)| *back).count(), 2);
}
