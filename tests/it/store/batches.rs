//! Batches and their targets: what is written comes back, at whose version, sealed, and with what is seen of each target.

use pilothouse::{
    domain::{
        audit::NewAudit,
        batch::{
            Aim, Batch, BatchState, Counts, Definition, Order, Selection, Strategy, Target, TargetOf, TargetState, Wave,
            step::{SeenOperation, SeenRelease},
        },
        change::RunOptions,
        hold::Hold,
        ids::{BatchId, TenantId},
        operation::OperationStatus,
        page::Paging,
        release::{Health, ReleaseState},
        revision::HelmStatus,
        tenant::Tenant,
        window::Window,
    },
    store::{
        operations::{BatchStand, Enqueued, NewOperation, Settlement},
        requests::{Earlier, Keyed},
        tenants::{TenantChange, Written},
    },
};
use serde_json::json;

use super::{contract, fixture::*};

contract!(
    waves_that_are_planned_anew_are_stored_and_read_back,
    a_batch_is_written_only_at_the_version_that_its_writer_saw,
    a_batch_and_its_audit_row_are_written_together_or_not_at_all,
    a_batch_and_the_request_for_it_are_kept_together_and_once,
    what_a_batch_sets_is_sealed,
    only_who_reaches_every_tenant_knows_of_batches,
    a_target_comes_with_what_is_seen_of_its_operation_its_release_and_its_tenant,
    a_release_that_was_installed_anew_since_the_batch_was_made_is_a_stranger,
    a_selection_takes_what_all_of_its_parts_take,
    at_work_is_what_has_something_left_to_do_by_itself,
    an_operation_of_a_batch_is_asked_for_at_the_version_at_which_that_was_decided,
);

/// Where the targets are, two to a wave.
const PLACES: [&str; 4] = ["acme/a", "acme/b", "acme/c", "acme/d"];

fn batch(f: &Fixture) -> Batch {
    Batch {
        id: BatchId(uuid::Uuid::from_u128(0xCCCC_0000 + f.fresh_id())),
        title: "web: set db".into(),
        state: BatchState::Preflight,
        why: None,
        strategy: definition().strategy,
        requested_by: "ada".into(),
        reason: Some("because".into()),
        created_at: at(1),
        started_at: None,
        finished_at: None,
        waves: vec![Wave::named("1"), Wave::named("2")],
        counts: Counts::default(),
        version: 1,
        forgiven: 0,
    }
}

fn definition() -> Definition {
    let patch = json!({"db": {"password": "correct-horse-battery"}});
    Definition {
        aim: Aim::Values { patch: patch.as_object().unwrap().clone() },
        selection: Selection { chart: Some("web".into()), ..Selection::default() },
        strategy: Strategy::usual(Order::Rolling { size: 2 }),
        options: RunOptions::default(),
        start: false,
    }
}

/// A target whose tenant is called like its namespace.
fn target(ord: u32, place: &str, tenant: TenantId) -> Target {
    let key = key(place);
    let tenant = TargetOf {
        release_id: key.id(),
        tenant_id: tenant,
        tenant: key.namespace.as_str().parse().unwrap(),
        namespace: key.namespace,
        release_name: key.name,
        from_version: "1.0.0".into(),
    };
    Target::waiting(ord, ord / 2, tenant, at(1))
}

fn row(act: &str, batch: &Batch) -> NewAudit {
    NewAudit::of(&admin(), at(1), act, batch.id.to_string())
}

pub(super) async fn kept(f: &Fixture, targets: &[Target]) -> Batch {
    let new = batch(f);
    f.stores.batches.make(&new, &definition(), targets, &row("batch.make", &new), None).await.unwrap();
    new
}

/// A target at each of those places.
pub(super) async fn four(f: &Fixture) -> Vec<Target> {
    let acme = f.tenant("acme").await;
    PLACES.iter().zip(0..).map(|(place, ord)| target(ord, place, acme)).collect()
}

