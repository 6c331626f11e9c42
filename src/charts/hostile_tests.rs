//! What strangers send, and what it costs: each in a process of its own, so that its memory is its own. Prints the figures
//! (`cargo test --lib charts::hostile -- --nocapture`), and fails where they are not bounded.

#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::{process::Command, time::Instant};

use serde_json::json;

use super::{
    archive::{look_through, tests::Packer},
    index::Index,
    readme, validate,
};

/// Tells the child which one.
const WHICH: &str = "PILOTHOUSE_TEST_HOSTILE";

/// A case, and the most MiB that it may take beside what was sent.
const CASES: [(&str, u64); 7] = [
    ("index of 25 MB", 120),
    ("index of 20,000 versions of one chart", 60),
    ("index in JSON of 25 MB", 120),
    ("archive with a ratio of 1:1000", 20),
    ("archive of 10,001 entries", 20),
    ("README of 5 MB", 40),
    ("schema that multiplies itself", 100),
];

#[test]
fn what_strangers_send_takes_bounded_memory() {
    for (case, most) in CASES {
        // Made here, so that memory that was free already is not what it is read into.
        let (dir, text) = (tempfile::tempdir().unwrap(), sent(case));
        std::fs::write(dir.path().join("sent"), text).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "charts::hostile::one_case_alone", "--ignored", "--nocapture", "--test-threads=1"])
            .env(WHICH, case)
            .current_dir(dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        let figures = said.lines().find_map(|line| line.split_once("figures: ").map(|(_, figures)| figures.to_owned()));
        let figures = figures.unwrap_or_else(|| panic!("{case}: {said}{}", String::from_utf8_lossy(&child.stderr)));
        println!("{case}: {figures}");
        let taken: u64 = figures.split(' ').next().unwrap().parse().unwrap();
        assert!(taken <= most, "{case} takes {figures}, more than {most} MiB");
    }
}

#[test]
#[ignore = "run by the test above, in a process of its own"]
fn one_case_alone() {
    let Ok(case) = std::env::var(WHICH) else { return };
    let sent = std::fs::read("sent").unwrap();
    let run: Box<dyn FnOnce() -> String> = match case.as_str() {
        "archive with a ratio of 1:1000" => refused(sent, "unpacks to more than it may"),
        "archive of 10,001 entries" => refused(sent, "more than 10,000 entries"),
        "README of 5 MB" => Box::new(move || format!("{} bytes of HTML", readme(&String::from_utf8(sent).unwrap()).len())),
        "schema that multiplies itself" => {
            Box::new(move || validate(&String::from_utf8(sent).unwrap(), &serde_json::Map::new()).expect_err("it ended"))
        }
        _ => index(sent),
    };
    let (before, started) = (memory("VmRSS:"), Instant::now());
    let outcome = run();
    let (peak, took) = (memory("VmHWM:"), started.elapsed());
    println!("figures: {} MiB, {} ms ({outcome})", peak.saturating_sub(before) >> 10, took.as_millis());
}

/// What a case sends.
fn sent(case: &str) -> Vec<u8> {
    match case {
        "index of 25 MB" => many(100, 270, false).into_bytes(),
        "index of 20,000 versions of one chart" => many(1, 20_000, false).into_bytes(),
        "index in JSON of 25 MB" => many(100, 320, true).into_bytes(),
        "archive with a ratio of 1:1000" => {
            let file = vec![0; 2 << 20];
            (0..50).fold(Packer::chart("web", "1.0.0"), |archive, n| archive.file(&format!("web/files/{n}"), &file)).pack()
        }
        "archive of 10,001 entries" => {
            (0..10_001).fold(Packer::chart("web", "1.0.0"), |archive, n| archive.file(&format!("web/files/{n}"), b"x")).pack()
        }
        "README of 5 MB" => "> - **a** [b](https://example.com) | c |\n\n<p><b><i>".repeat(100_000).into_bytes(),
        "schema that multiplies itself" => {
            let mut defs = serde_json::Map::new();
            for n in 0..60 {
                let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
                defs.insert(format!("d{n}"), json!({"allOf": [next, next, next]}));
            }
            defs.insert("d60".into(), json!({"type": "string"}));
            json!({"$defs": defs, "$ref": "#/$defs/d0"}).to_string().into_bytes()
        }
        other => panic!("no case {other}"),
    }
}

fn index(text: Vec<u8>) -> Box<dyn FnOnce() -> String> {
    Box::new(move || {
        let index = Index::parse(&text, &"demo".parse().unwrap(), &"https://charts.example.com/".parse().unwrap()).unwrap();
        let versions: usize = index.charts.values().map(|entry| entry.files.len()).sum();
        format!("{} MB, {versions} versions", text.len() / 1_000_000)
    })
}

fn refused(archive: Vec<u8>, why: &'static str) -> Box<dyn FnOnce() -> String> {
    Box::new(move || {
        let told = look_through(archive.as_slice(), archive.len() as u64, "web", "1.0.0").expect_err("it was taken");
        assert!(told.contains(why), "{told}");
        format!("{} KB, refused", archive.len() / 1_000)
    })
}

/// An index as large sources write it, about a kilobyte for each version.
pub(super) fn many(charts: usize, versions: usize, as_json: bool) -> String {
    let digest = "ab5f1e1f3a4b8b0b1f4fdd1a3a29d93cba2b54a8a0a4c1fbd9e5c5b5a5f5e5d5";
    let version = |n: usize| {
        json!({
            "annotations": {"category": "Database", "images": format!("- name: a\n  image: docker.io/x/a:1.0.{n}\n").repeat(4)},
            "apiVersion": "v2", "appVersion": format!("1.0.{n}"), "created": "2026-11-20T10:00:00.5Z",
            "dependencies": [{"name": "common", "repository": "https://charts.example.com", "tags": ["common"], "version": "1.x.x"}],
            "description": "A chart that does a great many things for those who need them", "digest": digest, "home": "https://example.com",
            "keywords": ["database", "sql", "cluster"], "maintainers": [{"email": "a@example.com", "name": "A"}], "name": "web",
            "sources": ["https://example.com/a", "https://example.com/b"], "urls": [format!("https://charts.example.com/web-1.0.{n}.tgz")],
            "version": format!("1.0.{n}"),
        })
    };
    let entries: Vec<_> = (0..versions).map(version).collect();
    if as_json {
        let all: serde_json::Map<String, serde_json::Value> = (0..charts).map(|n| (format!("chart{n}"), json!(entries))).collect();
        return json!({"apiVersion": "v1", "entries": all}).to_string();
    }
    let entries: String = serde_saphyr::to_string(&entries).unwrap().lines().map(|line| format!("  {line}\n")).collect();
    (0..charts).fold(String::from("apiVersion: v1\nentries:\n"), |text, n| text + &format!("  chart{n}:\n{entries}"))
}

/// A figure of this process, in KiB.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix(what)?.split_whitespace().next()?.parse().ok()).unwrap()
}
