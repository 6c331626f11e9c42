//! The rules of the source itself: which room may use which, what every file opens with, and what is said twice and
//! has to stay equal. Reads the source as text; runs none of it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Which rooms a room may use, as the design has it. A room that is not named here may use everything: those are
/// the composition root's.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("helm", &["domain"]),
    ("cluster", &["domain"]),
    ("charts", &["domain"]),
    ("manager", &["domain", "store", "helm", "cluster", "charts"]),
    ("auth", &["domain", "store"]),
    ("api", &["domain", "auth", "manager", "store", "cluster", "ui"]),
    ("rest", &["domain", "auth", "manager", "store", "cluster"]),
    ("ui", &["domain", "api"]),
    ("config", &["domain", "charts", "auth"]),
    ("telemetry", &[]),
];

/// Words that may not occur in a room: foreign types that stop at another's door.
const FOREIGN: &[(&str, &[&str])] = &[
    ("domain", &["axum", "sqlx", "kube::", "tokio", "leptos", "std::fs", "std::net", "std::process", "Utc::now", "feature ="]),
    ("store", &["axum", "kube::", "leptos"]),
    ("helm", &["axum", "kube::", "sqlx", "leptos"]),
    ("cluster", &["axum", "sqlx", "leptos"]),
    ("charts", &["axum", "sqlx", "leptos", "kube::"]),
    ("manager", &["axum", "leptos", "sqlx", "kube::", "k8s_openapi", "sqlite"]),
    ("auth", &["sqlx", "kube::", "leptos"]),
    ("rest", &["sqlx", "kube::", "leptos"]),
    ("ui", &["sqlx", "kube::", "feature =", "axum"]),
];

/// The lines about another room's library that the domain may hold: the server describes these types in the API's
/// document, and only a derive on the type itself, with what it cannot guess of a field, keeps the two equal.
const SCHEMA: [&str; 2] = [r#"#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]"#, r#"#[cfg_attr(feature = "ssr", schema("#];

#[test]
fn a_room_uses_only_the_rooms_that_the_design_allows() {
    let mut wrong = Vec::new();
    for (room, allowed) in MAY_USE {
        for (file, text) in room_files(room) {
            for used in rooms_used(&text) {
                if used != *room && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "wrong edges:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_of_the_source_is_ruled() {
    let ruled: BTreeSet<&str> = MAY_USE.iter().map(|(room, _)| *room).chain(["server", "cli", "main", "lib"]).collect();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(ruled.contains(name.as_str()), "src/{name} has no rule in tests/it/rules.rs");
    }
}

#[test]
fn foreign_types_stop_at_the_door_of_their_room() {
    let mut wrong = Vec::new();
    for (room, words) in FOREIGN {
        for (file, text) in room_files(room) {
            let code: Vec<&str> = text
                .lines()
                .filter(|line| {
                    !line.trim_start().starts_with("//")
                        && !line.contains("cfg(all(test")
                        && !SCHEMA.iter().any(|allowed| line.contains(allowed))
                })
                .collect();
            for word in *words {
                if let Some(line) = code.iter().find(|line| mentions(line, word)) {
                    wrong.push(format!("{}: `{word}` in `{}`", file.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "foreign words:\n{}", wrong.join("\n"));
}

#[test]
fn no_two_types_of_the_document_have_the_same_name() {
    // In the API's document a type is found by its bare name: of two, one would silently stand for both.
    let mut seen = BTreeSet::new();
    for (file, text) in room_files("domain").into_iter().chain(room_files("rest")) {
        let mut described = false;
        for line in text.lines() {
            described |= line.starts_with("#[") && line.contains("ToSchema");
            let Some(name) = ["pub struct ", "pub enum "].iter().find_map(|word| line.strip_prefix(word)) else { continue };
            let name = word(name).unwrap_or_default();
            assert!(!described || seen.insert(name.clone()), "{}: a second {name}", file.display());
            described = false;
        }
    }
    assert!(seen.len() > 50, "{} types", seen.len());
}

#[test]
fn every_source_file_opens_with_what_it_does() {
    let mut silent = Vec::new();
    for folder in ["src", "xtask/src", "tests", "benches"] {
        for file in files_under(&root().join(folder), "rs") {
            if !fs::read_to_string(&file).unwrap().starts_with("//!") {
                silent.push(file);
            }
        }
    }
    assert!(silent.is_empty(), "no opening comment: {silent:#?}");
}

#[test]
fn the_leptos_options_are_the_same_in_both_places() {
    let section = |file: &str| {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let (_, rest) = text.split_once("[package.metadata.leptos]\n").unwrap();
        let end = rest.find("\n[").unwrap_or(rest.len());
        rest[..end].trim().to_owned()
    };
    assert_eq!(section("Leptos.toml"), section("Cargo.toml"));
    assert!(pilothouse::server::leptos_options().is_ok());
}

#[test]
fn style_sheets_of_parts_are_named_like_their_parts_and_all_are_imported() {
    let main = fs::read_to_string(root().join("style/main.css")).unwrap();
    for file in files_under(&root().join("style"), "css") {
        let path = file.strip_prefix(root().join("style")).unwrap().to_string_lossy().into_owned();
        assert!(path == "main.css" || main.contains(&path), "style/{path} is not imported by style/main.css");
    }
}

#[test]
fn nothing_in_the_repository_names_a_machine() {
    let mut found = Vec::new();
    for folder in ["src", "xtask", "tests", "benches", "end2end", "docs", "style", "migrations", "deploy"] {
        for extension in ["rs", "ts", "md", "css", "sql", "yaml", "json", "toml"] {
            for file in files_under(&root().join(folder), extension) {
                let text = fs::read_to_string(&file).unwrap();
                // Put together, so that this file does not name one either.
                for path in ["/work", "/root", "/home"].map(|place| format!("{place}/")) {
                    if text.contains(&path) && !text.contains("home: /home/nobody") {
                        found.push(format!("{}: {path}", file.display()));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn room_files(room: &str) -> Vec<(PathBuf, String)> {
    let mut files = files_under(&root().join("src").join(room), "rs");
    let single = root().join(format!("src/{room}.rs"));
    if single.exists() {
        files.push(single);
    }
    assert!(!files.is_empty(), "the room {room} is empty");
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(&file).unwrap())).collect()
}

fn files_under(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            files.extend(files_under(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files
}

/// The rooms that follow `crate::`, also inside `use crate::{…}`.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].lines().last().unwrap_or_default().trim_start();
        if before.starts_with("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => rooms.extend(word(rest)),
            Some(list) => {
                let (mut depth, mut fresh) = (0usize, true);
                for (i, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => fresh = true,
                        c if fresh && c.is_alphabetic() => {
                            rooms.extend(word(&list[i..]));
                            fresh = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    rooms.retain(|room| room.starts_with(|c: char| c.is_lowercase()));
    rooms
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// Whether a line of code holds the word, as a word.
fn mentions(line: &str, what: &str) -> bool {
    line.match_indices(what).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}
