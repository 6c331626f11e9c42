//! Short texts from the cluster: hostile, so cut and without control characters. Does not redact.

/// The text without control characters, at most `max` characters of it.
pub(super) fn short(text: &str, max: usize) -> String {
    let mut kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control());
    let mut short: String = kept.by_ref().take(max).collect();
    if kept.next().is_some() {
        short.pop();
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_cut_at_characters_and_holds_no_control_characters() {
        assert_eq!(short("a\u{1b}[31mb\nc", 20), "a[31mb c");
        assert_eq!(short("ééééé", 3), "éé…");
        assert_eq!(short("abc", 3), "abc");
    }
}
