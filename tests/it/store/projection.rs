//! The projection: what observing makes of a release's row, and of which changes it tells.

use pilothouse::domain::{
    operation::OperationStatus,
    release::{Health, ReleaseState, STUCK_AFTER},
    revision::HelmStatus,
    seen::SeenRevision,
};
use serde_json::json;

use super::{contract, fixture::*};

contract!(
    a_release_shows_its_newest_revision,
    a_release_shows_what_is_known_before_its_body_is_read,
    what_was_seen_before_is_no_news,
    only_what_can_be_seen_is_news,
    a_body_is_wanted_until_it_is_read_and_again_when_it_changed,
    what_our_operation_made_carries_its_requester_and_reason,
    what_was_made_elsewhere_carries_nobody,
    a_pending_release_is_stuck_when_nobody_works_on_it,
    a_pending_release_made_elsewhere_is_stuck_after_a_while,
    health_is_kept_beside_the_state,
    a_projection_removed_is_rebuilt_the_same,
    text_that_a_database_cannot_hold_does_no_harm,
    a_large_first_listing_is_taken_over_whole,
);

async fn a_release_shows_its_newest_revision(f: Fixture) {
    let changed = f.observe(&[seen("acme/web", 2).chart("web", "1.2.0"), seen("acme/web", 1).status(HelmStatus::Superseded)]).await;
    assert_eq!(changed.iter().map(|changed| (changed.id, &changed.key)).collect::<Vec<_>>(), [(id("acme/web"), &key("acme/web"))]);
    let release = f.release("acme/web").await;
    assert_eq!((release.id, release.revision, release.status), (id("acme/web"), 2, ReleaseState::Deployed));
    assert_eq!((release.chart_name.as_str(), release.chart_version.as_str(), release.app_version.as_str()), ("web", "1.2.0", "5"));
    assert_eq!((release.created_at, release.updated_at), (at(1), at(2)));
    assert_eq!(release.tenant.as_ref().unwrap().as_str(), "acme");
    assert_eq!(f.stores.releases.by_id(&admin(), release.id).await.unwrap(), Some(release));
}

async fn a_release_shows_what_is_known_before_its_body_is_read(f: Fixture) {
    f.observe(&[seen("acme/web", 4).unread()]).await;
    let release = f.release("acme/web").await;
    assert_eq!((release.revision, release.status, release.chart_name.as_str()), (4, ReleaseState::Deployed, ""));
    assert_eq!(f.observe(&[seen("acme/web", 4)]).await.len(), 1);
    assert_eq!(f.release("acme/web").await.chart_name, "web");
}

async fn what_was_seen_before_is_no_news(f: Fixture) {
    let all: Vec<SeenRevision> = (1..=3).map(|n| seen("acme/web", n)).chain([seen("globex/web", 1)]).collect();
    assert_eq!(f.observe(&all).await.len(), 2);
    assert_eq!(f.observe(&all).await, []);
    let unread: Vec<SeenRevision> = all.into_iter().map(SeenExt::unread).collect();
    assert_eq!(f.observe(&unread).await, [], "that it was not read again does not make it unread");
    assert_eq!(f.observe(&[]).await, []);
}

async fn only_what_can_be_seen_is_news(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2)]).await;
    assert_eq!(f.observe(&[seen("acme/web", 1).unread().version("2")]).await, [], "another resource version alone shows nowhere");
    assert_eq!(f.observe(&[seen("acme/web", 1).unread().version("3").status(HelmStatus::Superseded)]).await.len(), 1);
    assert_eq!(f.stores.releases.known().await.unwrap()[&key("acme/web")][&1], "3");
}

