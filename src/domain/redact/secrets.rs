//! Hiding secrets where they occur inside a text, in whatever encoding. Does not find out what is secret:
//! [`super::found`] does.

use std::{borrow::Cow, collections::BTreeSet, sync::OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{
    HIDDEN,
    found::SHORTEST_SPREAD,
    variants::{joined, variants},
    views::{View, any_view, views},
};

/// How many bytes of secrets are looked for in every encoding, the shortest secrets first.
const EVERY_ENCODING: usize = 64 * 1024;
/// Up to how many in all are looked for as they are, so that a huge Secret cannot cost the memory of all.
const AS_THEY_ARE: usize = 512 * 1024;
/// The longest piece of a secret that is looked for at the border of a text.
const LONGEST_PIECE: usize = 64 * 1024;
/// The most bytes of an escape, or of two that belong together.
const LONGEST_ESCAPE: usize = 12;
/// Where a text was cut because it was too long.
const CUT: char = '…';

/// What is secret in one or several bodies, ready to be looked for.
#[derive(Clone, Debug)]
pub struct Secrets {
    plain: BTreeSet<Vec<u8>>,
    encoded: Vec<Vec<u8>>,
    search: Option<AhoCorasick>,
    borders: OnceLock<Borders>,
    /// Nobody knows what is secret: everything is hidden.
    unknown: bool,
}

/// The most that is carried over from line to line, in bytes.
const MOST_CARRIED: usize = 64 * 1024;

/// What of the lines that came before may be the beginning of a secret.
#[derive(Default)]
pub struct Carried {
    text: String,
    /// Whether a line has come that is no piece out of the middle of a secret: whoever begins to read may begin within one.
    outside: bool,
}

/// The encodings of all secrets in order, forwards and backwards.
#[derive(Clone, Debug)]
struct Borders {
    forwards: Vec<Vec<u8>>,
    backwards: Vec<Vec<u8>>,
    /// The longest piece that there can be, in bytes.
    longest: usize,
}

impl Secrets {
    /// For texts of which nobody knows what is secret in them: hides them whole.
    pub fn unknown() -> Self {
        Self { unknown: true, ..Self::of(BTreeSet::new()) }
    }

    pub(super) fn of(plain: BTreeSet<Vec<u8>>) -> Self {
        let mut by_length: Vec<&Vec<u8>> = plain.iter().collect();
        by_length.sort_by_key(|secret| secret.len());
        let mut encoded = BTreeSet::new();
        let mut taken = 0;
        for secret in by_length {
            taken += secret.len();
            if taken <= EVERY_ENCODING {
                encoded.extend(variants(secret));
            } else if taken <= AS_THEY_ARE {
                encoded.insert(joined(secret));
            } else {
                break;
            }
        }
        let encoded: Vec<Vec<u8>> = encoded.into_iter().filter(|one| one.len() >= SHORTEST_SPREAD).collect();
        let builder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::Standard).build(&encoded);
        // It fails for more patterns than there can be; then everything is hidden.
        let (search, unknown) = match builder {
            Ok(_) if encoded.is_empty() => (None, false),
            Ok(search) => (Some(search), false),
            Err(_) => (None, true),
        };
        Self { plain, encoded, search, borders: OnceLock::new(), unknown }
    }

    /// These secrets and those.
    pub fn and(&self, other: &Self) -> Self {
        Self { unknown: self.unknown || other.unknown, ..Self::of(self.plain.union(&other.plain).cloned().collect()) }
    }

    /// A text without any of the secrets.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.blotted(text, false)
    }

    /// A text that may have been cut out of a longer one: what can be the beginning of a secret at its end, or the end of
    /// one at its beginning, is hidden, too.
    pub fn hide_cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.blotted(text, true)
    }

    /// What comes next of a text that comes bit by bit, in whole lines: a secret may go over several of them. Of one that
    /// does, no more is shown than a first piece too short to tell.
    pub fn hide_next(&self, carried: &mut Carried, next: &str) -> String {
        let Carried { text, outside } = carried;
        if !*outside && !self.unknown && self.search.is_some() {
            if views(next).iter().any(|view| self.is_within(&view.bytes)) {
                return HIDDEN.to_owned();
            }
            *outside = !next.trim().is_empty();
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let before = text.len();
        text.push_str(next);
        if self.unknown || self.search.is_none() {
            text.clear();
            return self.hide(next).into_owned();
        }
        let views = views(text);
        let mut places = self.places(&views, true);
        let mut kept = text.len();
        for view in &views {
            let all = view.bytes.len();
            if let Some(start) = self.begun(&view.bytes, 1, MOST_CARRIED) {
                let place = view.place(start, all);
                kept = kept.min(place.0);
                places.extend((all - start >= SHORTEST_SPREAD).then_some(place));
            }
        }
        let in_next = places.into_iter().filter(|(_, end)| *end > before);
        let shown = blot(next, in_next.map(|(start, end)| (start.saturating_sub(before), end - before)).collect());
        text.drain(..text.floor_char_boundary(kept));
        shown
    }

    fn blotted<'a>(&self, text: &'a str, cut: bool) -> Cow<'a, str> {
        if self.unknown && !text.trim().is_empty() {
            return Cow::Borrowed(HIDDEN);
        }
        let Some(search) = &self.search else { return Cow::Borrowed(text) };
        // Nearly every text holds none: where it would be is asked of the others alone.
        // And no view of a text is longer than the text itself.
        let holds = || text.len() >= search.min_pattern_len() && any_view(text, |bytes| search.is_match(bytes));
        if text.len() < SHORTEST_SPREAD || (!cut && !holds()) {
            return Cow::Borrowed(text);
        }
        let ranges = self.places(&views(text), cut);
        if ranges.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(blot(text, ranges)) }
    }

    /// Where in a text secrets are.
    fn places(&self, views: &[View], cut: bool) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        for view in views {
            let found = self.search.iter().flat_map(|search| search.find_overlapping_iter(&view.bytes));
            ranges.extend(found.map(|found| view.place(found.start(), found.end())));
            if cut {
                self.at_borders(view, &mut ranges);
            }
        }
        ranges
    }

    /// Whether a piece that is long enough to tell stands somewhere within a secret.
    fn is_within(&self, piece: &[u8]) -> bool {
        let Borders { forwards, longest, .. } = self.borders();
        let within = |one: &Vec<u8>| one.windows(piece.len()).any(|part| part == piece);
        (SHORTEST_SPREAD..=*longest).contains(&piece.len()) && forwards.iter().any(within)
    }

    /// Where a piece of a secret begins that these bytes end with; the longest of those with so many bytes.
    fn begun(&self, bytes: &[u8], least: usize, most: usize) -> Option<usize> {
        let starts = bytes.len().saturating_sub(most)..(bytes.len() + 1).saturating_sub(least);
        starts.into_iter().find(|at| begins(&self.borders().forwards, &bytes[*at..]))
    }

    /// Pieces of secrets at the borders of a text, and where a line of it was cut.
    fn at_borders(&self, view: &View, ranges: &mut Vec<(usize, usize)>) {
        let Borders { forwards, backwards, longest } = self.borders();
        let bytes = &view.bytes;
        let most = bytes.len().min(*longest);
        let backward: Vec<u8> = bytes[..most].iter().rev().copied().collect();
        if let Some(length) = (SHORTEST_SPREAD..=most).rev().find(|length| begins(backwards, &backward[most - length..])) {
            ranges.push(view.place(0, length));
        }
        let mark = CUT.to_string().into_bytes();
        let cuts: Vec<usize> = bytes.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark).map(|(at, _)| at).collect();
        // What was cut at both of its ends may be out of the middle of a secret.
        if let Some(&end) = cuts.first() {
            let piece = &bytes[..end - torn(&bytes[..end])];
            if self.is_within(piece) {
                ranges.push(view.place(0, end));
            }
        }
        // What begins no secret up to one cut begins none up to a later one either: no byte is a beginning twice.
        let mut start = 0;
        for end in cuts.into_iter().chain([bytes.len()]) {
            // What a cut left of an escape or of a character reads as nothing that a secret has.
            for known in [end - torn(&bytes[..end]), end] {
                start = start.max(known.saturating_sub(*longest));
                while start + SHORTEST_SPREAD <= known && !begins(forwards, &bytes[start..known]) {
                    start += 1;
                }
                if start + SHORTEST_SPREAD <= known {
                    ranges.push(view.place(start, end));
                    break;
                }
            }
        }
    }

    fn borders(&self) -> &Borders {
        self.borders.get_or_init(|| {
            let mut backwards: Vec<Vec<u8>> = self.encoded.iter().map(|one| one.iter().rev().copied().collect()).collect();
            backwards.sort();
            let longest = self.encoded.iter().map(Vec::len).max().unwrap_or_default().min(LONGEST_PIECE);
            // Came out of a set: in order already.
            Borders { forwards: self.encoded.clone(), backwards, longest }
        })
    }
}

