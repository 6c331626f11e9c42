//! What has nothing to do with the change: a server that stops, with Helm and without. In the world of the tests beside it.

use super::{
    person::{retry, roll_back},
    *,
};
use crate::domain::problem::Code;

/// What became of the operation of the first target.
pub(super) fn ended(world: &mut World, status: OperationStatus, made: Option<u32>, code: Code) {
    let (ended, error) = (Some(world.now), Some("The server stopped while Helm was at work.".into()));
    world.targets[0].1.operation = Some(SeenOperation { uninstalls: false, status, made, ended, error, code: Some(code) });
    world.asked[0].clear();
    world.settle();
}

pub(super) fn strict() -> Strategy {
    Strategy { threshold: Threshold::Count(1), rollback: GoesBack::All, ..Strategy::default() }
}

#[test]
fn a_change_that_a_stop_cut_short_is_no_failure_and_begins_anew_from_where_it_was() {
    let mut world = world(strict(), &[Fate::Fine; 2], &[]);
    world.run(5);
    // What was left was set right: revision 2 was begun, and 3 is the revision before once more.
    world.targets[0].1.release.as_mut().unwrap().revision = 3;
    ended(&mut world, OperationStatus::Interrupted, Some(3), Code::Interrupted);
    let target = &world.targets[0].0;
    assert_eq!((target.state, target.failed, target.attempt, target.preview_id), (TargetState::Waiting, false, 2, None));
    assert!(target.why.as_ref().unwrap().contains("begins anew"), "{target:?}");
    world.render();
    assert_eq!(world.targets[0].0.home_revision, Some(1), "what the batch itself made is no other home");
    world.run(60);
    assert_eq!((world.states(), world.batch.state), (vec![TargetState::Done; 2], BatchState::Finished));
    assert!(world.asked.iter().flatten().all(|(_, back)| !back), "nobody took anything back");
}

#[test]
fn a_watch_that_is_behind_is_waited_for_before_it_is_said_what_a_stop_has_left() {
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    ended(&mut world, OperationStatus::Interrupted, Some(3), Code::Interrupted);
    assert_eq!(world.states(), [TargetState::Running], "the watch still shows revision 1");
    let release = world.targets[0].1.release.as_mut().unwrap();
    (release.revision, release.state) = (3, ReleaseState::Failed);
    world.settle();
    assert!(world.targets[0].0.failed, "what was left was not set right");
}

#[test]
fn what_a_stop_cuts_short_again_and_again_has_failed() {
    let mut world = world(Strategy { threshold: Threshold::Count(1), ..Strategy::default() }, &[Fate::Fine], &[]);
    for time in 0..4 {
        world.run(2);
        assert_eq!(world.states(), [TargetState::Running], "{time}");
        let now = world.targets[0].1.release.as_ref().unwrap().revision + 2;
        world.targets[0].1.release.as_mut().unwrap().revision = now;
        ended(&mut world, OperationStatus::Interrupted, Some(now), Code::Interrupted);
        world.render();
    }
    assert_eq!((world.states(), world.targets[0].0.attempt), (vec![TargetState::Failed], 4));
}

/// A target whose Helm was told to stop together with the server, and wrote its revision down as failed.
fn told_to_stop(world: &mut World) {
    let release = world.targets[0].1.release.as_mut().unwrap();
    (release.revision, release.state) = (2, ReleaseState::Failed);
    ended(world, OperationStatus::Failed, Some(2), Code::Interrupted);
}

#[test]
fn a_stop_that_told_helm_to_stop_as_well_is_no_failure_either_and_goes_back_before_it_begins_anew() {
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    told_to_stop(&mut world);
    assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::RollingBack], false));
    world.run(10);
    assert_eq!((world.states(), world.batch.state), (vec![TargetState::Waiting], BatchState::Running));
    world.render();
    assert_eq!(world.targets[0].0.home_revision, Some(1));
    world.run(60);
    assert_eq!((world.states(), world.batch.state), (vec![TargetState::Done], BatchState::Finished));
}

