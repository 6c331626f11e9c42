//! How far a version is behind another, and which of some is the newest. Does not know what sources offer: `charts` does.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::chart::{compare, parse};

/// How far a version is behind the newest, by the number that a semver range would stop at: below 1.0.0 the minor number
/// does what the major number does after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Lag {
    /// It is the newest, or newer; or there is nothing to be behind of.
    #[default]
    None,
    /// It is no version, so that nobody knows.
    Unknown,
    /// Fixes are missing.
    Patch,
    /// Features are missing.
    Minor,
    /// What comes is not compatible.
    Major,
}

impl Lag {
    /// How far a version is behind the newest.
    pub fn of(version: &str, newest: &str) -> Self {
        if compare(version, newest) != Ordering::Less {
            return Self::None;
        }
        let (Some(own), Some(newest)) = (parse(version), parse(newest)) else { return Self::Unknown };
        if own.major != newest.major {
            return Self::Major;
        }
        match (own.minor != newest.minor, own.major) {
            (true, 0) => Self::Major,
            (true, _) => Self::Minor,
            (false, _) => Self::Patch,
        }
    }

    /// Whether there is something newer to go to.
    pub fn is_behind(self) -> bool {
        matches!(self, Self::Patch | Self::Minor | Self::Major)
    }

    /// In words; nothing where it is not behind.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Unknown => Some("not known how far behind"),
            Self::Patch => Some("a patch version behind"),
            Self::Minor => Some("a minor version behind"),
            Self::Major => Some("a major version behind"),
        }
    }
}

/// The newest of some versions: an early one (`2.0.0-rc.1`) only where there is no other.
pub fn newest_of<'a>(versions: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let early = |text: &str| parse(text).is_none_or(|version| !version.pre.is_empty());
    versions.max_by(|a, b| early(b).cmp(&early(a)).then_with(|| compare(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_behind_is_told_by_the_number_that_a_range_would_stop_at() {
        for (version, newest, lag) in [
            ("1.4.0", "1.4.0", Lag::None),
            ("v1.4", "1.4.0+build", Lag::None),
            ("1.5.0", "1.4.0", Lag::None),
            ("1.3.9", "1.4.0", Lag::Minor),
            ("1.4.0-rc.1", "1.4.0", Lag::Patch),
            ("1.4.9", "1.4.10", Lag::Patch),
            ("1.9.0", "2.0.0", Lag::Major),
            ("0.8.0", "0.9.0", Lag::Major),
            ("0.9.0", "0.9.1", Lag::Patch),
            ("latest", "1.0.0", Lag::Unknown),
            ("1.0.0", "latest", Lag::None),
        ] {
            assert_eq!(Lag::of(version, newest), lag, "{version} below {newest}");
            assert_eq!(lag.is_behind(), !matches!(lag, Lag::None | Lag::Unknown));
        }
    }

    #[test]
    fn an_early_version_is_the_newest_only_where_there_is_no_other() {
        assert_eq!(newest_of(["1.9.0", "2.0.0-rc.1", "1.10.0", "nonsense"].into_iter()), Some("1.10.0"));
        assert_eq!(newest_of(["2.0.0-rc.1", "2.0.0-rc.10"].into_iter()), Some("2.0.0-rc.10"));
        assert_eq!(newest_of(std::iter::empty()), None);
    }
}