pub(super) async fn found(f: &Fixture, batch: &Batch) -> Batch {
    f.stores.batches.by_id(&admin(), batch.id).await.unwrap().unwrap().0
}

async fn targets(f: &Fixture, batch: &Batch) -> Vec<Target> {
    f.stores.batches.targets(&admin(), batch.id).await.unwrap().into_iter().map(|(target, _)| target).collect()
}

async fn waves_that_are_planned_anew_are_stored_and_read_back(f: Fixture) {
    let first = four(&f).await;
    let made = kept(&f, &first).await;
    assert_eq!((found(&f, &made).await.waves, targets(&f, &made).await), (made.waves.clone(), first.clone()));
    // The first is set aside, so that the others move up by one.
    let mut anew = first;
    (anew[0].state, anew[0].why, anew[0].over_at) = (TargetState::SetAside, Some("It cannot be rendered.".into()), Some(at(4)));
    for (target, wave) in anew.iter_mut().zip([0, 0, 0, 1]) {
        target.wave = wave;
        (target.base_revision, target.home_revision, target.alike) = (Some(2), Some(1), Some("0123".into()));
        (target.made_revision, target.forgiven) = (Some(3), true);
    }
    let times = Wave { begun_at: Some(at(5)), over_at: Some(at(6)), ..Wave::named("first") };
    let begun = Wave { approved_by: Some("mia".into()), back_by: Some("ada".into()), ..times };
    let planned = Batch { state: BatchState::Ready, waves: vec![begun, Wave::named("rest")], ..made };
    assert!(f.stores.batches.write(&planned, &anew, None, &[]).await.unwrap());
    // And they are there for a server that comes later.
    let f = f.reopened(7).await;
    for stores in [f.another_process().await, f.stores.clone()] {
        let (now, what) = stores.batches.by_id(&admin(), planned.id).await.unwrap().unwrap();
        assert_eq!((&now.waves, now.state, now.version, what), (&planned.waves, BatchState::Ready, 2, definition()));
        assert_eq!((now.counts.waiting, now.counts.set_aside), (3, 1));
        let seen = stores.batches.targets(&admin(), planned.id).await.unwrap();
        assert_eq!(seen.into_iter().map(|(target, _)| target).collect::<Vec<_>>(), anew);
    }
}

async fn a_batch_is_written_only_at_the_version_that_its_writer_saw(f: Fixture) {
    let first = four(&f).await;
    let made = kept(&f, &first).await;
    let paused = Batch { state: BatchState::Paused, why: Some("lunch".into()), started_at: Some(at(3)), forgiven: 2, ..made.clone() };
    assert!(f.stores.batches.write(&paused, &[], Some(&row("batch.pause", &made)), &[]).await.unwrap());
    let audited = f.audit_total().await;
    // Somebody else looked before that.
    let late = Batch { state: BatchState::Aborted, ..made.clone() };
    let moved = Target { state: TargetState::Running, ..first[0].clone() };
    assert!(!f.stores.batches.write(&late, &[moved], Some(&row("batch.abort", &made)), &[]).await.unwrap());
    let now = found(&f, &made).await;
    assert_eq!(now, Batch { version: 2, counts: now.counts, ..paused });
    assert_eq!((targets(&f, &made).await, f.audit_total().await), (first, audited), "neither a target nor the audit");
}

async fn a_batch_and_its_audit_row_are_written_together_or_not_at_all(f: Fixture) {
    let first = four(&f).await;
    let before = f.audit_total().await;
    let made = kept(&f, &first).await;
    assert_eq!(f.audit_total().await, before + 1);
    f.break_audit().await;
    let another = batch(&f);
    assert!(f.stores.batches.make(&another, &definition(), &first, &row("batch.make", &another), None).await.is_err());
    assert!(f.stores.batches.by_id(&admin(), another.id).await.unwrap().is_none());
    let moved = Target { state: TargetState::SetAside, ..first[0].clone() };
    let aborted = Batch { state: BatchState::Aborted, ..made.clone() };
    assert!(f.stores.batches.write(&aborted, &[moved], Some(&row("batch.abort", &made)), &[]).await.is_err());
    assert_eq!((found(&f, &made).await.state, targets(&f, &made).await), (BatchState::Preflight, first));
}

