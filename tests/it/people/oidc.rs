//! Signing in through a real identity provider on loopback, with a plain client for a browser. The provider is honest
//! but where a test has its tokens say something else; those are signed with the provider's own key all the same.

use reqwest::{Method, StatusCode, Url};
use serde_json::json;

use super::stage::{PUBLIC, Provider, Stage, outcome};
use crate::support::{App, app::TOKEN};

#[tokio::test]
async fn groups_give_role_and_tenants_anew_at_each_sign_in() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["acme-team", "strangers"]).await;
    let (first, to) = stage.sign_in().await.unwrap();
    assert_eq!(to, "/tenants", "on to where they were going");
    let me = stage.me(&first).await;
    assert_eq!((me["name"].as_str(), me["role"].as_str()), (Some("mia"), Some("viewer")));
    assert_eq!(stage.tenants(&first).await, ["acme"]);
    stage.provider.person("s-1", "mia", &["acme-team", "globex-team"]).await;
    let (second, _) = stage.sign_in().await.unwrap();
    assert_eq!(stage.tenants(&second).await, ["acme", "globex"]);
    assert_eq!(stage.tenants(&first).await, ["acme", "globex"], "the account has changed, and with it every session");
    stage.provider.person("s-1", "mia", &["acme-team", "help"]).await;
    let (third, _) = stage.sign_in().await.unwrap();
    assert_eq!(stage.me(&third).await["role"], "support");
    let users = stage.app.get("/api/v1/users").await;
    assert_eq!((users["total"].as_u64(), users["items"][1]["source"].as_str()), (Some(2), Some("oidc")), "one person, one account");
    let noted = stage.app.audit().await;
    assert!(noted.iter().any(|row| row.is("user.add", "oidc", "system", "mia")), "{noted:#?}");
    assert!(noted.iter().any(|row| row.is("session.sign-in", "mia", "page", "mia")), "{noted:#?}");
    stage.app.stop().await;
}

#[tokio::test]
async fn groups_that_only_the_userinfo_tells_count_too() {
    let Some(stage) = Stage::set_with(json!({"terse": true}), &[]).await else { return };
    stage.provider.person("s-1", "grace", &["ops"]).await;
    let (cookie, _) = stage.sign_in().await.unwrap();
    let me = stage.me(&cookie).await;
    assert_eq!((me["name"].as_str(), me["role"].as_str()), (Some("grace"), Some("admin")));
    stage.app.stop().await;
}

#[tokio::test]
async fn somebody_in_no_group_with_a_role_is_refused_and_loses_what_they_had() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["strangers"]).await;
    assert_eq!(stage.sign_in().await.unwrap_err(), "no-role");
    assert_eq!(stage.app.get("/api/v1/users").await["total"], 1, "no account was made");
    stage.provider.person("s-1", "mia", &["ops"]).await;
    let (cookie, _) = stage.sign_in().await.unwrap();
    assert_eq!(stage.me(&cookie).await["role"], "admin");
    stage.provider.person("s-1", "mia", &[]).await;
    assert_eq!(stage.sign_in().await.unwrap_err(), "no-role");
    assert_eq!(stage.me(&cookie).await["role"], "viewer", "the session of before may nothing any more");
    assert_eq!(stage.tenants(&cookie).await, Vec::<String>::new());
    let page = stage.app.anonymous(Method::GET, "/sign-in?refused=no-role").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("None of your groups has a role"), "the page says so in a sentence");
    assert!(page.contains("Sign in with the provider"));
    stage.app.stop().await;
}

#[tokio::test]
async fn nobody_takes_over_an_account_by_its_name() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-666", "Admin", &["ops"]).await;
    assert_eq!(stage.sign_in().await.unwrap_err(), "name-taken");
    stage.provider.person("s-1", "mia", &["ops"]).await;
    assert!(stage.sign_in().await.is_ok());
    stage.provider.person("s-2", "mia", &["ops"]).await;
    assert_eq!(stage.sign_in().await.unwrap_err(), "name-taken", "nor one of the provider's own");
    assert!(stage.app.sign_in_as("mia", "").await.is_err(), "and no password opens it");
    stage.app.stop().await;
}

#[tokio::test]
async fn a_disabled_account_stays_shut_whatever_the_provider_says() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["ops"]).await;
    let (cookie, _) = stage.sign_in().await.unwrap();
    let id = stage.me(&cookie).await["userId"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/users/{id}");
    let role = stage.app.ask(Method::PATCH, TOKEN, &path, Some(&json!({"role": "support"}))).await;
    assert_eq!(role.status, StatusCode::BAD_REQUEST, "the groups say what it may");
    let shut = stage.app.ask(Method::PATCH, TOKEN, &path, Some(&json!({"disabled": true}))).await;
    assert_eq!(shut.status, StatusCode::OK);
    assert_eq!(stage.me(&cookie).await["code"], "not_signed_in");
    assert_eq!(stage.sign_in().await.unwrap_err(), "disabled");
    stage.app.stop().await;
}

