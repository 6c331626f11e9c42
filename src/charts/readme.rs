//! A chart's README as HTML: a stranger's text, of which headings, lists, tables, code and links to the web are left, and
//! nothing that runs, loads or looks like ours. HTML in it is left out: what is made of the rest is still sanitized.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

/// How much of it is read.
const MOST: usize = 64 << 10;
/// How deep quotes, lists and emphasis may nest, and how long the signs at a line's beginning that nest them may be.
const DEEPEST: usize = 24;
const LONGEST_SIGNS: usize = 100;
/// The elements that are left. Those of headings begin below the page's own.
const ELEMENTS: &str = "a b blockquote br code dd del dl dt em h3 h4 h5 h6 hr i kbd li ol p pre strong table tbody td th thead tr ul";

/// The README as harmless HTML. Takes milliseconds: not for a thread that answers requests.
pub fn readme(markdown: &str) -> String {
    let end = (0..=MOST.min(markdown.len())).rev().find(|at| markdown.is_char_boundary(*at)).unwrap_or(0);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let shallow: String = markdown[..end].split_inclusive('\n').map(unnested).collect();
    let (mut html, mut depth) = (String::new(), 0_usize);
    let plain = Parser::new_ext(&shallow, options).filter(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) => false,
        Event::Start(_) => {
            depth += 1;
            depth <= DEEPEST
        }
        Event::End(_) => {
            depth = depth.saturating_sub(1);
            depth < DEEPEST
        }
        _ => true,
    });
    push_html(&mut html, plain.map(lowered));
    let clean = Builder::empty()
        .tags(ELEMENTS.split(' ').collect())
        .clean_content_tags(["script", "style", "title", "textarea", "noscript", "template", "svg", "math"].into())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string();
    let cut = if end < markdown.len() { "<p><em>The rest of this README is left out: it is too long.</em></p>" } else { "" };
    clean + cut
}

/// A line without the signs that would nest it deeper than anybody writes.
fn unnested(line: &str) -> &str {
    let text = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
    if line.len() - text.len() > LONGEST_SIGNS { text } else { line }
}

/// Headings two levels down; a picture is its description.
fn lowered(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: below(level), id: None, classes: vec![], attrs: vec![] })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        other => other,
    }
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn markdown_is_shown_below_the_pages_own_headings() {
        let html =
            readme("# Web\n\nA **shop**, see [docs](https://example.com/a).\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```yaml\na: <b>\n```\n");
        assert!(html.contains("<h3>Web</h3>") && html.contains("<strong>shop</strong>") && html.contains("<td>1</td>"), "{html}");
        assert!(html.contains(r#"href="https://example.com/a""#) && html.contains("noopener noreferrer nofollow"), "{html}");
        assert!(html.contains("a: &lt;b&gt;"), "{html}");
    }

    #[test]
    fn nothing_in_it_runs_loads_or_leads_elsewhere_than_to_the_web() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example.com/pixel.png)",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](vbscript:x)",
            "[x](/operations)",
            "[x](//evil.example.com)",
            "<a href=\"&#106;avascript:alert(1)\">x</a>",
            "<svg><script>alert(1)</script></svg>",
            "<math><mi><style><img src=x onerror=alert(1)></style></mi></math>",
            "<style>body{display:none}</style>",
            "<p style=\"position:fixed\" class=\"btn\" id=\"name\" onclick=\"x()\">hi</p>",
            "<form action=/sign-out><button>x</button></form>",
            "<iframe src=https://evil.example.com></iframe>",
            "<meta http-equiv=refresh content=0>",
            "<base href=https://evil.example.com>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<template><script>alert(1)</script></template>",
        ] {
            let html = readme(text).to_lowercase();
            for word in [
                "<script",
                "<img",
                "<svg",
                "<style",
                "<form",
                "<iframe",
                "<meta",
                "<base",
                "<template",
                "style=",
                "class=",
                "id=",
                "onclick=",
                "onerror=x",
                "javascript:",
                "data:",
                "vbscript:",
                "src=",
            ] {
                assert!(!html.contains(word), "{text} became {html}");
            }
            let elsewhere =
                html.split("href=\"").skip(1).find(|rest| !["http://", "https://", "mailto:"].iter().any(|way| rest.starts_with(way)));
            assert!(elsewhere.is_none(), "{text} became {html}");
        }
    }

    #[test]
    fn a_readme_without_end_is_cut_and_one_that_nests_without_end_is_read() {
        let started = Instant::now();
        assert!(readme(&"word ".repeat(1 << 20)).ends_with("too long.</em></p>"));
        for nested in [
            ">".repeat(MOST),
            "- ".repeat(MOST / 2),
            "<b>".repeat(MOST / 3),
            "[".repeat(MOST),
            "*a_".repeat(MOST / 3),
            "| ".repeat(MOST / 2),
        ] {
            let _ = readme(&nested);
        }
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}