async fn a_batch_and_the_request_for_it_are_kept_together_and_once(f: Fixture) {
    let first = four(&f).await;
    let asked = |request: &'static [u8]| Keyed { requester: "ada", key: "k", request, at: at(2), since: at(0) };
    let make = async |new: &Batch, request: &'static [u8]| {
        f.stores.batches.make(new, &definition(), &first, &row("batch.make", new), Some(&asked(request))).await
    };
    let (made, again, other) = (batch(&f), batch(&f), batch(&f));
    assert_eq!(make(&made, b"this").await.unwrap(), None);
    assert_eq!(make(&again, b"this").await.unwrap(), Some(Earlier::Same(made.id.to_string())));
    assert_eq!(make(&other, b"that").await.unwrap(), Some(Earlier::Other));
    assert_eq!(f.stores.batches.list(&admin(), Paging::default()).await.unwrap().total, 1);
    assert_eq!(f.stores.requests.earlier("ada", "k", b"this").await.unwrap(), Some(Earlier::Same(made.id.to_string())));
    // Where the batch cannot be kept, neither is the request.
    f.break_audit().await;
    let broken = batch(&f);
    let asked = Keyed { key: "another", ..asked(b"this") };
    assert!(f.stores.batches.make(&broken, &definition(), &first, &row("batch.make", &broken), Some(&asked)).await.is_err());
    assert_eq!(f.stores.requests.earlier("ada", "another", b"this").await.unwrap(), None);
}

async fn what_a_batch_sets_is_sealed(f: Fixture) {
    let made = kept(&f, &four(&f).await).await;
    let bytes = f.bytes_on_disk();
    assert!(holds(&bytes, &made.title) && !holds(&bytes, "correct-horse-battery"));
}

async fn only_who_reaches_every_tenant_knows_of_batches(f: Fixture) {
    f.observe(&[seen("acme/a", 1)]).await;
    let made = kept(&f, &four(&f).await).await;
    let (viewer, store, paging) = (f.viewer("acme").await, &f.stores.batches, Paging::default());
    assert!(store.by_id(&viewer, made.id).await.unwrap().is_none());
    assert!(store.targets(&viewer, made.id).await.unwrap().is_empty());
    assert!(store.candidates(&viewer, &definition().selection).await.unwrap().is_empty());
    assert_eq!(store.list(&viewer, paging).await.unwrap().total, 0);
    let listed = store.list(&admin(), paging).await.unwrap();
    assert_eq!((listed.total, listed.items[0].id, listed.items[0].counts.waiting), (1, made.id, 4));
}

/// Changes a tenant as an admin would.
async fn edit(f: &Fixture, slug: &str, how: impl FnOnce(Tenant) -> Tenant) {
    let tenant = f.stores.tenants.by_slug(&admin(), &slug.parse().unwrap()).await.unwrap().unwrap();
    let change = TenantChange { tenant: how(tenant), chores: vec![], idle: None };
    let row = NewAudit::of(&admin(), at(1), "tenant.test", slug);
    assert_eq!(f.stores.tenants.change(&change, &row).await.unwrap(), Written::Done);
}

fn hold() -> Hold {
    Hold { reason: "an audit is under way".into(), by: "mia".into(), at: at(3) }
}

