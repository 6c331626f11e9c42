//! Which lines of two texts are the same line: first by those that both have once, in the longest order that they share,
//! which takes about as long as reading them; then closely between these, as long as there is time. Marks no words.

use std::{collections::HashMap, ops::Range, time::Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// How often the stretches between lines that both have once are looked at for more of these.
const DEPTH: u32 = 4;
/// Two stretches whose lengths multiply to no more than this are compared closely at once.
const SMALL: usize = 4_096;

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
pub fn blocks(left: &[&str], right: &[&str], end: Option<Instant>) -> (Vec<Block>, bool) {
    let mut numbers = HashMap::with_capacity(left.len());
    let mut number = |line| {
        let next = numbers.len();
        *numbers.entry(line).or_insert(next)
    };
    let (from, to): (Vec<usize>, Vec<usize>) = (left.iter().map(&mut number).collect(), right.iter().map(&mut number).collect());
    let seen = vec![Seen::default(); numbers.len()];
    let mut aligner = Aligner { left: from, right: to, seen, end, blocks: Vec::new(), late: false };
    aligner.align(0..left.len(), 0..right.len(), DEPTH);
    aligner.blocks.push(Block { left: left.len(), right: right.len(), len: 0 });
    (aligner.blocks, aligner.late)
}

/// Where a line stands in the stretches at hand, and how often.
#[derive(Clone, Copy, Default)]
struct Seen {
    left: (usize, u32),
    right: (usize, u32),
}

struct Aligner {
    /// The lines as numbers: the same for the same line.
    left: Vec<usize>,
    right: Vec<usize>,
    /// By the line's number; empty between two looks.
    seen: Vec<Seen>,
    end: Option<Instant>,
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

    fn between(&mut self, left: Range<usize>, right: Range<usize>, depth: u32) {
        if left.is_empty() || right.is_empty() {
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
        // A small stretch takes no time worth watching.
        let end = self.end.filter(|_| left.len().saturating_mul(right.len()) > SMALL);
        let ops = capture_diff_slices_deadline(Algorithm::Myers, &self.left[left.clone()], &self.right[right.clone()], end);
        for op in ops {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                self.push(left.start + old_index, right.start + new_index, len);
            }
        }
        self.late = self.late || end.is_some_and(|end| Instant::now() >= end);
    }

    fn push(&mut self, left: usize, right: usize, len: usize) {
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
    fn checked(left: &[&str], right: &[&str], end: Option<Instant>) -> usize {
        let (blocks, _) = blocks(left, right, end);
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
                let lines = checked(&left, &right, None);
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
        assert_eq!(checked(&left, &right, Some(Instant::now())), 19_800);
    }

    #[test]
    fn the_longest_order_that_both_share_is_kept() {
        let pairs = [(0, 5), (1, 0), (2, 1), (3, 9), (4, 2), (5, 3)];
        assert_eq!(rising(&pairs), [(1, 0), (2, 1), (4, 2), (5, 3)]);
        assert!(rising(&[]).is_empty());
    }
}
