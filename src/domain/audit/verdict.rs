//! What verifying the audit's chain comes to. Does not compute hashes: the store does.

use std::{fmt, str::FromStr};

/// How far a chain goes and what its last row's hash is: kept elsewhere, it also proves that nobody put an older file in
/// place of a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// How many rows.
    pub rows: i64,
    /// The last one's hash.
    pub hash: Vec<u8>,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.rows)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (rows, hash) = text.split_once(':')?;
            let pairs = hash.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
            Some(Self { rows: rows.parse().ok()?, hash: pairs.collect::<Option<_>>()? })
        };
        parse().ok_or_else(|| "an anchor reads ROWS:HASH, as an earlier run has printed it".into())
    }
}

/// What is wrong with the chain at a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row is missing.
    Missing,
    /// The row does not say what it said when it was written.
    Altered,
    /// The row is whole but does not follow the one before it: one of both was moved, put in or replaced.
    Moved,
    /// The head, which says how many rows there are, is missing or was altered.
    Head,
    /// The row is not the one that was the last when the anchor was printed.
    NotTheAnchor,
}

/// What verifying comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is there, in its place, and says what it said.
    Whole(Anchor),
    /// The first row at which that does not hold.
    Broken {
        /// Its number.
        row: i64,
        /// What is wrong.
        fault: Fault,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(anchor) => write!(f, "The audit is whole: {} rows, anchor {anchor}", anchor.rows),
            Self::Broken { row, fault } => {
                let what = match fault {
                    Fault::Missing => "is missing",
                    Fault::Altered => "was altered",
                    Fault::Moved => "does not follow the row before it: one of them was moved, put in or replaced",
                    Fault::Head => "is the last one, but the head that counts the rows is missing or was altered",
                    Fault::NotTheAnchor => "is not the one that the anchor names: the file is not the one it was",
                };
                write!(f, "The audit is broken: row {row} {what}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_survives_being_printed() {
        let anchor = Anchor { rows: 12, hash: vec![0, 171, 255] };
        assert_eq!(anchor.to_string(), "12:00abff");
        assert_eq!(anchor.to_string().parse(), Ok(anchor));
        for text in ["", "12", "x:00", "1:zz", "1:é"] {
            assert!(text.parse::<Anchor>().is_err(), "{text}");
        }
    }
}
