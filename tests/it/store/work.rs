//! Working on operations: claims, leases, fencing, events, the end.

use pilothouse::{
    domain::{
        operation::{EventBody, OperationError, OperationStatus, Phase},
        problem::Code,
    },
    store::{
        StoreError,
        operations::{Lease, NewOperation, Settlement},
    },
};

use super::{contract, fixture::*};

contract!(
    the_oldest_is_claimed_first,
    nothing_is_claimed_twice,
    twenty_workers_claim_twenty_operations,
    a_lease_that_ran_out_is_taken_over,
    a_renewed_lease_is_not,
    a_worker_that_lost_its_lease_can_change_nothing,
    the_owner_of_an_earlier_attempt_is_fenced_off_by_its_number,
    a_settled_operation_takes_no_more_writes,
    events_are_numbered_from_one_without_gaps_over_attempts,
    settling_appends_the_last_event,
    an_operation_does_not_end_as_running,
    operations_outlive_the_process,
);

async fn the_oldest_is_claimed_first(f: Fixture) {
    for (place, second) in [("acme/b", 2), ("acme/a", 1), ("acme/c", 3)] {
        f.enqueue(&NewOperation { at: at(second), ..f.wish(place, upgrade()).await }).await;
    }
    for place in ["acme/a", "acme/b", "acme/c"] {
        let claim = f.claim("worker", 10).await.unwrap();
        assert_eq!(claim.operation.key(), key(place));
        assert_eq!((claim.operation.status, claim.operation.started_at), (OperationStatus::Running, Some(at(10))));
    }
}

async fn nothing_is_claimed_twice(f: Fixture) {
    assert_eq!(f.claim("worker", 0).await, None);
    f.enqueue_upgrade("acme/web").await;
    assert!(f.claim("one", 1).await.is_some());
    assert_eq!(f.claim("two", 1).await, None);
    assert_eq!(f.claim("two", 31).await, None, "a lease is good up to its last instant");
}

async fn twenty_workers_claim_twenty_operations(f: Fixture) {
    for i in 0..20 {
        f.enqueue_upgrade(&format!("acme/web-{i}")).await;
    }
    let workers: Vec<_> = (0..20)
        .map(|i| {
            let operations = f.stores.operations.clone();
            tokio::spawn(async move { operations.claim(&format!("worker {i}"), at(1), LEASE).await.unwrap().unwrap().operation.id })
        })
        .collect();
    let mut claimed = std::collections::BTreeSet::new();
    for worker in workers {
        claimed.insert(worker.await.unwrap());
    }
    assert_eq!(claimed.len(), 20);
}

async fn a_lease_that_ran_out_is_taken_over(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    let first = f.claim("one", 1).await.unwrap();
    let second = f.claim("two", 32).await.unwrap();
    assert_eq!((first.lease.attempt, second.lease.attempt, second.operation.attempt), (1, 2, 2));
    assert_eq!(second.operation.started_at, Some(at(1)), "it began when it was first taken up");
    assert_eq!(second.change, first.change);
}

async fn a_renewed_lease_is_not(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    let claim = f.claim("one", 1).await.unwrap();
    f.stores.operations.renew(&claim.lease, at(25), LEASE).await.unwrap();
    assert_eq!(f.claim("two", 40).await, None);
}

async fn a_worker_that_lost_its_lease_can_change_nothing(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    let lost = f.claim("one", 1).await.unwrap().lease;
    let held = f.claim("two", 100).await.unwrap().lease;
    all_writes_fail(&f, &lost).await;
    let forged = Lease { attempt: held.attempt, ..lost.clone() };
    all_writes_fail(&f, &forged).await;
    let now = f.stores.operations.by_id(&admin(), operation.id).await.unwrap().unwrap();
    assert_eq!((now.status, now.deadline_at, now.attempt), (OperationStatus::Running, None, 2));
    assert!(f.stores.operations.events(&admin(), operation.id, 0, 10).await.unwrap().is_empty());
    f.stores.operations.renew(&held, at(101), LEASE).await.unwrap();
}

async fn the_owner_of_an_earlier_attempt_is_fenced_off_by_its_number(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    let before_restart = f.claim("same name", 1).await.unwrap().lease;
    f.claim("same name", 100).await.unwrap();
    all_writes_fail(&f, &before_restart).await;
}

