//! Sealing: what may be secret is on disk only as what nobody without the key can read, and only in its place.

use pilothouse::{
    domain::{
        change::Change,
        operation::OperationStatus,
        revision::{Hook, RevisionBody},
    },
    store::StoreError,
};
use serde_json::json;

use super::{contract, fixture::*};

contract!(
    no_secret_is_in_the_files,
    a_body_moved_to_another_row_does_not_open,
    a_change_moved_to_another_operation_does_not_open,
    a_database_does_not_open_with_another_key,
    a_change_that_does_not_open_is_settled_and_does_not_keep_others_from_being_claimed,
    equal_overrides_of_two_releases_do_not_look_equal,
    the_file_is_for_its_owner_alone,
);

const CANARY: &str = "CANARY-b7f1c2-hunter2";

fn secret() -> serde_json::Map<String, serde_json::Value> {
    json!({"db": {"password": CANARY}}).as_object().unwrap().clone()
}

async fn no_secret_is_in_the_files(f: Fixture) {
    let mut web = seen("acme/web", 1);
    let hook = Hook { name: "job".into(), kind: "Job".into(), events: vec![], manifest: format!("hook: {CANARY}") };
    web.decoded.as_mut().unwrap().body = RevisionBody {
        values_override: secret(),
        defaults: secret(),
        manifest: format!("password: {CANARY}"),
        notes: format!("your password is {CANARY}"),
        hooks: vec![hook],
    };
    f.observe(std::slice::from_ref(&web)).await;
    f.enqueue(&f.wish("acme/web", Change::Upgrade { chart: "web".parse().unwrap(), version: "2".into(), values_override: secret() }).await)
        .await;
    assert_eq!(f.stores.releases.body(&admin(), id("acme/web"), 1).await.unwrap(), Some(web.decoded.unwrap().body));
    let open = f.bytes_on_disk();
    assert!(holds(&open, "acme"), "the test has to look where things are");
    assert!(!holds(&open, CANARY) && !holds(&open, "hunter2"));
    let f = f.reopened(7).await;
    assert!(!holds(&f.bytes_on_disk(), CANARY), "nor once the log has gone into the file");
}

async fn a_body_moved_to_another_row_does_not_open(f: Fixture) {
    f.observe(&[seen("acme/web", 1).values(json!({"a": 1})), seen("globex/web", 1), seen("acme/web", 2)]).await;
    f.raw(
        "UPDATE revision_bodies SET sealed = (
             SELECT b.sealed FROM revision_bodies b JOIN revisions v USING (release_id, life, revision)
             WHERE v.namespace = 'acme' AND v.revision = 1
         )",
    )
    .await;
    assert!(f.stores.releases.body(&admin(), id("acme/web"), 1).await.is_ok());
    for (place, revision) in [("globex/web", 1), ("acme/web", 2)] {
        assert!(matches!(f.stores.releases.body(&admin(), id(place), revision).await, Err(StoreError::Seal)), "{place}");
    }
}

async fn a_change_moved_to_another_operation_does_not_open(f: Fixture) {
    f.enqueue_upgrade("acme/web").await;
    f.enqueue_upgrade("globex/web").await;
    f.raw("UPDATE operations SET sealed = (SELECT sealed FROM operations WHERE namespace = 'globex') WHERE namespace = 'acme'").await;
    let claimed = f.claim("worker", 1).await.unwrap();
    assert_eq!(claimed.operation.namespace.as_str(), "globex");
    assert!(f.claim("worker", 1).await.is_none());
}

async fn a_database_does_not_open_with_another_key(f: Fixture) {
    assert!(matches!(f.try_reopened(8).await, Err(StoreError::Seal)), "even while it is empty");
    assert!(f.try_reopened(7).await.is_ok());
    // As one that was made before there was a landmark.
    f.observe(&[seen("acme/web", 1)]).await;
    f.raw("DELETE FROM landmarks").await;
    assert!(matches!(f.try_reopened(8).await, Err(StoreError::Seal)), "a body does not open");
    f.raw("DELETE FROM revision_bodies").await;
    f.enqueue_upgrade("acme/web").await;
    assert!(matches!(f.try_reopened(8).await, Err(StoreError::Seal)), "nor does a change");
    assert!(f.try_reopened(7).await.is_ok());
}

async fn a_change_that_does_not_open_is_settled_and_does_not_keep_others_from_being_claimed(f: Fixture) {
    let lost = f.enqueue_upgrade("acme/web").await;
    let other = f.enqueue_upgrade("globex/web").await;
    f.raw("UPDATE operations SET sealed = x'00' WHERE namespace = 'acme'").await;
    assert_eq!(f.claim("worker", 1).await.unwrap().operation.id, other.id);
    let lost = f.stores.operations.by_id(&admin(), lost.id).await.unwrap().unwrap();
    assert_eq!(lost.status, OperationStatus::Interrupted);
    assert!(lost.error.unwrap().message.contains("sealed with another key"));
    f.enqueue_upgrade("acme/web").await;
}

async fn equal_overrides_of_two_releases_do_not_look_equal(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2), seen("globex/web", 1)]).await;
    f.raw(
        "CREATE TABLE told (n INTEGER CHECK (n = 2));
         INSERT INTO told SELECT count(DISTINCT override_digest) FROM revisions;",
    )
    .await;
}

async fn the_file_is_for_its_owner_alone(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    assert_eq!(mode(&f.data()), 0o700);
    let files: Vec<_> = std::fs::read_dir(f.data()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 2, "the log is there, too: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
