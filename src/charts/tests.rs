//! Chart sources against a small server of our own, which does what it is told, good or bad.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{archive::tests::Packer, *};
use crate::domain::source::{Access, Login};

/// What to answer to a path, and what was asked.
#[derive(Default)]
struct Script {
    answers: HashMap<String, Answer>,
    asked: Vec<String>,
}

#[derive(Clone, Default)]
struct Answer {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
    /// Sent instead of the body, for ever.
    endless: bool,
    /// Sends its headers and then nothing.
    silent: bool,
    /// What has to be in the request's authorization, and what whoever lacks it is told.
    wants: Option<(&'static str, String)>,
}

/// A server that does as its script says.
#[derive(Clone)]
struct Server {
    script: Arc<Mutex<Script>>,
    port: u16,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = Self { script: Arc::default(), port: listener.local_addr().unwrap().port() };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = answering.clone();
                tokio::spawn(async move { server.answer(stream).await });
            }
        });
        server
    }

    async fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.ok()?);
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1)?.to_owned();
        let answer = {
            let mut script = self.script.lock().unwrap();
            script.asked.push(request.clone());
            script.answers.get(&path).cloned().unwrap_or(Answer { status: "404 Not Found", ..Answer::default() })
        };
        if let Some((wanted, challenge)) = &answer.wants
            && !request.to_lowercase().contains(&format!("authorization: {}\r\n", wanted.to_lowercase()))
        {
            let head =
                format!("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\nWWW-Authenticate: {challenge}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            return Some(());
        }
        let etag = answer.headers.lines().find_map(|line| line.strip_prefix("ETag: "));
        if etag.is_some_and(|etag| request.to_lowercase().contains(&format!("if-none-match: {etag}"))) {
            stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n").await.ok()?;
            return Some(());
        }
        let status = if answer.status.is_empty() { "200 OK" } else { answer.status };
        let length = if answer.endless || answer.silent { String::new() } else { format!("Content-Length: {}\r\n", answer.body.len()) };
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{length}{}\r\n", answer.headers.replace('\n', "\r\n"));
        stream.write_all(head.as_bytes()).await.ok()?;
        if answer.silent {
            // Until the client gives up.
            stream.read_u8().await.ok()?;
        }
        if answer.endless {
            loop {
                stream.write_all(&[b' '; 1 << 16]).await.ok()?;
            }
        }
        stream.write_all(&answer.body).await.ok()
    }

    fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.script(path, Answer { body: body.into(), ..Answer::default() });
    }

    fn script(&self, path: &str, answer: Answer) {
        self.script.lock().unwrap().answers.insert(path.into(), answer);
    }

    fn asked(&self, path: &str) -> usize {
        self.script.lock().unwrap().asked.iter().filter(|request| request.starts_with(&format!("GET {path} "))).count()
    }

    fn config(&self, name: &str) -> SourceConfig {
        SourceConfig::open(name.parse().unwrap(), format!("http://127.0.0.1:{}/{name}", self.port).parse().unwrap())
    }

    /// A chart `web` of these versions in a source.
    fn charts(&self, source: &str, versions: &[&str]) {
        let mut index = String::from("apiVersion: v1\nentries:\n  web:\n");
        for version in versions {
            let archive = Packer::chart("web", version).file("web/values.yaml", b"replicas: 1\n").pack();
            index += &format!("  - {{name: web, version: {version}, urls: [web-{version}.tgz], digest: {}}}\n", digest(&archive));
            self.put(&format!("/{source}/web-{version}.tgz"), archive);
        }
        self.put(&format!("/{source}/index.yaml"), index);
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Fixture {
    server: Server,
    charts: ChartSources,
    dir: tempfile::TempDir,
}

async fn fixture(sources: &[&str], limits: Limits) -> Fixture {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    let configs = sources.iter().map(|name| server.config(name)).collect();
    let charts = ChartSources::limited(configs, dir.path().to_owned(), true, limits).unwrap();
    Fixture { server, charts, dir }
}

fn strict() -> Limits {
    Limits {
        index_bytes: 100_000,
        index_time: Duration::from_millis(500),
        archive_bytes: 100_000,
        archive_time: Duration::from_millis(500),
        ..Limits::default()
    }
}

fn named(text: &str) -> ChartRef {
    text.parse().unwrap()
}

fn code<T>(outcome: Result<T, Problem>) -> Code {
    outcome.err().expect("it succeeded").code
}

#[tokio::test]
async fn charts_are_listed_found_and_their_versions_chosen() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0", "1.1.0"]);
    let list = f.charts.list().await;
    assert_eq!(list.iter().map(|chart| chart.name.as_str()).collect::<Vec<_>>(), ["web"]);
    assert_eq!(*f.charts.find(&named("demo/web")).await.unwrap(), list[0]);
    let (chart, version) = f.charts.version(&named("web"), "1.0.0").await.unwrap();
    assert_eq!((chart.to_string().as_str(), version.version.as_str()), ("demo/web", "1.0.0"));
    assert_eq!(code(f.charts.find(&named("nope")).await), Code::ChartNotFound);
    assert_eq!(code(f.charts.find(&named("elsewhere/web")).await), Code::ChartNotFound);
    let problem = f.charts.version(&named("web"), "9.9.9").await.unwrap_err();
    assert_eq!(problem.code, Code::ChartVersionNotFound);
    assert!(problem.detail.contains("Its newest is 1.1.0"), "{}", problem.detail);
}

