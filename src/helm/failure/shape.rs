//! Pieces of a foreign text that may stand in a sentence of ours, because they can hold nothing but what they are:
//! names, kinds, versions, paths of a narrow alphabet and a bounded length. Does not know Helm's sentences.

/// What stands between two texts, the first of which begins it.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(before)?;
    rest.find(after).map(|end| &rest[..end])
}

/// What stands between two texts, wherever the first of them is.
pub(super) fn within<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    between(&text[text.find(before)?..], before, after)
}

/// A DNS-1123 subdomain.
pub(super) fn dns(text: &str) -> Option<&str> {
    let fits = (1..=253).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    fits.then_some(text)
}

/// A Kubernetes kind.
pub(super) fn kind(text: &str) -> Option<&str> {
    let fits = (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric());
    fits.then_some(text)
}

/// A word such as a verb or the name of a field's owner.
pub(super) fn word(text: &str) -> Option<&str> {
    let fits = (1..=63).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
    fits.then_some(text)
}

/// A version of Kubernetes, without its `v`.
pub(super) fn version(text: &str) -> Option<&str> {
    word(text).filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
}

/// A path of fields, such as `.spec.replicas`.
pub(super) fn field(text: &str) -> Option<&str> {
    let fits = text.len() <= 100
        && text.strip_prefix('.')?.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
    fits.then_some(text)
}

/// A JSON pointer made of plain keys, such as `/engine/replicas`.
pub(super) fn pointer(text: &str) -> Option<&str> {
    let fits = text.len() <= 200 && text.strip_prefix('/')?.split('/').all(|part| word(part).is_some());
    fits.then_some(text)
}

/// A template with a line and perhaps a column, such as `web/templates/ingress.yaml:12:4`.
pub(super) fn place(text: &str) -> Option<&str> {
    let fits = text.len() <= 200
        && text.contains("templates/")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/' | ':'));
    fits.then_some(text)
}

/// A few of them as a phrase: three at most, the rest counted. `None` of none.
pub(super) fn list(items: impl Iterator<Item = String>) -> Option<String> {
    let mut items: Vec<String> = items.collect();
    items.dedup();
    let more = items.len().saturating_sub(3);
    items.truncate(3);
    match (more, items.as_slice()) {
        (_, []) => None,
        (0, [one]) => Some(one.clone()),
        (0, [most @ .., last]) => Some(format!("{} and {last}", most.join(", "))),
        (more, all) => Some(format!("{} and {more} more", all.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_carry_a_text_are_no_names() {
        for text in ["", "my secret", "pass=hunter2", "a\nb", "-a", "é", &"a".repeat(300)] {
            assert_eq!((dns(text), kind(text), pointer(text), place(text)), (None, None, None, None), "{text}");
        }
        assert_eq!(dns("web.v2-x"), Some("web.v2-x"));
        assert_eq!(kind("StatefulSet"), Some("StatefulSet"));
        assert_eq!(field(".spec.replicas"), Some(".spec.replicas"));
        assert_eq!(field(".data.password: hunter2"), None);
    }

    #[test]
    fn a_long_list_is_counted() {
        let list = |n: usize| list((0..n).map(|i| i.to_string()));
        assert_eq!((list(0), list(1).unwrap().as_str()), (None, "0"));
        assert_eq!(list(3).unwrap(), "0, 1 and 2");
        assert_eq!(list(7).unwrap(), "0, 1, 2 and 4 more");
    }
}