async fn a_target_comes_with_what_is_seen_of_its_operation_its_release_and_its_tenant(f: Fixture) {
    let (acme, globex) = (f.tenant("acme").await, f.tenant("globex").await);
    f.observe(&[seen("acme/web", 1), seen("globex/web", 1).status(HelmStatus::Failed)]).await;
    f.stores.releases.set_health(&[(key("acme/web"), Health::Degraded, Some("0 of 1 ready".into()))]).await.unwrap();
    let operation = f.enqueue_upgrade("acme/web").await;
    let lease = f.claim("worker", 10).await.unwrap().lease;
    let end = Settlement { status: OperationStatus::Succeeded, result_revision: Some(2), error: None };
    f.stores.operations.settle(&lease, at(1500), &end).await.unwrap();
    let nights = Window { cron: "0 22 * * 1-5".into(), minutes: 240, time_zone: "Europe/Berlin".into() };
    edit(&f, "acme", |acme| Tenant { windows: vec![nights.clone()], ..acme }).await;
    let worked = Target { operation_id: Some(operation.id), ..target(0, "acme/web", acme) };
    let made = kept(&f, &[worked, target(1, "globex/web", globex), target(2, "globex/never", globex)]).await;

    let sights =
        async || -> Vec<_> { f.stores.batches.targets(&admin(), made.id).await.unwrap().into_iter().map(|(_, sight)| sight).collect() };
    let now = sights().await;
    let ended = SeenOperation {
        status: OperationStatus::Succeeded,
        uninstalls: false,
        made: Some(2),
        ended: Some(at(1500)),
        code: None,
        error: None,
    };
    assert_eq!((now[0].operation.as_ref(), now[0].windows.as_slice(), &now[0].held), (Some(&ended), &[nights][..], &None));
    let (state, health, detail) = (ReleaseState::Deployed, Health::Degraded, Some("0 of 1 ready".into()));
    assert_eq!(now[0].release, Some(SeenRelease { revision: 1, state, health, detail }));
    assert_eq!(now[1].release.as_ref().map(|release| release.state), Some(ReleaseState::Failed));
    assert_eq!((&now[1].operation, &now[1].held, &now[2].release), (&None, &None, &None), "nothing is seen of what never was");

    edit(&f, "acme", |acme| Tenant { frozen: Some(hold()), ..acme }).await;
    assert_eq!(sights().await[0].held.as_deref(), Some("Its tenant was frozen by mia: an audit is under way"));
    f.label(&[("acme", Some("acme")), ("globex", Some("umbra"))]).await;
    let moved = sights().await.remove(1);
    assert_eq!(moved.held.as_deref(), Some("Its namespace belongs to another tenant by now."));
    assert_eq!(moved.stranger, moved.held, "which is no longer the batch's to take back, either");
}

async fn a_release_that_was_installed_anew_since_the_batch_was_made_is_a_stranger(f: Fixture) {
    let acme = f.tenant("acme").await;
    f.observe(&[seen("acme/web", 3)]).await;
    let made = kept(&f, &[target(0, "acme/web", acme)]).await;
    let stranger = async || f.stores.batches.targets(&admin(), made.id).await.unwrap().remove(0).1.stranger;
    f.observe(&[seen("acme/web", 4)]).await;
    assert_eq!(stranger().await, None, "a further revision of the same life");
    // Written once more: what it was made over stays what it is.
    assert!(f.stores.batches.write(&found(&f, &made).await, &targets(&f, &made).await, None, &[]).await.unwrap());
    f.observe(&[seen("acme/web", 4).status(HelmStatus::Uninstalled).version("2")]).await;
    assert_eq!(stranger().await, None, "nobody has put anything in its place");
    f.observe(&[seen("acme/web", 5)]).await;
    assert_eq!(stranger().await.as_deref(), Some("It was uninstalled and installed anew since the batch was made."));
}