#[tokio::test]
async fn a_chart_of_two_sources_has_to_be_named_in_full() {
    let f = fixture(&["demo", "other"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    f.server.charts("other", &["2.0.0"]);
    let problem = f.charts.find(&named("web")).await.unwrap_err();
    assert_eq!(problem.code, Code::ChartAmbiguous);
    assert!(problem.detail.contains("demo/web or other/web"), "{}", problem.detail);
    assert_eq!(f.charts.find(&named("other/web")).await.unwrap().versions[0].version, "2.0.0");
}

#[tokio::test]
async fn an_unchanged_index_is_not_sent_again() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    let body = f.server.script.lock().unwrap().answers["/demo/index.yaml"].body.clone();
    f.server.script("/demo/index.yaml", Answer { headers: "ETag: \"one\"\n".into(), body, ..Answer::default() });
    f.charts.refresh(&"demo".parse().unwrap()).await.unwrap();
    f.charts.refresh(&"demo".parse().unwrap()).await.unwrap();
    assert_eq!(f.server.asked("/demo/index.yaml"), 2);
    assert_eq!(f.charts.list().await.len(), 1);
    assert_eq!(f.charts.sources()[0].problem, None);
    assert_eq!(f.server.asked("/demo/index.yaml"), 2, "it is fresh");
}

#[tokio::test]
async fn a_version_published_meanwhile_is_found() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    f.charts.list().await;
    f.server.charts("demo", &["1.0.0", "1.1.0"]);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3)).await;
    tokio::time::resume();
    assert!(f.charts.version(&named("web"), "1.1.0").await.is_ok());
}

#[tokio::test]
async fn a_source_that_does_not_answer_leaves_the_others_working() {
    let f = fixture(&["demo", "broken"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    assert_eq!(f.charts.list().await.len(), 1);
    assert!(f.charts.fetch(&named("web"), "1.0.0").await.is_ok());
    assert_eq!(code(f.charts.find(&named("broken/web")).await), Code::ChartSourceUnreachable);
    let problem = f.charts.find(&named("unknown")).await.unwrap_err();
    assert_eq!(problem.code, Code::ChartSourceUnreachable, "it may be in the one that does not answer");
    assert!(problem.detail.contains("broken") && problem.detail.contains("404"), "{}", problem.detail);
}

#[tokio::test]
async fn a_source_that_fails_later_keeps_what_is_known() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    f.charts.list().await;
    f.server.script("/demo/index.yaml", Answer { status: "500 Oops", ..Answer::default() });
    f.charts.refresh(&"demo".parse().unwrap()).await.unwrap();
    assert_eq!(f.charts.list().await.len(), 1);
    let state = f.charts.sources().remove(0);
    assert_eq!((state.charts, state.problem.map(|problem| problem.code)), (1, Some(Code::ChartSourceUnreachable)));
}

#[tokio::test]
async fn indexes_that_are_endless_silent_or_garbage_are_given_up() {
    for (answer, why) in [
        (Answer { endless: true, ..Answer::default() }, "larger than"),
        (Answer { silent: true, ..Answer::default() }, "did not answer in time"),
        (Answer { body: b"<html>".to_vec(), ..Answer::default() }, "not a chart index"),
        (Answer { status: "302 Found", headers: "Location: index.yaml\n".into(), ..Answer::default() }, "redirects too often"),
        (Answer { status: "302 Found", headers: "Location: file:///etc/passwd\n".into(), ..Answer::default() }, "neither http nor https"),
    ] {
        let f = fixture(&["demo"], strict()).await;
        f.server.script("/demo/index.yaml", answer);
        f.charts.refresh(&"demo".parse().unwrap()).await.unwrap();
        let problem = f.charts.sources().remove(0).problem.expect("it was accepted");
        assert!(problem.detail.contains(why), "{}", problem.detail);
    }
}

#[tokio::test]
async fn an_archive_with_a_known_digest_is_downloaded_once() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    let path = f.charts.fetch(&named("web"), "1.0.0").await.unwrap();
    assert!(path.starts_with(f.dir.path()) && path.exists());
    f.server.script.lock().unwrap().answers.clear();
    assert_eq!(f.charts.fetch(&named("web"), "1.0.0").await.unwrap(), path);
    assert_eq!(f.charts.details(&named("web"), "1.0.0").await.unwrap().values, "replicas: 1\n");
    assert_eq!((f.server.asked("/demo/web-1.0.0.tgz"), f.server.asked("/demo/index.yaml")), (1, 1));
}

