//! Labels of tenants as people write them: by Kubernetes' own rules, since they end up on namespaces. Does not read
//! them from the cluster: `cluster` does.

use std::collections::BTreeMap;

use super::problem::{Code, Problem};

/// The most labels of a tenant.
const MOST: usize = 20;

/// Refuses labels that Kubernetes would not take.
pub fn checked(labels: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    if labels.len() > MOST {
        return Err(Problem::new(Code::InvalidValues, format!("A tenant has at most {MOST} labels.")));
    }
    for (key, value) in &labels {
        if !word(key) {
            return Err(refused("label's key", key));
        }
        if !value.is_empty() && !word(value) {
            return Err(refused("label's value", value));
        }
    }
    Ok(labels)
}

/// Reads labels as a form sends them: `key=value`, one a line or with commas between.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let mut labels = BTreeMap::new();
    for part in text.split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| Problem::new(Code::InvalidRequest, "A label is written as key=value, such as ring=canary; one a line."))?;
        if labels.insert(key.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(Problem::new(Code::InvalidRequest, "A label's key stands there twice. Keep one of them."));
        }
    }
    checked(labels)
}

/// Labels as a form shows them.
pub fn text(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// Kubernetes' rule for values, and for keys without a prefix.
fn word(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    (1..=63).contains(&text.len())
        && text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| ends(c) || matches!(c, '-' | '_' | '.'))
}

fn refused(what: &str, text: &str) -> Problem {
    Problem::invalid_name(
        what,
        text,
        "may hold letters, digits, '-', '_' and '.', has to begin and end with a letter or a digit, and has at most 63 characters",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_they_are_shown() {
        let labels = parse("ring=canary\r\ntier = gold, empty=").unwrap();
        assert_eq!(labels.get("tier").map(String::as_str), Some("gold"));
        assert_eq!(parse(&text(&labels)).unwrap(), labels);
        assert!(parse(" \n").unwrap().is_empty());
    }

    #[test]
    fn what_kubernetes_would_refuse_is_refused() {
        for bad in ["ring", "=x", "a/b=c", "-a=b", "a=b c", "a=<script>", "a=1\na=2", &format!("a={}", "x".repeat(64))] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(checked((0..21).map(|n| (format!("k{n}"), String::new())).collect()).is_err());
    }
}
