//! A diff, and a text with line numbers. Texts come from charts and from the cluster, secrets hidden already: text,
//! never markup.

use leptos::prelude::*;

use super::empty::Empty;
use crate::domain::{
    diff::{Diff, DiffRow, Piece},
    redact::{CHANGED_HIDDEN, HIDDEN},
};

/// What differs between two texts.
#[component]
pub fn DiffTable(
    /// What differs.
    diff: Diff,
    /// What is compared, for those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <div class="diff-box" role="region" aria-label=label tabindex="0">
            <table class="diff">
                <tbody>{diff.rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// A text with line numbers.
#[component]
pub fn Lines(
    /// The text.
    text: String,
    /// What it is, for those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    if text.trim().is_empty() {
        return view! { <Empty title="This part is empty in that revision."/> }.into_any();
    }
    let rows = text
        .lines()
        .enumerate()
        .map(|(at, line)| {
            view! {
                <tr>
                    <td class="ln">{at + 1}</td>
                    <td class="text">{hidden(line.to_owned())}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="diff-box" role="region" aria-label=label tabindex="0">
            <table class="diff">
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(row: DiffRow) -> AnyView {
    match row {
        DiffRow::Same { left, right, text } => view! {
            <tr>
                <td class="ln">{left}</td>
                <td class="ln">{right}</td>
                <td class="sign"></td>
                <td class="text">{hidden(text)}</td>
            </tr>
        }
        .into_any(),
        DiffRow::Removed { left, pieces } => view! {
            <tr class="del">
                <td class="ln">{left}</td>
                <td class="ln"></td>
                <td class="sign">"−"</td>
                <td class="text">{pieces.into_iter().map(|piece| marked(piece, false)).collect_view()}</td>
            </tr>
        }
        .into_any(),
        DiffRow::Added { right, pieces } => view! {
            <tr class="add">
                <td class="ln"></td>
                <td class="ln">{right}</td>
                <td class="sign">"+"</td>
                <td class="text">{pieces.into_iter().map(|piece| marked(piece, true)).collect_view()}</td>
            </tr>
        }
        .into_any(),
        DiffRow::Fold { lines } => view! {
            <tr class="fold">
                <td colspan="4">{if lines == 1 { "1 equal line".to_owned() } else { format!("{lines} equal lines") }}</td>
            </tr>
        }
        .into_any(),
    }
}

fn marked(piece: Piece, added: bool) -> AnyView {
    match (piece.changed, added) {
        (false, _) => piece.text.into_any(),
        (true, true) => view! { <ins>{piece.text}</ins> }.into_any(),
        (true, false) => view! { <del>{piece.text}</del> }.into_any(),
    }
}

/// A line whose value is hidden says so quietly.
fn hidden(line: String) -> AnyView {
    for word in [CHANGED_HIDDEN, HIDDEN] {
        let before = line.trim_end_matches('"').strip_suffix(word).map(|before| before.trim_end_matches('"'));
        if let Some(before) = before.filter(|before| before.ends_with(": ")) {
            let before = before.to_owned();
            return view! { {before} <span class="hidden">{word}</span> }.into_any();
        }
    }
    line.into_any()
}
