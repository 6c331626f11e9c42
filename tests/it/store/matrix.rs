//! The matrix: who runs what, in which order, how far behind, and who sees it.

use std::collections::BTreeMap;

use pilothouse::{
    domain::{
        actor::Actor,
        hold::Hold,
        lag::Lag,
        matrix::{ChartRun, MatrixQuery, MatrixRow},
        page::Paging,
        release::{Health, ReleaseState},
        revision::HelmStatus,
        tenant::Tenant,
    },
    store::{
        releases::MatrixRows,
        tenants::{TenantChange, Written},
    },
};

use super::{contract, fixture::*};

contract!(
    each_release_stands_with_its_tenant_its_version_and_how_far_behind_it_is,
    what_is_uninstalled_stands_only_where_nothing_of_the_chart_lives,
    tenants_come_by_the_value_of_a_label_and_those_without_it_last,
    tenants_are_looked_for_by_slug_name_and_label_literally,
    only_tenants_with_something_behind_are_shown_where_that_is_asked,
    a_viewer_sees_their_own_row_and_nothing_of_others,
    retired_tenants_have_no_row,
    versions_in_use_are_counted_for_living_releases_of_tenants,
);

/// Four tenants in two rings, and a release of none.
async fn populated(f: &Fixture) {
    let place = |slug: &'static str, labels: &[(&str, &str)]| namespace(slug, Some(slug), labels);
    let canary = [("ring", "canary"), ("tier", "gold")];
    let places =
        [place("acme", &canary), place("globex", &[("ring", "broad")]), place("initech", &[("ring", "canary")]), place("umbra", &[])];
    f.observe_namespaces(&places, true).await;
    f.observe(&[
        seen("acme/web", 1).chart("web", "1.4.0"),
        seen("acme/web-blue", 1).chart("web", "1.3.2").status(HelmStatus::Failed),
        seen("acme/db", 1).chart("postgres", "16.0.0"),
        seen("globex/web", 1).chart("web", "0.9.0"),
        seen("initech/web", 1).chart("web", "latest"),
        seen("nobody/web", 1).chart("web", "0.1.0"),
    ])
    .await;
    f.stores.releases.set_health(&[(key("acme/db"), Health::Degraded, None)]).await.unwrap();
}

fn newest() -> BTreeMap<String, String> {
    [("web", "1.4.0"), ("postgres", "16.0.0")].map(|(chart, version)| (chart.to_owned(), version.to_owned())).into()
}

async fn asked(f: &Fixture, actor: &Actor, query: MatrixQuery) -> MatrixRows {
    f.stores.releases.matrix(actor, &query, &newest()).await.unwrap()
}

/// The slugs that a query answers, in their order.
async fn slugs(f: &Fixture, query: MatrixQuery) -> Vec<String> {
    asked(f, &admin(), query).await.tenants.items.iter().map(|row| row.tenant.to_string()).collect()
}

fn text(text: &str) -> MatrixQuery {
    MatrixQuery { text: Some(text.to_owned()), ..Default::default() }
}

fn told(row: &MatrixRow) -> Vec<(&str, &str, &str, Lag)> {
    row.releases.iter().map(|cell| (cell.chart.as_str(), cell.release_name.as_str(), cell.version.as_str(), cell.lag)).collect()
}

async fn each_release_stands_with_its_tenant_its_version_and_how_far_behind_it_is(f: Fixture) {
    populated(&f).await;
    let rows = asked(&f, &admin(), MatrixQuery::default()).await.tenants;
    assert_eq!((rows.total, rows.items.len()), (4, 4));
    let [acme, globex, initech, umbra] = &rows.items[..] else { panic!("{rows:?}") };
    assert_eq!(
        told(acme),
        [("postgres", "db", "16.0.0", Lag::None), ("web", "web", "1.4.0", Lag::None), ("web", "web-blue", "1.3.2", Lag::Minor)]
    );
    assert_eq!((acme.releases[0].health, acme.releases[2].status), (Health::Degraded, ReleaseState::Failed));
    assert_eq!(acme.releases[2].path(&acme.tenant), "/tenants/acme/releases/acme/web-blue");
    assert_eq!(told(globex), [("web", "web", "0.9.0", Lag::Major)]);
    assert_eq!(told(initech), [("web", "web", "latest", Lag::Unknown)]);
    assert_eq!(told(umbra), []);
}

async fn what_is_uninstalled_stands_only_where_nothing_of_the_chart_lives(f: Fixture) {
    populated(&f).await;
    f.retain("globex/web", &[]).await;
    f.retain("acme/web-blue", &[]).await;
    let rows = asked(&f, &admin(), MatrixQuery::default()).await.tenants.items;
    assert_eq!(told(&rows[0]).len(), 2, "{rows:?}");
    assert_eq!((rows[1].releases[0].status, rows[1].releases[0].lag), (ReleaseState::Uninstalled, Lag::None));
    assert_eq!(slugs(&f, MatrixQuery { behind: true, ..Default::default() }).await, [""; 0]);
}

