//! Registries: whom a login is shown to, and how much of an answer is taken.

use reqwest::header::HeaderMap;

use super::{
    registry::{PAGES, VERSIONS},
    web::{Web, WebError},
    *,
};

const TAGS: &str = "/v2/charts/web/tags/list?n=1000";
const MANIFEST: &str = "/v2/charts/web/manifests/1.0.0";
/// Where whoever gives out tokens is asked for one.
const TOKEN: &str = "/token?service=reg&scope=repository%3Acharts%2Fweb%3Apull";

/// Has a server be a registry with a chart `web`, which wants that of whoever asks. Answers where the archive is, and the archive.
fn offer(server: &Server, wants: Option<(&'static str, String)>) -> (String, Vec<u8>) {
    let archive = Packer::chart("web", "1.0.0").file("web/values.yaml", b"replicas: 1\n").pack();
    let about = br#"{"name":"web","version":"1.0.0","appVersion":"7"}"#.to_vec();
    let manifest = format!(
        r#"{{"config":{{"mediaType":"x","digest":"sha256:{}"}},"layers":[{{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:{}"}}]}}"#,
        digest(&about),
        digest(&archive)
    );
    let guarded = |path: &str, body: Vec<u8>| server.script(path, Answer { body, wants: wants.clone(), ..Answer::default() });
    let place = format!("/v2/charts/web/blobs/sha256:{}", digest(&archive));
    guarded(TAGS, br#"{"tags":["1.0.0","latest"]}"#.to_vec());
    guarded(MANIFEST, manifest.into_bytes());
    guarded(&format!("/v2/charts/web/blobs/sha256:{}", digest(&about)), about);
    guarded(&place, archive.clone());
    (place, archive)
}

/// What a registry wants that has tokens given out by that server.
fn token_of(server: &Server) -> Option<(&'static str, String)> {
    Some(("Bearer t0ken", format!("Bearer realm=\"http://127.0.0.1:{}/token\",service=\"reg\"", server.port)))
}

/// The registry as a source `reg`.
fn registry(server: &Server, login: Login, dir: &tempfile::TempDir, limits: Limits) -> ChartSources {
    rustls::crypto::ring::default_provider().install_default().ok();
    let url = format!("oci+http://127.0.0.1:{}/charts", server.port).parse().unwrap();
    let source = SourceConfig {
        charts: vec!["web".parse().unwrap()],
        access: Access { login, ca: None },
        ..SourceConfig::open("reg".parse().unwrap(), url)
    };
    ChartSources::limited(vec![source], dir.path().to_owned(), true, limits).unwrap()
}

fn mia() -> Login {
    Login::Basic { user: "mia".into(), password: "geheim".into() }
}

/// What is wrong with the source, once it has been asked.
async fn wrong(charts: &ChartSources) -> String {
    charts.refresh(&"reg".parse().unwrap()).await.unwrap().problem.expect("it was accepted").detail
}

/// The requests that a server got, in small letters.
fn requests(server: &Server) -> Vec<String> {
    server.script.lock().unwrap().asked.iter().map(|request| request.to_lowercase()).collect()
}

#[tokio::test]
async fn a_registry_that_gives_out_tokens_is_asked_with_one_and_its_storage_sees_none() {
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    let (place, archive) = offer(&server, token_of(&server));
    // As registries do: the archive is in some storage, under another name.
    let storage = format!("Location: http://localhost:{}/storage\n", server.port);
    server.script(&place, Answer { status: "307 Temporary Redirect", headers: storage, wants: token_of(&server), ..Answer::default() });
    server.put("/storage", archive);
    let basic = Some(("Basic bWlhOmdlaGVpbQ==", "Basic realm=x".to_owned()));
    server.script(TOKEN, Answer { body: br#"{"access_token":"t0ken"}"#.to_vec(), wants: basic, ..Answer::default() });

    let charts = registry(&server, mia(), &dir, Limits::default());
    let found = charts.find(&named("reg/web")).await.unwrap();
    assert_eq!((found.total, found.versions[0].version.as_str(), found.versions[0].app_version.as_str()), (1, "1.0.0", "7"));
    assert_eq!(charts.details(&named("web"), "1.0.0").await.unwrap().values, "replicas: 1\n");
    let stored: Vec<_> = requests(&server).into_iter().filter(|request| request.starts_with("get /storage ")).collect();
    assert!(stored.len() == 1 && !stored[0].contains("authorization"), "{stored:?}");
    assert_eq!(server.asked(TOKEN), 1, "one token is used again");
}

#[tokio::test]
async fn a_password_is_not_shown_to_another_server_that_a_registry_names() {
    let (server, other, dir) = (Server::start().await, Server::start().await, tempfile::tempdir().unwrap());
    offer(&server, token_of(&other));
    other.put(TOKEN, r#"{"token":"t0ken"}"#);
    let charts = registry(&server, mia(), &dir, Limits::default());
    let why = wrong(&charts).await;
    assert!(why.contains("without TLS") && why.contains("sign in with a bearer token"), "{why}");
    assert!(requests(&other).is_empty(), "{:?}", requests(&other));
    assert!(requests(&server).iter().all(|request| !request.contains("authorization")), "it has not asked for a password itself");
}

#[tokio::test]
async fn another_server_that_a_registry_names_is_asked_as_anybody() {
    for login in [Login::None, Login::Bearer { token: "own".into() }] {
        let (server, other, dir) = (Server::start().await, Server::start().await, tempfile::tempdir().unwrap());
        offer(&server, token_of(&other));
        other.put(TOKEN, r#"{"token":"t0ken"}"#);
        let charts = registry(&server, login, &dir, Limits::default());
        assert_eq!(charts.details(&named("web"), "1.0.0").await.unwrap().values, "replicas: 1\n");
        let asked = requests(&other);
        assert!(asked.len() == 1 && !asked[0].contains("authorization"), "{asked:?}");
    }
}

#[tokio::test]
async fn a_password_does_not_follow_a_redirect_to_another_server() {
    let (server, other, dir) = (Server::start().await, Server::start().await, tempfile::tempdir().unwrap());
    offer(&server, token_of(&server));
    let elsewhere = format!("Location: http://127.0.0.1:{}/token\n", other.port);
    server.script(TOKEN, Answer { status: "302 Found", headers: elsewhere, ..Answer::default() });
    other.put("/token", r#"{"token":"t0ken"}"#);
    let charts = registry(&server, mia(), &dir, Limits::default());
    assert!(charts.find(&named("reg/web")).await.is_ok());
    let signed = |request: &String| request.starts_with("get /token?") && request.contains("authorization: basic ");
    assert!(requests(&server).iter().any(signed), "the registry itself was shown it");
    let asked = requests(&other);
    assert!(!asked.is_empty() && asked.iter().all(|request| !request.contains("authorization")), "{asked:?}");
}

#[tokio::test]
async fn a_registry_of_the_open_internet_leads_to_no_private_address() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let server = Server::start().await;
    let web = Web::new(true, None, &Limits::default()).unwrap().open_internet();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let realm = format!("http://{host}:{}/token", server.port).parse().unwrap();
        assert_eq!(web.ask(&realm, HeaderMap::new(), false).await.err(), Some(WebError::Private), "{host}");
    }
    assert!(requests(&server).is_empty());
}

#[tokio::test]
async fn a_version_that_a_registry_tells_of_in_drops_is_given_up() {
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    offer(&server, None);
    let limits = Limits { index_time: Duration::from_secs(2), ..Limits::default() };
    let charts = registry(&server, Login::None, &dir, limits);
    assert!(charts.find(&named("reg/web")).await.is_ok());
    server.script(MANIFEST, Answer { drips: true, ..Answer::default() });
    let chart = named("reg/web");
    let given_up = tokio::time::timeout(Duration::from_secs(20), charts.details(&chart, "1.0.0")).await;
    let problem = given_up.expect("it is waited for still").unwrap_err();
    assert_eq!(problem.code, Code::ChartSourceUnreachable);
    assert!(problem.detail.contains("did not answer in time"), "{}", problem.detail);
}

#[tokio::test]
async fn a_registry_that_lists_too_much_is_told_of_plainly() {
    let many: Vec<String> = (0..=VERSIONS).map(|n| format!("\"1.0.{n}\"")).collect();
    let many = format!("{{\"tags\":[{}]}}", many.join(",")).into_bytes();
    let again = format!("Link: <{TAGS}>; rel=\"next\"\n");
    for (answer, why, asked) in [
        (Answer { body: many, ..Answer::default() }, "more than 100000 versions", 1),
        (Answer { body: br#"{"tags":["1.0.0"]}"#.to_vec(), headers: again, ..Answer::default() }, "more than 100 pages", PAGES),
        (Answer { endless: true, ..Answer::default() }, "larger than 4 MiB", 1),
    ] {
        let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
        server.script(TAGS, answer);
        let charts = registry(&server, Login::None, &dir, Limits::default());
        let said = wrong(&charts).await;
        assert!(said.contains(why), "{said}");
        assert_eq!(server.asked(TAGS), asked);
    }
}
