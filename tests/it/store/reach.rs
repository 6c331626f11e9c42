//! Reach: what is another tenant's answers exactly like what does not exist.

use pilothouse::domain::{
    actor::{Actor, Door, Role},
    audit::AuditQuery,
    ids::{OperationId, ReleaseId},
    operation::OperationQuery,
    release::ReleaseQuery,
    revision::HelmStatus,
};
use serde_json::json;

use super::{contract, fixture::*};

contract!(
    a_viewer_sees_their_own_releases_only,
    another_tenants_release_is_like_none,
    what_belongs_to_no_tenant_is_for_those_who_reach_everything,
    another_tenants_operation_is_like_none,
    a_viewer_cannot_cancel_what_they_do_not_reach,
    summaries_count_what_is_reached,
    audit_rows_are_for_those_of_their_tenant,
    tenants_out_of_reach_are_like_none,
    a_viewer_of_no_tenant_sees_nothing,
    relabelling_a_namespace_moves_its_releases,
    operations_stay_with_the_tenant_they_were_asked_for,
);

/// The same in both tenants, and a release of none.
async fn populated(f: &Fixture) {
    f.observe(&[
        seen("acme/web", 1).values(json!({"a": 1})),
        seen("globex/web", 1).chart("secretchart", "6.6.6").status(HelmStatus::Failed),
        seen("nobody/web", 1),
    ])
    .await;
}

async fn a_viewer_sees_their_own_releases_only(f: Fixture) {
    populated(&f).await;
    let viewer = f.viewer("acme").await;
    assert_eq!(f.listed(&viewer, ReleaseQuery::default()).await, ["acme/web"]);
    assert_eq!(f.stores.releases.list(&viewer, &ReleaseQuery::default()).await.unwrap().total, 1);
    assert_eq!(f.listed(&viewer, ReleaseQuery { tenant: Some(f.tenant("globex").await), ..Default::default() }).await, [""; 0]);
    assert_eq!(f.listed(&viewer, ReleaseQuery { text: Some("globex".into()), ..Default::default() }).await, [""; 0]);
    assert_eq!(f.listed(&viewer, ReleaseQuery { chart: Some("secretchart".into()), ..Default::default() }).await, [""; 0]);
    assert!(f.stores.releases.by_id(&viewer, id("acme/web")).await.unwrap().is_some());
    assert_eq!(f.stores.releases.revisions(&viewer, id("acme/web")).await.unwrap().len(), 1);
    assert!(f.stores.releases.body(&viewer, id("acme/web"), 1).await.unwrap().is_some());
}

async fn another_tenants_release_is_like_none(f: Fixture) {
    populated(&f).await;
    let viewer = f.viewer("acme").await;
    for place in ["globex/web", "nobody/web", "acme/nothing"] {
        assert_eq!(f.stores.releases.by_id(&viewer, id(place)).await.unwrap(), None, "{place}");
        assert_eq!(f.stores.releases.by_key(&viewer, &key(place)).await.unwrap(), None, "{place}");
        assert_eq!(f.stores.releases.revisions(&viewer, id(place)).await.unwrap(), [], "{place}");
        assert_eq!(f.stores.releases.body(&viewer, id(place), 1).await.unwrap(), None, "{place}");
    }
}

async fn what_belongs_to_no_tenant_is_for_those_who_reach_everything(f: Fixture) {
    populated(&f).await;
    let support = Actor::person("sam", Role::Support, vec![], Door::Page);
    for actor in [admin(), support] {
        assert_eq!(f.listed(&actor, ReleaseQuery { unassigned: true, ..Default::default() }).await, ["nobody/web"]);
        assert_eq!(f.stores.releases.fleet(&actor).await.unwrap().unassigned, 1);
    }
    let viewer = f.viewer("acme").await;
    assert_eq!(f.listed(&viewer, ReleaseQuery { unassigned: true, ..Default::default() }).await, [""; 0]);
    assert_eq!(f.stores.releases.fleet(&viewer).await.unwrap().unassigned, 0);
}

async fn another_tenants_operation_is_like_none(f: Fixture) {
    let theirs = f.enqueue_upgrade("globex/web").await;
    let nobodys = f.enqueue_upgrade("nobody/web").await;
    let own = f.enqueue_upgrade("acme/web").await;
    for _ in 0..3 {
        let lease = f.claim("worker", 1).await.unwrap().lease;
        let line = pilothouse::domain::operation::EventBody::Log { line: "a line".into() };
        f.stores.operations.append(&lease, at(2), &[line]).await.unwrap();
    }
    let viewer = f.viewer("acme").await;
    for id in [theirs.id, nobodys.id, OperationId(uuid::Uuid::nil())] {
        assert_eq!(f.stores.operations.by_id(&viewer, id).await.unwrap(), None);
        assert_eq!(f.stores.operations.events(&viewer, id, 0, 10).await.unwrap(), []);
    }
    assert_eq!(f.stores.operations.events(&viewer, own.id, 0, 10).await.unwrap().len(), 1);
    let all = f.stores.operations.list(&viewer, &OperationQuery::default()).await.unwrap();
    assert_eq!((all.total, all.items.len(), all.items[0].id), (1, 1, own.id));
    let asked = OperationQuery { release: Some(id("globex/web")), ..Default::default() };
    assert_eq!(f.stores.operations.list(&viewer, &asked).await.unwrap().total, 0);
}

