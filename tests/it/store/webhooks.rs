//! Webhooks and their outbox.

use chrono::TimeDelta;
use pilothouse::{
    domain::{
        batch::{Aim, Batch, BatchState, Counts, Definition, Selection, Strategy},
        change::RunOptions,
        ids::{BatchId, NoticeId, WebhookId},
        page::Paging,
        people::Issued,
        webhook::{Delivery, NewHook, Notice, NoticeKind, WebhookWish},
    },
    store::webhooks::{Due, Outcome},
};
use uuid::Uuid;

use super::{contract, fixture::*, people::*};

contract!(
    a_webhook_comes_back_without_its_path_and_its_secret_which_are_sealed,
    a_name_of_a_webhook_is_taken_once_and_free_again_when_it_is_removed,
    a_batchs_step_and_what_is_told_of_it_are_written_together_or_not_at_all,
    each_webhook_is_told_what_it_has_chosen_and_the_same_thing_once,
    notices_are_taken_one_at_a_time_in_their_order,
    what_was_taken_and_not_settled_is_taken_again_and_only_the_last_try_counts,
    a_webhook_that_is_gone_is_told_nothing_more,
    what_was_given_up_is_sent_again_when_somebody_asks,
    what_ended_long_ago_is_forgotten_and_what_is_still_to_come_stays,
    without_its_audit_row_no_webhook_is_added_told_or_removed,
);

const SECRET: &str = "whsec_Z2VoZWltLWhpbnRlci1kZXItdGFwZXRlLTAxMjM0NTY=";

async fn hook(f: &Fixture, name: &str, events: &[NoticeKind]) -> Option<WebhookId> {
    let id = WebhookId(Uuid::from_u128(0xCCCC_0000 + f.fresh_id()));
    let wish = WebhookWish {
        name: name.parse().unwrap(),
        url: "https://hooks.example.com/services/telltale-path".parse().unwrap(),
        events: events.to_vec(),
    };
    let new = NewHook { id, wish, secret: Issued(SECRET.into()), created_at: at(0) };
    f.stores.webhooks.add(&new, &audit("webhook.add", name)).await.unwrap().then_some(id)
}

fn batch() -> Batch {
    Batch {
        id: BatchId(Uuid::from_u128(7)),
        title: "web once more".into(),
        state: BatchState::Ready,
        why: None,
        strategy: Strategy::default(),
        requested_by: "mira".into(),
        reason: None,
        created_at: at(0),
        started_at: None,
        finished_at: None,
        waves: vec![],
        counts: Counts::default(),
        version: 1,
        forgiven: 0,
    }
}

/// A batch in the database.
async fn made(f: &Fixture) -> Batch {
    let (batch, selection) = (batch(), Selection { chart: Some("web".into()), ..Selection::default() });
    let definition =
        Definition { aim: Aim::Restart, selection, strategy: Strategy::default(), options: RunOptions::default(), start: false };
    f.stores.batches.make(&batch, &definition, &[], &audit("batch.make", "7"), None).await.unwrap();
    batch
}

fn notice(number: u128, kind: NoticeKind, second: i64) -> Notice {
    Notice {
        id: NoticeId(Uuid::from_u128(number)),
        kind,
        batch: Some(batch().id),
        at: at(second),
        body: format!("{{\"number\":{number}}}"),
    }
}

/// Tells of a batch's steps, one after another.
async fn tell(f: &Fixture, told: &[Notice]) {
    let batch = match f.stores.batches.by_id(&admin(), batch().id).await.unwrap() {
        Some((batch, _)) => batch,
        None => made(f).await,
    };
    assert!(f.stores.batches.write(&batch, &[], None, told).await.unwrap());
}

async fn told(f: &Fixture, id: WebhookId) -> Vec<Delivery> {
    f.stores.webhooks.deliveries(id, Paging::default()).await.unwrap().items
}

async fn take(f: &Fixture, second: i64, busy: &[WebhookId]) -> Vec<Due> {
    f.stores.webhooks.take(at(second), at(second + 20), busy).await.unwrap()
}

async fn settle(f: &Fixture, due: &Due, outcome: Outcome, second: i64) -> bool {
    f.stores.webhooks.settle(due, &outcome, "in a few words", at(second)).await.unwrap()
}

async fn a_webhook_comes_back_without_its_path_and_its_secret_which_are_sealed(f: Fixture) {
    let id = hook(&f, "chat", &[NoticeKind::BatchEnded]).await.unwrap();
    let found = f.stores.webhooks.list().await.unwrap();
    assert_eq!((found.len(), found[0].id, found[0].place.as_str()), (1, id, "https://hooks.example.com"));
    assert_eq!((found[0].events.as_slice(), found[0].disabled_at, &found[0].last), (&[NoticeKind::BatchEnded][..], None, &None));
    for secret in [SECRET, "telltale-path", "Z2VoZWlt"] {
        assert!(!holds(&f.bytes_on_disk(), secret), "{secret}");
    }
    tell(&f, &[notice(1, NoticeKind::BatchEnded, 1)]).await;
    let due = take(&f, 1, &[]).await.remove(0);
    assert_eq!((due.url.as_str(), due.secret.0.as_str()), ("https://hooks.example.com/services/telltale-path", SECRET));
}

