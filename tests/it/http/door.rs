//! Who gets in: nobody without an actor, and nobody from another site.

use reqwest::{Method, StatusCode};

use crate::support::{
    App,
    app::{PASSWORD, TOKEN},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_gets_past_the_door_without_signing_in() {
    let app = App::without_cluster().await;
    let id = "018f0000-0000-7000-8000-000000000000";
    for path in [
        "/api/v1/helm/releases".to_owned(),
        "/api/v1/helm/releases/summary".to_owned(),
        format!("/api/v1/helm/releases/{id}"),
        format!("/api/v1/helm/releases/tenant/{id}"),
        format!("/api/v1/helm/releases/{id}/diff?from=1&to=2"),
        "/api/v1/tenants".to_owned(),
        "/api/v1/charts".to_owned(),
        "/api/v1/operations".to_owned(),
        format!("/api/v1/operations/{id}/events"),
        "/api/v1/live".to_owned(),
        "/api/fn/fleet".to_owned(),
        "/api/nothing-here".to_owned(),
    ] {
        let answer = app.anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["code"], "not_signed_in", "{path}");
    }
    for path in ["/", "/tenants", "/tenants/acme", "/releases", "/operations", "/charts", "/nothing-here"] {
        let answer = app.anonymous(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(answer.headers()["location"].to_str().unwrap().starts_with("/sign-in?next=/"), "{path}");
    }
    for path in ["/sign-out", "/operations/x/cancel", "/tenants/acme/install", "/api/v1/helm/releases"] {
        let answer = app.anonymous(Method::POST, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_token_or_cookie_is_refused() {
    let app = App::without_cluster().await;
    for (name, value) in [
        ("authorization", "Bearer wrong".to_owned()),
        ("authorization", format!("Basic {TOKEN}")),
        ("authorization", "Bearer ".to_owned()),
        ("cookie", "pilothouse=wrong".to_owned()),
        ("cookie", format!("pilothouse={TOKEN}")),
    ] {
        let answer = app.anonymous(Method::GET, "/api/v1/tenants").header(name, &value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{name}: {value}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_in_leads_on_and_signing_out_ends_the_session() {
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    let (status, _) = app.page(&cookie, "/").await;
    assert_eq!(status, StatusCode::OK);
    let out = app.anonymous(Method::POST, "/sign-out").header("cookie", &cookie).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let (status, _) = app.page(&cookie, "/").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "the old cookie is worth nothing any more");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_cookie_is_closed_to_scripts_and_other_sites() {
    let app = App::without_cluster().await;
    let form = [("user", "admin"), ("password", PASSWORD), ("next", "//evil.example")];
    let answer = app.anonymous(Method::POST, "/sign-in").form(&form).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert_eq!(answer.headers()["location"], "/", "never leads to another site");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_sign_in_does_not_tell_what_was_wrong_and_soon_closes_the_door() {
    let app = App::without_cluster().await;
    let mut places = Vec::new();
    for (user, password) in [("admin", "wrong"), ("nobody", PASSWORD), ("nobody", "wrong"), ("", "")] {
        let form = [("user", user), ("password", password), ("next", "/")];
        let answer = app.anonymous(Method::POST, "/sign-in").form(&form).send().await.unwrap();
        assert!(!answer.headers().contains_key("set-cookie"));
        places.push(answer.headers()["location"].to_str().unwrap().to_owned());
    }
    assert!(places.iter().all(|place| *place == places[0]), "{places:?}");
    for _ in 0..20 {
        app.anonymous(Method::POST, "/sign-in").form(&[("user", "admin"), ("password", "wrong")]).send().await.unwrap();
    }
    let form = [("user", "admin"), ("password", PASSWORD)];
    let answer = app.anonymous(Method::POST, "/sign-in").form(&form).send().await.unwrap();
    assert!(!answer.headers().contains_key("set-cookie"), "guessing has closed the door for a while");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_that_comes_from_another_site_is_refused() {
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    for (header, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "null")]
    {
        let answer = app.anonymous(Method::POST, "/sign-out").header("cookie", &cookie).header(header, value).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{header}: {value}");
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["code"], "cross_site");
    }
    let (status, _) = app.page(&cookie, "/").await;
    assert_eq!(status, StatusCode::OK, "still signed in");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_carries_the_security_headers() {
    let app = App::without_cluster().await;
    let cookie = app.sign_in().await;
    for path in ["/", "/sign-in", "/api/v1/tenants", "/healthz", "/nothing-here"] {
        let answer = app.anonymous(Method::GET, path).header("cookie", &cookie).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_speaks_for_others_and_a_tenant_header_narrows_what_is_seen() {
    let app = App::without_cluster().await;
    let ask = |name: &'static str, value: &'static str| app.request(Method::GET, "/api/v1/tenants").header(name, value).send();
    assert_eq!(ask("x-user-id", "somebody").await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("x-user-id", "admin").await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask("x-tenant-id", "nonsense").await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(ask("x-tenant-id", "018f0000-0000-7000-8000-000000000000").await.unwrap().status(), StatusCode::OK);
    app.stop().await;
}