async fn tenants_come_by_the_value_of_a_label_and_those_without_it_last(f: Fixture) {
    populated(&f).await;
    let by = |group: &str, page| MatrixQuery { group: Some(group.to_owned()), paging: Paging::new(page, 2), ..Default::default() };
    let first = asked(&f, &admin(), by("ring", 0)).await;
    assert_eq!((first.labels.as_slice(), first.group.as_deref()), (&["ring".to_owned(), "tier".to_owned()][..], Some("ring")));
    let groups: Vec<_> = first.groups.iter().map(|group| (group.value.as_deref(), group.tenants)).collect();
    assert_eq!(groups, [(Some("broad"), 1), (Some("canary"), 2), (None, 1)]);
    let rows = |rows: MatrixRows| rows.tenants.items.into_iter().map(|row| (row.tenant.to_string(), row.group)).collect::<Vec<_>>();
    let row = |slug: &str, group: Option<&str>| (slug.to_owned(), group.map(str::to_owned));
    assert_eq!(rows(first), [row("globex", Some("broad")), row("acme", Some("canary"))]);
    assert_eq!(rows(asked(&f, &admin(), by("ring", 1)).await), [row("initech", Some("canary")), row("umbra", None)]);
    for nonsense in ["colour", "' OR 1=1 --", "$.ring"] {
        let plain = asked(&f, &admin(), by(nonsense, 0)).await;
        assert_eq!((plain.group, plain.groups.len(), plain.tenants.items[0].tenant.as_str()), (None, 1, "acme"), "{nonsense}");
    }
}

async fn tenants_are_looked_for_by_slug_name_and_label_literally(f: Fixture) {
    populated(&f).await;
    let acme = f.stores.tenants.by_slug(&admin(), &"acme".parse().unwrap()).await.unwrap().unwrap();
    let named = TenantChange { tenant: Tenant { name: "Roadrunner & Co".into(), ..acme }, chores: vec![], idle: None };
    let row = pilothouse::domain::audit::NewAudit::of(&admin(), at(1), "tenant.test", "acme");
    assert_eq!(f.stores.tenants.change(&named, &row).await.unwrap(), Written::Done);
    for (wanted, found) in [
        (" ROADRUNNER ", vec!["acme"]),
        ("glo", vec!["globex"]),
        ("ring=canary", vec!["acme", "initech"]),
        ("gold", vec!["acme"]),
        ("%", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        assert_eq!(slugs(&f, text(wanted)).await, found, "{wanted}");
    }
    assert_eq!(slugs(&f, text("  ")).await.len(), 4);
    let counted = asked(&f, &admin(), MatrixQuery { group: Some("ring".into()), ..text("canary") }).await;
    assert_eq!((counted.groups.len(), counted.groups[0].tenants, counted.tenants.total), (1, 2, 2));
}

async fn only_tenants_with_something_behind_are_shown_where_that_is_asked(f: Fixture) {
    populated(&f).await;
    let behind = MatrixQuery { behind: true, ..Default::default() };
    assert_eq!(slugs(&f, behind.clone()).await, ["acme", "globex"], "what is no version is not behind");
    f.observe(&[seen("globex/web", 2).chart("web", "1.4.0"), seen("acme/web-blue", 2).chart("web", "v1.4")]).await;
    assert_eq!(slugs(&f, behind).await, [""; 0]);
}

async fn a_viewer_sees_their_own_row_and_nothing_of_others(f: Fixture) {
    populated(&f).await;
    let viewer = f.viewer("globex").await;
    let seen = asked(&f, &viewer, MatrixQuery { group: Some("tier".into()), ..Default::default() }).await;
    assert_eq!((seen.labels.as_slice(), seen.group), (&["ring".to_owned()][..], None), "not even the labels of others");
    assert_eq!((seen.groups.len(), seen.groups[0].tenants, seen.tenants.total), (1, 1, 1));
    assert_eq!(told(&seen.tenants.items[0]), [("web", "web", "0.9.0", Lag::Major)]);
    assert!(asked(&f, &viewer, text("acme")).await.tenants.items.is_empty());
    let run = ChartRun { chart: "web".into(), version: "0.9.0".into(), releases: 1 };
    assert_eq!(f.stores.releases.chart_runs(&viewer).await.unwrap(), [run]);
    let nobody = Actor::person("new", pilothouse::domain::actor::Role::Viewer, vec![], pilothouse::domain::actor::Door::Page);
    assert!(asked(&f, &nobody, MatrixQuery::default()).await.tenants.items.is_empty());
}

async fn retired_tenants_have_no_row(f: Fixture) {
    populated(&f).await;
    let umbra = f.stores.tenants.by_slug(&admin(), &"umbra".parse().unwrap()).await.unwrap().unwrap();
    let hold = Hold { reason: "gone".into(), by: "mia".into(), at: at(3) };
    let retired = TenantChange { tenant: Tenant { retired: Some(hold), ..umbra }, chores: vec![], idle: None };
    let row = pilothouse::domain::audit::NewAudit::of(&admin(), at(1), "tenant.test", "umbra");
    assert_eq!(f.stores.tenants.change(&retired, &row).await.unwrap(), Written::Done);
    assert_eq!(slugs(&f, MatrixQuery::default()).await, ["acme", "globex", "initech"]);
}

async fn versions_in_use_are_counted_for_living_releases_of_tenants(f: Fixture) {
    populated(&f).await;
    f.observe(&[seen("umbra/web", 1).chart("web", "1.4.0")]).await;
    f.retain("acme/db", &[]).await;
    let runs = f.stores.releases.chart_runs(&admin()).await.unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.chart.as_str(), run.version.as_str(), run.releases)).collect();
    assert_eq!(told, [("web", "1.4.0", 2), ("web", "1.3.2", 1), ("web", "0.9.0", 1), ("web", "latest", 1)]);
}
