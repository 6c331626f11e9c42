//! The history of releases: lives, pruning, uninstalls, and what each revision did.

use pilothouse::domain::{
    change::Change,
    operation::OperationStatus,
    release::ReleaseState,
    revision::{HelmStatus, RevisionChange},
};
use serde_json::json;

use super::{contract, fixture::*};

contract!(
    a_reinstall_begins_a_new_life_and_the_old_one_stays,
    a_release_whose_secrets_are_gone_is_uninstalled_and_keeps_its_history,
    what_helm_pruned_stays_readable,
    an_uninstall_that_keeps_history_is_uninstalled_too,
    a_newest_revision_removed_by_hand_gives_way_to_the_one_below,
    who_uninstalled_is_told_if_it_was_through_us,
    each_revision_tells_what_it_did,
    what_has_not_been_read_does_not_tell,
    a_gap_in_the_numbers_does_not_tell_either,
    the_body_is_that_of_the_newest_life,
);

async fn a_reinstall_begins_a_new_life_and_the_old_one_stays(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2)]).await;
    f.retain("acme/web", &[]).await;
    f.observe(&[seen("acme/web", 1).uid("again").made_at(3000).chart("web", "2.0.0")]).await;
    let release = f.release("acme/web").await;
    assert_eq!((release.status, release.revision, release.chart_version.as_str()), (ReleaseState::Deployed, 1, "2.0.0"));
    let places: Vec<_> = f.revisions("acme/web").await.iter().map(|r| (r.life, r.revision, r.pruned, r.change.clone())).collect();
    assert_eq!(
        places,
        [(2, 1, false, RevisionChange::Installed), (1, 2, true, RevisionChange::Reapplied), (1, 1, true, RevisionChange::Installed),]
    );
    f.retain("acme/web", &[1]).await;
    assert_eq!(f.release("acme/web").await.status, ReleaseState::Deployed, "the number is there, in its new life");
}

async fn a_release_whose_secrets_are_gone_is_uninstalled_and_keeps_its_history(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2).chart("web", "1.1.0").values(json!({"a": 1}))]).await;
    assert!(f.retain("acme/web", &[]).await.is_some());
    assert!(f.retain("acme/web", &[]).await.is_none(), "nothing new the second time");
    let release = f.release("acme/web").await;
    assert_eq!((release.status, release.revision, release.updated_at), (ReleaseState::Uninstalled, 2, at(2000)));
    assert_eq!((release.chart_name.as_str(), release.chart_version.as_str()), ("web", "1.1.0"));
    assert_eq!(f.revisions("acme/web").await.len(), 2);
    let body = f.stores.releases.body(&admin(), id("acme/web"), 2).await.unwrap().unwrap();
    assert_eq!(body.values_override["a"], 1);
    assert!(f.stores.releases.known().await.unwrap().is_empty());
    assert!(f.stores.releases.without_body(10).await.unwrap().is_empty());
}

async fn what_helm_pruned_stays_readable(f: Fixture) {
    f.observe(&[1, 2, 3].map(|n| seen("acme/web", n).values(json!({"n": n})))).await;
    assert_eq!(f.retain("acme/web", &[2, 3]).await.unwrap().key, key("acme/web"));
    let pruned: Vec<_> = f.revisions("acme/web").await.iter().map(|revision| (revision.revision, revision.pruned)).collect();
    assert_eq!(pruned, [(3, false), (2, false), (1, true)]);
    let body = f.stores.releases.body(&admin(), id("acme/web"), 1).await.unwrap().unwrap();
    assert_eq!(body.values_override["n"], 1);
    let known = f.stores.releases.known().await.unwrap();
    assert_eq!(known[&key("acme/web")].keys().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(f.release("acme/web").await.status, ReleaseState::Deployed);
    assert!(f.retain("acme/web", &[2, 3]).await.is_none());
    assert!(f.retain("acme/unknown", &[]).await.is_none());
}

async fn an_uninstall_that_keeps_history_is_uninstalled_too(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    f.observe(&[seen("acme/web", 1).version("2").status(HelmStatus::Uninstalled)]).await;
    assert_eq!(f.release("acme/web").await.status, ReleaseState::Uninstalled);
    f.observe(&[seen("acme/web", 2).made_at(50)]).await;
    let revisions = f.revisions("acme/web").await;
    assert_eq!((revisions[0].life, revisions[0].revision, &revisions[0].change), (2, 2, &RevisionChange::Installed));
    assert_eq!(f.release("acme/web").await.status, ReleaseState::Deployed);
}

async fn a_newest_revision_removed_by_hand_gives_way_to_the_one_below(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2).status(HelmStatus::PendingUpgrade)]).await;
    f.retain("acme/web", &[1]).await;
    let release = f.release("acme/web").await;
    assert_eq!((release.revision, release.status), (1, ReleaseState::Deployed));
    f.observe(&[seen("acme/web", 2).uid("again").made_at(60)]).await;
    f.retain("acme/web", &[1, 2]).await;
    let revisions: Vec<_> = f.revisions("acme/web").await.iter().map(|r| (r.life, r.revision, r.pruned)).collect();
    assert_eq!(revisions, [(2, 2, false), (1, 2, true), (1, 1, false)]);
    assert_eq!(f.release("acme/web").await.revision, 2);
}