async fn a_body_is_wanted_until_it_is_read_and_again_when_it_changed(f: Fixture) {
    let wanted = async || f.stores.releases.without_body(10).await.unwrap();
    let pending = seen("acme/web", 3).status(HelmStatus::PendingUpgrade);
    f.observe(&[seen("acme/web", 1).unread(), seen("acme/web", 2).unread(), pending]).await;
    assert_eq!(wanted().await, [(key("acme/web"), 2), (key("acme/web"), 1)]);
    assert_eq!(f.stores.releases.without_body(1).await.unwrap(), [(key("acme/web"), 2)]);
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2)]).await;
    assert_eq!(wanted().await, []);
    // Helm writes description and notes when it is done; what it marks superseded it leaves alone.
    f.observe(&[seen("acme/web", 3).version("2").unread(), seen("acme/web", 2).version("2").status(HelmStatus::Superseded).unread()]).await;
    assert_eq!(wanted().await, [(key("acme/web"), 3)]);
    f.observe(&[seen("acme/web", 3).version("2").description("done").values(json!({"a": 2}))]).await;
    assert_eq!(wanted().await, []);
    assert_eq!(f.release("acme/web").await.description, "done");
    let body = f.stores.releases.body(&admin(), id("acme/web"), 3).await.unwrap().unwrap();
    assert_eq!(body.values_override["a"], 2);
}

async fn what_our_operation_made_carries_its_requester_and_reason(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    f.observe(&[seen("acme/web", 1), seen("acme/web", 2).made_by(operation.id)]).await;
    let release = f.release("acme/web").await;
    assert_eq!(release.performed_by.as_deref(), Some("ada"));
    assert_eq!(release.active_operation.unwrap().id, operation.id);
    let newest = &f.revisions("acme/web").await[0];
    assert_eq!((newest.performed_by.as_deref(), newest.reason.as_deref()), (Some("ada"), Some("because")));
    assert_eq!(newest.operation_id, Some(operation.id));
    // A later sight that does not tell who made it takes nothing away.
    f.observe(&[seen("acme/web", 2).version("2").status(HelmStatus::Superseded).unread()]).await;
    assert_eq!(f.revisions("acme/web").await[0].operation_id, Some(operation.id));
}

async fn what_was_made_elsewhere_carries_nobody(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    assert_eq!(f.release("acme/web").await.performed_by, None);
    assert_eq!(f.revisions("acme/web").await[0].operation_id, None);
}

async fn a_pending_release_is_stuck_when_nobody_works_on_it(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    let claim = f.claim("worker", 1).await.unwrap();
    f.observe(&[seen("acme/web", 2).status(HelmStatus::PendingUpgrade).made_by(operation.id)]).await;
    assert_eq!(f.release("acme/web").await.status, ReleaseState::PendingUpgrade);
    assert_eq!(f.stores.releases.refresh_states(at(9_999_999)).await.unwrap(), [], "however long it takes");
    let end = pilothouse::store::operations::Settlement { status: OperationStatus::Interrupted, result_revision: None, error: None };
    f.stores.operations.settle(&claim.lease, at(5), &end).await.unwrap();
    let changed = f.stores.releases.refresh_states(at(6)).await.unwrap();
    assert_eq!(changed.len(), 1);
    let release = f.release("acme/web").await;
    assert_eq!((release.status, release.status_reason.as_deref()), (ReleaseState::Failed, Some("stuck")));
    assert_eq!(f.stores.releases.refresh_states(at(7)).await.unwrap(), []);
}

async fn a_pending_release_made_elsewhere_is_stuck_after_a_while(f: Fixture) {
    f.observe(&[seen("acme/web", 1).made_at(1000).status(HelmStatus::PendingInstall)]).await;
    assert_eq!(f.release("acme/web").await.status, ReleaseState::PendingInstall);
    assert_eq!(f.stores.releases.refresh_states(at(1010)).await.unwrap(), []);
    assert_eq!(f.stores.releases.refresh_states(at(1000) + STUCK_AFTER).await.unwrap().len(), 1);
    assert_eq!(f.release("acme/web").await.status_reason.as_deref(), Some("stuck"));
}

