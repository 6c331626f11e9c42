//! Which lines of two texts are the same line: first by those that both have once, in the longest order that they share,
//! which takes about as long as reading them; then closely between these, as long as there is time. Marks no words.

use std::{collections::HashMap, ops::Range, time::Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::is_over;

/// How often the stretches between lines that both have once are looked at for more of these.
const DEPTH: u32 = 4;
/// Two stretches whose lengths multiply to no more than this are compared closely at once.
const SMALL: usize = 4_096;
/// After how many lines it is looked at the time again.
const STRIDE: usize = 256;

/// When it stops; `None` is never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// Comparing closely.
    pub closely: Option<Instant>,
    /// Looking for lines that are the same at all, but for those that both begin and end with.
    pub at_all: Option<Instant>,
}

/// Lines that are the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it begins on the left.
    pub left: usize,
    /// Where it begins on the right.
    pub right: usize,
    /// How many lines it has; none at the end of both.
    pub len: usize,
}

/// All of them in their order, each as long as it can be, then the end; and whether the time was over before all was
/// compared closely.
pub fn blocks(left: &[&str], right: &[&str], ends: Ends) -> (Vec<Block>, bool) {
    // What both begin and end with needs no numbers.
    let before = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    let (from, to) = (&left[before..], &right[before..]);
    let after = from.iter().rev().zip(to.iter().rev()).take_while(|(one, other)| one == other).count();
    let (from, to) = (&from[..from.len() - after], &to[..to.len() - after]);
    let mut numbers = HashMap::with_capacity(from.len());
    let both = numbered(&mut numbers, from, ends.at_all).zip(numbered(&mut numbers, to, ends.at_all));
    let late = both.is_none();
    let (left_numbers, right_numbers) = both.unwrap_or_default();
    let seen = if late { Vec::new() } else { vec![Seen::default(); numbers.len()] };
    let mut aligner = Aligner { before, left: left_numbers, right: right_numbers, seen, ends, blocks: Vec::new(), late };
    if before > 0 {
        aligner.blocks.push(Block { left: 0, right: 0, len: before });
    }
    if !late {
        aligner.between(0..from.len(), 0..to.len(), DEPTH);
    }
    aligner.push(from.len(), to.len(), after);
    aligner.blocks.push(Block { left: left.len(), right: right.len(), len: 0 });
    (aligner.blocks, aligner.late)
}

/// Texts as numbers, the same for the same text; `None` once the time is over.
pub(super) fn numbered<'a>(numbers: &mut HashMap<&'a str, usize>, texts: &[&'a str], end: Option<Instant>) -> Option<Vec<usize>> {
    let mut out = Vec::with_capacity(texts.len());
    for some in texts.chunks(STRIDE) {
        if is_over(end) {
            return None;
        }
        for text in some {
            let next = numbers.len();
            out.push(*numbers.entry(*text).or_insert(next));
        }
    }
    Some(out)
}

/// Where a line stands in the stretches at hand, and how often.
#[derive(Clone, Copy, Default)]
struct Seen {
    left: (usize, u32),
    right: (usize, u32),
}

struct Aligner {
    /// How many lines both begin with: the others alone are looked at.
    before: usize,
    /// The lines as numbers: the same for the same line.
    left: Vec<usize>,
    right: Vec<usize>,
    /// By the line's number; empty between two looks.
    seen: Vec<Seen>,
    ends: Ends,
    blocks: Vec<Block>,
    late: bool,
}

impl Aligner {
    fn align(&mut self, mut left: Range<usize>, mut right: Range<usize>, depth: u32) {
        let pairs = |one: &[usize], other: &[usize]| one.iter().zip(other).take_while(|(one, other)| one == other).count();
        let before = pairs(&self.left[left.clone()], &self.right[right.clone()]);
        self.push(left.start, right.start, before);
        (left.start, right.start) = (left.start + before, right.start + before);
        let (one, other) = (&self.left[left.clone()], &self.right[right.clone()]);
        let after = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
        (left.end, right.end) = (left.end - after, right.end - after);
        let (left_end, right_end) = (left.end, right.end);
        self.between(left, right, depth);
        self.push(left_end, right_end, after);
    }

    /// What is the same of two stretches that neither begin nor end with the same line.
    fn between(&mut self, left: Range<usize>, right: Range<usize>, depth: u32) {
        if left.is_empty() || right.is_empty() || (left.len() == 1 && right.len() == 1) {
            return;
        }
        if is_over(self.ends.at_all) {
            self.late = true;
            return;
        }
        let small = left.len().saturating_mul(right.len()) <= SMALL;
        let anchors = if small || depth == 0 { Vec::new() } else { self.anchors(&left, &right) };
        if anchors.is_empty() {
            return self.closely(left, right);
        }
        let (mut from, mut to) = (left.start, right.start);
        for (one, other) in anchors {
            self.align(from..one, to..other, depth - 1);
            self.push(one, other, 1);
            (from, to) = (one + 1, other + 1);
        }
        self.align(from..left.end, to..right.end, depth - 1);
    }

