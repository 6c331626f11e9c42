//! What checks for drift found.

use pilothouse::domain::{
    actor::{Actor, Door, Role},
    audit::NewAudit,
    drift::{Drift, DriftState, DriftVerdict, ObjectDrift},
    release::{Health, ReleaseQuery},
    revision::HelmStatus,
};

use super::{contract, fixture::*};

contract!(
    a_result_comes_back_as_it_was_kept_and_is_sealed,
    a_new_revision_and_a_new_life_make_a_result_stale_and_it_is_not_counted,
    a_result_of_a_past_revision_is_not_kept,
    what_is_another_tenants_has_no_result,
    without_its_audit_row_no_result_is_kept,
    drifted_releases_are_listed_counted_and_need_a_person_after_all_others,
    those_that_waited_longest_are_due_first_and_only_what_is_deployed_and_quiet,
);

fn found(place: &str, revision: u32, verdict: DriftVerdict) -> Drift {
    let state = if verdict == DriftVerdict::Drifted { DriftState::Changed } else { DriftState::Same };
    let object = ObjectDrift {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        name: "telltale-name".into(),
        namespace: None,
        state,
        reason: None,
        fields: vec![],
        more: 0,
        diff: Default::default(),
    };
    Drift {
        release_id: id(place),
        revision,
        manifest_of: revision,
        checked_at: at(100),
        requested_by: Some("ada".into()),
        verdict,
        stale: false,
        objects: vec![object],
        ignored: vec![],
        cut: false,
    }
}

async fn keep(f: &Fixture, place: &str, new: &Drift) -> bool {
    let born = f.release(place).await.created_at;
    f.stores.drifts.keep(new, born, None).await.unwrap()
}

async fn last(f: &Fixture, place: &str) -> Option<Drift> {
    f.stores.drifts.last(&admin(), id(place)).await.unwrap()
}

async fn a_result_comes_back_as_it_was_kept_and_is_sealed(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    assert_eq!(last(&f, "acme/web").await, None);
    f.stores.drifts.tried(id("acme/web"), at(5)).await.unwrap();
    assert_eq!(last(&f, "acme/web").await, None, "a try is no result");
    let (one, other) = (found("acme/web", 1, DriftVerdict::Drifted), found("acme/web", 1, DriftVerdict::Same));
    assert!(keep(&f, "acme/web", &one).await);
    assert_eq!((last(&f, "acme/web").await, f.release("acme/web").await.drift), (Some(one), Some(DriftVerdict::Drifted)));
    assert!(keep(&f, "acme/web", &other).await);
    assert_eq!((last(&f, "acme/web").await, f.release("acme/web").await.drift), (Some(other), Some(DriftVerdict::Same)));
    assert!(!holds(&f.bytes_on_disk(), "telltale-name"));
    let f = f.reopened(7).await;
    assert!(last(&f, "acme/web").await.is_some());
}

async fn a_new_revision_and_a_new_life_make_a_result_stale_and_it_is_not_counted(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    assert!(keep(&f, "acme/web", &found("acme/web", 1, DriftVerdict::Drifted)).await);
    let drifted = async || f.stores.releases.fleet(&admin()).await.unwrap().counts.drifted;
    assert_eq!(drifted().await, 1);
    f.observe(&[seen("acme/web", 1).status(HelmStatus::Superseded).version("2"), seen("acme/web", 2)]).await;
    assert_eq!((drifted().await, f.release("acme/web").await.drift, last(&f, "acme/web").await.unwrap().stale), (0, None, true));
    assert!(keep(&f, "acme/web", &found("acme/web", 2, DriftVerdict::Drifted)).await);
    assert_eq!((drifted().await, last(&f, "acme/web").await.unwrap().stale), (1, false));
    f.retain("acme/web", &[]).await;
    assert_eq!((drifted().await, f.release("acme/web").await.drift, last(&f, "acme/web").await.unwrap().stale), (0, None, true));
    f.observe(&[seen("acme/web", 1).uid("other").made_at(3000), seen("acme/web", 2).uid("another").made_at(3001)]).await;
    assert_eq!((drifted().await, last(&f, "acme/web").await.unwrap().stale), (0, true), "revision 2, of another life");
}

async fn a_result_of_a_past_revision_is_not_kept(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    assert!(!keep(&f, "acme/web", &found("acme/web", 2, DriftVerdict::Same)).await);
    let kept = f.stores.drifts.keep(&found("acme/web", 1, DriftVerdict::Same), at(77), None).await.unwrap();
    assert!(!kept, "born at another time");
    assert_eq!(last(&f, "acme/web").await, None);
}

