//! A line diff of two texts, folded where they are equal, with the changed words marked: `align` finds the lines that are the
//! same, `words` the words. Does not redact: callers hand in texts that have passed [`super::redact`].

mod align;
mod words;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use self::align::{Block, Ends};

/// How many equal lines stay in sight around a change.
const CONTEXT: usize = 3;
/// The most rows that a page shows of one diff.
pub const MOST_ROWS: usize = 2_000;

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
    /// The time was over before all was compared closely: some lines may be shown as replaced that are not, and of some the
    /// changed words are not marked.
    #[serde(default)]
    pub coarse: bool,
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
    /// The end of what is shown: there are more lines, changed ones among them.
    Cut {
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
    /// Compares two texts. Past the deadline what was not compared closely is shown as replaced, coarser but right, and the
    /// diff says so.
    pub fn of(left: &str, right: &str, deadline: Duration) -> Self {
        let began = Instant::now();
        // Rows have to be written whatever happens: the last fifth is kept for those that nobody compares any more.
        let after = |tenths: u32| began.checked_add(deadline / 10 * tenths);
        let marking = after(8);
        let (left, right): (Vec<&str>, Vec<&str>) = (left.split_inclusive('\n').collect(), right.split_inclusive('\n').collect());
        let (blocks, late) = align::blocks(&left, &right, Ends { closely: after(6), at_all: after(7) });
        let mut out = Self { coarse: late, ..Self::default() };
        let (mut from, mut to) = (0, 0);
        for block in blocks {
            let changed = from < block.left || to < block.right;
            out.replaced((from, &left[from..block.left]), (to, &right[to..block.right]), marking);
            (from, to) = (block.left + block.len, block.right + block.len);
            let more = from < left.len() || to < right.len();
            if changed || more {
                out.same(&left, block, changed, more);
            }
        }
        out
    }

    /// Lines that the other side does not have, on both sides.
    fn replaced(&mut self, (from, left): (usize, &[&str]), (to, right): (usize, &[&str]), end: Option<Instant>) {
        let marks = words::marked(left, right, end);
        // Telling lines into words takes its time, too, and may have been given up for the lack of it.
        let both = !left.is_empty() && !right.is_empty();
        self.coarse = self.coarse || (both && is_over(end));
        let plain = |lines: &[&str]| lines.iter().map(|line| whole(line)).collect();
        let [left, right]: [Vec<Vec<Piece>>; 2] = marks.unwrap_or_else(|| [plain(left), plain(right)]);
        (self.removed, self.added) = (self.removed + left.len(), self.added + right.len());
        let removed = left.into_iter().enumerate().map(|(at, pieces)| DiffRow::Removed { left: from + at + 1, pieces });
        let added = right.into_iter().enumerate().map(|(at, pieces)| DiffRow::Added { right: to + at + 1, pieces });
        self.rows.extend(removed.chain(added));
    }

    /// Lines that both have, as far as they are near to a change before or after them.
    fn same(&mut self, lines: &[&str], block: Block, before: bool, after: bool) {
        let (head, tail) = (if before { CONTEXT } else { 0 }, if after { CONTEXT } else { 0 });
        let row = |at: usize| DiffRow::Same {
            left: block.left + at + 1,
            right: block.right + at + 1,
            text: without_end(lines[block.left + at]).to_owned(),
        };
        let (head, tail) = if block.len <= head + tail { (block.len, 0) } else { (head, tail) };
        self.rows.extend((0..head).map(row));
        if block.len > head + tail {
            self.rows.push(DiffRow::Fold { lines: block.len - head - tail });
        }
        self.rows.extend((block.len - tail..block.len).map(row));
    }

    /// At most that many rows; what is left out is still counted, and its end says how much it is.
    pub fn capped(mut self, rows: usize) -> Self {
        if self.rows.len() > rows {
            let lines = |row: &DiffRow| if let DiffRow::Fold { lines } | DiffRow::Cut { lines } = row { *lines } else { 1 };
            let lines = self.rows[rows..].iter().map(lines).sum();
            self.rows.truncate(rows);
            self.rows.push(DiffRow::Cut { lines });
        }
        self
    }

    /// Whether the texts are equal.
    pub fn is_empty(&self) -> bool {
        self.added + self.removed == 0
    }
}

/// Whether the time is over.
fn is_over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| Instant::now() >= end)
}

/// A line without its end.
fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// A line in one piece; an empty one in none.
fn whole(line: &str) -> Vec<Piece> {
    let text = without_end(line);
    if text.is_empty() { Vec::new() } else { vec![Piece { text: text.to_owned(), changed: false }] }
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
    #[test]
    fn a_diff_whose_time_is_over_says_so_and_is_right_all_the_same() {
        let text = |word: &str| (0..2_000).map(|at| format!("{word} {at}\n")).collect::<String>();
        let (left, right) = (text("a"), text("b"));
        let late = Diff::of(&left, &right, Duration::ZERO);
        assert!(late.coarse);
        assert_eq!((late.removed, late.added), (2_000, 2_000));
        let shown = |side: fn(&DiffRow) -> Option<&Vec<Piece>>| -> String {
            late.rows
                .iter()
                .filter_map(side)
                .map(|pieces| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>() + "\n")
                .collect()
        };
        assert_eq!(shown(|row| if let DiffRow::Removed { pieces, .. } = row { Some(pieces) } else { None }), left);
        assert_eq!(shown(|row| if let DiffRow::Added { pieces, .. } = row { Some(pieces) } else { None }), right);
        assert!(!diff("a\n", "b\n").coarse);
    }

    #[test]
    fn what_is_cut_off_is_counted_and_is_not_called_equal() {
        let text = |word: &str| (0..50).map(|at| format!("{word} {at}\n")).collect::<String>();
        let cut = diff(&text("a"), &text("b")).capped(10);
        assert_eq!((cut.removed, cut.added, cut.rows.len()), (50, 50, 11));
        assert_eq!(cut.rows.last(), Some(&DiffRow::Cut { lines: 90 }));
        assert_eq!(cut.clone().capped(5).rows.last(), Some(&DiffRow::Cut { lines: 95 }));
    }
}