#[test]
fn what_was_told_to_stop_is_back_and_stays_so_where_the_batch_was_ended_or_its_wave_taken_back() {
    for ends in [true, false] {
        let mut world = world(Strategy::default(), &[Fate::Fine; 2], &[]);
        world.run(5);
        told_to_stop(&mut world);
        let now = world.now;
        if ends {
            world.batch.state = BatchState::Aborted;
        } else {
            world.person(|batch, targets| roll_back(batch, targets, 0, "mira", "Rolled back by mira.".into())).unwrap();
        }
        world.run(30);
        let target = &world.targets[0].0;
        assert_eq!((target.state, target.failed), (TargetState::RolledBack, false), "{ends}");
        assert_eq!(world.batch.finished_at.is_some(), ends);
        if !ends {
            world.targets[1].0.fail(None, false, now);
            world.person(|batch, targets| retry(batch, targets, Some(1), now)).unwrap();
            world.settle();
            assert_eq!(world.states()[0], TargetState::RolledBack, "whoever tries another one again has not meant this one");
        }
    }
}

#[test]
fn where_a_release_came_from_being_no_better_does_not_make_a_stop_a_failure() {
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    told_to_stop(&mut world);
    let release = world.targets[0].1.release.as_mut().unwrap();
    (release.revision, release.state) = (3, ReleaseState::Failed);
    ended(&mut world, OperationStatus::Failed, Some(3), Code::NotReady);
    assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::Waiting], false));
    world.render();
    assert_eq!(world.targets[0].0.home_revision, Some(1), "the rollback was the batch's own");
}

#[test]
fn a_rollback_that_a_stop_cuts_short_is_asked_for_once_more_and_is_no_failure() {
    let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
    world.run(5);
    told_to_stop(&mut world);
    let first = world.targets[0].0.rollback_key(world.batch.id);
    for (revision, more) in [(3, true), (4, true), (5, false)] {
        world.run(3);
        world.targets[0].1.release.as_mut().unwrap().revision = revision;
        ended(&mut world, OperationStatus::Failed, Some(revision), Code::Interrupted);
        let target = &world.targets[0].0;
        assert_eq!((target.state == TargetState::RollingBack, target.failed), (more, !more), "{revision}");
        assert_eq!(target.result_revision, Some(revision), "it goes back from what the last one has left");
        assert_ne!(target.rollback_key(world.batch.id), first);
    }
}

#[test]
fn what_was_to_go_back_when_the_server_stopped_is_back() {
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    world.targets[0].0.back = true;
    world.targets[0].1.release.as_mut().unwrap().revision = 3;
    ended(&mut world, OperationStatus::Interrupted, Some(3), Code::Interrupted);
    assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::RolledBack], false));
}

#[test]
fn the_operation_that_failed_is_still_known_once_it_was_rolled_back() {
    use crate::domain::ids::OperationId;
    let strategy = Strategy { rollback: GoesBack::Target, ..Strategy::default() };
    let mut world = world(strategy, &[Fate::Fails], &[]);
    world.run(5);
    world.targets[0].0.operation_id = Some(OperationId(Uuid::from_u128(7)));
    world.run(5);
    assert_eq!(world.states(), [TargetState::RollingBack]);
    world.targets[0].0.operation_id = Some(OperationId(Uuid::from_u128(8)));
    world.run(20);
    let target = &world.targets[0].0;
    assert_eq!((target.state, target.failed_operation_id), (TargetState::RolledBack, Some(OperationId(Uuid::from_u128(7)))));
    let counts = Counts::of([(TargetState::RollingBack, true), (TargetState::RolledBack, true)]);
    assert_eq!((counts.running, counts.rolled_back, counts.failures), (1, 1, 2), "what is on its way is not back");
}