async fn a_settled_operation_takes_no_more_writes(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    let lease = f.claim("one", 1).await.unwrap().lease;
    f.stores.operations.settle(&lease, at(2), &end(OperationStatus::Succeeded)).await.unwrap();
    all_writes_fail(&f, &lease).await;
    assert_eq!(f.claim("two", 1000).await, None);
}

async fn events_are_numbered_from_one_without_gaps_over_attempts(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    let first = f.claim("one", 1).await.unwrap().lease;
    let bodies = [EventBody::Phase { phase: Phase::Prepare, detail: "chart web".into() }, line("a")];
    let numbers: Vec<u32> = f.stores.operations.append(&first, at(2), &bodies).await.unwrap().iter().map(|event| event.seq).collect();
    assert_eq!(numbers, [1, 2]);
    let second = f.claim("two", 100).await.unwrap().lease;
    assert!(f.stores.operations.append(&first, at(101), &[line("late")]).await.is_err());
    assert_eq!(f.stores.operations.append(&second, at(102), &[]).await.unwrap(), []);
    f.stores.operations.append(&second, at(102), &[line("b")]).await.unwrap();
    f.stores.operations.settle(&second, at(103), &end(OperationStatus::Succeeded)).await.unwrap();

    let all = f.stores.operations.events(&admin(), operation.id, 0, 10).await.unwrap();
    assert_eq!(all.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((&all[0].body, all[0].at), (&bodies[0], at(2)));
    assert_eq!(f.stores.operations.events(&admin(), operation.id, 1, 2).await.unwrap(), all[1..3]);
}

async fn settling_appends_the_last_event(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    let lease = f.claim("one", 1).await.unwrap().lease;
    f.stores.operations.set_deadline(&lease, at(600)).await.unwrap();
    let error = OperationError { code: Code::Forbidden, message: "Helm may not. Ask a platform admin.".into() };
    let failed = Settlement { status: OperationStatus::Failed, result_revision: Some(7), error: Some(error.clone()) };
    let (settled, event) = f.stores.operations.settle(&lease, at(9), &failed).await.unwrap();
    assert_eq!((settled.status, settled.finished_at, settled.deadline_at), (OperationStatus::Failed, Some(at(9)), Some(at(600))));
    assert_eq!((settled.result_revision, settled.error.as_ref()), (Some(7), Some(&error)));
    assert_eq!(event.body, EventBody::Settled { status: OperationStatus::Failed, error: Some(error) });
    assert_eq!(f.stores.operations.by_id(&admin(), operation.id).await.unwrap(), Some(settled));
    assert_eq!(f.stores.operations.events(&admin(), operation.id, 0, 10).await.unwrap(), [event]);
}

async fn an_operation_does_not_end_as_running(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    let lease = f.claim("one", 1).await.unwrap().lease;
    for status in [OperationStatus::Queued, OperationStatus::Running] {
        assert!(f.stores.operations.settle(&lease, at(2), &end(status)).await.is_err());
    }
    f.stores.operations.renew(&lease, at(3), LEASE).await.unwrap();
}

async fn operations_outlive_the_process(f: Fixture) {
    let queued = f.enqueue_upgrade("acme/web").await;
    let f = f.reopened(7).await;
    let claim = f.claim("worker", 1).await.unwrap();
    assert_eq!((claim.operation.id, claim.change), (queued.id, upgrade()));
}

fn line(text: &str) -> EventBody {
    EventBody::Log { line: text.into() }
}

fn end(status: OperationStatus) -> Settlement {
    Settlement { status, result_revision: None, error: None }
}

async fn all_writes_fail(f: &Fixture, lease: &Lease) {
    let operations = &f.stores.operations;
    assert!(matches!(operations.renew(lease, at(101), LEASE).await, Err(StoreError::LeaseLost)));
    assert!(matches!(operations.set_deadline(lease, at(500)).await, Err(StoreError::LeaseLost)));
    assert!(matches!(operations.append(lease, at(101), &[line("late")]).await, Err(StoreError::LeaseLost)));
    assert!(matches!(operations.append(lease, at(101), &[]).await, Err(StoreError::LeaseLost)));
    assert!(matches!(operations.settle(lease, at(101), &end(OperationStatus::Succeeded)).await, Err(StoreError::LeaseLost)));
}
