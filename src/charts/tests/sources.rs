//! What sources offer, how they fail, and whom they may send us to.

use super::*;

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
async fn names_that_several_sources_have_are_known_in_full() {
    let f = fixture(&["demo", "other"], Limits::default()).await;
    f.server.charts("demo", &["1.0.0", "1.1.0"]);
    f.server.charts("other", &["1.1.0", "2.0.0"]);
    let several = f.charts.of_several(&["web", "db", "<script>"].map(str::to_owned)).await;
    assert_eq!(several, [("web".to_owned(), vec!["demo/web".to_owned(), "other/web".to_owned()])].into());
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
async fn indexes_that_are_endless_slow_silent_or_garbage_are_given_up() {
    for (answer, why) in [
        (Answer { endless: true, ..Answer::default() }, "larger than"),
        (Answer { silent: true, ..Answer::default() }, "did not answer in time"),
        (Answer { drips: true, ..Answer::default() }, "did not answer in time"),
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
