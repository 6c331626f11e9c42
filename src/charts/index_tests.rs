//! Indexes as sources write them, and worse.

use super::*;

fn parse(text: &str) -> Result<Index, String> {
    parse_within(MAX_EVENTS, text)
}

fn parse_within(events: usize, text: &str) -> Result<Index, String> {
    Index::parse_within(events, text.as_bytes(), &"demo".parse().unwrap(), &"https://charts.example.com/stable/".parse().unwrap())
}

fn entry(index: &Index, name: &str) -> Arc<Entry> {
    index.charts[&name.parse::<ChartName>().unwrap()].clone()
}

const DIGEST: &str = "ab5f1e1f3a4b8b0b1f4fdd1a3a29d93cba2b54a8a0a4c1fbd9e5c5b5a5f5e5d5";

#[test]
fn versions_are_sorted_newest_first_and_addresses_made_whole() {
    let index = parse(&format!(
        "apiVersion: v1\nentries:\n  web:\n  - name: web\n    version: 1.2.0\n    appVersion: 2.0\n    created: 2026-11-20T10:00:00.5Z\n    digest: {DIGEST}\n    \
         description: A shop\n    urls: [web-1.2.0.tgz]\n  - version: 1.10.0\n    urls: [https://elsewhere.example.com/web.tgz]\n    deprecated: true\n  \
         - version: 1.10.0-rc.1\n    urls: [/web-rc.tgz]\ngenerated: x\n"
    ))
    .unwrap();
    let web = entry(&index, "web");
    let versions: Vec<_> = web.chart.versions.iter().map(|version| version.version.as_str()).collect();
    assert_eq!(versions, ["1.10.0", "1.10.0-rc.1", "1.2.0"]);
    let oldest = &web.chart.versions[2];
    assert_eq!((oldest.app_version.as_str(), oldest.description.as_str(), oldest.created.is_some()), ("2.0", "A shop", true));
    assert!(web.chart.versions[0].deprecated);
    let urls: Vec<_> = web.files.iter().map(|file| file.url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "https://elsewhere.example.com/web.tgz",
            "https://charts.example.com/web-rc.tgz",
            "https://charts.example.com/stable/web-1.2.0.tgz"
        ]
    );
    assert_eq!((web.files[0].digest.as_deref(), web.files[2].digest.as_deref()), (None, Some(DIGEST)));
}

#[test]
fn an_index_in_json_is_read_too() {
    let index = parse(r#"{"apiVersion":"v1","entries":{"web":[{"version":"1.0.0","urls":["a.tgz"],"x":[1]}],"none":null}}"#).unwrap();
    assert_eq!(index.charts.len(), 1);
}

#[test]
fn what_cannot_be_used_is_left_out() {
    let index = parse(
        "entries:\n  -bad:\n  - {version: 1.0.0, urls: [a.tgz]}\n  web:\n  - {version: nonsense, urls: [a.tgz]}\n  - {version: 1.0.0, urls: ['file:///etc/passwd']}\n  \
         - {version: 1.0.1, urls: ['oci://x/y']}\n  - {version: 1.0.2, urls: []}\n  - {version: 1.0.3, urls: [a.tgz], digest: short}\n  \
         - {version: 1.0.4, urls: [a.tgz], description: null}\n  empty: []\n",
    )
    .unwrap();
    let names: Vec<_> = index.charts.keys().map(ChartName::as_str).collect();
    assert_eq!(names, ["web"]);
    assert_eq!(entry(&index, "web").chart.versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["1.0.4"]);
}

#[test]
fn hostile_texts_are_cut_and_cleaned() {
    let index = parse(&format!("entries:\n  web:\n  - {{version: 1.0.0, urls: [a.tgz], description: \"\\e[31m{}\"}}\n", "x".repeat(9_000)))
        .unwrap();
    let web = entry(&index, "web");
    assert_eq!(web.chart.versions[0].description.chars().count(), 500);
    assert!(!web.chart.versions[0].description.contains('\u{1b}'));
}

#[test]
fn what_is_no_index_is_an_error() {
    for text in
        ["<html><body>Not found</body></html>", "[]", "entries: 7", "entries:\n  web: [7]", "\u{0}", "{", "a: &a [*a, *a]\nentries: *a"]
    {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn an_index_that_multiplies_itself_by_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        text += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "));
    }
    let started = std::time::Instant::now();
    assert!(parse(&(text + "entries: {web: *a11}\n")).is_err());
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn an_index_of_too_many_parts_is_refused() {
    let text = format!("entries:\n  web: [{}]\n", "{version: 1},".repeat(1_100));
    assert!(parse_within(5_000, &text).is_ok());
    assert!(parse_within(4_000, &text).is_err());
    let text = format!(r#"{{"entries":{{"web":[{}]}}}}"#, vec![r#"{"version":"1"}"#; 1_100].join(","));
    assert!(parse_within(5_000, &text).is_ok());
    assert!(parse_within(4_000, &text).is_err());
}
