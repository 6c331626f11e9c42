//! Asking for operations: one at a time, each with its audit row, the same request only once; cancelling.

use pilothouse::{
    domain::{
        audit::NewAudit,
        change::Change,
        operation::{EventBody, OperationQuery, OperationStatus},
        page::Paging,
    },
    store::operations::{Enqueued, NewOperation},
};

use super::{contract, fixture::*};

contract!(
    a_second_operation_for_a_release_is_refused_with_the_first,
    of_twenty_concurrent_requests_one_is_enqueued,
    two_processes_keep_to_one_operation_at_a_time,
    a_release_is_free_again_once_its_operation_is_settled,
    releases_do_not_wait_for_each_other,
    the_same_request_is_the_same_operation,
    twenty_repeats_at_once_make_one_operation,
    a_key_used_for_another_request_is_refused,
    a_key_belongs_to_who_used_it,
    a_repeat_finds_its_operation_though_the_release_is_busy,
    no_operation_without_its_audit_row,
    no_audit_row_without_its_operation,
    a_queued_operation_is_cancelled_at_once,
    a_running_operation_is_only_asked_to_end,
    a_settled_operation_is_not_cancelled,
    no_cancel_without_its_audit_row,
    operations_are_listed_newest_first_in_pages,
    operations_are_found_by_release_and_status,
    an_operation_is_read_as_it_was_asked_for,
);

async fn a_second_operation_for_a_release_is_refused_with_the_first(f: Fixture) {
    let first = f.enqueue_upgrade("acme/web").await;
    assert_eq!(f.enqueue(&f.wish("acme/web", Change::Uninstall).await).await, Enqueued::Busy(first.id));
    f.claim("worker", 1).await.unwrap();
    assert_eq!(f.enqueue(&f.wish("acme/web", Change::Uninstall).await).await, Enqueued::Busy(first.id));
    assert_eq!(f.stores.operations.active(&key("acme/web")).await.unwrap().unwrap().id, first.id);
}

async fn of_twenty_concurrent_requests_one_is_enqueued(f: Fixture) {
    let answers = all_at_once(&f, |_| None).await;
    let new: Vec<_> = answers.iter().filter_map(|answer| if let Enqueued::New(new) = answer { Some(new.id) } else { None }).collect();
    assert_eq!(new.len(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Enqueued::Busy(new[0])).count(), 19);
    assert_eq!(f.audit_total().await, 1);
}

async fn two_processes_keep_to_one_operation_at_a_time(f: Fixture) {
    let other = f.another_process().await;
    let mut tasks = Vec::new();
    for i in 0..20 {
        let wish = f.wish(&format!("acme/web-{}", i / 2), upgrade()).await;
        let operations = if i % 2 == 0 { f.stores.operations.clone() } else { other.operations.clone() };
        tasks.push(tokio::spawn(async move { operations.enqueue(&wish, &note(&wish)).await.unwrap() }));
    }
    let mut new = 0;
    for task in tasks {
        new += usize::from(matches!(task.await.unwrap(), Enqueued::New(_)));
    }
    assert_eq!((new, f.audit_total().await), (10, 10));
}

async fn a_release_is_free_again_once_its_operation_is_settled(f: Fixture) {
    for status in [OperationStatus::Succeeded, OperationStatus::Failed, OperationStatus::Cancelled, OperationStatus::Interrupted] {
        f.done("acme/web", upgrade(), status).await;
        assert_eq!(f.stores.operations.active(&key("acme/web")).await.unwrap(), None);
    }
}

async fn releases_do_not_wait_for_each_other(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    f.enqueue_upgrade("acme/api").await;
    f.enqueue_upgrade("globex/web").await;
}

async fn the_same_request_is_the_same_operation(f: Fixture) {
    let wish = NewOperation { idempotency: Some(("key".into(), [1; 32])), ..f.wish("acme/web", upgrade()).await };
    let Enqueued::New(first) = f.enqueue(&wish).await else { panic!("not enqueued") };
    let again = NewOperation { id: f.wish("acme/web", upgrade()).await.id, ..wish.clone() };
    assert_eq!(f.enqueue(&again).await, Enqueued::Same(first.clone()));
    let claim = f.claim("worker", 1).await.unwrap();
    let end = pilothouse::store::operations::Settlement { status: OperationStatus::Succeeded, result_revision: Some(2), error: None };
    let (settled, _) = f.stores.operations.settle(&claim.lease, at(2), &end).await.unwrap();
    assert_eq!(f.enqueue(&again).await, Enqueued::Same(settled), "also when it is long done");
    assert_eq!(f.audit_total().await, 2, "asked for once, ended once");
}

