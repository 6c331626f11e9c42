//! Audit rows as a short list on the page of what they are about. The whole table is [`super::audit_table`].

use leptos::prelude::*;

use super::{audit_table::facts, when::When};
use crate::domain::audit::AuditRow;

/// Audit rows.
#[component]
pub fn AuditList(
    /// The rows, newest first.
    rows: Vec<AuditRow>,
) -> impl IntoView {
    view! {
        <ul class="rows audit-list">
            {rows
                .into_iter()
                .map(|row| {
                    let entry = row.entry;
                    view! {
                        <li>
                            <code>{entry.act}</code>
                            <div class="what">
                                {facts(entry.before, entry.after)}
                                {entry.reason.map(|reason| view! { <span class="muted">{format!("“{reason}”")}</span> })}
                            </div>
                            <span class="muted by">{entry.actor} " · " <When at=entry.at/></span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