async fn a_selection_takes_what_all_of_its_parts_take(f: Fixture) {
    let places = [namespace("acme", Some("acme"), &[("ring", "canary")]), namespace("globex", Some("globex"), &[("ring", "broad")])];
    f.observe_namespaces(&places, true).await;
    f.observe(&[
        seen("acme/db", 1).chart("postgres", "16.0.0"),
        seen("acme/web", 1).chart("web", "1.3.2"),
        seen("globex/web", 1).chart("web", "1.4.0").status(HelmStatus::Failed),
        seen("nobody/web", 1).chart("web", "1.3.2"),
    ])
    .await;
    let taken = async |selection: Selection| -> Vec<String> {
        let found = f.stores.batches.candidates(&admin(), &selection).await.unwrap();
        found.into_iter().map(|one| format!("{}/{}", one.namespace, one.name)).collect()
    };
    let web = || Selection { chart: Some("web".into()), ..Selection::default() };
    assert_eq!(taken(web()).await, ["acme/web", "globex/web"], "what is nobody's is nobody's to change");
    assert_eq!(
        taken(Selection { chart: Some("demo/web".into()), ..web() }).await,
        taken(web()).await,
        "which source it is from nobody knows"
    );
    assert_eq!(taken(Selection { versions: Some("<1.4.0".into()), ..web() }).await, ["acme/web"]);
    assert_eq!(taken(Selection { labels: [("ring".to_owned(), "broad".to_owned())].into(), ..web() }).await, ["globex/web"]);
    assert_eq!(taken(Selection { states: vec![ReleaseState::Failed], ..Selection::default() }).await, ["globex/web"]);
    assert_eq!(taken(Selection { releases: [id("acme/db")].into(), ..Selection::default() }).await, ["acme/db"]);
    assert_eq!(taken(Selection { releases: [id("acme/db")].into(), ..web() }).await, [""; 0]);

    edit(&f, "globex", |globex| Tenant { pinned: Some(hold()), ..globex }).await;
    f.retain("acme/web", &[]).await;
    let left = f.stores.batches.candidates(&admin(), &web()).await.unwrap();
    assert_eq!(left.len(), 1, "what was uninstalled is not selected, and who is held is listed with the reason: {left:?}");
    assert_eq!(left[0].held.as_deref(), Some("Its tenant was pinned by mia: an audit is under way"));
}

async fn at_work_is_what_has_something_left_to_do_by_itself(f: Fixture) {
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(kept(&f, &[]).await);
    }
    let write = async |batch: Batch| assert!(f.stores.batches.write(&batch, &[], None, &[]).await.unwrap());
    write(Batch { state: BatchState::Ready, ..made[1].clone() }).await;
    write(Batch { state: BatchState::Finished, finished_at: Some(at(9)), ..made[2].clone() }).await;
    // Ended by somebody, and what runs still comes to its end.
    write(Batch { state: BatchState::Aborted, ..made[3].clone() }).await;
    assert_eq!(f.stores.batches.at_work().await.unwrap(), [made[0].id, made[3].id]);
}

async fn an_operation_of_a_batch_is_asked_for_at_the_version_at_which_that_was_decided(f: Fixture) {
    let made = kept(&f, &[]).await;
    let of = async |place: &str, version: u32| {
        let stand = Some(BatchStand { batch: made.id, version });
        NewOperation { stand, ..f.wish(place, upgrade()).await }
    };
    let first = NewOperation { idempotency: Some(("key".into(), [1; 32])), ..of("acme/a", made.version).await };
    assert!(matches!(f.enqueue(&first).await, Enqueued::New(_)));
    let paused = Batch { state: BatchState::Paused, ..made.clone() };
    assert!(f.stores.batches.write(&paused, &[], None, &[]).await.unwrap());
    let audited = f.audit_total().await;
    assert_eq!(f.enqueue(&of("acme/b", made.version).await).await, Enqueued::BatchMoved, "somebody has paused it since");
    assert_eq!(f.audit_total().await, audited);
    assert!(matches!(f.enqueue(&first).await, Enqueued::Same(_)), "what was begun before is found again");
    assert!(matches!(f.enqueue(&of("acme/b", made.version + 1).await).await, Enqueued::New(_)));
}
