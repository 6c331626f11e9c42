//! Views of a text: what it says once its line breaks and indentation, its escapes or its percent signs are undone, each
//! byte with the place in the text that it came from. Searches nothing and replaces nothing.

/// How many layers of escapes are undone: JSON as a string within JSON, in a log line that quotes it.
const LAYERS: usize = 3;

/// A text as it reads once something was undone.
pub(super) struct View {
    /// What it says.
    pub bytes: Vec<u8>,
    /// Where each byte begins in the text; empty where nobody wants to know.
    from: Vec<u32>,
    /// Where it ends.
    to: Vec<u32>,
    placed: bool,
}

impl View {
    fn empty(placed: bool, capacity: usize) -> Self {
        let places = if placed { capacity } else { 0 };
        Self { bytes: Vec::with_capacity(capacity), from: Vec::with_capacity(places), to: Vec::with_capacity(places), placed }
    }

    fn push(&mut self, byte: u8, (from, to): (u32, u32)) {
        self.bytes.push(byte);
        if self.placed {
            self.from.push(from);
            self.to.push(to);
        }
    }

    fn of(text: &str, placed: bool) -> Self {
        let length = if placed { u32::try_from(text.len()).unwrap_or(u32::MAX) } else { 0 };
        Self { bytes: text.as_bytes().to_vec(), from: (0..length).collect(), to: (1..=length).collect(), placed }
    }

    /// Where bytes of this view, both of them included, begin and end in the text.
    fn origin(&self, first: usize, last: usize) -> (u32, u32) {
        if self.placed { (self.from[first], self.to[last]) } else { (0, 0) }
    }

    /// The place in the text of a stretch of this view; `start` comes before `end`.
    pub fn place(&self, start: usize, end: usize) -> (usize, usize) {
        (self.from[start] as usize, self.to[end - 1] as usize)
    }

    /// Without white space: a value may be folded over lines and indented.
    fn joined(mut self) -> Self {
        let mut kept = 0;
        for at in 0..self.bytes.len() {
            if !self.bytes[at].is_ascii_whitespace() {
                self.bytes[kept] = self.bytes[at];
                if self.placed {
                    (self.from[kept], self.to[kept]) = (self.from[at], self.to[at]);
                }
                kept += 1;
            }
        }
        self.bytes.truncate(kept);
        self
    }

    /// Without a layer of escapes, as JSON, YAML, Go and shells write them; `None` where there is none.
    fn unescaped(&self) -> Option<Self> {
        if !self.bytes.contains(&b'\\') {
            return None;
        }
        let mut out = Self::empty(self.placed, self.bytes.len());
        let mut at = 0;
        while at < self.bytes.len() {
            let (taken, plain) = match self.bytes[at] {
                b'\\' => escape(&self.bytes[at..]).unwrap_or((1, Plain::Byte(b'\\'))),
                byte => (1, Plain::Byte(byte)),
            };
            let origin = self.origin(at, at + taken - 1);
            match plain {
                Plain::Byte(byte) => out.push(byte, origin),
                Plain::Char(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push(byte, origin)),
            }
            at += taken;
        }
        Some(out)
    }

    /// With percent signs read as URLs mean them; `None` where there is none.
    fn decoded(&self) -> Option<Self> {
        if !self.bytes.contains(&b'%') {
            return None;
        }
        let hex = |at: usize| hex(self.bytes.get(at + 1..at + 3)?);
        let first = (0..self.bytes.len()).find(|at| self.bytes[*at] == b'%' && hex(*at).is_some())?;
        let mut out = Self::empty(self.placed, self.bytes.len());
        (0..first).for_each(|at| out.push(self.bytes[at], self.origin(at, at)));
        let mut at = first;
        while at < self.bytes.len() {
            match hex(at).filter(|_| self.bytes[at] == b'%').and_then(|code| u8::try_from(code).ok()) {
                Some(byte) => {
                    out.push(byte, self.origin(at, at + 2));
                    at += 3;
                }
                None => {
                    out.push(self.bytes[at], self.origin(at, at));
                    at += 1;
                }
            }
        }
        Some(out)
    }
}

/// Every view of a text in which a secret could be seen, each byte with its place.
pub(super) fn views(text: &str) -> Vec<View> {
    all(text, true)
}

/// The same views, for whoever only wants to know whether there is something in them: without places they are made in a
/// fraction of the time.
pub(super) fn glimpses(text: &str) -> impl Iterator<Item = Vec<u8>> {
    all(text, false).into_iter().map(|view| view.bytes)
}

fn all(text: &str, placed: bool) -> Vec<View> {
    let mut views = Vec::with_capacity(2);
    let mut layer = Some(View::of(text, placed));
    for _ in 0..=LAYERS {
        let Some(view) = layer else { break };
        layer = view.unescaped();
        views.extend(view.decoded().map(View::joined));
        views.push(view.joined());
    }
    views
}

