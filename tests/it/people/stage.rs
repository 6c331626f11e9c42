//! A real identity provider in a process of its own, a server that signs people in through it, and a plain client for a
//! browser. Asserts nothing but that its own steps work.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use reqwest::{Method, Response, StatusCode, Url, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::support::App;

/// The provider, in a process of its own.
pub struct Provider {
    pub url: String,
    client: reqwest::Client,
    _child: Child,
}

impl Provider {
    /// Starts it, or says that there is none.
    pub async fn start() -> Option<Self> {
        Self::start_at(0).await
    }

    /// The same at that port; 0 is any.
    pub async fn start_at(port: u16) -> Option<Self> {
        let Some(dir) = std::env::var_os("PILOTHOUSE_TEST_OIDC").filter(|dir| !dir.is_empty()) else {
            eprintln!("skipped: no identity provider (run cargo xtask test)");
            return None;
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
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.next_line().await.unwrap().expect("the provider tells its address");
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Some(Self { url, client, _child: child })
    }

    pub async fn control(&self, what: &str, body: Value) {
        let asked = self.client.post(format!("{}/control/{what}", self.url)).body(body.to_string());
        assert_eq!(asked.send().await.unwrap().status(), StatusCode::NO_CONTENT, "{what}");
    }

    pub async fn person(&self, sub: &str, name: &str, groups: &[&str]) {
        self.control("person", json!({"sub": sub, "claims": {"preferred_username": name, "groups": groups}})).await;
    }
}

/// A server with the provider, and a browser.
pub struct Stage {
    pub app: App,
    pub provider: Provider,
}

/// Where browsers are sent back to. The server listens on a port that is not known beforehand, so that this name stands
/// for it.
pub const PUBLIC: &str = "http://localhost:1";

impl Stage {
    pub async fn set() -> Option<Self> {
        Self::set_with(json!({}), &[]).await
    }

    pub async fn set_with(setup: Value, more: &[&str]) -> Option<Self> {
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
    pub async fn begin(&self, next: &str) -> (Url, String) {
        let answer = self.app.anonymous(Method::GET, &format!("/sign-in/oidc?next={next}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=600"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (answer.headers()["location"].to_str().unwrap().parse().unwrap(), cookie)
    }

    /// Goes through the provider's pages as a browser does, to the address that it sends back to.
    pub async fn through(&self, address: Url) -> Url {
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
    pub async fn back(&self, address: &Url, cookie: &str) -> Response {
        let path = &address.as_str()[PUBLIC.len()..];
        self.app.anonymous(Method::GET, path).header("cookie", cookie).send().await.unwrap()
    }

    /// The whole way; answers the session's cookie and where it leads, or why it was refused.
    pub async fn sign_in(&self) -> Result<(String, String), String> {
        let (address, cookie) = self.begin("/tenants").await;
        let back = self.through(address).await;
        outcome(&self.back(&back, &cookie).await)
    }

    pub async fn me(&self, cookie: &str) -> Value {
        let answer = self.app.anonymous(Method::GET, "/api/v1/me").header("cookie", cookie).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The slugs that a session sees.
    pub async fn tenants(&self, cookie: &str) -> Vec<String> {
        let answer = self.app.anonymous(Method::GET, "/api/v1/tenants").header("cookie", cookie).send().await.unwrap();
        let rows: Value = answer.json().await.unwrap();
        rows.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
    }
}

/// What coming back led to: the session's cookie and where it leads, or why it was refused.
pub fn outcome(answer: &Response) -> Result<(String, String), String> {
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
