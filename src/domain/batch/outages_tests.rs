//! What has nothing to do with the change: nobody answers, the watch is blind, an operation was cancelled or refused before Helm was
//! asked. In the world of the tests beside it.

use super::{
    stops::{ended, strict},
    *,
};
use crate::domain::problem::Code;

#[test]
fn an_outage_between_the_queue_and_helm_fails_nobody_for_a_while() {
    for code in [Code::ClusterUnreachable, Code::ChartSourceUnreachable, Code::StoreUnavailable] {
        let mut world = world(strict(), &[Fate::Fine], &[]);
        for time in 0..3 {
            world.run(2);
            ended(&mut world, OperationStatus::Failed, None, code);
            assert_eq!(world.states(), [TargetState::Running], "it keeps its place for a moment, so that others do not meet the same");
            world.now += TimeDelta::seconds(20);
            world.settle();
            let target = &world.targets[0].0;
            assert_eq!((target.state, target.failed, target.preview_id), (TargetState::Waiting, false, None), "{code:?}, {time}");
            world.render();
        }
        world.run(2);
        ended(&mut world, OperationStatus::Failed, None, code);
        assert!(world.targets[0].0.failed, "what is never answered has failed in the end");
    }
}

#[test]
fn an_outage_while_helm_is_at_work_fails_nobody_and_what_it_left_goes_back_first() {
    for left in [ReleaseState::PendingUpgrade, ReleaseState::Failed] {
        let mut world = world(strict(), &[Fate::Fine], &[]);
        world.run(5);
        let release = world.targets[0].1.release.as_mut().unwrap();
        (release.revision, release.state) = (2, left);
        ended(&mut world, OperationStatus::Failed, Some(2), Code::ClusterUnreachable);
        assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::RollingBack], false), "{left:?}");
        world.run(10);
        world.render();
        assert_eq!(world.targets[0].0.home_revision, Some(1));
        world.run(60);
        assert_eq!((world.states(), world.batch.state), (vec![TargetState::Done], BatchState::Finished));
    }
}

#[test]
fn a_rollback_that_nobody_answers_is_asked_for_until_somebody_does() {
    let mut world = world(Strategy { rollback: GoesBack::Target, ..Strategy::default() }, &[Fate::Fails], &[]);
    world.run(12);
    for time in 0..5 {
        assert_eq!(world.states(), [TargetState::RollingBack], "{time}");
        ended(&mut world, OperationStatus::Failed, None, Code::ClusterUnreachable);
        world.settle();
        assert!(world.asked[0].is_empty(), "not at once");
        world.targets[0].1.blind = true;
        world.now += TimeDelta::hours(1);
        world.settle();
        assert!(world.asked[0].is_empty(), "nor while nobody sees anything");
        world.targets[0].1.blind = false;
        world.now += TimeDelta::seconds(20);
        world.settle();
        assert_eq!(world.asked[0].len(), 1);
    }
    world.run(10);
    assert_eq!(world.states(), [TargetState::RolledBack]);
}

#[test]
fn what_is_cancelled_before_helm_began_is_left_out_and_fails_nobody() {
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    ended(&mut world, OperationStatus::Cancelled, None, Code::Cancelled);
    assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::SetAside], false));
    assert_eq!(world.batch.state, BatchState::Finished);
}

#[test]
fn an_uninstall_that_is_cancelled_half_way_has_failed() {
    for (state, to) in [(ReleaseState::Deployed, TargetState::SetAside), (ReleaseState::Failed, TargetState::Failed)] {
        let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
        world.run(5);
        world.targets[0].1.release.as_mut().unwrap().state = state;
        world.targets[0].1.operation.as_mut().unwrap().uninstalls = true;
        let operation = world.targets[0].1.operation.as_mut().unwrap();
        (operation.status, operation.code, operation.ended) = (OperationStatus::Cancelled, Some(Code::Cancelled), Some(at(5)));
        world.asked[0].clear();
        world.settle();
        assert_eq!((world.states(), world.targets[0].0.failed), (vec![to], to == TargetState::Failed), "{state:?}");
    }
}

#[test]
fn what_is_refused_or_taken_from_the_queue_was_not_uninstalled_by_half() {
    for (status, code) in [(OperationStatus::Failed, Some(Code::TenantFrozen)), (OperationStatus::Cancelled, None)] {
        let mut world = world(strict(), &[Fate::Fine], &[]);
        world.run(5);
        world.targets[0].1.release.as_mut().unwrap().state = ReleaseState::Failed;
        let operation = world.targets[0].1.operation.as_mut().unwrap();
        (operation.uninstalls, operation.status, operation.code, operation.ended) = (true, status, code, Some(at(5)));
        world.asked[0].clear();
        world.settle();
        assert_eq!((world.states(), world.targets[0].0.failed), (vec![TargetState::SetAside], false), "{code:?}");
    }
}

