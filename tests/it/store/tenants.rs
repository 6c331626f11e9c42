//! Tenants as the cluster's namespaces make them.

use super::{contract, fixture::*};

contract!(
    a_slug_seen_for_the_first_time_becomes_a_tenant,
    what_was_seen_before_changes_nothing,
    namespaces_come_sorted_and_labels_of_later_ones_win,
    a_whole_listing_forgets_what_it_does_not_name,
    a_single_sight_forgets_nothing,
    a_namespace_that_loses_its_label_loses_its_tenant,
    a_tenant_is_never_removed_and_keeps_its_id,
);

async fn a_slug_seen_for_the_first_time_becomes_a_tenant(f: Fixture) {
    let rows = f.stores.tenants.list(&admin()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.tenant.slug.as_str()).collect::<Vec<_>>(), ["acme", "globex"]);
    let tenant = f.stores.tenants.of_namespace(&"acme".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(tenant, rows[0].tenant);
    assert_eq!(f.stores.tenants.by_id(&admin(), tenant.id).await.unwrap(), Some(tenant));
    assert_eq!(f.stores.tenants.of_namespace(&"other".parse().unwrap()).await.unwrap(), None);
}

async fn what_was_seen_before_changes_nothing(f: Fixture) {
    let seen = [namespace("acme", Some("acme"), &[("ring", "canary")]), namespace("kube-system", None, &[])];
    assert!(f.observe_namespaces(&seen, false).await);
    assert!(!f.observe_namespaces(&seen, false).await);
    assert!(!f.observe_namespaces(&[], false).await);
}

async fn namespaces_come_sorted_and_labels_of_later_ones_win(f: Fixture) {
    f.observe_namespaces(
        &[
            namespace("acme-z", Some("acme"), &[("ring", "late"), ("tier", "gold")]),
            namespace("acme-b", Some("acme"), &[("ring", "early"), ("region", "eu")]),
        ],
        false,
    )
    .await;
    let tenant = f.stores.tenants.by_slug(&admin(), &"acme".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(tenant.namespaces.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["acme", "acme-b", "acme-z"]);
    let labels: Vec<_> = tenant.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(labels, [("region", "eu"), ("ring", "late"), ("tier", "gold")]);
    f.stores.tenants.forget(&"acme-z".parse().unwrap()).await.unwrap();
    let tenant = f.stores.tenants.by_slug(&admin(), &"acme".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(tenant.labels["ring"], "early");
    assert!(!tenant.labels.contains_key("tier"));
}

async fn a_whole_listing_forgets_what_it_does_not_name(f: Fixture) {
    assert!(f.label(&[("acme", Some("acme"))]).await);
    assert_eq!(f.stores.tenants.of_namespace(&"globex".parse().unwrap()).await.unwrap(), None);
    assert!(!f.label(&[("acme", Some("acme"))]).await);
}

async fn a_single_sight_forgets_nothing(f: Fixture) {
    f.observe_namespaces(&[namespace("new", Some("acme"), &[])], false).await;
    assert!(f.stores.tenants.of_namespace(&"globex".parse().unwrap()).await.unwrap().is_some());
}

async fn a_namespace_that_loses_its_label_loses_its_tenant(f: Fixture) {
    assert!(f.observe_namespaces(&[namespace("acme", None, &[])], false).await);
    assert_eq!(f.stores.tenants.of_namespace(&"acme".parse().unwrap()).await.unwrap(), None);
}

async fn a_tenant_is_never_removed_and_keeps_its_id(f: Fixture) {
    let before = f.tenant("acme").await;
    f.label(&[]).await;
    assert_eq!(f.tenant("acme").await, before);
    f.label(&[("elsewhere", Some("acme"))]).await;
    assert_eq!(f.tenant("acme").await, before);
}