    /// The places of the lines that both stretches have once, in the longest order that they share.
    fn anchors(&mut self, left: &Range<usize>, right: &Range<usize>) -> Vec<(usize, usize)> {
        for at in left.clone() {
            let seen = &mut self.seen[self.left[at]].left;
            *seen = (at, seen.1 + 1);
        }
        for at in right.clone() {
            let seen = &mut self.seen[self.right[at]].right;
            *seen = (at, seen.1 + 1);
        }
        let once = left.clone().filter_map(|at| match self.seen[self.left[at]] {
            Seen { left: (_, 1), right: (other, 1) } => Some((at, other)),
            _ => None,
        });
        let once: Vec<_> = once.collect();
        left.clone().for_each(|at| self.seen[self.left[at]] = Seen::default());
        right.clone().for_each(|at| self.seen[self.right[at]] = Seen::default());
        rising(&once)
    }

    fn closely(&mut self, left: Range<usize>, right: Range<usize>) {
        // There may be thousands of small ones.
        if is_over(self.ends.closely) {
            self.late = true;
            return;
        }
        // Within a small one there is no time worth watching.
        let end = self.ends.closely.filter(|_| left.len().saturating_mul(right.len()) > SMALL);
        let ops = capture_diff_slices_deadline(Algorithm::Myers, &self.left[left.clone()], &self.right[right.clone()], end);
        for op in ops {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                self.push(left.start + old_index, right.start + new_index, len);
            }
        }
        self.late = self.late || is_over(end);
    }

    fn push(&mut self, left: usize, right: usize, len: usize) {
        let (left, right) = (left + self.before, right + self.before);
        match self.blocks.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.left + last.len == left && last.right + last.len == right => last.len += len,
            _ => self.blocks.push(Block { left, right, len }),
        }
    }
}

/// The longest selection of pairs, which come in the order of their first, whose second rises, too.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // By length: the pair that ends a selection of that length with the lowest second; and what comes before each pair.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::with_capacity(pairs.len()));
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chosen: Vec<_> = std::iter::successors(ends.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Insists that blocks are equal lines, in order and apart; says how many lines they have.
    fn checked(left: &[&str], right: &[&str], ends: Ends) -> usize {
        let (blocks, _) = blocks(left, right, ends);
        let (mut from, mut to, mut lines) = (0, 0, 0);
        for block in &blocks {
            assert!(block.left >= from && block.right >= to, "{blocks:?}");
            assert!(lines == 0 || block.left > from || block.right > to || block.len == 0, "two that are one: {blocks:?}");
            assert_eq!(left[block.left..][..block.len], right[block.right..][..block.len]);
            (from, to, lines) = (block.left + block.len, block.right + block.len, lines + block.len);
        }
        assert_eq!(blocks.last(), Some(&Block { left: left.len(), right: right.len(), len: 0 }));
        lines
    }

    #[test]
    fn what_is_the_same_is_found_whatever_became_of_the_rest() {
        let texts = ["", "a", "a b", "a b c d e", "b a c", "x a x b x c x", "a a a a", "c b a", "a b c x y z d e f"];
        for left in texts {
            for right in texts {
                let (left, right): (Vec<&str>, Vec<&str>) = (left.split(' ').collect(), right.split(' ').collect());
                let lines = checked(&left, &right, Ends::default());
                assert!(left != right || lines == left.len());
            }
        }
    }

    #[test]
    fn a_change_in_a_long_text_is_found_even_when_the_time_is_over() {
        let left: Vec<String> = (0..20_000).map(|at| format!("line {at}")).collect();
        let mut right = left.clone();
        for at in (0..right.len()).step_by(100) {
            right[at] = format!("other {at}");
        }
        let (left, right): (Vec<&str>, Vec<&str>) = (left.iter().map(String::as_str).collect(), right.iter().map(String::as_str).collect());
        let over = Some(Instant::now());
        assert_eq!(checked(&left, &right, Ends { closely: over, at_all: None }), 19_800);
    }

    #[test]
    fn past_the_last_end_only_what_both_begin_and_end_with_is_the_same() {
        let (left, right) = (["a", "b", "x", "c", "y", "d"], ["a", "b", "z", "c", "d"]);
        let over = Ends { closely: None, at_all: Some(Instant::now()) };
        assert_eq!((checked(&left, &right, over), checked(&left, &right, Ends::default())), (3, 4));
        assert!(blocks(&left, &right, over).1 && !blocks(&left, &right, Ends::default()).1);
        assert_eq!(blocks(&left, &left, over), (vec![Block { left: 0, right: 0, len: 6 }, Block { left: 6, right: 6, len: 0 }], false));
    }

    #[test]
    fn the_longest_order_that_both_share_is_kept() {
        let pairs = [(0, 5), (1, 0), (2, 1), (3, 9), (4, 2), (5, 3)];
        assert_eq!(rising(&pairs), [(1, 0), (2, 1), (4, 2), (5, 3)]);
        assert!(rising(&[]).is_empty());
    }
}
