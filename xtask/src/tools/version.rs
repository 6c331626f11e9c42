//! Reads versions out of what programs print and says whether one fits.
//! It runs nothing.

use std::fmt;

/// The first two numbers of a version and the third where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number, or 0.
    pub patch: u32,
}

impl Version {
    /// Finds the first version in a text, such as `Kubernetes v1.36.3` or `go version go1.26.8 linux/amd64`.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == '"' || c == '+' || c == '-')
            .find_map(|word| Self::parse(word.trim_start_matches(|c: char| !c.is_ascii_digit())))
    }

    fn parse(word: &str) -> Option<Self> {
        let digits = word.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?;
        let mut numbers = digits.split('.').map(str::parse::<u32>);
        let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        Some(Self { major, minor, patch: numbers.next().and_then(Result::ok).unwrap_or(0) })
    }

    /// Whether the first two numbers are those of `wanted`, which is what *a fitting version* means here.
    pub fn fits(self, wanted: &str) -> bool {
        Self::parse(wanted).is_some_and(|wanted| (wanted.major, wanted.minor) == (self.major, self.minor))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        Version::find(text).map(|version| version.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_version_is_found_in_what_each_tool_prints() {
        assert_eq!(found("v4.3.1+gdeadbeef"), "4.3.1");
        assert_eq!(found("Kubernetes v1.36.3\n"), "1.36.3");
        assert_eq!(found("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0"), "1.32.4");
        assert_eq!(found("etcd Version: 3.6.16\nGit SHA: Not provided"), "3.6.16");
        assert_eq!(found("kwok version v0.8.0 go1.26.8 (linux/amd64)"), "0.8.0");
        assert_eq!(found("go version go1.26 linux/amd64"), "1.26.0");
    }

    #[test]
    fn a_text_without_a_version_has_none() {
        assert_eq!(Version::find("unknown 7 (devel)"), None);
    }

    #[test]
    fn another_patch_fits_and_another_minor_does_not() {
        let version = Version { major: 1, minor: 36, patch: 0 };
        assert!(version.fits("1.36.3"));
        assert!(!version.fits("1.35.3"));
        assert!(!version.fits("2.36.3"));
    }
}
