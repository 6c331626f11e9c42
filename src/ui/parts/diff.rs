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
    /// Both sides beside each other, rather than one after the other.
    #[prop(optional)]
    side: bool,
) -> impl IntoView {
    let coarse = diff.coarse.then(|| view! { <p class="diff-note">{COARSE}</p> });
    let (class, rows) = match side {
        true => ("diff side", pairs(diff.rows).into_iter().map(pair).collect_view()),
        false => ("diff", diff.rows.into_iter().map(row).collect_view()),
    };
    view! {
        {coarse}
        <div class="diff-box" role="region" aria-label=label tabindex="0">
            <table class=class>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

const COARSE: &str = "There is so much of it that it was not compared to the end: lines may be shown as replaced that are the same, and not every changed word is marked.";

/// A row of two sides.
enum Pair {
    /// The lines of both sides, where each has one.
    Lines(Option<DiffRow>, Option<DiffRow>),
    /// A row that goes over both.
    Whole(DiffRow),
}

/// Puts the lines that were taken away beside those that came in their place.
fn pairs(rows: Vec<DiffRow>) -> Vec<Pair> {
    let mut out = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let flush = |gone: &mut Vec<DiffRow>, come: &mut Vec<DiffRow>, out: &mut Vec<Pair>| {
        let (mut left, mut right) = (gone.drain(..), come.drain(..));
        loop {
            match (left.next(), right.next()) {
                (None, None) => break,
                (left, right) => out.push(Pair::Lines(left, right)),
            }
        }
    };
    for row in rows {
        match row {
            DiffRow::Removed { .. } => {
                if !come.is_empty() {
                    flush(&mut gone, &mut come, &mut out);
                }
                gone.push(row);
            }
            DiffRow::Added { .. } => come.push(row),
            DiffRow::Same { .. } => {
                flush(&mut gone, &mut come, &mut out);
                out.push(Pair::Lines(Some(row.clone()), Some(row)));
            }
            DiffRow::Fold { .. } | DiffRow::Cut { .. } => {
                flush(&mut gone, &mut come, &mut out);
                out.push(Pair::Whole(row));
            }
        }
    }
    flush(&mut gone, &mut come, &mut out);
    out
}

fn pair(pair: Pair) -> AnyView {
    match pair {
        Pair::Lines(left, right) => view! { <tr>{half(left, true)} {half(right, false)}</tr> }.into_any(),
        Pair::Whole(whole) => row(whole),
    }
}

/// One side of a row: a line's number and its text.
fn half(row: Option<DiffRow>, first: bool) -> AnyView {
    let (class, number, text) = match row {
        None => ("none", String::new(), ().into_any()),
        Some(DiffRow::Same { left, right, text }) => ("", if first { left } else { right }.to_string(), hidden(text)),
        Some(DiffRow::Removed { left, pieces }) => {
            ("del", left.to_string(), pieces.into_iter().map(|piece| marked(piece, false)).collect_view().into_any())
        }
        Some(DiffRow::Added { right, pieces }) => {
            ("add", right.to_string(), pieces.into_iter().map(|piece| marked(piece, true)).collect_view().into_any())
        }
        Some(DiffRow::Fold { .. } | DiffRow::Cut { .. }) => ("", String::new(), ().into_any()),
    };
    view! {
        <td class=format!("ln {class}")>{number}</td>
        <td class=format!("text {class}")>{text}</td>
    }
    .into_any()
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
        DiffRow::Fold { lines } => whole(if lines == 1 { "1 equal line".to_owned() } else { format!("{lines} equal lines") }),
        DiffRow::Cut { lines } => whole(format!("{lines} more lines are not shown")),
    }
}

/// A row without a text of its own.
fn whole(words: String) -> AnyView {
    view! {
        <tr class="fold">
            <td colspan="4">{words}</td>
        </tr>
    }
    .into_any()
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