async fn twenty_repeats_at_once_make_one_operation(f: Fixture) {
    let answers = all_at_once(&f, |_| Some(("key".into(), [1; 32]))).await;
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Enqueued::New(_))).count(), 1);
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Enqueued::Same(_))).count(), 19);
}

async fn a_key_used_for_another_request_is_refused(f: Fixture) {
    let wish = NewOperation { idempotency: Some(("key".into(), [1; 32])), ..f.wish("acme/web", upgrade()).await };
    f.enqueue(&wish).await;
    let other = NewOperation { idempotency: Some(("key".into(), [2; 32])), ..f.wish("acme/api", upgrade()).await };
    assert_eq!(f.enqueue(&other).await, Enqueued::KeyReused);
    assert_eq!(f.audit_total().await, 1);
}

async fn a_key_belongs_to_who_used_it(f: Fixture) {
    let wish = NewOperation { idempotency: Some(("key".into(), [1; 32])), ..f.wish("acme/web", upgrade()).await };
    f.enqueue(&wish).await;
    let other =
        NewOperation { idempotency: Some(("key".into(), [1; 32])), requested_by: "grace".into(), ..f.wish("acme/api", upgrade()).await };
    assert!(matches!(f.enqueue(&other).await, Enqueued::New(_)));
}

async fn a_repeat_finds_its_operation_though_the_release_is_busy(f: Fixture) {
    let wish = NewOperation { idempotency: Some(("key".into(), [1; 32])), ..f.wish("acme/web", upgrade()).await };
    f.enqueue(&wish).await;
    assert!(matches!(f.enqueue(&wish).await, Enqueued::Same(_)));
}

async fn no_operation_without_its_audit_row(f: Fixture) {
    f.break_audit().await;
    let wish = f.wish("acme/web", upgrade()).await;
    assert!(f.stores.operations.enqueue(&wish, &note(&wish)).await.is_err());
    assert_eq!(f.stores.operations.by_id(&admin(), wish.id).await.unwrap(), None);
    assert_eq!(f.stores.operations.active(&key("acme/web")).await.unwrap(), None);
}

async fn no_audit_row_without_its_operation(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    f.enqueue(&f.wish("acme/web", upgrade()).await).await;
    assert_eq!(f.audit_total().await, 1, "what was refused leaves no row");
}

async fn a_queued_operation_is_cancelled_at_once(f: Fixture) {
    let queued = f.enqueue_upgrade("acme/web").await;
    let cancelled = f.stores.operations.request_cancel(&admin(), queued.id, at(5), &cancel_note()).await.unwrap().unwrap();
    assert_eq!((cancelled.status, cancelled.finished_at, cancelled.cancel_requested), (OperationStatus::Cancelled, Some(at(5)), true));
    let events = f.stores.operations.events(&admin(), queued.id, 0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].seq, &events[0].body), (1, &EventBody::Settled { status: OperationStatus::Cancelled, error: None }));
    assert_eq!(f.claim("worker", 6).await, None);
    assert_eq!(f.audit_total().await, 3, "asked for, asked to end, ended");
    f.enqueue_upgrade("acme/web").await;
}

async fn a_running_operation_is_only_asked_to_end(f: Fixture) {
    let queued = f.enqueue_upgrade("acme/web").await;
    let claim = f.claim("worker", 1).await.unwrap();
    assert!(!f.stores.operations.renew(&claim.lease, at(2), LEASE).await.unwrap());
    let asked = f.stores.operations.request_cancel(&admin(), queued.id, at(5), &cancel_note()).await.unwrap().unwrap();
    assert_eq!((asked.status, asked.cancel_requested), (OperationStatus::Running, true));
    assert!(f.stores.operations.renew(&claim.lease, at(6), LEASE).await.unwrap(), "its worker hears of it");
    f.stores.operations.request_cancel(&admin(), queued.id, at(7), &cancel_note()).await.unwrap();
    assert_eq!(f.audit_total().await, 2, "asking again changes nothing");
}

