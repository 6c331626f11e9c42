//! The audit: appended to, read, never changed; chained, so that whatever is done to it past the stores is found.

use pilothouse::{
    domain::{
        actor::{Actor, Door, Role},
        audit::{AuditQuery, AuditSort, Fault, NewAudit, Verdict},
        operation::OperationStatus,
        page::Paging,
        revision::HelmStatus,
    },
    store::sqlite::Sqlite,
};
use serde_json::{Value, json};

use super::{contract, fixture::*};

contract!(
    rows_are_read_newest_first_as_they_were_written,
    rows_are_found_by_what_they_say,
    rows_cannot_be_changed_or_removed,
    a_whole_chain_is_verified_and_its_anchor_holds,
    a_row_that_was_altered_removed_moved_or_cut_off_is_found,
    a_head_that_was_altered_is_found_also_after_more_was_written,
    rows_of_before_there_was_a_chain_are_taken_into_it_once,
    the_end_of_an_operation_is_on_record,
    a_revision_of_elsewhere_is_told_of_once,
    what_was_there_when_the_cluster_was_first_listed_is_not_told_of,
);

async fn rows_are_read_newest_first_as_they_were_written(f: Fixture) {
    for place in ["acme/a", "acme/b"] {
        f.enqueue_upgrade(place).await;
    }
    let facts = |value: Value| value.as_object().cloned();
    let row = NewAudit {
        tenant: Some(f.tenant("acme").await),
        reason: Some("because".into()),
        before: facts(json!({"version": "1"})),
        after: facts(json!({"version": "2", "values": "changed"})),
        ..NewAudit::of(&admin().by_token("ci", false).from_address("10.1.2.3".parse().ok()), at(5), "release.upgrade", "acme/c")
    };
    f.stores.audit.record(&row).await.unwrap();
    let query = AuditQuery { paging: Paging::new(0, 2), ..AuditQuery::default() };
    let page = f.stores.audit.list(&admin(), &query).await.unwrap();
    assert_eq!((page.total, page.items.iter().map(|row| row.seq).collect::<Vec<_>>()), (3, vec![3, 2]));
    assert_eq!(page.items[0].entry, row);
    assert_eq!((row.via.as_deref(), row.from.as_deref()), (Some("ci"), Some("10.1.2.3")));
    let below = &page.items[1].entry;
    assert_eq!((below.door, below.at, below.reason.as_deref()), (Door::Page, at(0), Some("because")));
    assert!(f.stores.operations.by_id(&admin(), below.operation.unwrap()).await.unwrap().is_some());
    let oldest = AuditQuery { sort: AuditSort::Oldest, ..query };
    assert_eq!(f.stores.audit.list(&admin(), &oldest).await.unwrap().items[0].seq, 1);
}

