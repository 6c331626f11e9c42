//! Constraints against the answers of the library that Helm itself uses (Masterminds/semver 3.5.0): one constraint a line,
//! with the versions that it allows, or `!` where it is none.

use super::*;
use crate::domain::{batch::Selection, chart::parse, lag::Lag};

#[test]
fn every_constraint_allows_what_it_allows_in_helm() {
    let mut lines = include_str!("constraint_table.txt").lines().filter_map(|line| line.split_once('\t'));
    let versions: Vec<&str> = lines.next().unwrap().1.split(' ').collect();
    let mut wrong = Vec::new();
    for (constraint, expected) in lines {
        // A tab stands for itself in a constraint, and is written so that the table has two columns.
        let found = match constraint.replace("\\t", "\t").parse::<Constraint>() {
            Ok(parsed) => versions.iter().filter(|version| parsed.allows(&parse(version).unwrap())).copied().collect::<Vec<_>>().join(" "),
            Err(_) => "!".into(),
        };
        if found != expected {
            wrong.push(format!("{constraint}\n  found    {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_constraint_says_how_to_write_one() {
    for text in ["nonsense", &"1 ".repeat(200), "^1.4 \u{1b}[31m"] {
        let problem = text.parse::<Constraint>().unwrap_err();
        assert_eq!(problem.code, Code::InvalidRequest);
        assert!(problem.detail.contains("^1.4, ~1.4.0") && !problem.detail.contains('\u{1b}'), "{}", problem.detail);
    }
}

#[test]
fn below_a_version_is_who_is_behind_it_whichever_of_the_two_is_early() {
    let texts = [
        "",
        "latest",
        "nonsense",
        "0.0.0-0",
        "0.0.1-0",
        "0.0.1",
        "0.9.0",
        "1",
        "v1.2",
        "1.2.0-0",
        "1.2.0-1",
        "1.2.0-alpha",
        "1.2.0-alpha-1",
        "1.2.0-alpha.1",
        "1.2.0-rc.1",
        "1.2.0-rc.10",
        "1.2.0+build",
        "1.2.0",
        "1.2.1-rc.1",
        "1.9.0",
        "1.10.0",
        "2.0.0-rc.1",
        "2.0.0",
        "10.0.0",
    ];
    let mut behind = 0;
    for newest in texts {
        let below = Selection { versions: Some(below(newest)), ..Selection::default() };
        for version in texts {
            assert_eq!(below.takes_version(version), Lag::of(version, newest).is_behind(), "{version} below {newest}");
            behind += usize::from(below.takes_version(version));
        }
    }
    assert!(behind > 200, "{behind}");
    // What Helm does by itself: an early version only where the constraint names one.
    let plain = Selection { versions: Some("<1.4.0".into()), ..Selection::default() };
    assert!(!plain.takes_version("1.3.0-rc.1") && plain.takes_version("1.3.0"));
}
