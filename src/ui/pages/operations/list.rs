//! The list of operations.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::operations::see_operations,
    domain::{
        live::Live,
        operation::{Operation, OperationQuery, OperationStatus},
        page::{Page, Paging},
    },
    ui::{
        address::{given, href},
        live::on_hint,
        parts::{
            empty::Empty, filters::Choice, get_form::GetForm, loaded::Loaded, operations::OperationList, page_head::PageHead, pager::Pager,
        },
    },
};

const PATH: &str = "/operations";
const STATUSES: [OperationStatus; 6] = [
    OperationStatus::Queued,
    OperationStatus::Running,
    OperationStatus::Succeeded,
    OperationStatus::Failed,
    OperationStatus::Cancelled,
    OperationStatus::Interrupted,
];

/// The operations page.
#[component]
pub fn OperationsPage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let page = given(query, "page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).saturating_sub(1);
            (given(query, "status").and_then(|word| OperationStatus::parse(&word)), page)
        })
    });
    let operations = Resource::new(
        move || wanted.get(),
        |(status, page)| {
            see_operations(OperationQuery { status, paging: Paging { page, ..Paging::default() }, ..OperationQuery::default() })
        },
    );
    on_hint(|hint| matches!(hint, Live::Operation { .. }), move || operations.refetch());
    view! {
        <Loaded data=operations view=move |page| view! { <Shown page status=wanted.get_untracked().0/> }.into_any()/>
    }
}

#[component]
fn Shown(page: Page<Operation>, status: Option<OperationStatus>) -> impl IntoView {
    let chosen = status.map(OperationStatus::as_str).unwrap_or_default();
    let options = STATUSES.iter().map(|status| (status.as_str().to_owned(), status.as_str().to_owned())).collect();
    view! {
        <PageHead title="Operations"><span><b>{page.total}</b> {if status.is_none() { " in all" } else { " match" }}</span></PageHead>
        <GetForm action=PATH class="filters">
            <Choice name="status" all=Some("Any status") options chosen/>
            <button type="submit" class="btn">"Filter"</button>
            {status.map(|_| view! { <a class="link" href=PATH>"Clear"</a> })}
        </GetForm>
        {match (page.items.is_empty(), status) {
            (true, None) => view! {
                <Empty title="Nothing has been done through Pilothouse yet.">
                    "What plain helm does shows in each release's timeline. Open a " <a class="link" href="/tenants">"tenant"</a> " to install a release."
                </Empty>
            }
            .into_any(),
            (true, Some(_)) => view! { <Empty title="No operation matches."><a class="link" href=PATH>"Show all of them"</a></Empty> }.into_any(),
            _ => view! { <section class="sheet"><OperationList operations=page.items with_release=true/></section> }.into_any(),
        }}
        <Pager
            page=page.page
            size=page.size
            total=page.total
            href=Box::new(move |number| href(PATH, &[("status", chosen), ("page", &(number + 1).to_string())]))
        />
    }
}