async fn rows_are_found_by_what_they_say(f: Fixture) {
    let write = async |actor: &str, act: &str, subject: &str, second| {
        let actor = Actor::person(actor, Role::Admin, vec![], Door::Api);
        f.stores
            .audit
            .record(&NewAudit { reason: Some(format!("100% {actor:?}")), ..NewAudit::of(&actor, at(second), act, subject) })
            .await
            .unwrap();
    };
    write("ada", "release.upgrade", "acme/web", 10).await;
    write("bob", "release.rollback", "acme/web", 20).await;
    write("bob", "releases.odd", "acme/db", 30).await;
    let found = async |query: AuditQuery| {
        let rows = f.stores.audit.after(&admin(), &query, None, 100).await.unwrap();
        let page = f.stores.audit.list(&admin(), &query).await.unwrap();
        assert_eq!(rows, page.items, "an export holds what its page shows");
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    let all = AuditQuery::default;
    assert_eq!(found(AuditQuery { actor: Some("bob".into()), ..all() }).await, [3, 2]);
    assert_eq!(found(AuditQuery { act: Some("release".into()), ..all() }).await, [2, 1], "a noun means all its acts");
    assert_eq!(found(AuditQuery { act: Some("release.upgrade".into()), ..all() }).await, [1]);
    assert_eq!(found(AuditQuery { subject: Some("acme/db".into()), ..all() }).await, [3]);
    assert_eq!(found(AuditQuery { door: Some(Door::Cli), ..all() }).await, [0; 0]);
    assert_eq!(found(AuditQuery { since: Some(at(20)), until: Some(at(30)), ..all() }).await, [2]);
    assert_eq!(found(AuditQuery { text: Some("ACME/W".into()), ..all() }).await, [2, 1]);
    assert_eq!(found(AuditQuery { text: Some("100%".into()), sort: AuditSort::Oldest, ..all() }).await, [1, 2, 3]);
    let next = f.stores.audit.after(&admin(), &all(), Some(3), 1).await.unwrap();
    assert_eq!(next[0].seq, 2, "piece by piece");
}

async fn rows_cannot_be_changed_or_removed(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    assert!(f.try_raw("UPDATE audit SET actor = 'somebody else'").await.is_err());
    assert!(f.try_raw("UPDATE audit SET hash = x'00'").await.is_err());
    assert!(f.try_raw("DELETE FROM audit").await.is_err());
    assert_eq!(f.audit_total().await, 1);
}

/// Five rows.
async fn five(f: &Fixture) {
    for name in ["acme/a", "acme/b", "acme/c", "acme/d", "acme/e"] {
        f.enqueue_upgrade(name).await;
    }
}

/// What verifying comes to, as the command line does it: over the file, beside the server.
async fn verdict(f: &Fixture) -> Verdict {
    Sqlite::look_at(&f.file(), sealer(7)).await.unwrap().stores().audit.verify(None).await.unwrap()
}

/// Past every trigger, as somebody with the file can.
const OPENED: &str = "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;";

async fn a_whole_chain_is_verified_and_its_anchor_holds(f: Fixture) {
    assert!(matches!(verdict(&f).await, Verdict::Whole(anchor) if anchor.rows == 0));
    five(&f).await;
    let Verdict::Whole(anchor) = verdict(&f).await else { panic!() };
    assert_eq!(anchor.rows, 5);
    f.enqueue_upgrade("acme/f").await;
    assert!(matches!(f.stores.audit.verify(Some(&anchor)).await.unwrap(), Verdict::Whole(_)), "it only grew");
    let other = pilothouse::domain::audit::Anchor { hash: vec![0; 32], ..anchor.clone() };
    assert_eq!(f.stores.audit.verify(Some(&other)).await.unwrap(), Verdict::Broken { row: 5, fault: Fault::NotTheAnchor });
    let later = pilothouse::domain::audit::Anchor { rows: 9, ..anchor };
    assert_eq!(f.stores.audit.verify(Some(&later)).await.unwrap(), Verdict::Broken { row: 7, fault: Fault::Missing });
}

async fn a_row_that_was_altered_removed_moved_or_cut_off_is_found(f: Fixture) {
    five(&f).await;
    f.raw(OPENED).await;
    f.raw("CREATE TABLE kept AS SELECT * FROM audit").await;
    let again = "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept;";
    for (sql, row, fault) in [
        ("UPDATE audit SET reason = 'another' WHERE seq = 2", 2, Fault::Altered),
        ("UPDATE audit SET tenant_id = NULL WHERE seq = 3", 3, Fault::Altered),
        ("UPDATE audit SET actor = actor || 'x', act = substr(act, 2) WHERE seq = 4", 4, Fault::Altered),
        ("UPDATE audit SET hash = NULL WHERE seq = 4", 4, Fault::Altered),
        ("DELETE FROM audit WHERE seq = 3", 3, Fault::Missing),
        ("DELETE FROM audit WHERE seq = 1", 1, Fault::Missing),
        ("DELETE FROM audit WHERE seq > 3", 4, Fault::Missing),
        ("DELETE FROM audit", 1, Fault::Missing),
        (
            "UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 9",
            2,
            Fault::Moved,
        ),
        ("DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2", 2, Fault::Moved),
        (
            "INSERT INTO audit SELECT 6, at, actor, door, act, tenant_id, subject, operation_id, reason, via, from_address, before, after, previous, hash FROM audit WHERE seq = 5",
            6,
            Fault::Moved,
        ),
    ] {
        f.raw(again).await;
        assert!(matches!(verdict(&f).await, Verdict::Whole(_)), "put back");
        f.raw(sql).await;
        assert_eq!(verdict(&f).await, Verdict::Broken { row, fault }, "{sql}");
    }
}

async fn a_head_that_was_altered_is_found_also_after_more_was_written(f: Fixture) {
    five(&f).await;
    f.raw(OPENED).await;
    f.raw("DELETE FROM audit WHERE seq = 5; UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit'").await;
    f.raw("UPDATE audit_head SET rows = 4, hash = (SELECT hash FROM audit WHERE seq = 4)").await;
    assert_eq!(verdict(&f).await, Verdict::Broken { row: 4, fault: Fault::Head });
    f.enqueue_upgrade("acme/f").await;
    assert_eq!(verdict(&f).await, Verdict::Broken { row: 5, fault: Fault::Moved }, "what is written next does not heal it");
}

async fn rows_of_before_there_was_a_chain_are_taken_into_it_once(f: Fixture) {
    five(&f).await;
    f.raw(OPENED).await;
    f.raw("UPDATE audit SET hash = NULL, previous = NULL; DELETE FROM audit_head").await;
    let f = f.reopened(7).await;
    assert!(matches!(verdict(&f).await, Verdict::Whole(anchor) if anchor.rows == 5));
    f.raw("UPDATE audit SET hash = NULL, reason = 'another' WHERE seq = 2; DELETE FROM audit_head").await;
    let f = f.reopened(7).await;
    assert_eq!(verdict(&f).await, Verdict::Broken { row: 2, fault: Fault::Altered }, "where there was a chain nothing is made up");
}

async fn the_end_of_an_operation_is_on_record(f: Fixture) {
    f.done("acme/web", upgrade(), OperationStatus::Failed).await;
    let rows = f.stores.audit.list(&admin(), &AuditQuery::default()).await.unwrap().items;
    let end = &rows[0].entry;
    assert_eq!((end.act.as_str(), end.actor.as_str(), end.door, end.at), ("operation.failed", "worker", Door::System, at(1500)));
    assert_eq!((end.operation, end.tenant), (rows[1].entry.operation, Some(f.tenant("acme").await)));
}

/// The rows that tell of elsewhere, as revision and version before and after, oldest first.
async fn told(f: &Fixture) -> Vec<(Value, Value)> {
    let query = AuditQuery { act: Some("release.elsewhere".into()), sort: AuditSort::Oldest, ..AuditQuery::default() };
    let rows = f.stores.audit.list(&admin(), &query).await.unwrap().items;
    let short = |facts: &Option<serde_json::Map<String, Value>>| {
        facts.as_ref().map_or(Value::Null, |facts| json!([facts["revision"], facts["version"]]))
    };
    rows.iter().map(|row| (short(&row.entry.before), short(&row.entry.after))).collect()
}

async fn a_revision_of_elsewhere_is_told_of_once(f: Fixture) {
    f.stores.releases.listed().await.unwrap();
    f.observe(&[seen("acme/web", 1).status(HelmStatus::PendingInstall)]).await;
    f.observe(&[seen("acme/web", 1).version("2")]).await;
    let ours = f.enqueue_upgrade("acme/web").await;
    f.observe(&[seen("acme/web", 2).made_by(ours.id)]).await;
    f.observe(&[seen("acme/web", 3).unread()]).await;
    assert_eq!(told(&f).await.len(), 1, "whether a rollback is ours only its body tells");
    f.stores.releases.observe_late(&[seen("acme/web", 3).chart("web", "1.2.0")], at(1000)).await.unwrap();
    let once = [(json!(null), json!([1, "1.0.0"])), (json!([2, "1.0.0"]), json!([3, "1.2.0"]))];
    assert_eq!(told(&f).await[0], once[0]);
    assert_eq!(told(&f).await[1].1, once[1].1);
    f.forget_projection().await;
    let f = f.reopened(7).await;
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2).made_by(ours.id), seen("acme/web", 3)]).await;
    assert_eq!(told(&f).await.len(), 2, "nor again when it is built anew");
    let row = &f
        .stores
        .audit
        .list(&f.viewer("acme").await, &AuditQuery { door: Some(Door::Elsewhere), ..AuditQuery::default() })
        .await
        .unwrap()
        .items[0];
    assert_eq!((row.entry.actor.as_str(), row.entry.subject.as_str()), ("helm", "acme/web"));
}

async fn what_was_there_when_the_cluster_was_first_listed_is_not_told_of(f: Fixture) {
    f.observe(&[seen("acme/web", 1).unread(), seen("acme/web", 2)]).await;
    f.stores.releases.listed().await.unwrap();
    f.stores.releases.observe_late(&[seen("acme/web", 1)], at(1000)).await.unwrap();
    assert!(told(&f).await.is_empty());
    f.observe(&[seen("acme/web", 3)]).await;
    assert_eq!(told(&f).await, [(json!([2, "1.0.0"]), json!([3, "1.0.0"]))]);
}
