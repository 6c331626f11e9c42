//! Changes single values in a values file and leaves every comment and every other line as it is.
//! It reads only the plain block style that the demo charts are written in: it is not a YAML parser.

use std::ops::Range;

/// The text with another value at a dotted path; nothing if the path is not there.
pub fn set(text: &str, path: &str, value: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = find(&lines, path)?;
    let key = lines[at.start].split_once(':')?.0;
    let line = format!("{key}: {value}");
    Some(join(lines[..at.start].iter().copied().chain([line.as_str()]).chain(lines[at.end..].iter().copied())))
}

/// The text without the value at a dotted path and without the comment above it; nothing if the path is not there.
pub fn drop(text: &str, path: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut at = find(&lines, path)?;
    while at.start > 0 && lines[at.start - 1].trim_start().starts_with('#') {
        at.start -= 1;
    }
    // The empty line between two blocks goes with the one that goes.
    if at.start > 0 && lines[at.start - 1].is_empty() && lines.get(at.end).is_none_or(|line| line.is_empty()) {
        at.start -= 1;
    }
    Some(join(lines[..at.start].iter().chain(&lines[at.end..]).copied()))
}

/// The lines of the key and all that is below it.
fn find(lines: &[&str], path: &str) -> Option<Range<usize>> {
    let mut within = 0..lines.len();
    let mut found = None;
    for (depth, key) in path.split('.').enumerate() {
        let key = format!("{key}:");
        let start = within.clone().find(|line| indent(lines[*line]) == Some(depth * 2) && lines[*line].trim_start().starts_with(&key))?;
        let more = |line: &usize| indent(lines[*line]).is_none_or(|indent| indent > depth * 2);
        let mut end = (start + 1..within.end).take_while(more).last().map_or(start + 1, |last| last + 1);
        // Empty lines and comments after the block belong to what follows.
        while end > start + 1 && indent(lines[end - 1]).is_none() {
            end -= 1;
        }
        within = start + 1..end;
        found = Some(start..end);
    }
    found
}

/// How far a line is indented; an empty line or a comment says nothing.
fn indent(line: &str) -> Option<usize> {
    let text = line.trim_start();
    (!text.is_empty() && !text.starts_with('#')).then(|| line.len() - text.len())
}

fn join<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# How many.\nreplicas: 2\n\nsite:\n  title: Shop\n  # Seconds.\n  cache: 300\n  limits:\n    \
                        cpu: 1\n\n# Where.\nnodes: {}\n";

    #[test]
    fn a_value_is_replaced_and_the_comments_stay() {
        let text = set(TEXT, "site.cache", "60").expect("it is there");
        assert_eq!(text, TEXT.replace("cache: 300", "cache: 60"));
        let text = set(TEXT, "nodes", "{pool: arm}").expect("it is there");
        assert_eq!(text, TEXT.replace("nodes: {}", "nodes: {pool: arm}"));
    }

    #[test]
    fn a_dropped_block_takes_its_comment_along() {
        let text = drop(TEXT, "site").expect("it is there");
        assert_eq!(text, "# How many.\nreplicas: 2\n\n# Where.\nnodes: {}\n");
        let text = drop(TEXT, "site.cache").expect("it is there");
        assert_eq!(text, TEXT.replace("  # Seconds.\n  cache: 300\n", ""));
        assert_eq!(drop(TEXT, "nodes").expect("it is there"), TEXT.replace("\n# Where.\nnodes: {}\n", ""));
    }

    #[test]
    fn a_path_that_is_not_there_changes_nothing() {
        assert_eq!(set(TEXT, "site.titel", "x"), None);
        assert_eq!(set(TEXT, "cpu", "x"), None);
        assert_eq!(drop(TEXT, "site.limits.memory"), None);
    }
}