async fn a_name_of_a_webhook_is_taken_once_and_free_again_when_it_is_removed(f: Fixture) {
    let id = hook(&f, "chat", &[NoticeKind::BatchEnded]).await.unwrap();
    assert_eq!(hook(&f, "chat", &[NoticeKind::BatchEnded]).await, None);
    tell(&f, &[notice(1, NoticeKind::BatchEnded, 1)]).await;
    let remove = async || f.stores.webhooks.remove(id, &audit("webhook.remove", "chat")).await.unwrap();
    assert!(remove().await && !remove().await);
    assert!(told(&f, id).await.is_empty() && take(&f, 9, &[]).await.is_empty(), "with what it was to be told");
    assert!(hook(&f, "chat", &[NoticeKind::BatchEnded]).await.is_some());
    assert_eq!(acts(&f).await, ["webhook.add", "webhook.remove", "batch.make", "webhook.add"]);
}

async fn a_batchs_step_and_what_is_told_of_it_are_written_together_or_not_at_all(f: Fixture) {
    let id = hook(&f, "chat", &[NoticeKind::BatchStarted]).await.unwrap();
    let seen = made(&f).await;
    let running = Batch { state: BatchState::Running, started_at: Some(at(1)), ..seen };
    let started = [notice(1, NoticeKind::BatchStarted, 1)];
    f.raw("CREATE TRIGGER no_outbox BEFORE INSERT ON webhook_deliveries BEGIN SELECT RAISE(ABORT, 'disk full'); END").await;
    assert!(f.stores.batches.write(&running, &[], None, &started).await.is_err());
    let (still, _) = f.stores.batches.by_id(&admin(), running.id).await.unwrap().unwrap();
    assert_eq!((still.state, still.version), (BatchState::Ready, 1), "no step that nobody is told of");
    f.raw("DROP TRIGGER no_outbox").await;
    assert!(f.stores.batches.write(&running, &[], None, &started).await.unwrap());
    // Whoever saw an earlier version writes nothing and tells nothing.
    assert!(!f.stores.batches.write(&running, &[], None, &[notice(2, NoticeKind::BatchStarted, 2)]).await.unwrap());
    let told = told(&f, id).await;
    assert_eq!((told.len(), told[0].id, told[0].batch_id), (1, started[0].id, Some(running.id)));
}

async fn each_webhook_is_told_what_it_has_chosen_and_the_same_thing_once(f: Fixture) {
    let all = hook(&f, "all", &NoticeKind::CHOICES).await.unwrap();
    let ends = hook(&f, "ends", &[NoticeKind::BatchEnded]).await.unwrap();
    let (wave, end) = (notice(1, NoticeKind::WaveDone, 1), notice(2, NoticeKind::BatchEnded, 1));
    tell(&f, &[wave.clone(), end.clone()]).await;
    tell(&f, &[wave.clone(), end.clone()]).await;
    let ids = |told: Vec<Delivery>| told.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(told(&f, all).await), [end.id, wave.id], "newest first");
    assert_eq!(ids(told(&f, ends).await), [end.id]);
}

async fn notices_are_taken_one_at_a_time_in_their_order(f: Fixture) {
    let one = hook(&f, "one", &NoticeKind::CHOICES).await.unwrap();
    let other = hook(&f, "other", &[NoticeKind::WaveDone]).await.unwrap();
    tell(&f, &[notice(9, NoticeKind::WaveDone, 5), notice(2, NoticeKind::BatchEnded, 5)]).await;
    assert!(take(&f, 4, &[]).await.is_empty(), "not before it happened");
    let first = take(&f, 5, &[]).await;
    assert_eq!(first.iter().map(|due| (due.name.as_str(), due.attempts)).collect::<Vec<_>>(), [("one", 1), ("other", 1)]);
    assert!(first.iter().all(|due| due.notice == notice(9, NoticeKind::WaveDone, 5).id && due.body == "{\"number\":9}"));
    assert!(take(&f, 6, &[one, other]).await.is_empty(), "both are at it");
    assert!(settle(&f, &first[0], Outcome::Delivered, 6).await);
    let second = take(&f, 7, &[other]).await;
    assert_eq!((second.len(), second[0].webhook, second[0].notice), (1, one, notice(2, NoticeKind::BatchEnded, 5).id));
    let last = f.stores.webhooks.list().await.unwrap().remove(0).last.unwrap();
    assert_eq!((last.id, last.attempts, last.delivered_at), (second[0].notice, 1, None), "what was tried last");
}

