//! What of secrets is left in texts that were cut, and in lines that come one by one.

use serde_json::json;

use super::{super::Rules, *};

fn secret(text: &str) -> Secrets {
    Rules::default().secrets_of_values(json!({ "token": text }).as_object().unwrap())
}

/// Three thousand characters on one line, of which no stretch comes twice.
fn long() -> String {
    (0..600).map(|number| format!("{:05x}", number * 1_747 % 1_000_003)).collect()
}

#[test]
fn of_a_long_secret_in_a_line_that_was_cut_nothing_is_left() {
    let (long, secrets) = (long(), secret(&long()));
    for length in [6, 511, 513, 1_500, 2_999] {
        let line = format!("with {}…", &long[..length]);
        assert_eq!(secrets.hide_cut(&format!("{line}\nnext")), "with hidden…\nnext", "{length}");
        let mut carried = Carried::default();
        let shown = [line.as_str(), "next"].map(|line| secrets.hide_next(&mut carried, line));
        assert_eq!(shown, ["with hidden…", "next"], "{length}");
    }
    assert_eq!(secrets.hide_cut(&format!("{} and more", &long[900..])), "hidden and more", "what is left of its end");
    assert_eq!(secrets.hide_cut(&format!("{}…", &long[700..1_900])), "hidden…", "out of its middle");
}

#[test]
fn who_begins_to_read_in_the_middle_of_a_folded_secret_reads_nothing_of_it() {
    let (long, secrets) = (long(), secret(&long()));
    let folded: Vec<&str> = long.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    for first in [0, 1, 5, folded.len() - 1] {
        let mut carried = Carried::default();
        let lines = folded[first..].iter().copied().chain(["ready", "serving"]);
        let shown: Vec<String> = lines.map(|line| secrets.hide_next(&mut carried, line)).collect();
        for (line, was) in shown.iter().zip(&folded[first..]) {
            assert!(!line.contains(&was[..12]), "{first}: {line}");
        }
        assert_eq!(shown[shown.len() - 2..], ["ready", "serving"], "{first}");
    }
}

#[test]
fn a_cut_within_an_escape_or_a_character_hides_what_comes_before_it() {
    for (text, piece) in [
        ("correct-horse\"battery-staple", "correct-horse\\"),
        ("correct-horse+battery-staple", "correct-horse%2"),
        ("correct-horse\u{1f40e}battery", "correct-horse\\ud83d\\udc"),
        ("correct-horsé-battery-staple", "correct-hors\u{fffd}"),
    ] {
        assert_eq!(secret(text).hide_cut(&format!("said {piece}…")), "said hidden…", "{piece}");
    }
    assert_eq!(secret("correct-horse-battery").hide_cut("at 100%…"), "at 100%…");
}

#[test]
fn a_text_of_nothing_but_cuts_takes_no_time() {
    let text = "0…".repeat(50_000);
    assert_eq!(secret(&long()).hide_cut(&text), text);
}
