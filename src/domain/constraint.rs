//! Constraints on versions in the syntax that Helm reads (Masterminds' semver): `^1.4`, `~1.4.0`, `>=1.2 <2`, `1.x`, `1.2 - 1.4`,
//! and `||` between alternatives. Pure; compares by [`super::chart::parse`], so that `v1.2` is a version, too.

use std::{cmp::Ordering, str::FromStr};

use semver::Version;

use super::problem::{Code, Problem};

/// The longest constraint that is read.
const LONGEST: usize = 200;

/// A constraint: one of several alternatives, each of which asks for several things at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(Vec<Vec<Bound>>);

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bound {
    operator: Operator,
    version: Version,
    /// How many of the three numbers were written; a wildcard is none.
    given: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    AtLeast,
    Less,
    AtMost,
    Tilde,
    Caret,
}

/// The signs, the longer ones first.
const SIGNS: [(&str, Operator); 11] = [
    ("=>", Operator::AtLeast),
    (">=", Operator::AtLeast),
    ("=<", Operator::AtMost),
    ("<=", Operator::AtMost),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Tilde),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
];

/// The constraint that allows everything before a version: the early ones (`1.3.0-rc.1`), too, which `<1.4.0` alone leaves out as
/// Helm does. Who is behind that version in the matrix is who it takes.
pub fn below(version: &str) -> String {
    format!("<{version} >=0-0")
}

impl Constraint {
    /// Whether the version is one that is asked for. An early version (`1.2.0-rc.1`) only is where the alternative names one,
    /// too.
    pub fn allows(&self, version: &Version) -> bool {
        let early = |all: &[Bound]| all.iter().any(|bound| !bound.version.pre.is_empty());
        self.0.iter().any(|all| (version.pre.is_empty() || early(all)) && all.iter().all(|bound| bound.allows(version)))
    }
}

impl FromStr for Constraint {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let unreadable = || {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
            Problem::new(
                Code::InvalidRequest,
                format!(
                    "“{shown}” is no constraint on versions. Write it like ^1.4, ~1.4.0, >=1.2 <2, 1.x, or two of them with || between."
                ),
            )
        };
        if text.len() > LONGEST {
            return Err(unreadable());
        }
        text.split("||").map(|part| all(part).ok_or_else(unreadable)).collect::<Result<_, _>>().map(Self)
    }
}

/// Bounds with commas or spaces between them, and ranges `1.2 - 1.4`.
fn all(text: &str) -> Option<Vec<Bound>> {
    let words = apart(text);
    let mut bounds = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if words.get(at + 1).is_some_and(|word| word == "-") {
            bounds.push(bound(Operator::AtLeast, word)?);
            bounds.push(bound(Operator::AtMost, words.get(at + 2)?)?);
            at += 3;
            continue;
        }
        let (operator, version) = SIGNS
            .iter()
            .find_map(|(sign, operator)| word.strip_prefix(sign).map(|rest| (*operator, rest)))
            .unwrap_or((Operator::Equal, word));
        bounds.push(bound(operator, version)?);
        at += 1;
    }
    // Nothing asked is a mistake and not everything.
    (!bounds.is_empty()).then_some(bounds)
}

/// The words of a constraint; a sign belongs to what follows it, with or without a space.
fn apart(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
        match words.last_mut().filter(|last| SIGNS.iter().any(|(sign, _)| *last == sign)) {
            Some(sign) => sign.push_str(word),
            None => words.push(word.to_owned()),
        }
    }
    words
}

fn bound(operator: Operator, text: &str) -> Option<Bound> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(core);
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    let given = parts.iter().position(|part| matches!(*part, "x" | "X" | "*")).unwrap_or(parts.len());
    let number = |at: usize| match parts.get(at).filter(|_| at < given) {
        Some(part) if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) => None,
        Some(part) => part.parse::<u64>().ok(),
        None => Some(0),
    };
    // What follows a wildcard does not count.
    let ignored = |part: &&str| matches!(*part, "x" | "X" | "*") || part.parse::<u64>().is_ok();
    if !parts.iter().skip(given).all(ignored) {
        return None;
    }
    let (major, minor, patch) = (number(0)?, number(1)?, number(2)?);
    let version = Version::parse(&format!("{major}.{minor}.{patch}{rest}")).ok()?;
    Some(Bound { operator, version, given })
}

impl Bound {
    fn allows(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.operator {
            Operator::NotEqual => !self.same(version),
            Operator::Greater if self.given < 3 => order == Ordering::Greater && !self.same(version),
            Operator::Greater => order == Ordering::Greater,
            Operator::AtLeast => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::AtMost => order != Ordering::Greater || (self.given < 3 && self.same(version)),
            Operator::Equal => self.same(version),
            // At least this, and of the same minor; of the same major where no minor was written.
            Operator::Tilde => order != Ordering::Less && self.alike(version, self.given.min(2)),
            // `^*` allows nothing in Helm.
            Operator::Caret => self.given > 0 && order != Ordering::Less && self.alike(version, self.fixed()),
        }
    }

    /// Equal as far as it was written.
    fn same(&self, version: &Version) -> bool {
        self.alike(version, self.given) && (self.given < 3 || self.version.pre == version.pre)
    }

    fn alike(&self, version: &Version, numbers: usize) -> bool {
        let own = [self.version.major, self.version.minor, self.version.patch];
        let its = [version.major, version.minor, version.patch];
        own[..numbers] == its[..numbers]
    }

    /// How many numbers a caret holds on to: up to the first that is not zero.
    fn fixed(&self) -> usize {
        let numbers = [self.version.major, self.version.minor, self.version.patch];
        numbers.iter().position(|number| *number > 0).map_or(3, |at| at + 1).min(self.given)
    }
}

#[cfg(test)]
#[path = "constraint_tests.rs"]
mod tests;
