//! Whole numbers in JSON, which knows one kind of number, so that `300.0` is 300. For bodies that strangers send.

use serde::{Deserialize, Deserializer, de::Error};

/// A whole number, or none.
pub fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(from)? else { return Ok(None) };
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at just before")]
    if fits { Ok(Some(number as u32)) } else { Err(D::Error::custom("a whole number is wanted")) }
}

/// A whole number that has to be there.
pub fn whole_given<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    whole(from)?.ok_or_else(|| D::Error::custom("a whole number is wanted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Asked(#[serde(deserialize_with = "whole_given")] u32);

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |text: &str| serde_json::from_str::<Asked>(text).ok();
        assert_eq!([read("300"), read("300.0"), read("3e2")], [Some(Asked(300)), Some(Asked(300)), Some(Asked(300))]);
        for bad in ["300.5", "-1", "4294967296", "\"300\"", "null"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
