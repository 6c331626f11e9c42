//! Receivers that do not take a notice, not yet or not any more. No cluster is needed for that.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Receiver, delivery, hooked, near, ping};
use crate::support::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_not_taken_is_sent_again_under_the_same_id_until_it_is() {
    let app = App::without_cluster_but(&near()).await;
    let receiver = Receiver::answering(&[500, 302]).await;
    let hook = hooked(&app, &receiver).await;
    let id = ping(&app, &hook).await;
    let done = delivery(&app, &hook, &id, "it is delivered", |one| one["deliveredAt"].is_string()).await;
    assert_eq!((&done["attempts"], &done["answer"], &done["nextAt"]), (&json!(3), &json!("HTTP status 204"), &json!(null)), "{done}");
    let got = receiver.got();
    assert_eq!(got.iter().map(|got| got.status).collect::<Vec<_>>(), [500, 302, 204], "a redirect leads nowhere: {got:?}");
    assert!(got.iter().all(|got| got.id == id && got.body["type"] == "ping"), "{got:?}");
    let shown = app.get("/api/v1/webhooks").await;
    assert_eq!(shown[0]["last"]["id"], json!(id), "{shown}");

    // It is taken already, and sent all the same where somebody asks for it: the receiver knows it by its id.
    let again = app.post(&format!("{hook}/deliveries/{id}/again"), &json!({"reason": "lost over there"})).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{again:?}");
    receiver.taken("it came once more", |got| got.len() == 2 && got.iter().all(|got| got.id == id)).await;
    let rows = app.get("/api/v1/audit?act=webhook.again").await;
    assert_eq!((&rows["total"], &rows["items"][0]["reason"]), (&json!(1), &json!("lost over there")), "{rows}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_never_taken_is_given_up_and_says_so() {
    let app = App::without_cluster_but(&["--webhooks-allow-private=true".into(), "--webhook-retries=1s,1s".into()]).await;
    let receiver = Receiver::answering(&[]).await;
    receiver.answers(500);
    let hook = hooked(&app, &receiver).await;
    let id = ping(&app, &hook).await;
    let given_up = delivery(&app, &hook, &id, "it is given up", |one| one["givenUpAt"].is_string()).await;
    assert_eq!((&given_up["attempts"], &given_up["answer"]), (&json!(3), &json!("HTTP status 500")), "{given_up}");
    let (_, page) = app.page(&app.sign_in().await, &hook.replace("/api/v1/", "/settings/")).await;
    assert!(page.contains("given up") && page.contains("HTTP status 500"), "{page}");
    receiver.answers(200);
    assert_eq!(app.post(&format!("{hook}/deliveries/{id}/again"), &json!({})).await.status, StatusCode::ACCEPTED);
    delivery(&app, &hook, &id, "it is delivered", |one| one["deliveredAt"].is_string()).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_receiver_that_is_gone_for_good_is_told_nothing_more() {
    let app = App::without_cluster_but(&near()).await;
    let receiver = Receiver::answering(&[410]).await;
    let hook = hooked(&app, &receiver).await;
    let id = ping(&app, &hook).await;
    delivery(&app, &hook, &id, "it is given up", |one| one["givenUpAt"].is_string() && one["attempts"] == 1).await;
    assert!(app.get("/api/v1/webhooks").await[0]["disabledAt"].is_string());
    for path in [format!("{hook}/test"), format!("{hook}/deliveries/{id}/again")] {
        let refused = app.post(&path, &json!({})).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("webhook_disabled")), "{refused:?}");
    }
    let rows = app.get("/api/v1/audit?act=webhook.disable").await;
    assert_eq!((&rows["total"], &rows["items"][0]["door"]), (&json!(1), &json!("system")), "{rows}");
    assert_eq!(receiver.got().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_receiver_that_does_not_answer_keeps_no_other_from_being_told() {
    let app = App::without_cluster_but(&near()).await;
    // It lets connections in, and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let made = app.post("/api/v1/webhooks", &json!({"name": "silent", "url": url, "reason": "tests"})).await;
    let slow = format!("/api/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    let receiver = Receiver::answering(&[]).await;
    let quick = hooked(&app, &receiver).await;
    let stuck = ping(&app, &slow).await;
    delivery(&app, &slow, &stuck, "it is being tried", |one| one["attempts"] == 1).await;
    for _ in 0..3 {
        let id = ping(&app, &quick).await;
        let done = delivery(&app, &quick, &id, "it is delivered", |one| one["deliveredAt"].is_string()).await;
        assert_eq!(done["attempts"], 1, "{done}");
    }
    let answer = delivery(&app, &slow, &stuck, "the try has ended", |one| one["answer"].is_string()).await;
    assert_eq!(answer["answer"], "no answer in time", "{answer}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn private_addresses_are_reached_where_the_configuration_allows_it_alone() {
    let app = App::without_cluster().await;
    let receiver = Receiver::answering(&[]).await;
    let figures = json!({"name": "figures", "url": receiver.url, "reason": "tests"});
    let refused = app.post("/api/v1/webhooks", &figures).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("invalid_webhook")), "{refused:?}");
    assert!(refused.body["detail"].as_str().unwrap().contains("private"), "{refused:?}");
    // What a name stands for is known once it is asked.
    let named = receiver.url.replace("http://127.0.0.1", "https://localhost");
    let made = app.post("/api/v1/webhooks", &json!({"name": "named", "url": named, "reason": "tests"})).await;
    let hook = format!("/api/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    let id = ping(&app, &hook).await;
    let tried = delivery(&app, &hook, &id, "it was tried", |one| one["answer"].is_string()).await;
    assert!(tried["answer"].as_str().unwrap().contains("private"), "{tried}");
    assert!(receiver.got().is_empty());
    let gone = app.request(Method::DELETE, &format!("{hook}?reason=tests")).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    app.stop().await;
}
