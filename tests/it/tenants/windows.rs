//! Maintenance windows of tenants: edited over the API and by the form, refused in words, shown, and in the audit.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{refusal, send};
use crate::support::App;

fn nights() -> Value {
    json!([{"cron": "0 22 * * 1-5", "minutes": 240, "timeZone": "Europe/Berlin"}])
}

async fn audited(app: &App) -> Value {
    app.get("/api/v1/audit?act=tenant.edit").await["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn windows_are_edited_with_if_match_and_the_audit_tells_before_and_after() {
    let app = App::without_cluster().await;
    let [acme] = app.tenants(["acme"]).await;
    let path = format!("/api/v1/tenants/{acme}");
    assert_eq!(app.get(&path).await["windows"], json!([]));
    let edit = json!({"windows": nights(), "reason": "they work by day"});
    let edited = send(&app, Method::PATCH, &path, Some("\"1\""), &edit).await;
    assert_eq!((edited.status.as_u16(), &edited.body["windows"], &edited.body["version"]), (200, &nights(), &json!(2)), "{edited:?}");
    let row = audited(&app).await;
    assert_eq!((&row["before"]["windows"], &row["after"]["windows"]), (&json!([]), &nights()), "{row}");
    assert_eq!((&row["reason"], &row["door"]), (&json!("they work by day"), &json!("api")));

    let stale = send(&app, Method::PATCH, &path, Some("\"1\""), &json!({"windows": []})).await;
    assert_eq!(refusal(&stale), (412, "precondition_failed"), "{stale:?}");
    let renamed = send(&app, Method::PATCH, &path, Some("\"2\""), &json!({"name": "Acme"})).await;
    assert_eq!(renamed.body["windows"], nights(), "what is left out stays");
    let spelled = json!({"windows": [{"cron": " 0  2 * * sun ", "minutes": 90.0, "timeZone": "UTC"}]});
    let spelled = send(&app, Method::PATCH, &path, None, &spelled).await;
    assert_eq!(spelled.body["windows"], json!([{"cron": "0 2 * * sun", "minutes": 90, "timeZone": "UTC"}]), "{spelled:?}");
    assert_eq!(send(&app, Method::PATCH, &path, None, &json!({"windows": []})).await.body["windows"], json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_window_that_cannot_be_is_refused_and_changes_nothing() {
    let app = App::without_cluster().await;
    let [acme] = app.tenants(["acme"]).await;
    let path = format!("/api/v1/tenants/{acme}");
    let window = |cron: &str, minutes: Value, zone: &str| json!({"windows": [{"cron": cron, "minutes": minutes, "timeZone": zone}]});
    for (edit, status, code, word) in [
        (window("0 25 * * *", json!(60), "UTC"), 422, "invalid_window", "hour"),
        (window("0 0 30 2 *", json!(60), "UTC"), 422, "invalid_window", "never opens"),
        (window("0 2 * * *", json!(0), "UTC"), 422, "invalid_window", "10080"),
        (window("0 2 * * *", json!(60), "Europe/Atlantis"), 422, "invalid_window", "IANA"),
        (window("0 2 * * *", json!(1.5), "UTC"), 400, "invalid_request", ""),
        (json!({"windows": [{"cron": "0 2 * * *", "minutes": 60}]}), 400, "invalid_request", ""),
        (json!({"windows": [{"cron": "0 2 * * *", "minutes": 60, "timeZone": "UTC", "colour": "red"}]}), 400, "invalid_request", ""),
    ] {
        let refused = send(&app, Method::PATCH, &path, None, &edit).await;
        assert_eq!(refusal(&refused), (status, code), "{edit}: {refused:?}");
        assert!(refused.body["detail"].as_str().unwrap().contains(word), "{refused:?}");
        let made = json!({"slug": "never", "windows": edit["windows"]});
        assert_eq!(refusal(&app.post("/api/v1/tenants", &made).await), (status, code), "{made}");
    }
    let now = app.get(&path).await;
    assert_eq!((&now["windows"], &now["version"]), (&json!([]), &json!(1)));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_form_takes_windows_a_line_each_and_the_tenants_page_says_whether_one_is_open() {
    let app = App::without_cluster().await;
    app.tenants(["acme"]).await;
    let cookie = app.sign_in().await;
    let (_, page) = app.page(&cookie, "/tenants/acme").await;
    assert!(page.contains("None: batches may change this tenant at any time."), "{page}");

    let edit = async |version: &str, windows: &str| {
        let answer =
            app.form(&cookie, "/tenants/acme/edit", &[("version", version), ("name", ""), ("labels", ""), ("windows", windows)]).await;
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = edit("1", "0 2 * * * </textarea><script>x UTC").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("is not a maintenance window") && page.contains("0 2 * * * &lt;/textarea&gt;"), "{page}");
    assert!(!page.contains("<script>x"), "{page}");
    // Open for one minute in four years.
    let (status, _) = edit("1", "0 0 29 2 *  1  UTC\r\n").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = app.page(&cookie, "/tenants/acme").await;
    for part in ["closed", " opens ", "00:00 UTC", "0 0 29 2 *", "A single change by a person is possible at any time."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = app.page(&cookie, "/tenants/acme/edit").await;
    assert!(page.contains("0 0 29 2 *  1  UTC"), "{page}");
    let (status, _) = edit("2", "* * * * *  5  Asia/Kathmandu").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = app.page(&cookie, "/tenants/acme").await;
    assert!(page.contains("open now") && page.contains("Asia/Kathmandu"), "{page}");
    app.stop().await;
}
