//! Which words of replaced lines changed. Knows nothing of lines that are the same.

use std::{collections::HashMap, time::Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::{Piece, align::numbered, is_over};

/// More lines than this at once have no words in common that anybody would look for.
const MOST_LINES: usize = 400;
/// More bytes than this at once take longer to tell into words than anybody waits for.
const MOST_BYTES: usize = 4_000_000;
/// What stands between two lines.
const BREAK: &str = "\n";

/// Both sides' lines in pieces, with what changed marked; nothing where less than half of their words is the same, or the
/// time is over.
pub fn marked(left: &[&str], right: &[&str], end: Option<Instant>) -> Option<[Vec<Vec<Piece>>; 2]> {
    if left.is_empty() || right.is_empty() || left.len() + right.len() > MOST_LINES {
        return None;
    }
    if is_over(end) || left.iter().chain(right).map(|line| line.len()).sum::<usize>() > MOST_BYTES {
        return None;
    }
    let (from, to) = (tokens(left), tokens(right));
    // They are compared again and again: as numbers that costs next to nothing.
    let mut numbers = HashMap::new();
    let (left_numbers, right_numbers) = (numbered(&mut numbers, &from, end)?, numbered(&mut numbers, &to, end)?);
    let ops = capture_diff_slices_deadline(Algorithm::Patience, &left_numbers, &right_numbers, end);
    let (mut same, mut out) = (0, [vec![vec![]; left.len()], vec![vec![]; right.len()]]);
    let [left_out, right_out] = &mut out;
    let (mut left_line, mut right_line) = (0, 0);
    for op in ops {
        let changed = !matches!(op, DiffOp::Equal { .. });
        if !changed {
            same += from[op.old_range()].iter().filter(is_word).count();
        }
        put(&from[op.old_range()], changed, left_out, &mut left_line);
        put(&to[op.new_range()], changed, right_out, &mut right_line);
    }
    let words = from.iter().chain(&to).filter(is_word).count();
    (same * 4 >= words).then_some(out)
}

/// Words, what is between them, and the breaks between lines.
fn tokens<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut tokens = Vec::new();
    for line in lines {
        let mut rest = super::without_end(line);
        while let Some(first) = rest.chars().next() {
            let other = |c: char| c.is_whitespace() != first.is_whitespace();
            let (token, after) = rest.split_at(rest.find(other).unwrap_or(rest.len()));
            tokens.push(token);
            rest = after;
        }
        tokens.push(BREAK);
    }
    tokens
}

fn is_word(token: &&&str) -> bool {
    !token.trim().is_empty()
}

/// Puts tokens into the lines that they belong to.
fn put(tokens: &[&str], changed: bool, lines: &mut [Vec<Piece>], line: &mut usize) {
    for token in tokens {
        match lines[*line].last_mut() {
            _ if *token == BREAK => *line += 1,
            Some(last) if last.changed == changed => last.text.push_str(token),
            _ => lines[*line].push(Piece { text: (*token).to_owned(), changed }),
        }
    }
}