async fn who_uninstalled_is_told_if_it_was_through_us(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/api", 1)]).await;
    f.done("acme/web", Change::Uninstall, OperationStatus::Succeeded).await;
    f.done("acme/api", Change::Uninstall, OperationStatus::Failed).await;
    f.retain("acme/web", &[]).await;
    f.retain("acme/api", &[]).await;
    assert_eq!(f.release("acme/web").await.performed_by.as_deref(), Some("ada"));
    assert_eq!(f.release("acme/api").await.performed_by, None);
    // The next life ends elsewhere.
    f.observe(&[seen("acme/web", 1).uid("again").made_at(9000)]).await;
    f.retain("acme/web", &[]).await;
    assert_eq!(f.release("acme/web").await.performed_by, None);
}

async fn each_revision_tells_what_it_did(f: Fixture) {
    f.observe(&[
        seen("acme/web", 1).values(json!({"a": {"x": 1, "y": 2}})),
        seen("acme/web", 2).chart("web", "1.1.0").values(json!({"a": {"x": 1, "y": 2}})),
        seen("acme/web", 3).chart("web", "1.1.0").values(json!({"a": {"x": 1, "y": 3}})),
        seen("acme/web", 4).chart("web", "1.1.0").values(json!({"a": {"y": 3, "x": 1}})),
        seen("acme/web", 5).description("Rollback to 1").values(json!({"a": {"x": 1, "y": 2}})),
    ])
    .await;
    let changes: Vec<_> = f.revisions("acme/web").await.into_iter().rev().map(|revision| revision.change).collect();
    assert_eq!(
        changes,
        [
            RevisionChange::Installed,
            RevisionChange::Upgraded { from: "1.0.0".into() },
            RevisionChange::ValuesChanged,
            RevisionChange::Reapplied,
            RevisionChange::RolledBack { to: 1 },
        ]
    );
}

async fn what_has_not_been_read_does_not_tell(f: Fixture) {
    f.observe(&[seen("acme/web", 1).unread(), seen("acme/web", 2), seen("acme/web", 3).unread()]).await;
    let changes = async || f.revisions("acme/web").await.into_iter().rev().map(|r| (r.has_body, r.change)).collect::<Vec<_>>();
    assert_eq!(changes().await, [(false, RevisionChange::Installed), (true, RevisionChange::Unknown), (false, RevisionChange::Unknown)]);
    f.observe(&[seen("acme/web", 1), seen("acme/web", 3)]).await;
    assert_eq!(changes().await, [(true, RevisionChange::Installed), (true, RevisionChange::Reapplied), (true, RevisionChange::Reapplied)]);
}

async fn a_gap_in_the_numbers_does_not_tell_either(f: Fixture) {
    f.observe(&[seen("acme/web", 3), seen("acme/web", 7)]).await;
    let changes: Vec<_> = f.revisions("acme/web").await.into_iter().map(|revision| revision.change).collect();
    assert_eq!(changes, [RevisionChange::Unknown, RevisionChange::Unknown], "whatever came before was never seen");
}

async fn the_body_is_that_of_the_newest_life(f: Fixture) {
    f.observe(&[seen("acme/web", 1).values(json!({"life": 1})), seen("acme/web", 2).values(json!({"life": 1}))]).await;
    f.retain("acme/web", &[]).await;
    f.observe(&[seen("acme/web", 1).uid("again").made_at(3000).values(json!({"life": 2}))]).await;
    for (revision, life) in [(1, 2), (2, 1)] {
        let body = f.stores.releases.body(&admin(), id("acme/web"), revision).await.unwrap().unwrap();
        assert_eq!(body.values_override["life"], life);
    }
    assert_eq!(f.stores.releases.body(&admin(), id("acme/web"), 3).await.unwrap(), None);
}