#[tokio::test]
async fn an_archive_that_was_damaged_on_disk_is_downloaded_again() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    let path = f.charts.fetch(&named("web"), "1.0.0").await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(f.charts.fetch(&named("web"), "1.0.0").await.unwrap(), path);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

#[tokio::test]
async fn bad_archives_are_rejected_and_leave_nothing_behind() {
    let evil = Packer::chart("web", "1.0.0").file("web/values.schema.json", br#"{"$ref":"http://10.0.0.1/"}"#).pack();
    let other = Packer::chart("web", "2.0.0").pack();
    for (answer, expected) in [
        (Answer { body: other, ..Answer::default() }, Code::ChartRejected),
        (Answer { body: evil, ..Answer::default() }, Code::ChartRejected),
        (Answer { body: b"garbage".to_vec(), ..Answer::default() }, Code::ChartRejected),
        (Answer { endless: true, ..Answer::default() }, Code::ChartRejected),
        (Answer { silent: true, ..Answer::default() }, Code::ChartSourceUnreachable),
        (Answer { status: "404 Not Found", ..Answer::default() }, Code::ChartSourceUnreachable),
    ] {
        let f = fixture(&["demo"], strict()).await;
        f.server.put("/demo/index.yaml", "entries:\n  web:\n  - {version: 1.0.0, urls: [a.tgz]}\n");
        f.server.script("/demo/a.tgz", answer);
        assert_eq!(code(f.charts.fetch(&named("web"), "1.0.0").await), expected);
        assert_eq!(std::fs::read_dir(f.dir.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn an_archive_that_is_not_what_the_index_promises_is_rejected() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    f.server.put("/demo/web-1.0.0.tgz", Packer::chart("web", "1.0.0").file("web/evil", b"x").pack());
    let problem = f.charts.fetch(&named("web"), "1.0.0").await.unwrap_err();
    assert_eq!(problem.code, Code::ChartRejected);
    assert!(problem.detail.contains("digest"), "{}", problem.detail);
}

#[tokio::test]
async fn an_archive_that_the_server_calls_gzip_encoded_keeps_its_digest() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0"]);
    let body = f.server.script.lock().unwrap().answers["/demo/web-1.0.0.tgz"].body.clone();
    f.server.script("/demo/web-1.0.0.tgz", Answer { headers: "Content-Encoding: gzip\n".into(), body, ..Answer::default() });
    assert!(f.charts.fetch(&named("web"), "1.0.0").await.is_ok());
}

#[tokio::test]
async fn private_addresses_are_refused_by_figure_and_by_name() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    server.charts("demo", &["1.0.0"]);
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let url = format!("http://{host}:{}/demo", server.port).parse().unwrap();
        let source = SourceConfig::open("demo".parse().unwrap(), url);
        let charts = ChartSources::new(vec![source], dir.path().to_owned(), false).unwrap();
        let problem = charts.find(&named("web")).await.unwrap_err();
        assert_eq!(problem.code, Code::ChartSourceUnreachable);
        assert!(problem.detail.contains("private"), "{host}: {}", problem.detail);
    }
    assert!(server.script.lock().unwrap().asked.is_empty());
}

#[tokio::test]
async fn a_password_in_a_source_s_address_is_not_shown() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let dir = tempfile::tempdir().unwrap();
    let source = SourceConfig::open("demo".parse().unwrap(), "https://user:geheim@charts.example.com/x".parse().unwrap());
    let charts = ChartSources::new(vec![source], dir.path().to_owned(), false).unwrap();
    assert_eq!(charts.sources()[0].config.url.shown(), "https://charts.example.com/x");
}

#[tokio::test]
async fn a_large_index_is_read_beside_everything_else() {
    let f = fixture(&["demo"], Limits::default()).await;
    f.server.put("/demo/index.yaml", hostile::many(100, 250, false));
    // One thread does everything here: if the index were read on it, nothing else would come to its turn.
    let (charts, mut turns) = (f.charts.clone(), 0);
    let mut read = tokio::spawn(async move { charts.refresh(&"demo".parse().unwrap()).await.unwrap() });
    let state = loop {
        tokio::select! {
            biased;
            state = &mut read => break state.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(5)) => turns += 1,
        }
    };
    assert_eq!((state.charts, state.versions, state.problem), (100, 25_000, None));
    assert!(turns > 10, "only {turns} turns");
}

