//! Changes of tenants made through Pilothouse: versions, holds, chores, and their audit rows.

use pilothouse::{
    domain::{
        audit::NewAudit,
        hold::Hold,
        operation::OperationStatus,
        setup::{Chore, Errand, SetupState},
        tenant::Tenant,
        window::Window,
    },
    store::tenants::{Idle, TenantChange, Written},
};

use super::{contract, fixture::*};

contract!(
    a_tenant_is_made_with_its_chores_and_its_audit_row_or_not_at_all,
    a_change_of_an_older_version_is_not_written,
    windows_are_kept_as_they_were_written,
    what_has_to_be_idle_is_looked_at_in_the_same_transaction,
    a_chore_that_was_replaced_meanwhile_is_not_done,
    a_namespace_is_as_far_set_up_as_was_written_last,
    a_namespace_that_moves_to_another_tenant_is_set_up_anew,
    namespaces_of_nobody_are_those_with_living_releases,
);

fn made(slug: &str) -> Tenant {
    Tenant {
        id: pilothouse::domain::ids::TenantId(uuid::Uuid::from_u128(7)),
        slug: slug.parse().unwrap(),
        name: slug.to_owned(),
        labels: [("ring".to_owned(), "canary".to_owned())].into(),
        namespaces: vec![],
        setup: vec![],
        limits: pilothouse::domain::limits::Limits::default(),
        windows: vec![],
        pinned: None,
        frozen: None,
        retired: None,
        version: 1,
    }
}

fn chore(tenant: &Tenant, namespace: &str, errand: Errand) -> Chore {
    Chore { namespace: namespace.parse().unwrap(), tenant: tenant.id, errand, labels: None }
}

fn change(tenant: Tenant, chores: Vec<Chore>) -> TenantChange {
    TenantChange { tenant, chores, idle: None }
}

fn row() -> NewAudit {
    NewAudit::of(&admin(), at(1), "tenant.test", "a-tenant")
}

async fn found(f: &Fixture, slug: &str) -> Tenant {
    f.stores.tenants.by_slug(&admin(), &slug.parse().unwrap()).await.unwrap().unwrap()
}

async fn a_tenant_is_made_with_its_chores_and_its_audit_row_or_not_at_all(f: Fixture) {
    let (store, tenant) = (&f.stores.tenants, made("umbrella"));
    let before = f.audit_total().await;
    let new = change(tenant.clone(), vec![chore(&tenant, "umbrella", Errand::Make)]);
    assert_eq!(store.create(&new, &row()).await.unwrap(), Written::Done);
    let setup = found(&f, "umbrella").await.setup;
    assert_eq!((setup.len(), setup[0].state, setup[0].namespace.as_str()), (1, SetupState::Pending, "umbrella"));
    assert_eq!(found(&f, "umbrella").await, Tenant { setup, ..tenant.clone() });
    assert_eq!(f.audit_total().await, before + 1);

    let again = change(Tenant { id: pilothouse::domain::ids::TenantId(uuid::Uuid::from_u128(8)), ..tenant.clone() }, vec![]);
    assert_eq!(store.create(&again, &row()).await.unwrap(), Written::SlugTaken);
    let other = Tenant { id: again.tenant.id, slug: "other".parse().unwrap(), ..tenant };
    let new = change(other.clone(), vec![chore(&other, "umbrella", Errand::Make)]);
    assert_eq!(store.create(&new, &row()).await.unwrap(), Written::NamespaceTaken);
    assert_eq!(store.by_slug(&admin(), &"other".parse().unwrap()).await.unwrap(), None);
    assert_eq!(f.audit_total().await, before + 1, "what was not written has no audit row");

    f.break_audit().await;
    let third = Tenant { slug: "third".parse().unwrap(), ..other };
    assert!(store.create(&change(third, vec![]), &row()).await.is_err());
    assert_eq!(store.by_slug(&admin(), &"third".parse().unwrap()).await.unwrap(), None);
}

async fn a_change_of_an_older_version_is_not_written(f: Fixture) {
    let tenant = found(&f, "acme").await;
    let hold = Hold { reason: "why".into(), by: "mia".into(), at: at(3) };
    let frozen = Tenant { frozen: Some(hold.clone()), name: "Acme".into(), ..tenant.clone() };
    assert_eq!(f.stores.tenants.change(&change(frozen, vec![]), &row()).await.unwrap(), Written::Done);
    let now = found(&f, "acme").await;
    assert_eq!((now.version, now.frozen.as_ref(), now.name.as_str()), (2, Some(&hold), "Acme"));
    f.observe(&[seen("acme/web", 1)]).await;
    assert!(now.open().is_err() && f.release("acme/web").await.held);
    let late = Tenant { frozen: None, ..tenant };
    assert_eq!(f.stores.tenants.change(&change(late, vec![]), &row()).await.unwrap(), Written::Moved);
    assert_eq!(found(&f, "acme").await, now);
}

async fn windows_are_kept_as_they_were_written(f: Fixture) {
    let window = |cron: &str| Window { cron: cron.into(), minutes: 90, time_zone: "Europe/Berlin".into() };
    let new = Tenant { windows: vec![window("0 2 * * sun"), window("0 1 * * *")], ..made("umbrella") };
    assert_eq!(f.stores.tenants.create(&change(new.clone(), vec![]), &row()).await.unwrap(), Written::Done);
    assert_eq!(found(&f, "umbrella").await.windows, new.windows);
    assert!(found(&f, "acme").await.windows.is_empty());
    let fewer = Tenant { windows: vec![window("0 3 * * *")], ..found(&f, "umbrella").await };
    assert_eq!(f.stores.tenants.change(&change(fewer.clone(), vec![]), &row()).await.unwrap(), Written::Done);
    let rows = f.stores.tenants.list(&admin()).await.unwrap();
    assert_eq!(rows.iter().find(|row| row.tenant.slug == fewer.slug).unwrap().tenant.windows, fewer.windows);
}