/// A text no longer than this is read without taking memory for it.
const SHORT: usize = 256;

/// Whether any view of a text is so. Most texts have but one: without escapes and percent signs only the white space goes.
pub(super) fn any_view(text: &str, is: impl Fn(&[u8]) -> bool) -> bool {
    if text.bytes().any(|byte| matches!(byte, b'\\' | b'%')) {
        return glimpses(text).any(|bytes| is(&bytes));
    }
    let kept = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    if text.len() > SHORT {
        let mut joined = Vec::with_capacity(text.len());
        joined.extend(kept);
        return is(&joined);
    }
    let mut joined = [0; SHORT];
    let mut length = 0;
    for (place, byte) in joined.iter_mut().zip(kept) {
        *place = byte;
        length += 1;
    }
    is(&joined[..length])
}

enum Plain {
    Byte(u8),
    Char(char),
}

/// What the escape at the beginning means, and how long it is.
fn escape(bytes: &[u8]) -> Option<(usize, Plain)> {
    let code = |digits: usize| char::from_u32(hex(bytes.get(2..2 + digits)?)?).map(|c| (2 + digits, Plain::Char(c)));
    match bytes.get(1)? {
        b'n' | b'r' | b't' | b'f' | b'v' | b'b' => Some((2, Plain::Byte(b'\n'))),
        b'x' => hex(bytes.get(2..4)?).and_then(|code| u8::try_from(code).ok()).map(|byte| (4, Plain::Byte(byte))),
        b'u' => surrogates(bytes).or_else(|| code(4)),
        b'U' => code(8),
        other if other.is_ascii_punctuation() || other.is_ascii_whitespace() => Some((2, Plain::Byte(*other))),
        _ => None,
    }
}

/// A character beyond the first plane, which JSON writes as two escapes.
fn surrogates(bytes: &[u8]) -> Option<(usize, Plain)> {
    let (high, low) = (hex(bytes.get(2..6)?)?, hex(bytes.get(8..12).filter(|_| bytes.get(6..8) == Some(b"\\u"))?)?);
    let both = (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low);
    let code = both.then(|| 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?;
    char::from_u32(code).map(|c| (12, Plain::Char(c)))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(text: &str) -> Vec<String> {
        views(text).into_iter().map(|view| String::from_utf8_lossy(&view.bytes).into_owned()).collect()
    }

    #[test]
    fn a_text_is_read_without_breaks_escapes_and_percent_signs() {
        assert_eq!(readings("a b\n  c"), ["abc"]);
        assert!(readings(r#"say \"hi\" \u00e9\ud83d\ude00"#).contains(&"say\"hi\"é😀".to_owned()));
        assert!(readings(r#"\\\"x\\\""#).contains(&"\"x\"".to_owned()), "a string within a string");
        assert!(readings("p%40ss%2bw%").contains(&"p@ss+w%".to_owned()));
        assert!(readings("one\\\n   two").contains(&"onetwo".to_owned()), "a line that YAML or a shell goes on with");
        assert!(readings("C:\\new").contains(&"C:\\new".to_owned()), "what only looks like an escape stays readable, too");
    }

    #[test]
    fn a_glimpse_shows_what_a_view_shows() {
        for text in ["a b\n  c", r#"say \"hi\" \u00e9\ud83d\ude00"#, r#"\\\"x\\\""#, "p%40ss%2bw%", "one\\\n   two", "", "%41\\%41\\\\n é"]
        {
            assert_eq!(glimpses(text).collect::<Vec<_>>(), views(text).into_iter().map(|view| view.bytes).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn every_view_is_asked_and_no_other() {
        let long = "0123456789 abcdef\n".repeat(40);
        let texts: [&str; 12] = [
            "",
            " ",
            "a b\n  c",
            "abc",
            "%41 b",
            "one\\n two",
            "p%4",
            &long,
            &long[..SHORT],
            &long[..=SHORT],
            &format!("{long}%41"),
            "é ü",
        ];
        for text in texts {
            let asked = std::cell::RefCell::new(Vec::new());
            let all = any_view(text, |bytes| {
                asked.borrow_mut().push(bytes.to_vec());
                false
            });
            assert!(!all && any_view(text, |bytes| bytes.len() <= text.len()), "{text}");
            assert_eq!(asked.into_inner(), views(text).into_iter().map(|view| view.bytes).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn a_stretch_of_a_view_knows_its_place_in_the_text() {
        let text = "key: %41\n  B";
        for view in views(text) {
            if let Some(at) = view.bytes.windows(2).position(|two| two == b"AB") {
                assert_eq!(view.place(at, at + 2), (5, text.len()));
                return;
            }
        }
        panic!("not seen");
    }
}
