//! What a change will do, as the page of a preview shows it: what to look at first, how values change, how objects do. Compares
//! nothing: the preview has it all.

use leptos::prelude::*;

use super::Shape;
use crate::{
    domain::{
        diff::Diff,
        operation::OperationKind,
        preview::{ChangeKind, ObjectChange, Risk, Warning},
    },
    ui::{
        address::href,
        parts::{
            diff::DiffTable,
            empty::Empty,
            sheet::Sheet,
            state::{Mark, State},
            tabs::Tabs,
        },
    },
};

/// More objects than this are folded until somebody opens them.
const OPEN: usize = 6;

/// What to look at before going on: what is grave on top.
#[component]
pub fn Warnings(
    /// All of it.
    warnings: Vec<Warning>,
) -> impl IntoView {
    if warnings.is_empty() {
        return ().into_any();
    }
    let row = |warning: Warning| {
        let (mark, word) = risk_mark(warning.risk);
        view! {
            <li>
                <State mark word/>
                <span class="what"><code>{warning.subject}</code> " " {warning.text}</span>
            </li>
        }
    };
    view! {
        <Sheet title="Look at this first">
            <ul class="risks">{warnings.into_iter().map(row).collect_view()}</ul>
        </Sheet>
    }
    .into_any()
}

fn risk_mark(risk: Risk) -> (Mark, &'static str) {
    let mark = if risk.is_grave() { Mark::Bad } else { Mark::Warn };
    match risk {
        Risk::Immutable => (mark, "cannot change"),
        Risk::DataLoss => (mark, "is lost"),
        Risk::OlderChart => (mark, "goes back"),
        Risk::ScaledToZero => (mark, "runs nothing"),
        Risk::UnknownKey => (mark, "no effect"),
        Risk::Kept => (mark, "stays"),
        Risk::Image => (Mark::Busy, "other image"),
    }
}

/// How values change.
#[component]
pub fn Values(
    /// How the override changes.
    values: Diff,
    /// How the computed values change.
    computed: Diff,
    /// How they are to be shown.
    shape: Shape,
    /// The preview's page.
    path: String,
) -> impl IntoView {
    let at = |computed: bool, side: bool| {
        href(&path, &[("of", if computed { "computed" } else { "" }), ("view", if side { "side" } else { "" })])
    };
    let tabs = vec![
        ("Values override".to_owned(), at(false, shape.side), !shape.computed),
        ("Computed values".to_owned(), at(true, shape.side), shape.computed),
    ];
    let ways = vec![
        ("One below the other".to_owned(), at(shape.computed, false), !shape.side),
        ("Side by side".to_owned(), at(shape.computed, true), shape.side),
    ];
    let (what, stays, diff) = match shape.computed {
        true => ("The computed values", "The computed values stay as they are.", computed),
        false => ("The values override", "The values override stays as it is.", values),
    };
    let body = match diff.is_empty() {
        true => view! { <Empty title=stays/> }.into_any(),
        false => view! { <DiffTable diff label=format!("{what}, now and then") side=shape.side/> }.into_any(),
    };
    view! {
        <section class="sheet">
            <header>
                <Tabs label="Which values" tabs/>
                <Tabs label="How to show what changes" tabs=ways/>
            </header>
            {body}
        </section>
    }
}

/// How objects change.
#[component]
pub fn Objects(
    /// Those that do not stay as they are.
    manifest: Vec<ObjectChange>,
    /// What is done.
    kind: OperationKind,
    /// How they are to be shown.
    shape: Shape,
) -> impl IntoView {
    if manifest.is_empty() {
        return view! {
            <Sheet title="Objects">
                <Empty title="Every object stays as it is.">
                    {(kind == OperationKind::Upgrade).then_some("The upgrade makes a new revision all the same.")}
                </Empty>
            </Sheet>
        }
        .into_any();
    }
    let open = manifest.len() <= OPEN;
    let row = move |object: ObjectChange| {
        let (mark, tone) = match object.change {
            ChangeKind::Removed => ("−", "del"),
            ChangeKind::Changed => ("~", "mod"),
            ChangeKind::Added => ("+", "add"),
        };
        let counts = format!("+{} −{}", object.diff.added, object.diff.removed);
        let hook = object.hook.map(|events| format!("hook ({})", events.join(", ")));
        let about = hook.as_ref().map(|hook| format!("{hook} ")).unwrap_or_default();
        let label = format!("{about}{} {}, {}", object.kind, object.name, object.change.as_str());
        view! {
            <details class="object" open=open>
                <summary>
                    <span class=format!("sign {tone}") aria-hidden="true">{mark}</span>
                    <code><b>{object.kind}</b> " " {object.name}</code>
                    {hook.map(|hook| view! { <span class="tag">{hook}</span> })}
                    <span class="muted">{object.change.as_str()} " " {counts}</span>
                </summary>
                <DiffTable diff=object.diff label side=shape.side/>
            </details>
        }
    };
    view! { <Sheet title="Objects">{manifest.into_iter().map(row).collect_view()}</Sheet> }.into_any()
}
