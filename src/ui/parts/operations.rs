//! A list of operations, newest first.

use leptos::prelude::*;

use super::{
    state::{State, kind_noun, operation_mark},
    when::When,
};
use crate::domain::operation::Operation;

/// A list of operations.
#[component]
pub fn OperationList(
    /// The operations.
    operations: Vec<Operation>,
    /// Whether each one says which release it concerns.
    #[prop(optional)]
    with_release: bool,
) -> impl IntoView {
    view! {
        <ul class="rows operations">
            {operations.into_iter().map(|operation| view! { <Row operation with_release/> }).collect_view()}
        </ul>
    }
}

#[component]
fn Row(operation: Operation, with_release: bool) -> impl IntoView {
    let owner = operation.tenant.as_ref().map_or_else(|| operation.namespace.to_string(), ToString::to_string);
    let path = operation.path();
    let target = operation.target.clone();
    view! {
        <li>
            <State mark=operation_mark(operation.status) word=operation.status.as_str()/>
            <span class="what">
                <a href=path>
                    <b>{kind_noun(operation.kind)}</b>
                    {with_release.then(|| format!(" of {} in {owner}", operation.release_name))}
                </a>
                {(!target.is_empty()).then(|| view! { " " <code>{target}</code> })}
                {operation.reason.map(|reason| view! { <span class="muted">{format!(" “{reason}”")}</span> })}
                {operation.error.map(|error| view! { <span class="muted error">{format!(" {}", error.message)}</span> })}
            </span>
            <span class="muted by">{operation.requested_by} " · " <When at=operation.created_at/></span>
        </li>
    }
}
