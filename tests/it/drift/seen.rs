//! Who gets to see drift, where, and for how long it counts.

use reqwest::Method;
use serde_json::json;

use super::{check, with_web};
use crate::{
    live::viewer,
    support::{App, env, until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_viewer_sees_the_last_result_starts_none_and_learns_nothing_of_another_tenant() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    let (own, other) = (viewer(&app, &tenant).await, viewer(&app, &app.tenant(&env).await).await);
    check(&app, &release).await;
    let path = format!("{release}/drift");
    assert_eq!(app.ask(Method::GET, &own, &path, None).await.body["verdict"], "same");
    let refused = app.ask(Method::POST, &own, &path, Some(&json!({}))).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (403, &json!("forbidden")));
    let hidden = app.ask(Method::GET, &other, &path, None).await;
    let nothing = app.ask(Method::GET, &other, "/api/v1/helm/releases/018f0000-0000-7000-8000-000000000000/drift", None).await;
    assert_eq!((hidden.status.as_u16(), &hidden.body), (404, &nothing.body));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plain_upgrade_makes_the_result_stale_and_uncounted_until_the_next_check() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    let namespace = tenant.namespace.as_str();
    env.kubectl(&["delete", "service", "web", "--namespace", namespace]).await;
    assert_eq!(check(&app, &release).await["verdict"], "drifted");
    let path = format!("/api/v1/helm/releases/tenant/{}?drifted=true", tenant.id);
    assert_eq!(app.get(&path).await["total"], 1);
    env.helm(&["upgrade", "-n", namespace, "web", "web", "--repo", &env.charts_url, "--version", "1.4.1", "--reuse-values"]).await;
    until("the plain upgrade is seen", || async { (app.get(&release).await["revision"] == 2).then_some(()) }).await;
    let drift = app.get(&format!("{release}/drift")).await;
    assert_eq!((&drift["stale"], &drift["revision"], &drift["verdict"]), (&json!(true), &json!(1), &json!("drifted")));
    assert_eq!((&app.get(&release).await["drift"], &app.get(&path).await["total"]), (&json!(null), &json!(0)));
    let cookie = app.sign_in().await;
    let page = format!("/tenants/{}/releases/{namespace}/web/drift", tenant.slug);
    assert!(app.page(&cookie, &page).await.1.contains("Out of date"));
    // Made with the administrator's own rights, by the same Helm: nothing of it is drift.
    let drift = check(&app, &release).await;
    assert_eq!((&drift["stale"], &drift["verdict"]), (&json!(false), &json!("same")), "{drift:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_page_says_what_differs_and_its_button_works_without_scripts() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let (tenant, release) = with_web(&app, &env).await;
    let cookie = app.sign_in().await;
    let path = format!("/tenants/{}/releases/{}/web", tenant.slug, tenant.namespace);
    let (status, html) = app.page(&cookie, &format!("{path}/drift")).await;
    assert!(status == 200 && html.contains("It has not been looked yet") && html.contains("Check now"), "{html}");
    env.kubectl(&[
        "patch",
        "configmap",
        "web",
        "--namespace",
        &tenant.namespace,
        "--type=merge",
        "-p",
        r#"{"data":{"LOG_LEVEL":"<b>debug"}}"#,
    ])
    .await;
    let sent = app.form(&cookie, &format!("{path}/drift"), &[]).await;
    assert_eq!((sent.status().as_u16(), sent.headers()["location"].to_str().unwrap()), (303, &*format!("{path}/drift")));
    let foreign = app.anonymous(Method::POST, &format!("{path}/drift")).header("cookie", &cookie).header("origin", "https://evil.example");
    assert_eq!(foreign.header("sec-fetch-site", "cross-site").body("").send().await.unwrap().status().as_u16(), 403);
    let (status, html) = app.page(&cookie, &format!("{path}/drift")).await;
    assert!(status == 200 && html.contains("/data/LOG_LEVEL") && html.contains("kubectl-patch"), "{html}");
    assert!(html.contains("&lt;b&gt;") && !html.contains("<b>debug"), "{html}");
    assert!(app.page(&cookie, &path).await.1.contains("Has drifted from its manifest"));
    let tag = format!("{path}/drift");
    for page in [format!("/tenants/{}", tenant.slug), "/releases?drifted=1".into(), "/".into()] {
        assert!(app.page(&cookie, &page).await.1.contains(&tag), "{page}");
    }
    assert!(app.get("/api/v1/helm/releases/summary").await["counts"]["drifted"].as_u64().unwrap() >= 1);
    assert_eq!(app.get(&release).await["drift"], "drifted");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_an_account_to_look_with_nothing_is_checked_and_nothing_is_set_up() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let tenant = app.tenant(&env).await;
    env.helm(&["install", "-n", &tenant.namespace, "plain", "web", "--repo", &env.charts_url, "--version", "1.4.1"]).await;
    let release = format!("/api/v1/helm/releases/{}", tenant.release("plain"));
    until("the release is seen", || async { (app.look(&release).await.body["status"] == "DEPLOYED").then_some(()) }).await;
    let refused = app.post(&format!("{release}/drift"), &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("tenant_access_missing")), "{refused:?}");
    assert_eq!(env.object(&tenant.namespace, "serviceaccount", "pilothouse-tenant").await, None, "a check sets nothing up");

    env.kubectl(&["label", "namespace", &tenant.namespace, "pilothouse.dev/tenant-"]).await;
    until("the release is nobody's", || async { app.get(&release).await["tenant"].is_null().then_some(()) }).await;
    let refused = app.post(&format!("{release}/drift"), &json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("release_unassigned")), "{refused:?}");
    let cookie = app.sign_in().await;
    let path = format!("/unassigned/releases/{}/plain/drift", tenant.namespace);
    let (status, html) = app.page(&cookie, &path).await;
    assert!(status == 200 && html.contains("no account to look at it with"), "{html}");
    let sent = app.form(&cookie, &path, &[]).await;
    assert_eq!(sent.status().as_u16(), 409);
    assert!(sent.text().await.unwrap().contains("belongs to no tenant"));
    app.stop().await;
}