#[tokio::test]
async fn a_registry_that_gives_out_tokens_is_asked_with_one_and_its_storage_sees_none() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    let here = format!("http://127.0.0.1:{}", server.port);
    let wants = Some(("Bearer t0ken", format!("Bearer realm=\"{here}/token\",service=\"reg\"")));
    let archive = Packer::chart("web", "1.0.0").file("web/values.yaml", b"replicas: 1\n").pack();
    let about = br#"{"name":"web","version":"1.0.0","appVersion":"7"}"#.to_vec();
    let manifest = format!(
        r#"{{"config":{{"mediaType":"x","digest":"sha256:{}"}},"layers":[{{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:{}"}}]}}"#,
        digest(&about),
        digest(&archive)
    );
    let guarded = |path: &str, body: Vec<u8>| server.script(path, Answer { body, wants: wants.clone(), ..Answer::default() });
    guarded("/v2/charts/web/tags/list?n=1000", br#"{"tags":["1.0.0","latest"]}"#.to_vec());
    guarded("/v2/charts/web/manifests/1.0.0", manifest.into_bytes());
    guarded(&format!("/v2/charts/web/blobs/sha256:{}", digest(&about)), about);
    // As registries do: the archive is in some storage, under another name.
    let storage = format!("Location: http://localhost:{}/storage\n", server.port);
    let moved = Answer { status: "307 Temporary Redirect", headers: storage, wants: wants.clone(), ..Answer::default() };
    server.script(&format!("/v2/charts/web/blobs/sha256:{}", digest(&archive)), moved);
    server.put("/storage", archive);
    let basic = Some(("Basic bWlhOmdlaGVpbQ==", "Basic realm=x".to_owned()));
    let token = Answer { body: br#"{"access_token":"t0ken"}"#.to_vec(), wants: basic, ..Answer::default() };
    server.script("/token?service=reg&scope=repository%3Acharts%2Fweb%3Apull", token);

    let url = format!("oci+http://127.0.0.1:{}/charts", server.port).parse().unwrap();
    let login = Login::Basic { user: "mia".into(), password: "geheim".into() };
    let source = SourceConfig {
        charts: vec!["web".parse().unwrap()],
        access: Access { login, ca: None },
        ..SourceConfig::open("reg".parse().unwrap(), url)
    };
    let charts = ChartSources::new(vec![source], dir.path().to_owned(), true).unwrap();
    let found = charts.find(&named("reg/web")).await.unwrap();
    assert_eq!((found.total, found.versions[0].version.as_str(), found.versions[0].app_version.as_str()), (1, "1.0.0", "7"));
    assert_eq!(charts.details(&named("web"), "1.0.0").await.unwrap().values, "replicas: 1\n");
    let asked = server.script.lock().unwrap().asked.clone();
    let stored: Vec<_> = asked.iter().filter(|request| request.starts_with("GET /storage ")).collect();
    assert!(stored.len() == 1 && !stored[0].to_lowercase().contains("authorization"), "{stored:?}");
    assert_eq!(server.asked("/token?service=reg&scope=repository%3Acharts%2Fweb%3Apull"), 1, "one token is used again");
}

#[tokio::test]
async fn a_login_is_shown_to_its_source_alone() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (server, dir) = (Server::start().await, tempfile::tempdir().unwrap());
    let archive = Packer::chart("web", "1.0.0").pack();
    server.put("/elsewhere.tgz", archive);
    let index = format!("entries:\n  web:\n  - {{version: 1.0.0, urls: ['http://localhost:{}/elsewhere.tgz']}}\n", server.port);
    server
        .script("/demo/index.yaml", Answer { body: index.into_bytes(), wants: Some(("Bearer t0ken", String::new())), ..Answer::default() });
    let access = Access { login: Login::Bearer { token: "t0ken".into() }, ca: None };
    let charts = ChartSources::new(vec![SourceConfig { access, ..server.config("demo") }], dir.path().to_owned(), true).unwrap();
    assert!(charts.fetch(&named("web"), "1.0.0").await.is_ok());
    let asked = server.script.lock().unwrap().asked.clone();
    let archive = asked.iter().find(|request| request.starts_with("GET /elsewhere.tgz ")).unwrap();
    assert!(!archive.to_lowercase().contains("authorization"), "{archive}");
}