async fn a_viewer_cannot_cancel_what_they_do_not_reach(f: Fixture) {
    let theirs = f.enqueue_upgrade("globex/web").await;
    let viewer = f.viewer("acme").await;
    let row = note(&f.wish("globex/web", upgrade()).await);
    assert_eq!(f.stores.operations.request_cancel(&viewer, theirs.id, at(1), &row).await.unwrap(), None);
    assert_eq!(f.stores.operations.by_id(&admin(), theirs.id).await.unwrap(), Some(theirs));
    assert_eq!(f.audit_total().await, 1);
}

async fn summaries_count_what_is_reached(f: Fixture) {
    populated(&f).await;
    f.enqueue_upgrade("globex/web").await;
    let viewer = f.viewer("acme").await;
    let fleet = f.stores.releases.fleet(&viewer).await.unwrap();
    assert_eq!((fleet.tenants, fleet.charts, fleet.counts.total(), fleet.counts.failed), (1, 1, 1, 0));
    assert_eq!((fleet.needs_person_total, fleet.needs_person.len(), fleet.operations.len()), (0, 0, 0));
    assert_eq!(f.stores.releases.charts_in_use(&viewer).await.unwrap(), ["web"]);
    assert!(f.stores.releases.chart_versions(&viewer, "secretchart").await.unwrap().is_empty());
    assert_eq!(f.stores.releases.chart_versions(&viewer, "web").await.unwrap()["1.0.0"], 1);
}

async fn audit_rows_are_for_those_of_their_tenant(f: Fixture) {
    for place in ["acme/web", "globex/web", "nobody/web"] {
        f.enqueue_upgrade(place).await;
    }
    let rows = f.stores.audit.list(&f.viewer("acme").await, &AuditQuery::default()).await.unwrap();
    assert_eq!((rows.total, rows.items.len(), rows.items[0].entry.subject.as_str()), (1, 1, "acme/web"));
    assert_eq!(f.audit_total().await, 3);
}

async fn tenants_out_of_reach_are_like_none(f: Fixture) {
    let viewer = f.viewer("acme").await;
    let tenants = f.stores.tenants.list(&viewer).await.unwrap();
    assert_eq!(tenants.iter().map(|row| row.tenant.slug.as_str()).collect::<Vec<_>>(), ["acme"]);
    assert_eq!(f.stores.tenants.by_slug(&viewer, &"globex".parse().unwrap()).await.unwrap(), None);
    assert_eq!(f.stores.tenants.by_id(&viewer, f.tenant("globex").await).await.unwrap(), None);
    assert!(f.stores.tenants.by_id(&viewer, f.tenant("acme").await).await.unwrap().is_some());
}

async fn a_viewer_of_no_tenant_sees_nothing(f: Fixture) {
    populated(&f).await;
    f.enqueue_upgrade("acme/web").await;
    let nobody = Actor::person("new", Role::Viewer, vec![], Door::Page);
    assert_eq!(f.stores.releases.list(&nobody, &ReleaseQuery::default()).await.unwrap().total, 0);
    assert_eq!(f.stores.operations.list(&nobody, &OperationQuery::default()).await.unwrap().total, 0);
    assert_eq!(f.stores.audit.list(&nobody, &AuditQuery::default()).await.unwrap().total, 0);
    assert!(f.stores.tenants.list(&nobody).await.unwrap().is_empty());
    assert_eq!(f.stores.releases.fleet(&nobody).await.unwrap().counts.total(), 0);
    assert_eq!(f.stores.releases.by_id(&nobody, ReleaseId(uuid::Uuid::nil())).await.unwrap(), None);
}

async fn relabelling_a_namespace_moves_its_releases(f: Fixture) {
    populated(&f).await;
    let (acme, globex) = (f.viewer("acme").await, f.viewer("globex").await);
    f.label(&[("acme", Some("globex")), ("globex", Some("globex"))]).await;
    assert_eq!(f.listed(&acme, ReleaseQuery::default()).await, [""; 0]);
    assert_eq!(f.listed(&globex, ReleaseQuery::default()).await, ["acme/web", "globex/web"]);
    assert_eq!(f.stores.releases.revisions(&acme, id("acme/web")).await.unwrap(), []);
    assert!(f.stores.releases.body(&globex, id("acme/web"), 1).await.unwrap().is_some());
    f.stores.tenants.forget(&"acme".parse().unwrap()).await.unwrap();
    assert_eq!(f.release("acme/web").await.tenant_id, None);
    assert_eq!(f.listed(&globex, ReleaseQuery::default()).await, ["globex/web"]);
}

async fn operations_stay_with_the_tenant_they_were_asked_for(f: Fixture) {
    let operation = f.enqueue_upgrade("acme/web").await;
    let (acme, globex) = (f.viewer("acme").await, f.viewer("globex").await);
    f.label(&[("acme", Some("globex"))]).await;
    assert!(f.stores.operations.by_id(&acme, operation.id).await.unwrap().is_some());
    assert_eq!(f.stores.operations.by_id(&globex, operation.id).await.unwrap(), None);
}
