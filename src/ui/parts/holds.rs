//! What holds a tenant, in glyph and word, and who set it and why.

use leptos::prelude::*;

use super::{
    state::{Mark, State},
    when::When,
};
use crate::domain::{hold::Hold, tenant::Tenant};

/// The holds in force, as marks.
#[component]
pub fn HoldMarks(
    /// Whose.
    tenant: Tenant,
) -> impl IntoView {
    holds(&tenant).into_iter().map(|(mark, word, _)| view! { <State mark word/> " " }).collect_view()
}

/// The holds in force, each with who, when and why.
#[component]
pub fn HoldNotes(
    /// Whose.
    tenant: Tenant,
) -> impl IntoView {
    let note = |(mark, word, hold): (Mark, &'static str, Hold)| {
        let means = match word {
            "frozen" => "Nothing of it is changed until somebody thaws it.",
            "pinned" => "Batches leave it out; single changes are possible.",
            _ => "Its access to the cluster was taken away; its history stays.",
        };
        view! {
            <p class="hold">
                <State mark word/>
                <span>" by " <b>{hold.by}</b> ", " <When at=hold.at/> ": " {hold.reason} " "</span>
                <span class="muted">{means}</span>
            </p>
        }
    };
    let notes = holds(&tenant).into_iter().map(note).collect_view();
    (!holds(&tenant).is_empty()).then(|| view! { <div class="holds">{notes}</div> })
}

fn holds(tenant: &Tenant) -> Vec<(Mark, &'static str, Hold)> {
    [(Mark::Gone, "retired", &tenant.retired), (Mark::Stopped, "frozen", &tenant.frozen), (Mark::Waiting, "pinned", &tenant.pinned)]
        .into_iter()
        .filter_map(|(mark, word, hold)| Some((mark, word, hold.clone()?)))
        .collect()
}
