//! Chart versions as texts whose order is the order of versions, so that the database can sort by them.
//! Does not compare two versions: [`crate::domain::chart::compare`] does, and this agrees with it.

use crate::domain::chart;

/// The sort key of a version. What is no version comes first, by its letters.
pub(super) fn version_key(text: &str) -> String {
    let Some(version) = chart::parse(text) else {
        return format!("0{text}");
    };
    let mut key = format!("1{:020}{:020}{:020}", version.major, version.minor, version.patch);
    if version.pre.is_empty() {
        // Above every pre-release: those begin with a digit.
        key.push('~');
    } else {
        // Identifiers that are numbers come before others; each ends with what is below every letter of another, so
        // that the shorter of two that begin alike comes first.
        for part in version.pre.split('.') {
            match part.parse::<u64>() {
                Ok(number) => key.push_str(&format!("0{number:020}!")),
                Err(_) => key.push_str(&format!("1{part}!")),
            }
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_versions_compare() {
        let texts = [
            "",
            "nonsense",
            "0.0.1",
            "1",
            "v1.2",
            "1.2.0",
            "1.2.0-1",
            "1.2.0-2",
            "1.2.0-10",
            "1.2.0-alpha",
            "1.2.0-alpha.1",
            "1.2.0-alpha-1",
            "1.2.0-rc.1",
            "1.2.0-rc.10",
            "1.2.0-rc.9",
            "1.9.0",
            "1.10.0",
            "10.0.0",
            "2.0.0",
            "2.0.0+build",
        ];
        for a in texts {
            for b in texts {
                assert_eq!(version_key(a).cmp(&version_key(b)), chart::compare(a, b), "{a} and {b}");
            }
        }
    }
}
