//! Webhooks in the settings: by forms and over REST, what is kept secret, and who may know of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Receiver, hooked, near, ping};
use crate::support::App;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_notices_are_signed_with_is_shown_once_and_is_in_no_later_answer_and_in_no_file() {
    let app = App::without_cluster_but(&near()).await;
    let receiver = Receiver::answering(&[]).await;
    let wish = json!({"name": "chat", "url": receiver.url, "events": ["batch.ended"], "reason": "the team wants to know"});
    let made = app.post("/api/v1/webhooks", &wish).await;
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    assert!(made.status == StatusCode::CREATED && secret.starts_with("whsec_") && secret.len() == 6 + 44, "{made:?}");
    let place = receiver.url.split("/telltale").next().unwrap();
    assert_eq!((&made.body["place"], &made.body["events"]), (&json!(place), &json!(["batch.ended"])), "{made:?}");
    receiver.knows(&secret);
    let hook = format!("/api/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    ping(&app, &hook).await;
    receiver.taken("the ping came", |got| got.len() == 1).await;

    let cookie = app.sign_in().await;
    let page = hook.replace("/api/v1/", "/settings/");
    let deliveries = format!("{hook}/deliveries");
    let mut seen = vec![format!("{:?}", app.audit().await)];
    for path in ["/settings/webhooks", page.as_str(), "/audit"] {
        let (status, text) = app.page(&cookie, path).await;
        assert!(status == 200 && text.contains("chat"), "{path}: {text}");
        seen.push(text);
    }
    for path in ["/api/v1/webhooks", deliveries.as_str(), "/api/v1/audit?size=500", "/api/fn/webhooks"] {
        seen.push(app.get(path).await.to_string());
    }
    seen.push(String::from_utf8_lossy(&app.bytes_on_disk()).into_owned());
    for hidden in [secret.as_str(), &secret[6..], "telltale-path", "telltale-key"] {
        assert!(!seen.iter().any(|text| text.contains(hidden)), "{hidden}");
    }
    let rows = app.get("/api/v1/audit?act=webhook.add").await;
    assert_eq!(rows["items"][0]["reason"], "the team wants to know", "{rows}");
    assert_eq!(rows["items"][0]["after"], json!({"url": place, "events": ["batch.ended"]}), "{rows}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_without_scripts_add_test_and_remove_a_webhook_each_with_its_reason() {
    let app = App::without_cluster_but(&near()).await;
    let receiver = Receiver::answering(&[]).await;
    let cookie = app.sign_in().await;
    let url = receiver.url.as_str();
    let fields = [("name", "by-form"), ("url", url), ("batch.ended", "on"), ("batch.started", "on"), ("reason", "asked for")];
    for (without, why) in [("reason", "Say why"), ("url", "An address begins"), ("name", "not a usable name")] {
        let rest: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != without).collect();
        let refused = app.form(&cookie, "/settings/webhooks", &rest).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "without {without}");
        let page = refused.text().await.unwrap();
        assert!(page.contains(why) && !page.contains("whsec_"), "without {without}: {page}");
    }
    let untold = app.form(&cookie, "/settings/webhooks", &[("name", "x"), ("url", url), ("reason", "x")]).await;
    assert!(untold.text().await.unwrap().contains("Choose at least one event"));
    assert_eq!(app.get("/api/v1/webhooks").await, json!([]), "what was refused changed nothing");

    let added = app.form(&cookie, "/settings/webhooks", &fields).await;
    assert_eq!((added.status(), &added.headers()["cache-control"]), (StatusCode::OK, &http::HeaderValue::from_static("no-store")));
    let page = added.text().await.unwrap();
    let (_, rest) = page.split_once("whsec_").expect("the secret is on the page");
    receiver.knows(&format!("whsec_{}", &rest[..44]));
    let listed = app.get("/api/v1/webhooks").await;
    assert_eq!(listed[0]["events"], json!(["batch.started", "batch.ended"]), "{listed}");
    let hook = format!("/settings/webhooks/{}", listed[0]["id"].as_str().unwrap());
    let (_, again) = app.page(&cookie, "/settings/webhooks").await;
    assert!(again.contains("by-form") && !again.contains("whsec_"), "shown once");

    let tested = app.form(&cookie, &hook, &[("act", "test")]).await;
    let (status, page) = app.page(&cookie, tested.headers()["location"].to_str().unwrap()).await;
    assert!(status == 200 && page.contains("A ping is on its way"), "{page}");
    let got = receiver.taken("the ping came", |got| got.len() == 1).await;
    assert_eq!(got[0].kind(), "ping");
    let more = [("act", "again"), ("notice", got[0].id.as_str())];
    assert_eq!(app.form(&cookie, &hook, &more).await.status(), StatusCode::SEE_OTHER);
    receiver.taken("it came again", |got| got.len() == 2).await;

    let refused = app.form(&cookie, &hook, &[("act", "remove"), ("reason", " ")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let removed = app.form(&cookie, &hook, &[("act", "remove"), ("reason", "moved")]).await;
    let (_, page) = app.page(&cookie, removed.headers()["location"].to_str().unwrap()).await;
    assert!(page.contains("The webhook is removed") && !page.contains("by-form"), "{page}");
    assert_eq!(app.page(&cookie, &hook).await.0, StatusCode::NOT_FOUND);
    let audit = app.audit().await;
    for act in ["webhook.add", "webhook.test", "webhook.again", "webhook.remove"] {
        assert_eq!(audit.iter().filter(|row| row.is(act, "admin", "page", "by-form")).count(), 1, "{act}: {audit:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn support_and_viewers_see_no_webhook_and_cannot_tell_whether_there_is_one() {
    let app = App::without_cluster_but(&near()).await;
    let [acme] = app.tenants(["acme"]).await;
    let receiver = Receiver::answering(&[]).await;
    let hook = hooked(&app, &receiver).await;
    let id = hook.rsplit('/').next().unwrap().to_owned();
    let missing = "018f0000-0000-7000-8000-000000000000";
    let wish = json!({"name": "theirs", "url": "https://receiver.invalid/x", "reason": "curious"});
    for (role, token) in [
        ("support", crate::secrets::outlet::token(&app, "support", &acme).await),
        ("viewer", crate::secrets::outlet::token(&app, "viewer", &acme).await),
    ] {
        let ask = async |method: Method, path: String, body: Option<&Value>| app.ask(method, &token, &path, body).await;
        for id in [id.as_str(), missing] {
            for (method, path) in [
                (Method::GET, "/api/v1/webhooks".to_owned()),
                (Method::GET, format!("/api/v1/webhooks/{id}/deliveries")),
                (Method::POST, format!("/api/v1/webhooks/{id}/test")),
                (Method::DELETE, format!("/api/v1/webhooks/{id}?reason=curious")),
                (Method::GET, format!("/api/fn/webhook?id={id}")),
            ] {
                let answer = ask(method, path.clone(), None).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {path}: {answer:?}");
            }
        }
        assert_eq!(ask(Method::POST, "/api/v1/webhooks".to_owned(), Some(&wish)).await.status, StatusCode::FORBIDDEN, "{role}");
    }
    assert_eq!(app.get("/api/v1/webhooks").await.as_array().unwrap().len(), 1);
    assert!(receiver.got().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_a_webhook_is_refused_and_changes_nothing() {
    let app = App::without_cluster_but(&near()).await;
    let good = json!({"name": "x", "url": "https://receiver.invalid/x", "reason": "tests"});
    for (change, status, code) in [
        (json!({"url": "http://receiver.invalid/x"}), 422, "invalid_webhook"),
        (json!({"url": "https://mia:geheim@receiver.invalid/x"}), 422, "invalid_webhook"),
        (json!({"url": "file:///etc/passwd"}), 422, "invalid_webhook"),
        (json!({"events": []}), 422, "invalid_webhook"),
        (json!({"events": ["ping"]}), 422, "invalid_webhook"),
        (json!({"events": ["batch.everything"]}), 400, "invalid_request"),
        (json!({"name": " x"}), 422, "invalid_name"),
        (json!({"reason": ""}), 422, "reason_missing"),
    ] {
        let mut wish = good.clone();
        wish.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = app.post("/api/v1/webhooks", &wish).await;
        assert_eq!((refused.status.as_u16(), refused.body["code"].as_str()), (status, Some(code)), "{change}: {refused:?}");
    }
    assert_eq!(app.get("/api/v1/webhooks").await, json!([]));
    assert!(!app.audit().await.iter().any(|row| row.act.starts_with("webhook.")));
    app.stop().await;
}
