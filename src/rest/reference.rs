//! The API's document as a page for people: every operation with its parameters and its body, field by field, with an example.
//! One page, without a script or anything from elsewhere. Describes nothing itself.

mod bodies;

use std::fmt::Write;

use utoipa::openapi::{
    OpenApi as Document, RefOr,
    path::{Operation, ParameterIn, PathItem},
};

/// The document for people: one page, no script.
pub(super) fn page(document: &Document) -> String {
    let mut out = String::from(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>API – Pilothouse</title><link rel=stylesheet href=/pkg/pilothouse.css></head><body><main class=reference>\
         <nav><a href=/>Pilothouse</a> <a href=/api/openapi.json>OpenAPI document</a></nav><h1>API</h1>",
    );
    let mut say = |text: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = out.write_fmt(text);
    };
    // The schemas are walked as the JSON that everybody reads.
    let json = serde_json::to_value(document).unwrap_or_default();
    say(format_args!("<p>{}</p>", prose(document.info.description.as_deref().unwrap_or_default())));
    say(format_args!("<p>Every request carries <code>Authorization: Bearer &lt;token&gt;</code>.</p>"));
    for tag in document.tags.iter().flatten() {
        let mut rows =
            document.paths.paths.iter().flat_map(|(path, item)| verbs(item).map(move |(verb, operation)| (path, verb, operation)));
        let of_tag: Vec<_> =
            rows.by_ref().filter(|(_, _, operation)| operation.tags.iter().flatten().any(|name| *name == tag.name)).collect();
        if of_tag.is_empty() {
            continue;
        }
        say(format_args!("<h2>{}</h2><p>{}</p><dl>", escape(&tag.name), prose(tag.description.as_deref().unwrap_or_default())));
        for (path, verb, operation) in of_tag {
            say(format_args!("<dt><code>{verb} {}</code></dt><dd><p>", escape(path)));
            say(format_args!("{}", prose(operation.summary.as_deref().unwrap_or_default())));
            if let Some(text) = &operation.description {
                say(format_args!(". {}", prose(text)));
            }
            say(format_args!("</p>"));
            let given: Vec<String> = operation
                .parameters
                .iter()
                .flatten()
                .filter_map(|given| match given {
                    RefOr::T(one) => Some(one),
                    RefOr::Ref(_) => None,
                })
                .map(|one| {
                    let place = match one.parameter_in {
                        ParameterIn::Query | ParameterIn::QueryString => "query",
                        ParameterIn::Path => "path",
                        ParameterIn::Header => "header",
                        ParameterIn::Cookie => "cookie",
                    };
                    let text = one.description.as_deref().map(|text| format!(": {}", prose(text))).unwrap_or_default();
                    format!("<li><code>{}</code> ({place}){text}</li>", escape(&one.name))
                })
                .collect();
            if !given.is_empty() {
                say(format_args!("<ul>{}</ul>", given.concat()));
            }
            let asked = &json["paths"][path][verb.to_lowercase()]["requestBody"];
            say(format_args!("{}", bodies::shown(&json, asked)));
            let answers: Vec<&String> = operation.responses.responses.keys().filter(|status| status.starts_with('2')).collect();
            say(format_args!(
                "<p class=muted>Answers {}</p></dd>",
                answers.iter().map(|status| escape(status)).collect::<Vec<_>>().join(", ")
            ));
        }
        say(format_args!("</dl>"));
    }
    out.push_str("</main></body></html>");
    out
}

fn verbs(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(verb, operation)| Some((verb, operation.as_ref()?)))
}

/// A description: what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = escape(text);
    let closed = parts.matches('`').count() / 2 * 2;
    let mut parts = parts.splitn(closed + 1, '`').enumerate();
    parts.by_ref().fold(String::new(), |out, (at, part)| if at % 2 == 1 { format!("{out}<code>{part}</code>") } else { out + part })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
