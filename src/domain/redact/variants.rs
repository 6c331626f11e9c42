//! Encodings of a secret that cannot be undone in the text around it: base64 at any alignment, hex, doubled quotes, and
//! spaces as plus signs. What can be undone there is [`super::views`]'s.

use base64::{
    Engine,
    alphabet::{Alphabet, STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};

/// Every way in which a secret may be written, without white space.
pub(super) fn variants(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![joined(secret)];
    all.extend(replaced(secret, b'\'', b"''"));
    all.extend(replaced(secret, b' ', b"+"));
    all.extend([hex(secret, b"0123456789abcdef"), hex(secret, b"0123456789ABCDEF")]);
    for alphabet in [&STANDARD, &URL_SAFE] {
        all.extend((0..3).map(|shift| base64(secret, shift, alphabet)));
    }
    all.sort();
    all.dedup();
    all
}

/// A secret as it was, without white space: as views are searched for it.
pub(super) fn joined(secret: &[u8]) -> Vec<u8> {
    secret.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// With one byte written otherwise; `None` where that is the same.
fn replaced(secret: &[u8], byte: u8, with: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = secret.trim_ascii().iter().flat_map(|one| if *one == byte { with.to_vec() } else { vec![*one] }).collect();
    secret.contains(&byte).then(|| joined(&text))
}

fn hex(secret: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    secret.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]).collect()
}

/// The characters that the secret alone decides, `shift` bytes after a border of three.
fn base64(secret: &[u8], shift: usize, alphabet: &Alphabet) -> Vec<u8> {
    let padded = [vec![0; shift], secret.to_vec()].concat();
    let text = GeneralPurpose::new(alphabet, NO_PAD).encode(&padded).into_bytes();
    let (start, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
    text[start..end].to_vec()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_within_a_larger_base64_is_among_its_variants() {
        let secret = b"hunter2-is-known";
        for before in ["", "u", "us", "use", "user:"] {
            for after in ["", "\n", "@db", "@db:5432/x"] {
                let whole = STANDARD.encode([before.as_bytes(), secret, after.as_bytes()].concat());
                let found = variants(secret).iter().any(|one| whole.as_bytes().windows(one.len()).any(|part| part == one));
                assert!(found, "{before}…{after}: {whole}");
            }
        }
    }
}
