//! Lists of releases: filters, orders, pages; and the summaries over all of them.

use std::collections::BTreeMap;

use pilothouse::domain::{
    actor::Actor,
    page::Paging,
    release::{Health, ReleaseQuery, ReleaseSort, ReleaseState},
    revision::HelmStatus,
};

use super::{contract, fixture::*};

contract!(
    filters_narrow_the_list,
    text_is_looked_for_in_name_namespace_tenant_and_chart,
    text_is_taken_literally,
    each_order_sorts_both_ways,
    versions_are_sorted_as_versions,
    pages_cut_the_list_and_tell_its_length,
    the_fleet_counts_everything_once,
    those_that_need_a_person_come_worst_first,
    the_fleet_names_at_most_twenty_and_ten,
    charts_in_use_are_those_of_living_releases,
    an_active_operation_is_shown_beside_the_state,
);

/// Five releases: two tenants, one unassigned, one failed, one gone.
async fn populated(f: &Fixture) {
    f.observe(&[
        seen("acme/web", 1).made_at(50).chart("Web", "1.10.0"),
        seen("acme/api", 1).made_at(40).chart("api", "1.0.0"),
        seen("globex/web", 1).made_at(30).chart("Web", "1.9.0").status(HelmStatus::Failed),
        seen("globex/db", 1).made_at(20).chart("postgres", "16.0.0"),
        seen("nobody/tool", 1).made_at(10).chart("api", "2.0.0"),
    ])
    .await;
    f.retain("globex/db", &[]).await;
    let health = |place: &str, health| (key(place), health, None);
    f.stores.releases.set_health(&[health("acme/api", Health::Degraded), health("acme/web", Health::Healthy)]).await.unwrap();
}

async fn names(f: &Fixture, query: ReleaseQuery) -> Vec<String> {
    f.listed(&admin(), query).await
}

async fn filters_narrow_the_list(f: Fixture) {
    populated(&f).await;
    let acme = Some(f.tenant("acme").await);
    let q = ReleaseQuery::default;
    assert_eq!(names(&f, q()).await.len(), 5);
    assert_eq!(names(&f, ReleaseQuery { tenant: acme, ..q() }).await, ["acme/api", "acme/web"]);
    assert_eq!(names(&f, ReleaseQuery { unassigned: true, ..q() }).await, ["nobody/tool"]);
    assert_eq!(names(&f, ReleaseQuery { tenant: acme, unassigned: true, ..q() }).await, [""; 0]);
    let states = vec![ReleaseState::Failed, ReleaseState::Uninstalled];
    assert_eq!(names(&f, ReleaseQuery { states, ..q() }).await, ["globex/db", "globex/web"]);
    assert_eq!(names(&f, ReleaseQuery { health: Some(Health::Degraded), ..q() }).await, ["acme/api"]);
    assert_eq!(names(&f, ReleaseQuery { chart: Some("Web".into()), ..q() }).await, ["acme/web", "globex/web"]);
    let both = ReleaseQuery { tenant: acme, chart: Some("Web".into()), text: Some("we".into()), ..q() };
    assert_eq!(names(&f, both).await, ["acme/web"]);
}

async fn text_is_looked_for_in_name_namespace_tenant_and_chart(f: Fixture) {
    populated(&f).await;
    f.label(&[("acme", Some("wonka")), ("globex", Some("globex"))]).await;
    for (text, found) in [
        ("DB", vec!["globex/db"]),
        ("obod", vec!["nobody/tool"]),
        ("wonka", vec!["acme/api", "acme/web"]),
        ("Postgres", vec!["globex/db"]),
        (" web ", vec!["acme/web", "globex/web"]),
        ("no such", vec![]),
    ] {
        assert_eq!(names(&f, ReleaseQuery { text: Some(text.into()), ..Default::default() }).await, found, "{text}");
    }
    assert_eq!(names(&f, ReleaseQuery { text: Some("  ".into()), ..Default::default() }).await.len(), 5);
}

async fn text_is_taken_literally(f: Fixture) {
    populated(&f).await;
    for text in ["%", "_", "*", "' OR 1=1 --", "\\", "\"]"] {
        assert_eq!(names(&f, ReleaseQuery { text: Some(text.into()), ..Default::default() }).await, [""; 0], "{text}");
        assert_eq!(names(&f, ReleaseQuery { chart: Some(text.into()), ..Default::default() }).await, [""; 0], "{text}");
    }
}

