//! Looking for traces of secrets in whatever came out: as they are, in base64 at every alignment, in hex, percent-encoded;
//! in the text, and in the text once its line breaks, its escapes or its HTML are undone. Shares no code with what hides.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The traces of secrets that are to be found nowhere.
pub struct Traces(Vec<(String, Vec<u8>)>);

impl Traces {
    pub fn of(secrets: &[String]) -> Self {
        let mut all = Vec::new();
        for secret in secrets {
            let bytes = secret.as_bytes();
            let mut add = |trace: Vec<u8>| all.push((secret.clone(), trace));
            add(without_space(bytes));
            for shift in 0..3usize {
                let text = STANDARD.encode([vec![0; shift], bytes.to_vec()].concat()).replace('=', "");
                let (start, end) = ((shift * 8).div_ceil(6), (shift + bytes.len()) * 8 / 6);
                add(text.as_bytes()[start..end].to_vec());
            }
            add(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes());
            add(bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into_bytes());
        }
        Self(all)
    }

    /// Insists that there is none.
    pub fn insist_on_none(&self, place: &str, what: &[u8]) {
        for reading in readings(what) {
            for (secret, trace) in &self.0 {
                let found = memmem(&reading, trace);
                assert!(found.is_none(), "{place} holds {secret}: …{}…", around(&reading, found.unwrap_or_default()));
            }
        }
    }

    /// Whether there is any: proves that the looking works.
    pub fn found(&self, what: &[u8]) -> bool {
        readings(what).iter().any(|reading| self.0.iter().any(|(_, trace)| memmem(reading, trace).is_some()))
    }
}

/// What a text can be read as.
fn readings(what: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(what);
    let html = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    let unescaped = |text: &str| {
        let text = text.replace("\\\\", "\\").replace("\\\"", "\"").replace("\\n", "\n").replace("\\u0026", "&").replace("\\u003c", "<");
        text.replace("\\u003e", ">").replace("\\'", "'").replace("\\/", "/")
    };
    let once = unescaped(&html);
    let twice = unescaped(&once);
    let percent = percent_decoded(&html);
    [what.to_vec(), html.into_bytes(), once.into_bytes(), twice.into_bytes(), percent].map(|reading| without_space(&reading)).to_vec()
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|_| bytes[at] == b'%') {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    out
}

fn without_space(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

fn memmem(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(found) = hay[at..].iter().position(|byte| *byte == first) {
        if hay[at + found..].starts_with(needle) {
            return Some(at + found);
        }
        at += found + 1;
    }
    None
}

fn around(bytes: &[u8], at: usize) -> String {
    String::from_utf8_lossy(&bytes[at.saturating_sub(80)..(at + 120).min(bytes.len())]).into_owned()
}

#[test]
fn a_trace_is_found_in_every_encoding() {
    let secret = super::planted::secret(2);
    let traces = Traces::of(std::slice::from_ref(&secret));
    let json = serde_json::to_string(&serde_json::to_string(&secret).unwrap()).unwrap();
    for text in [secret.clone(), STANDARD.encode(format!("a{secret}b")), json, secret.replace('Z', "\n   Z"), secret.replace('"', "%22")] {
        assert!(traces.found(text.as_bytes()), "{text}");
    }
    assert!(!traces.found(b"nothing here"));
}
