//! Archives: downloaded once, and only as they are meant to be.

use super::*;

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
        (Answer { drips: true, ..Answer::default() }, Code::ChartSourceUnreachable),
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