async fn each_order_sorts_both_ways(f: Fixture) {
    populated(&f).await;
    for (sort, order) in [
        (ReleaseSort::Tenant, ["acme/api", "acme/web", "globex/db", "globex/web", "nobody/tool"]),
        (ReleaseSort::Name, ["acme/api", "globex/db", "nobody/tool", "acme/web", "globex/web"]),
        (ReleaseSort::Chart, ["globex/web", "acme/web", "acme/api", "nobody/tool", "globex/db"]),
        (ReleaseSort::Status, ["acme/api", "nobody/tool", "acme/web", "globex/web", "globex/db"]),
        (ReleaseSort::Health, ["acme/web", "acme/api", "globex/db", "nobody/tool", "globex/web"]),
        (ReleaseSort::Updated, ["nobody/tool", "globex/web", "acme/api", "acme/web", "globex/db"]),
    ] {
        assert_eq!(names(&f, ReleaseQuery { sort, ..Default::default() }).await, order, "{sort:?}");
        let round: Vec<&str> = order.into_iter().rev().collect();
        assert_eq!(names(&f, ReleaseQuery { sort, descending: true, ..Default::default() }).await, round, "{sort:?} turned round");
    }
}

async fn versions_are_sorted_as_versions(f: Fixture) {
    let versions = ["latest", "1.2.0-rc.1", "1.2.0", "1.10.0", "v2"];
    for (i, version) in versions.iter().enumerate() {
        f.observe(&[seen(&format!("acme/web-{}", 9 - i), 1).chart("web", version)]).await;
    }
    let page = f.stores.releases.list(&admin(), &ReleaseQuery { sort: ReleaseSort::Chart, ..Default::default() }).await.unwrap();
    assert_eq!(page.items.iter().map(|release| release.chart_version.as_str()).collect::<Vec<_>>(), versions);
}

async fn pages_cut_the_list_and_tell_its_length(f: Fixture) {
    populated(&f).await;
    let page = async |number| {
        let query = ReleaseQuery { paging: Paging::new(number, 2), ..Default::default() };
        let page = f.stores.releases.list(&admin(), &query).await.unwrap();
        assert_eq!((page.page, page.size, page.total, page.pages()), (number, 2, 5, 3));
        page.items.iter().map(|release| release.key().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(0).await, ["acme/api", "globex/db"]);
    assert_eq!(page(2).await, ["globex/web"]);
    assert_eq!(page(9).await, [""; 0]);
}

async fn the_fleet_counts_everything_once(f: Fixture) {
    populated(&f).await;
    f.observe(&[seen("acme/new", 1).made_at(990).status(HelmStatus::PendingInstall).unread()]).await;
    let fleet = f.stores.releases.fleet(&admin()).await.unwrap();
    assert_eq!((fleet.tenants, fleet.charts, fleet.unassigned), (2, 2, 1));
    let counts = fleet.counts;
    assert_eq!((counts.deployed, counts.pending, counts.failed, counts.uninstalled, counts.degraded), (3, 1, 1, 1, 1));
    let rows = f.stores.tenants.list(&admin()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.counts.total()).collect::<Vec<_>>(), [3, 2]);
    assert_eq!((rows[0].counts.degraded, rows[1].counts.failed), (1, 1));
}

async fn those_that_need_a_person_come_worst_first(f: Fixture) {
    populated(&f).await;
    f.observe(&[seen("acme/stuck", 1).made_at(1).status(HelmStatus::PendingUpgrade)]).await;
    let fleet = f.stores.releases.fleet(&admin()).await.unwrap();
    assert_eq!(fleet.needs_person_total, 3);
    let places: Vec<String> = fleet.needs_person.iter().map(|release| release.key().to_string()).collect();
    assert_eq!(places, ["acme/stuck", "globex/web", "acme/api"]);
}

async fn the_fleet_names_at_most_twenty_and_ten(f: Fixture) {
    for n in 0..25 {
        let place = format!("acme/web-{n}");
        f.observe(&[seen(&place, 1).status(HelmStatus::Failed)]).await;
        f.enqueue_upgrade(&place).await;
    }
    let fleet = f.stores.releases.fleet(&admin()).await.unwrap();
    assert_eq!((fleet.needs_person.len(), fleet.needs_person_total, fleet.operations.len()), (20, 25, 10));
}

async fn charts_in_use_are_those_of_living_releases(f: Fixture) {
    populated(&f).await;
    assert_eq!(f.stores.releases.charts_in_use(&admin()).await.unwrap(), ["Web", "api"]);
    let versions = f.stores.releases.chart_versions(&admin(), "Web").await.unwrap();
    assert_eq!(versions, BTreeMap::from([("1.10.0".into(), 1), ("1.9.0".into(), 1)]));
    assert!(f.stores.releases.chart_versions(&admin(), "postgres").await.unwrap().is_empty());
}

async fn an_active_operation_is_shown_beside_the_state(f: Fixture) {
    populated(&f).await;
    let operation = f.enqueue_upgrade("acme/web").await;
    let release = f.release("acme/web").await;
    assert_eq!((release.status, release.active_operation.unwrap().id), (ReleaseState::Deployed, operation.id));
    let listed = f.stores.releases.list(&Actor::system("test"), &Default::default()).await.unwrap().items;
    assert_eq!(listed.iter().filter(|release| release.active_operation.is_some()).count(), 1);
    f.stores.operations.request_cancel(&admin(), operation.id, at(1), &note(&f.wish("acme/web", upgrade()).await)).await.unwrap();
    assert_eq!(f.release("acme/web").await.active_operation, None);
}