async fn what_is_another_tenants_has_no_result(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("nobody/tool", 1)]).await;
    for place in ["acme/web", "nobody/tool"] {
        assert!(keep(&f, place, &found(place, 1, DriftVerdict::Drifted)).await);
    }
    let (own, other) = (f.viewer("acme").await, f.viewer("globex").await);
    assert!(f.stores.drifts.last(&own, id("acme/web")).await.unwrap().is_some());
    assert_eq!(f.stores.drifts.last(&other, id("acme/web")).await.unwrap(), None);
    assert_eq!(f.stores.drifts.last(&own, id("nobody/tool")).await.unwrap(), None);
    assert_eq!(f.stores.releases.fleet(&other).await.unwrap().counts.drifted, 0);
    let support = Actor::person("sue", Role::Support, vec![], Door::Page);
    assert!(f.stores.drifts.last(&support, id("nobody/tool")).await.unwrap().is_some());
}

async fn without_its_audit_row_no_result_is_kept(f: Fixture) {
    f.observe(&[seen("acme/web", 1)]).await;
    let (new, born) = (found("acme/web", 1, DriftVerdict::Same), f.release("acme/web").await.created_at);
    let before = f.audit_total().await;
    let audit = NewAudit::of(&admin(), at(1), "drift.check", "acme/web");
    assert!(f.stores.drifts.keep(&new, born, Some(&audit)).await.unwrap());
    assert_eq!(f.audit_total().await, before + 1);
    let refused = Drift { revision: 9, ..new.clone() };
    assert!(!f.stores.drifts.keep(&refused, born, Some(&audit)).await.unwrap());
    assert_eq!(f.audit_total().await, before + 1, "what is not kept is not told");
    f.break_audit().await;
    assert!(f.stores.drifts.keep(&found("acme/web", 1, DriftVerdict::Drifted), born, Some(&audit)).await.is_err());
    assert_eq!(last(&f, "acme/web").await, Some(new));
}

async fn drifted_releases_are_listed_counted_and_need_a_person_after_all_others(f: Fixture) {
    f.observe(&[seen("acme/web", 1), seen("acme/api", 1), seen("globex/db", 1).status(HelmStatus::Failed), seen("globex/ui", 1)]).await;
    f.stores.releases.set_health(&[(key("globex/ui"), Health::Degraded, None)]).await.unwrap();
    assert!(keep(&f, "acme/web", &found("acme/web", 1, DriftVerdict::Drifted)).await);
    assert!(keep(&f, "acme/api", &found("acme/api", 1, DriftVerdict::Unknown)).await);
    assert_eq!(f.listed(&admin(), ReleaseQuery { drifted: true, ..Default::default() }).await, ["acme/web"]);
    let fleet = f.stores.releases.fleet(&admin()).await.unwrap();
    let needing: Vec<String> = fleet.needs_person.iter().map(|release| release.key().to_string()).collect();
    assert_eq!(
        (needing, fleet.needs_person_total, fleet.counts.drifted),
        (["globex/db", "globex/ui", "acme/web"].map(String::from).to_vec(), 3, 1)
    );
    let rows = f.stores.tenants.list(&admin()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.counts.drifted).collect::<Vec<_>>(), [1, 0]);
}

async fn those_that_waited_longest_are_due_first_and_only_what_is_deployed_and_quiet(f: Fixture) {
    f.observe(&[
        seen("acme/old", 1).made_at(10),
        seen("acme/tried", 1).made_at(1),
        seen("acme/new", 1).made_at(500),
        seen("acme/busy", 1).made_at(2),
        seen("acme/failed", 1).made_at(3).status(HelmStatus::Failed),
        seen("nobody/tool", 1).made_at(4),
        seen("acme/gone", 1).made_at(5),
    ])
    .await;
    f.retain("acme/gone", &[]).await;
    f.enqueue_upgrade("acme/busy").await;
    f.stores.drifts.tried(id("acme/tried"), at(50)).await.unwrap();
    let due = async |second, limit| f.stores.drifts.due(at(second), limit).await.unwrap();
    assert_eq!(due(9, 9).await.releases, []);
    assert_eq!(due(49, 9).await.releases, [id("acme/old")]);
    assert_eq!(due(50, 9).await.releases, [id("acme/old"), id("acme/tried")]);
    assert_eq!((due(50, 1).await.releases, due(50, 1).await.of), (vec![id("acme/old")], 4));
    f.stores.drifts.tried(id("acme/old"), at(60)).await.unwrap();
    assert_eq!(due(60, 9).await.releases, [id("acme/tried"), id("acme/old")]);
}