#[test]
fn a_rollback_that_an_outage_cuts_half_way_is_asked_for_once_more_from_what_it_left() {
    let mut world = world(Strategy { rollback: GoesBack::Target, ..Strategy::default() }, &[Fate::Fails], &[]);
    world.run(12);
    let release = world.targets[0].1.release.as_mut().unwrap();
    (release.revision, release.state) = (3, ReleaseState::PendingRollback);
    ended(&mut world, OperationStatus::Failed, Some(3), Code::ClusterUnreachable);
    assert_eq!((world.states(), world.targets[0].0.result_revision), (vec![TargetState::RollingBack], Some(3)));
    world.run(10);
    assert_eq!(world.states(), [TargetState::RolledBack]);
}

#[test]
fn nothing_begins_while_the_watch_is_blind() {
    let mut world = world(Strategy::default(), &[Fate::Fine; 2], &[]);
    world.targets.iter_mut().for_each(|(_, sight)| sight.blind = true);
    world.run(30);
    assert_eq!(world.begun(), 0);
    world.targets.iter_mut().for_each(|(_, sight)| sight.blind = false);
    world.run(60);
    assert_eq!(world.states(), [TargetState::Done; 2]);
}

#[test]
fn what_is_somebody_elses_by_now_is_left_out_and_not_failed_where_it_had_not() {
    let mut world = world(Strategy { soak: 600, ..strict() }, &[Fate::Fine], &[]);
    world.run(15);
    (world.batch.state, world.targets[0].0.back) = (BatchState::Paused, true);
    world.settle();
    world.targets[0].1.stranger = Some("Its namespace belongs to another tenant by now.".into());
    ended(&mut world, OperationStatus::Failed, Some(3), Code::Interrupted);
    let target = &world.targets[0].0;
    assert_eq!((target.state, target.failed), (TargetState::SetAside, false));
}

#[test]
fn what_may_not_go_back_any_more_is_no_failure_where_it_runs_or_is_somebody_elses() {
    let cases = [
        (ReleaseState::Deployed, Health::Healthy, 2, TargetState::Done),
        (ReleaseState::Deployed, Health::Progressing, 2, TargetState::Failed),
        (ReleaseState::Deployed, Health::Healthy, 3, TargetState::SetAside),
        (ReleaseState::Uninstalled, Health::Unknown, 2, TargetState::SetAside),
    ];
    for (stands, health, revision, state) in cases {
        let mut world = world(Strategy { soak: 600, ..strict() }, &[Fate::Fine], &[]);
        world.run(15);
        assert_eq!(world.states(), [TargetState::Soaking]);
        (world.batch.state, world.targets[0].0.back) = (BatchState::Paused, true);
        world.settle();
        assert_eq!(world.states(), [TargetState::RollingBack]);
        let release = world.targets[0].1.release.as_mut().unwrap();
        (release.revision, release.state, release.health) = (revision, stands, health);
        ended(&mut world, OperationStatus::Failed, None, Code::TenantFrozen);
        let target = &world.targets[0].0;
        assert_eq!((target.state, target.failed), (state, state == TargetState::Failed), "{health:?} at {revision}");
        assert!(target.why.as_ref().unwrap().contains("It was not rolled back."), "{target:?}");
    }
}

#[test]
fn a_soak_outlasts_a_time_in_which_nobody_watched_and_does_not_end_with_it() {
    let mut world = world(Strategy { soak: 1800, ..Strategy::default() }, &[Fate::Fine], &[]);
    world.run(15);
    world.now += TimeDelta::hours(1);
    world.targets[0].1.watched_since = Some(world.now);
    world.run(59);
    assert_eq!(world.states(), [TargetState::Soaking], "seen running for less than a minute");
    world.run(2);
    assert_eq!(world.states(), [TargetState::Done], "and not for half an hour once more");
}

#[test]
fn a_hold_that_comes_between_the_queue_and_helm_sets_aside_and_fails_nobody() {
    for code in [Code::TenantFrozen, Code::RevisionMoved, Code::PreviewStale] {
        let mut world = world(strict(), &[Fate::Fine], &[]);
        world.run(5);
        ended(&mut world, OperationStatus::Failed, None, code);
        let target = &world.targets[0].0;
        assert_eq!((target.state, target.failed), (TargetState::SetAside, false), "{code:?}");
        assert_eq!(world.batch.state, BatchState::Finished);
    }
    let mut world = world(strict(), &[Fate::Fine], &[]);
    world.run(5);
    ended(&mut world, OperationStatus::Failed, None, Code::HelmFailed);
    assert!(world.targets[0].0.failed, "what Helm itself refuses is a failure");
}

#[test]
fn nobody_is_late_for_the_time_in_which_the_watch_was_blind() {
    let mut world = world(Strategy::default(), &[Fate::Fine], &[]);
    world.run(11);
    world.targets[0].1.release.as_mut().unwrap().health = Health::Progressing;
    world.settle();
    // The server was down for an hour, and what is on record says what was seen before.
    world.now += TimeDelta::hours(1);
    world.targets[0].1.watched_since = Some(world.now);
    world.run(299);
    assert!(!world.targets[0].0.failed);
    world.targets[0].1.release.as_mut().unwrap().health = Health::Healthy;
    world.run(2);
    assert_eq!(world.states(), [TargetState::Done]);
}