/// How many bytes at the end may be what a cut left of an escape, of a percent sign with its digits, or of a character.
fn torn(bytes: &[u8]) -> usize {
    let replacement = char::REPLACEMENT_CHARACTER.to_string().into_bytes();
    if bytes.ends_with(&replacement) {
        return replacement.len();
    }
    let tail = &bytes[bytes.len().saturating_sub(LONGEST_ESCAPE)..];
    let part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'\\' | b'%' | b'u' | b'U' | b'x');
    let from = tail.iter().rposition(|byte| !part(byte)).map_or(0, |at| at + 1);
    tail[from..].iter().position(|byte| matches!(byte, b'\\' | b'%')).map_or(0, |at| tail.len() - from - at)
}

/// Whether one of them, which are in order, begins with that piece.
fn begins(sorted: &[Vec<u8>], piece: &[u8]) -> bool {
    let at = sorted.partition_point(|one| one.as_slice() < piece);
    sorted.get(at).is_some_and(|one| one.starts_with(piece))
}

/// The text with its ranges blotted out; ranges that overlap or touch are one.
fn blot(text: &str, mut ranges: Vec<(usize, usize)>) -> String {
    ranges.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut shown_to = 0;
    for (start, end) in ranges {
        let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end));
        if start > shown_to || shown_to == 0 {
            out.push_str(&text[shown_to.min(start)..start]);
            out.push_str(HIDDEN);
        }
        shown_to = shown_to.max(end);
    }
    out.push_str(&text[shown_to..]);
    out
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
