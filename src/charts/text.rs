//! Short texts from charts and sources: hostile, so cut and without control characters.

/// The text without control characters, at most `max` characters of it.
pub(super) fn short(text: &str, max: usize) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control()).take(max).collect()
}
