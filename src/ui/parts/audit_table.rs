//! Audit rows as a table: when, who and through which door, what, how it was and is, why.

use leptos::prelude::*;
use serde_json::Value;

use super::when::When;
use crate::{
    domain::{
        actor::Door,
        audit::{AuditRow, Facts},
        tenant::Tenant,
    },
    ui::address,
};

/// Audit rows.
#[component]
pub fn AuditTable(
    /// The rows.
    rows: Vec<AuditRow>,
    /// The tenants that who looks can see.
    tenants: Vec<Tenant>,
) -> impl IntoView {
    view! {
        <div class="table-box">
            <table class="audit-table">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Before and after"</th>
                        <th scope="col">"Why"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| shown(row, &tenants)).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn shown(row: AuditRow, tenants: &[Tenant]) -> AnyView {
    let entry = row.entry;
    let subject = subject_path(&entry.act, &entry.subject, tenants.iter().find(|tenant| Some(tenant.id) == entry.tenant));
    let operation = entry.operation.map(|id| view! { " " <a class="link" href=format!("/operations/{id}")>"Operation"</a> });
    view! {
        <tr id=format!("row-{}", row.seq)>
            <td class="when"><When at=entry.at/></td>
            <td class="who">
                <b>{entry.actor}</b>
                {entry.via.map(|via| view! { <span class="muted">{format!(" by {via}")}</span> })}
                <span class="muted how">{door_word(entry.door)} {entry.from.map(|from| format!(", {from}"))}</span>
            </td>
            <td class="what">
                <code>{entry.act}</code>
                <span class="subject">
                    {match subject {
                        Some(path) => view! { <a href=path>{entry.subject}</a> }.into_any(),
                        None => view! { <span>{entry.subject}</span> }.into_any(),
                    }}
                    {operation}
                </span>
            </td>
            <td class="facts">{facts(entry.before, entry.after)}</td>
            <td class="why">{entry.reason.map(|reason| format!("“{reason}”"))}</td>
        </tr>
    }
    .into_any()
}

/// What changed, fact by fact.
pub(super) fn facts(before: Option<Facts>, after: Option<Facts>) -> Option<AnyView> {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let names: Vec<String> = after.keys().chain(before.keys().filter(|name| !after.contains_key(*name))).cloned().collect();
    let rows = names.into_iter().map(|name| {
        let (old, new) = (before.get(&name).map(word), after.get(&name).map(word));
        let what = match (old, new) {
            (Some(old), Some(new)) if old == new => new,
            (Some(old), Some(new)) => format!("{old} → {new}"),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => String::new(),
        };
        view! { <div><dt>{name}</dt> <dd>{what}</dd></div> }
    });
    let rows = rows.collect_view();
    (!before.is_empty() || !after.is_empty()).then(|| view! { <dl>{rows}</dl> }.into_any())
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn door_word(door: Door) -> &'static str {
    match door {
        Door::Page => "on a page",
        Door::Api => "by the API",
        Door::Batch => "in a batch",
        Door::Cli => "on the command line",
        Door::System => "Pilothouse itself",
        Door::Elsewhere => "elsewhere",
    }
}

/// The page of what the row is about, where that is a release.
fn subject_path(act: &str, subject: &str, tenant: Option<&Tenant>) -> Option<String> {
    let (namespace, name) = subject.split_once('/')?;
    let noun = act.split_once('.').map_or(act, |(noun, _)| noun);
    let place = tenant.map_or("/unassigned".to_owned(), |tenant| address::tenant(tenant.slug.as_str()));
    ["release", "operation", "value"]
        .contains(&noun)
        .then(|| format!("{place}/releases/{}/{}", address::encode(namespace), address::encode(name)))
}