async fn health_is_kept_beside_the_state(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/api", 1)]).await;
    let report = |place: &str, health| (key(place), health, Some("1 of 2 ready".to_owned()));
    let both = [report("acme/web", Health::Degraded), report("acme/gone", Health::Healthy)];
    let changed = f.stores.releases.set_health(&both).await.unwrap();
    assert_eq!(changed.iter().map(|changed| changed.id).collect::<Vec<_>>(), [id("acme/web")]);
    assert_eq!(f.stores.releases.set_health(&both).await.unwrap(), []);
    f.observe(&[seen("acme/web", 2)]).await;
    let release = f.release("acme/web").await;
    assert_eq!((release.health, release.health_detail.as_deref()), (Health::Degraded, Some("1 of 2 ready")));
    f.retain("acme/web", &[]).await;
    assert_eq!(f.release("acme/web").await.health, Health::Unknown, "what is gone is neither well nor ill");
    assert_eq!(f.stores.releases.set_health(&both).await.unwrap(), []);
}

async fn a_projection_removed_is_rebuilt_the_same(f: Fixture) {
    let operation = f.done("acme/web", upgrade(), OperationStatus::Succeeded).await;
    let cluster = [
        seen("acme/web", 1).status(HelmStatus::Superseded),
        seen("acme/web", 2).made_by(operation.id).chart("web", "1.1.0").values(json!({"a": 1})),
        seen("globex/api", 1).status(HelmStatus::Failed),
    ];
    f.observe(&cluster).await;
    let answers = async || {
        let all = f.stores.releases.list(&admin(), &Default::default()).await.unwrap();
        let body = f.stores.releases.body(&admin(), id("acme/web"), 2).await.unwrap();
        (all, f.revisions("acme/web").await, f.revisions("globex/api").await, body, f.stores.releases.fleet(&admin()).await.unwrap())
    };
    let before = answers().await;
    f.forget_projection().await;
    assert_eq!(f.stores.releases.list(&admin(), &Default::default()).await.unwrap().total, 0);
    assert_eq!(f.observe(&cluster).await.len(), 2);
    assert_eq!(answers().await, before);
}

async fn text_that_a_database_cannot_hold_does_no_harm(f: Fixture) {
    let hostile = seen("acme/web", 1).chart("we\0b", "1.0\0").description("'); DROP TABLE releases; --\u{202e}\0");
    assert_eq!(f.observe(std::slice::from_ref(&hostile)).await.len(), 1);
    assert_eq!(f.observe(&[hostile]).await, []);
    let release = f.release("acme/web").await;
    assert_eq!((release.chart_name.as_str(), release.description.as_str()), ("web", "'); DROP TABLE releases; --\u{202e}"));
    let ill = [(key("acme/web"), Health::Degraded, Some("a\0b".to_owned()))];
    assert_eq!(f.stores.releases.set_health(&ill).await.unwrap().len(), 1);
    assert_eq!(f.stores.releases.set_health(&ill).await.unwrap(), []);
}

async fn a_large_first_listing_is_taken_over_whole(f: Fixture) {
    let places: Vec<String> = (0..600).map(|n| format!("acme/web-{n}")).collect();
    let newest: Vec<SeenRevision> = places.iter().map(|place| seen(place, 3)).collect();
    let older: Vec<SeenRevision> =
        places.iter().flat_map(|place| [1, 2].map(|n| seen(place, n).status(HelmStatus::Superseded).unread())).collect();
    assert_eq!(f.observe(&newest).await.len(), 600);
    assert_eq!(f.observe(&older).await.len(), 600);
    assert_eq!(f.stores.releases.known().await.unwrap().values().map(|revisions| revisions.len()).sum::<usize>(), 1800);
    assert_eq!(f.stores.releases.fleet(&admin()).await.unwrap().counts.deployed, 600);
    assert_eq!(f.stores.releases.without_body(5000).await.unwrap().len(), 1200);
    assert!(f.revisions("acme/web-7").await.iter().all(|revision| revision.life == 1));
}