async fn a_settled_operation_is_not_cancelled(f: Fixture) {
    let done = f.done("acme/web", upgrade(), OperationStatus::Succeeded).await;
    let same = f.stores.operations.request_cancel(&admin(), done.id, at(5), &cancel_note()).await.unwrap();
    assert_eq!(same, Some(done));
    assert_eq!(f.audit_total().await, 2);
}

async fn no_cancel_without_its_audit_row(f: Fixture) {
    let queued = f.enqueue_upgrade("acme/web").await;
    f.break_audit().await;
    assert!(f.stores.operations.request_cancel(&admin(), queued.id, at(5), &cancel_note()).await.is_err());
    assert_eq!(f.stores.operations.by_id(&admin(), queued.id).await.unwrap(), Some(queued.clone()));
    assert!(f.stores.operations.events(&admin(), queued.id, 0, 10).await.unwrap().is_empty());
}

async fn operations_are_listed_newest_first_in_pages(f: Fixture) {
    let mut ids = Vec::new();
    for second in 0..5 {
        let wish = NewOperation { at: at(second), ..f.wish(&format!("acme/web-{second}"), upgrade()).await };
        f.enqueue(&wish).await;
        ids.insert(0, wish.id);
    }
    let query = OperationQuery { paging: Paging::new(1, 2), ..OperationQuery::default() };
    let page = f.stores.operations.list(&admin(), &query).await.unwrap();
    assert_eq!((page.total, page.pages()), (5, 3));
    assert_eq!(page.items.iter().map(|operation| operation.id).collect::<Vec<_>>(), ids[2..4]);
}

async fn operations_are_found_by_release_and_status(f: Fixture) {
    let done = f.done("acme/web", upgrade(), OperationStatus::Succeeded).await;
    let queued = f.enqueue_upgrade("acme/web").await;
    let other = f.enqueue_upgrade("globex/web").await;
    let found = async |query: OperationQuery| {
        let page = f.stores.operations.list(&admin(), &query).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items.into_iter().map(|operation| operation.id).collect::<Vec<_>>()
    };
    assert_eq!(found(OperationQuery { release: Some(id("acme/web")), ..Default::default() }).await, [queued.id, done.id]);
    assert_eq!(found(OperationQuery { status: Some(OperationStatus::Succeeded), ..Default::default() }).await, [done.id]);
    assert_eq!(found(OperationQuery { tenant: Some(f.tenant("globex").await), ..Default::default() }).await, [other.id]);
}

async fn an_operation_is_read_as_it_was_asked_for(f: Fixture) {
    let wish = f.wish("acme/web", Change::Rollback { to: 3 }).await;
    f.enqueue(&wish).await;
    let operation = f.stores.operations.by_id(&admin(), wish.id).await.unwrap().unwrap();
    assert_eq!(operation.target, "to revision 3");
    assert_eq!(operation.tenant.unwrap().as_str(), "acme");
    assert_eq!((operation.base_revision, operation.attempt, operation.created_at), (Some(1), 0, at(0)));
    assert_eq!((operation.requested_by.as_str(), operation.reason.as_deref()), ("ada", Some("because")));
    let claim = f.claim("worker", 1).await.unwrap();
    assert_eq!((claim.change, claim.options), (wish.change, wish.options));
}

fn cancel_note() -> NewAudit {
    NewAudit::of(&admin(), at(5), "operation.cancel", "acme/web")
}

/// Twenty requests for one release, from as many tasks.
async fn all_at_once(f: &Fixture, key: impl Fn(u8) -> Option<(String, [u8; 32])>) -> Vec<Enqueued> {
    let mut tasks = Vec::new();
    for i in 0..20 {
        let wish = NewOperation { idempotency: key(i), ..f.wish("acme/web", upgrade()).await };
        let operations = f.stores.operations.clone();
        tasks.push(tokio::spawn(async move { operations.enqueue(&wish, &note(&wish)).await.unwrap() }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}