async fn what_has_to_be_idle_is_looked_at_in_the_same_transaction(f: Fixture) {
    let retire = async |idle: Idle| {
        let tenant = found(&f, "acme").await;
        let change = TenantChange { tenant, chores: vec![], idle: Some(idle) };
        f.stores.tenants.change(&change, &row()).await.unwrap()
    };
    let other = Idle::Namespace("elsewhere".parse().unwrap());
    f.observe(&[seen("acme/web", 1)]).await;
    assert_eq!(retire(Idle::Tenant).await, Written::Busy);
    assert_eq!(retire(Idle::Namespace("acme".parse().unwrap())).await, Written::Busy);
    assert_eq!(retire(other).await, Written::Done);
    f.retain("acme/web", &[]).await;
    assert_eq!(retire(Idle::Tenant).await, Written::Done, "an uninstalled release does not live");
    let queued = f.enqueue_upgrade("acme/web").await;
    assert_eq!((retire(Idle::Tenant).await, queued.status), (Written::Busy, OperationStatus::Queued));
}

async fn a_chore_that_was_replaced_meanwhile_is_not_done(f: Fixture) {
    let store = &f.stores.tenants;
    let tenant = found(&f, "acme").await;
    let labels = Some([("tier".to_owned(), "gold".to_owned())].into());
    let first = Chore { labels: labels.clone(), ..chore(&tenant, "acme-new", Errand::Adopt) };
    store.change(&change(tenant.clone(), vec![first]), &row()).await.unwrap();
    let open = store.chores(Some(tenant.id)).await.unwrap();
    store.tried(&open[0], Some("The cluster said no."), at(5)).await.unwrap();
    let setup = found(&f, "acme").await.setup_of(&"acme-new".parse().unwrap()).cloned().unwrap();
    assert_eq!((setup.state, setup.why.as_deref()), (SetupState::Failed, Some("The cluster said no.")));

    let tenant = found(&f, "acme").await;
    store.change(&change(tenant.clone(), vec![chore(&tenant, "acme-new", Errand::Equip)]), &row()).await.unwrap();
    store.tried(&open[0], None, at(6)).await.unwrap();
    let now = store.chores(None).await.unwrap();
    assert_eq!(now.len(), 1, "an older edition is not what is to be done now");
    assert_eq!((now[0].chore.errand, &now[0].chore.labels), (Errand::Adopt, &labels), "what is to be adopted still is");
    store.tried(&now[0], None, at(7)).await.unwrap();
    assert!(store.chores(None).await.unwrap().is_empty());
}

async fn a_namespace_is_as_far_set_up_as_was_written_last(f: Fixture) {
    let (store, name) = (&f.stores.tenants, "acme".parse().unwrap());
    let state = async || found(&f, "acme").await.setup_of(&name).map(|setup| (setup.state, setup.why.clone())).unwrap();
    assert_eq!(state().await, (SetupState::Unused, None));
    store.equipped(&name, at(2)).await.unwrap();
    assert_eq!(state().await, (SetupState::Ready, None));
    store.lost(&name, Some("It is gone.")).await.unwrap();
    assert_eq!(state().await, (SetupState::Lost, Some("It is gone.".into())));
    let tenant = found(&f, "acme").await;
    for (errand, end) in [(Errand::Equip, SetupState::Ready), (Errand::Withdraw, SetupState::Unused)] {
        let tenant = Tenant { version: found(&f, "acme").await.version, ..tenant.clone() };
        store.change(&change(tenant.clone(), vec![chore(&tenant, "acme", errand)]), &row()).await.unwrap();
        assert_eq!(state().await, (SetupState::Pending, None));
        let open = store.chores(None).await.unwrap();
        store.tried(&open[0], None, at(9)).await.unwrap();
        assert_eq!(state().await, (end, None));
    }
}

async fn a_namespace_that_moves_to_another_tenant_is_set_up_anew(f: Fixture) {
    let name = "acme".parse().unwrap();
    f.stores.tenants.equipped(&name, at(2)).await.unwrap();
    f.observe_namespaces(&[namespace("acme", Some("acme"), &[("ring", "late")])], false).await;
    assert_eq!(found(&f, "acme").await.setup_of(&name).unwrap().state, SetupState::Ready, "another label changes nothing");
    f.observe_namespaces(&[namespace("acme", Some("globex"), &[])], false).await;
    assert_eq!(found(&f, "globex").await.setup_of(&name).unwrap().state, SetupState::Unused);
}

async fn namespaces_of_nobody_are_those_with_living_releases(f: Fixture) {
    f.observe(&[seen("stray/a", 1), seen("stray/b", 1), seen("past/a", 1), seen("acme/web", 1)]).await;
    f.retain("past/a", &[]).await;
    let all = f.stores.tenants.unassigned(&admin()).await.unwrap();
    assert_eq!(all.iter().map(|(name, count)| (name.as_str(), *count)).collect::<Vec<_>>(), [("stray", 2)]);
    assert_eq!(f.stores.tenants.unassigned(&f.viewer("acme").await).await.unwrap(), vec![]);
}
