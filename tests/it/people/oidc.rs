//! Signing in through a real identity provider on loopback, with a plain client for a browser. The provider is honest
//! but where a test has its tokens say something else; those are signed with the provider's own key all the same.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use reqwest::{Method, Response, StatusCode, Url, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::{App, app::TOKEN};

/// The provider, in a process of its own.
struct Provider {
    url: String,
    client: reqwest::Client,
    _child: Child,
}

impl Provider {
    /// Starts it, or says that there is none.
    async fn start() -> Option<Self> {
        let Some(dir) = std::env::var_os("PILOTHOUSE_TEST_OIDC").filter(|dir| !dir.is_empty()) else {
            eprintln!("skipped: no identity provider (run cargo xtask test)");
            return None;
        };
        let script = PathBuf::from(dir).join("provider.mjs");
        let mut child = Command::new("node").arg(script).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next_line().await.unwrap().expect("the provider tells its address");
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Some(Self { url, client, _child: child })
    }

    async fn control(&self, what: &str, body: Value) {
        let asked = self.client.post(format!("{}/control/{what}", self.url)).body(body.to_string());
        assert_eq!(asked.send().await.unwrap().status(), StatusCode::NO_CONTENT, "{what}");
    }

    async fn person(&self, sub: &str, name: &str, groups: &[&str]) {
        self.control("person", json!({"sub": sub, "claims": {"preferred_username": name, "groups": groups}})).await;
    }
}

/// A server with the provider, and a browser.
struct Stage {
    app: App,
    provider: Provider,
}

/// Where browsers are sent back to. The server listens on a port that is not known beforehand, so that this name stands
/// for it.
const PUBLIC: &str = "http://localhost:1";

impl Stage {
    async fn set() -> Option<Self> {
        Self::set_with(json!({}), &[]).await
    }

    async fn set_with(setup: Value, more: &[&str]) -> Option<Self> {
        let provider = Provider::start().await?;
        let mut begin = json!({"redirect": format!("{PUBLIC}/sign-in/oidc/callback"), "terse": false});
        begin.as_object_mut().unwrap().extend(setup.as_object().unwrap().clone());
        provider.control("begin", begin).await;
        let mut arguments = vec![
            format!("--public-url={PUBLIC}"),
            format!("--oidc-issuer={}", provider.url),
            "--oidc-client-secret=a-client-secret-for-the-tests-alone".into(),
            "--oidc-roles=ops=admin,help=support,acme-team=viewer:acme,globex-team=viewer:globex".into(),
            "--oidc-name=the provider".into(),
        ];
        arguments.extend(more.iter().map(|more| (*more).to_owned()));
        let app = App::without_cluster_but(&arguments).await;
        app.tenants(["acme", "globex"]).await;
        Some(Self { app, provider })
    }

    /// Begins a sign-in; answers the provider's address and the cookie that goes with it.
    async fn begin(&self, next: &str) -> (Url, String) {
        let answer = self.app.anonymous(Method::GET, &format!("/sign-in/oidc?next={next}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=600"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (answer.headers()["location"].to_str().unwrap().parse().unwrap(), cookie)
    }

    /// Goes through the provider's pages as a browser does, to the address that it sends back to.
    async fn through(&self, address: Url) -> Url {
        let mut cookies: BTreeMap<String, String> = BTreeMap::new();
        let mut here = address;
        for _ in 0..8 {
            let all = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
            let answer = self.provider.client.get(here.clone()).header("cookie", all).send().await.unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            let Some(to) = to else { panic!("{here}: {} {}", answer.status(), answer.text().await.unwrap()) };
            here = here.join(&to).unwrap();
            if here.as_str().starts_with(PUBLIC) {
                return here;
            }
        }
        panic!("too many redirects")
    }

    /// Comes back to the server with that address and that cookie.
    async fn back(&self, address: &Url, cookie: &str) -> Response {
        let path = &address.as_str()[PUBLIC.len()..];
        self.app.anonymous(Method::GET, path).header("cookie", cookie).send().await.unwrap()
    }

    /// The whole way; answers the session's cookie and where it leads, or why it was refused.
    async fn sign_in(&self) -> Result<(String, String), String> {
        let (address, cookie) = self.begin("/tenants").await;
        let back = self.through(address).await;
        outcome(&self.back(&back, &cookie).await)
    }

    async fn me(&self, cookie: &str) -> Value {
        let answer = self.app.anonymous(Method::GET, "/api/v1/me").header("cookie", cookie).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The slugs that a session sees.
    async fn tenants(&self, cookie: &str) -> Vec<String> {
        let answer = self.app.anonymous(Method::GET, "/api/v1/tenants").header("cookie", cookie).send().await.unwrap();
        let rows: Value = answer.json().await.unwrap();
        rows.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
    }
}

fn outcome(answer: &Response) -> Result<(String, String), String> {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    let cookies: Vec<&str> = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("pilothouse-oidc=;")), "a sign-in can be ended once: {cookies:?}");
    match to.strip_prefix("/sign-in?refused=") {
        Some(why) => {
            assert_eq!(cookies.len(), 1, "no session: {cookies:?}");
            Err(why.split('&').next().unwrap().to_owned())
        }
        None => {
            let session = cookies.iter().find(|cookie| cookie.starts_with("pilothouse=")).unwrap();
            Ok((session.split(';').next().unwrap().to_owned(), to))
        }
    }
}

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
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = [format!("--public-url={PUBLIC}"), format!("--oidc-issuer=http://127.0.0.1:{port}"), "--oidc-roles=ops=admin".into()];
    let app = App::without_cluster_but(&arguments).await;
    let refused = app.anonymous(Method::GET, "/sign-in/oidc?next=/").send().await.unwrap();
    assert!(refused.headers()["location"].to_str().unwrap().starts_with("/sign-in?refused=provider"));
    assert!(!app.sign_in().await.is_empty());
    let Some(dir) = std::env::var_os("PILOTHOUSE_TEST_OIDC").filter(|dir| !dir.is_empty()) else {
        eprintln!("skipped in part: no identity provider (run cargo xtask test)");
        app.stop().await;
        return;
    };
    let script = PathBuf::from(dir).join("provider.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .arg(port.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    let begin = json!({"redirect": format!("{PUBLIC}/sign-in/oidc/callback"), "terse": false});
    app.client.post(format!("http://127.0.0.1:{port}/control/begin")).body(begin.to_string()).send().await.unwrap();
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
