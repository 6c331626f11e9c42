//! A line diff of two texts, folded where they are equal, with the changed words marked. Does not redact:
//! callers hand in texts that have passed [`super::redact`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

/// How many equal lines stay in sight around a change.
const CONTEXT: usize = 3;

/// A diff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Diff {
    /// The rows, in order.
    pub rows: Vec<DiffRow>,
    /// Lines only on the right.
    pub added: usize,
    /// Lines only on the left.
    pub removed: usize,
}

/// A row of a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase", tag = "row")]
pub enum DiffRow {
    /// A line that both have.
    Same {
        /// Its number on the left, from 1.
        left: usize,
        /// Its number on the right.
        right: usize,
        /// The line, without its end.
        text: String,
    },
    /// A line that only the left has.
    Removed {
        /// Its number.
        left: usize,
        /// The line in pieces.
        pieces: Vec<Piece>,
    },
    /// A line that only the right has.
    Added {
        /// Its number.
        right: usize,
        /// The line in pieces.
        pieces: Vec<Piece>,
    },
    /// Equal lines that are not shown.
    Fold {
        /// How many.
        lines: usize,
    },
}

/// A piece of a changed line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is what changed.
    pub changed: bool,
}

impl Diff {
    /// Compares two texts. Past the deadline the rest is shown as replaced, coarser but right.
    pub fn of(left: &str, right: &str, deadline: Duration) -> Self {
        let diff = TextDiff::configure().timeout(deadline).diff_lines(left, right);
        let mut out = Self::default();
        let (mut from_left, mut from_right) = (0, 0);
        for group in diff.grouped_ops(CONTEXT) {
            let Some(first) = group.first() else { continue };
            out.fold(first.old_range().start - from_left);
            for op in &group {
                for change in diff.iter_inline_changes(op) {
                    let pieces = || {
                        let mut pieces: Vec<Piece> = change
                            .iter_strings_lossy()
                            .map(|(changed, text)| Piece { text: text.trim_end_matches(['\n', '\r']).to_owned(), changed })
                            .collect();
                        pieces.retain(|piece| !piece.text.is_empty());
                        pieces
                    };
                    let left = change.old_index().map(|i| i + 1);
                    let right = change.new_index().map(|i| i + 1);
                    match change.tag() {
                        ChangeTag::Equal => out.rows.push(DiffRow::Same {
                            left: left.unwrap_or_default(),
                            right: right.unwrap_or_default(),
                            text: pieces().into_iter().map(|piece| piece.text).collect(),
                        }),
                        ChangeTag::Delete => {
                            out.removed += 1;
                            out.rows.push(DiffRow::Removed { left: left.unwrap_or_default(), pieces: pieces() });
                        }
                        ChangeTag::Insert => {
                            out.added += 1;
                            out.rows.push(DiffRow::Added { right: right.unwrap_or_default(), pieces: pieces() });
                        }
                    }
                }
                from_left = op.old_range().end;
                from_right = op.new_range().end;
            }
        }
        if !out.rows.is_empty() {
            out.fold(right.lines().count().saturating_sub(from_right));
        }
        out
    }

    /// At most that many rows; what is left out is folded, and still counted.
    pub fn capped(mut self, rows: usize) -> Self {
        if self.rows.len() > rows {
            let lines = self.rows[rows..].iter().map(|row| if let DiffRow::Fold { lines } = row { *lines } else { 1 }).sum();
            self.rows.truncate(rows);
            self.rows.push(DiffRow::Fold { lines });
        }
        self
    }

    /// Whether the texts are equal.
    pub fn is_empty(&self) -> bool {
        self.added + self.removed == 0
    }

    fn fold(&mut self, lines: usize) {
        if lines > 0 {
            self.rows.push(DiffRow::Fold { lines });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(left: &str, right: &str) -> Diff {
        Diff::of(left, right, Duration::from_secs(1))
    }

    #[test]
    fn equal_texts_have_an_empty_diff() {
        assert!(diff("a\nb\n", "a\nb\n").rows.is_empty());
    }

    #[test]
    fn long_equal_stretches_are_folded_on_all_sides_of_a_change() {
        let lines: Vec<String> = (1..=40).map(|i| format!("line {i}\n")).collect();
        let changed: Vec<String> = lines.iter().map(|l| if l == "line 20\n" { "LINE 20\n".into() } else { l.clone() }).collect();
        let rows = diff(&lines.concat(), &changed.concat()).rows;
        assert_eq!(rows.first(), Some(&DiffRow::Fold { lines: 16 }));
        assert_eq!(rows.last(), Some(&DiffRow::Fold { lines: 17 }));
        assert_eq!(rows.len(), 2 + 6 + 2);
    }

    #[test]
    fn the_changed_word_of_a_line_is_marked() {
        let rows = diff("tag: 5.1.0 stays\n", "tag: 5.0.1 stays\n").rows;
        let DiffRow::Added { right: 1, pieces } = &rows[1] else { panic!("{rows:?}") };
        assert!(pieces.iter().any(|p| p.changed) && pieces.iter().any(|p| !p.changed), "{pieces:?}");
        assert_eq!(pieces.iter().map(|p| p.text.as_str()).collect::<String>(), "tag: 5.0.1 stays");
    }
}