async fn what_was_taken_and_not_settled_is_taken_again_and_only_the_last_try_counts(f: Fixture) {
    let id = hook(&f, "chat", &NoticeKind::CHOICES).await.unwrap();
    tell(&f, &[notice(1, NoticeKind::BatchEnded, 0)]).await;
    let lost = take(&f, 0, &[]).await.remove(0);
    assert!(take(&f, 19, &[]).await.is_empty(), "it may still be on its way");
    let again = take(&f, 20, &[]).await.remove(0);
    assert_eq!((again.notice, again.attempts), (lost.notice, 2));
    assert!(!settle(&f, &lost, Outcome::Delivered, 21).await);
    assert!(settle(&f, &again, Outcome::Again(at(60)), 21).await);
    let now = told(&f, id).await.remove(0);
    assert_eq!((now.attempts, now.next_at, now.tried_at, now.answer.as_deref()), (2, Some(at(60)), Some(at(20)), Some("in a few words")));
    let third = take(&f, 60, &[]).await.remove(0);
    assert!(settle(&f, &third, Outcome::Delivered, 61).await && !settle(&f, &third, Outcome::GivenUp, 62).await);
    let now = told(&f, id).await.remove(0);
    assert_eq!((now.attempts, now.next_at, now.delivered_at, now.given_up_at), (3, None, Some(at(61)), None));
    assert!(take(&f, 9_999, &[]).await.is_empty());
}

async fn a_webhook_that_is_gone_is_told_nothing_more(f: Fixture) {
    let id = hook(&f, "chat", &NoticeKind::CHOICES).await.unwrap();
    tell(&f, &[notice(1, NoticeKind::WaveDone, 0), notice(2, NoticeKind::BatchEnded, 0)]).await;
    let due = take(&f, 0, &[]).await.remove(0);
    assert!(settle(&f, &due, Outcome::Gone(Box::new(audit("webhook.disable", "chat"))), 1).await);
    assert_eq!(f.stores.webhooks.list().await.unwrap()[0].disabled_at, Some(at(1)));
    tell(&f, &[notice(3, NoticeKind::BatchEnded, 2)]).await;
    let told = told(&f, id).await;
    assert_eq!(told.iter().map(|one| (one.given_up_at, one.next_at)).collect::<Vec<_>>(), [(Some(at(1)), None); 2], "and nothing new");
    assert!(take(&f, 9_999, &[]).await.is_empty());
    assert_eq!(acts(&f).await[0], "webhook.disable");
}

async fn what_was_given_up_is_sent_again_when_somebody_asks(f: Fixture) {
    let id = hook(&f, "chat", &NoticeKind::CHOICES).await.unwrap();
    tell(&f, &[notice(1, NoticeKind::BatchEnded, 0)]).await;
    let due = take(&f, 0, &[]).await.remove(0);
    assert!(settle(&f, &due, Outcome::GivenUp, 1).await);
    let again = async |notice: NoticeId| f.stores.webhooks.again(id, notice, at(9), &audit("webhook.again", "chat")).await.unwrap();
    assert!(again(due.notice).await && !again(NoticeId(Uuid::nil())).await);
    let once_more = take(&f, 9, &[]).await.remove(0);
    assert_eq!((once_more.notice, once_more.attempts, &once_more.body), (due.notice, 1, &due.body));
    assert!(settle(&f, &once_more, Outcome::Delivered, 10).await);
}

async fn what_ended_long_ago_is_forgotten_and_what_is_still_to_come_stays(f: Fixture) {
    let id = hook(&f, "chat", &NoticeKind::CHOICES).await.unwrap();
    tell(&f, &[1, 2, 3].map(|number| notice(number, NoticeKind::WaveDone, 0))).await;
    for outcome in [Outcome::Delivered, Outcome::GivenUp] {
        let due = take(&f, 0, &[]).await.remove(0);
        assert!(settle(&f, &due, outcome, 1).await);
    }
    f.stores.webhooks.forget(at(1)).await.unwrap();
    assert_eq!(told(&f, id).await.len(), 3);
    f.stores.webhooks.forget(at(1) + TimeDelta::seconds(1)).await.unwrap();
    let left = told(&f, id).await;
    assert_eq!((left.len(), left[0].next_at), (1, Some(at(0))));
}

async fn without_its_audit_row_no_webhook_is_added_told_or_removed(f: Fixture) {
    let id = hook(&f, "chat", &NoticeKind::CHOICES).await.unwrap();
    f.break_audit().await;
    let new = NewHook {
        id: WebhookId(Uuid::max()),
        wish: WebhookWish { name: "more".parse().unwrap(), url: "https://x.example.com".parse().unwrap(), events: vec![] },
        secret: Issued(SECRET.into()),
        created_at: at(0),
    };
    assert!(f.stores.webhooks.add(&new, &audit("webhook.add", "more")).await.is_err());
    assert!(f.stores.webhooks.tell(id, &notice(1, NoticeKind::Ping, 0), &audit("webhook.test", "chat")).await.is_err());
    assert!(f.stores.webhooks.remove(id, &audit("webhook.remove", "chat")).await.is_err());
    assert_eq!((f.stores.webhooks.list().await.unwrap().len(), told(&f, id).await.len()), (1, 0));
}
