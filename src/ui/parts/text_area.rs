//! The one place where a text that somebody typed stands in a `<textarea>`: Leptos 0.8 does not escape the children of
//! that element on the server, so a values file could end it and begin a script. Here the text is escaped by hand.

use leptos::prelude::*;

/// From how many lines on the field is high from the start, even when nothing is in it.
const TALL: u32 = 8;

/// A field for a longer text.
#[component]
pub fn TextArea(
    /// Its name in the form; its id, too.
    name: &'static str,
    /// What it holds at first.
    #[prop(into)]
    value: String,
    /// How many lines are in sight at first.
    #[prop(default = 3)]
    rows: u32,
    /// Whether it holds code.
    #[prop(optional)]
    code: bool,
    /// The element that describes it.
    #[prop(optional, into)]
    described_by: Option<String>,
) -> impl IntoView {
    view! {
        <textarea
            id=name
            name=name
            rows=rows
            class="text-area"
            class:code=code
            class:tall={rows >= TALL}
            spellcheck=if code { "false" } else { "true" }
            aria-describedby=described_by
            inner_html=escape(&value)
        ></textarea>
    }
}

/// The text as it may stand between the tags of a textarea. A line break right after the tag would be dropped by the
/// parser, so leading ones are dropped here, on both sides alike.
fn escape(text: &str) -> String {
    text.trim_start_matches(['\r', '\n']).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_the_field_it_stands_in() {
        let owner = Owner::new();
        let html = owner.with(|| view! { <TextArea name="values" value="a: </textarea><script>alert(1)</script> &lt; \"'"/> }.to_html());
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(html.contains("a: &lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt; \"'"), "{html}");
    }
}
