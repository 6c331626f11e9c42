//! The pages and forms of tenants, as a browser without scripts uses them.

use reqwest::{Method, StatusCode};

use super::make;
use crate::support::{App, env, env::unique};

/// Sends a form; answers the status, where it leads, and the page.
async fn send(app: &App, cookie: &str, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
    let answer = app.anonymous(Method::POST, path).header("cookie", cookie).form(fields).send().await.unwrap();
    let status = answer.status();
    let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    (status, to, answer.text().await.unwrap())
}

#[tokio::test]
async fn a_tenant_is_made_edited_and_held_by_plain_forms_and_a_refused_one_comes_back_as_it_was_typed() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let cookie = app.sign_in().await;
    let slug = unique("form");
    let (status, page) = app.page(&cookie, "/tenants/new").await;
    assert!(status == 200 && page.contains("name=\"podSecurity\"") && page.contains("Make the tenant"), "{page}");

    let fields = [("slug", slug.as_str()), ("name", "</textarea><script>x"), ("labels", "ring"), ("cpu", "2"), ("reason", "why not")];
    let (status, _, page) = send(&app, &cookie, "/tenants/new", &fields).await;
    assert_eq!(status, 400);
    assert!(page.contains("A label is written as key=value") && page.contains("why not") && page.contains(&slug), "{page}");
    assert!(!page.contains("<script>x"), "{page}");
    let fields = [("slug", slug.as_str()), ("name", "Form & Co"), ("labels", "ring=canary"), ("podSecurity", "baseline"), ("pods", "7")];
    let (status, to, _) = send(&app, &cookie, "/tenants/new", &fields).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, format!("/tenants/{slug}").as_str()));
    let (_, page) = app.page(&cookie, &to).await;
    for part in ["Form &amp; Co", "canary", "set up", "Let go", "Freeze "] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(env.object(&slug, "resourcequota", "pilothouse").await.is_some());

    let (_, page) = app.page(&cookie, &format!("{to}/edit")).await;
    assert!(page.contains("ring=canary") && page.contains("value=\"7\"") && page.contains("name=\"version\" value=\"1\""), "{page}");
    let stale = [("version", "9"), ("name", "Late"), ("labels", "")];
    let (status, _, page) = send(&app, &cookie, &format!("{to}/edit"), &stale).await;
    assert!(status == 412 && page.contains("value=\"Late\""), "{status} {page}");

    let hold = format!("{to}/hold");
    let (status, _, page) = send(&app, &cookie, &hold, &[("act", "freeze"), ("reason", "")]).await;
    assert!(status == 422 && page.contains("Say why"), "{page}");
    let (status, _, _) = send(&app, &cookie, &hold, &[("act", "freeze"), ("reason", "quarter end")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = app.page(&cookie, &to).await;
    assert!(page.contains("quarter end") && page.contains("Thaw "), "{page}");
    let (_, page) = app.page(&cookie, "/tenants").await;
    assert!(page.contains("frozen"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_namespace_of_nobody_is_listed_and_given_by_a_form() {
    let Some(env) = env() else { return };
    let app = App::start(&env).await;
    let cookie = app.sign_in().await;
    let tenant = make(&app, &serde_json::json!({})).await;
    let namespace = unique("nobodys");
    env.helm(&["install", "-n", &namespace, "--create-namespace", "stray", "cache", "--repo", &env.charts_url, "--version", "7.2.5"]).await;
    let give = format!("/unassigned/namespaces/{namespace}");
    crate::support::until("it is listed", || async { app.page(&cookie, "/tenants").await.1.contains(&give).then_some(()) }).await;
    let (_, page) = app.page(&cookie, &give).await;
    assert!(page.contains(&tenant.slug), "{page}");
    let (status, to, page) = send(&app, &cookie, &give, &[("tenant", &tenant.slug), ("reason", "theirs")]).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, format!("/tenants/{}", tenant.slug).as_str()), "{page}");
    let fields = [("act", "release"), ("namespace", namespace.as_str())];
    let (status, _, page) = send(&app, &cookie, &format!("{to}/namespaces"), &fields).await;
    assert!(status == 409 && page.contains("Releases live in"), "{status} {page}");
    app.stop().await;
}