#[tokio::test]
async fn a_rotated_key_is_fetched_and_a_strangers_key_is_not_believed() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["ops"]).await;
    assert!(stage.sign_in().await.is_ok());
    stage.provider.control("rotate", json!({})).await;
    assert!(stage.sign_in().await.is_ok(), "signed with a key that was made after the last look");
    stage.provider.control("lies", json!({"claims": {}, "stranger": true})).await;
    assert_eq!(stage.sign_in().await.unwrap_err(), "unproven");
    stage.app.stop().await;
}

#[tokio::test]
async fn a_token_that_says_something_wrong_is_refused() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["ops"]).await;
    for claims in [
        json!({"exp": 1_000_000_000}),
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "another-client"}),
        json!({"aud": ["pilothouse", "another-client"]}),
        json!({"iss": "https://id.example"}),
    ] {
        stage.provider.control("lies", json!({"claims": claims})).await;
        let refused = stage.sign_in().await;
        assert!(matches!(refused.as_ref().map_err(String::as_str), Err("unproven" | "provider")), "{claims}: {refused:?}");
    }
    assert_eq!(stage.app.get("/api/v1/users").await["total"], 1, "no account was made");
    stage.provider.control("lies", json!({"claims": {}})).await;
    assert!(stage.sign_in().await.is_ok(), "signed again without a lie, it is believed");
    stage.app.stop().await;
}

#[tokio::test]
async fn a_nonce_that_was_changed_on_the_way_to_the_provider_is_refused() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["ops"]).await;
    let (mut address, cookie) = stage.begin("/").await;
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let changed = pairs.iter().map(|(name, value)| (name.as_str(), if name == "nonce" { "another" } else { value.as_str() }));
    let changed: Vec<(String, String)> = changed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    address.query_pairs_mut().clear().extend_pairs(changed);
    let back = stage.through(address).await;
    assert_eq!(outcome(&stage.back(&back, &cookie).await).unwrap_err(), "unproven");
    stage.app.stop().await;
}

#[tokio::test]
async fn a_sign_in_ends_only_in_the_browser_that_began_it_and_once() {
    let Some(stage) = Stage::set().await else { return };
    stage.provider.person("s-1", "mia", &["ops"]).await;
    let (address, cookie) = stage.begin("/").await;
    assert!(address.query().unwrap().contains("code_challenge_method=S256"));
    let back = stage.through(address).await;
    let (_, others) = stage.begin("/").await;
    let without_state = Url::parse(&format!("{PUBLIC}/sign-in/oidc/callback?code=x")).unwrap();
    for (address, cookie) in [(&back, ""), (&back, others.as_str()), (&back, "pilothouse-oidc=nonsense"), (&without_state, cookie.as_str())]
    {
        assert_eq!(outcome(&stage.back(address, cookie).await).unwrap_err(), "stale", "{cookie}");
    }
    let elsewhere = Url::parse(&back.as_str().replace(&urlencoded(&stage.provider.url), "https%3A%2F%2Fid.example")).unwrap();
    assert_eq!(outcome(&stage.back(&elsewhere, &cookie).await).unwrap_err(), "unproven", "another provider sent this");
    assert!(outcome(&stage.back(&back, &cookie).await).is_ok());
    assert_eq!(outcome(&stage.back(&back, &cookie).await).unwrap_err(), "declined", "the provider takes a code once");
    let declined = Url::parse(&without_state.as_str().replace("code=x", "error=access_denied")).unwrap();
    assert!(outcome(&stage.back(&declined, &cookie).await).is_err());
    stage.app.stop().await;
}

#[tokio::test]
async fn a_server_whose_provider_is_down_starts_and_takes_passwords_and_finds_it_later() {
    // Nobody listens there yet.
    let port = crate::support::ports::free();
    let arguments = [format!("--public-url={PUBLIC}"), format!("--oidc-issuer=http://127.0.0.1:{port}"), "--oidc-roles=ops=admin".into()];
    let app = App::without_cluster_but(&arguments).await;
    let refused = app.anonymous(Method::GET, "/sign-in/oidc?next=/").send().await.unwrap();
    assert!(refused.headers()["location"].to_str().unwrap().starts_with("/sign-in?refused=provider"));
    assert!(!app.sign_in().await.is_empty());
    let Some(provider) = Provider::start_at(port).await else { return drop(app.stop().await) };
    provider.control("begin", json!({"redirect": format!("{PUBLIC}/sign-in/oidc/callback"), "terse": false})).await;
    crate::support::until("the provider is found", || async {
        let answer = app.anonymous(Method::GET, "/sign-in/oidc?next=/").send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().starts_with("http://127.0.0.1").then_some(())
    })
    .await;
    app.stop().await;
}

fn urlencoded(text: &str) -> String {
    text.replace(':', "%3A").replace('/', "%2F")
}
