//! The list of batches.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{batch_mark, progress::Bar};
use crate::{
    api::batches::see_batches,
    domain::{actor::Act, batch::Batch, live::Live, page::Page},
    ui::{
        address::{given, href},
        frame::surroundings,
        live::on_hint,
        parts::{action::Action, empty::Empty, loaded::Loaded, page_head::PageHead, pager::Pager, state::State, when::When},
    },
};

const PATH: &str = "/batches";

/// The batches page.
#[component]
pub fn BatchesPage() -> impl IntoView {
    let query = use_query_map();
    let page = Memo::new(move |_| {
        query.with(|query| given(query, "page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).saturating_sub(1))
    });
    let batches = Resource::new(move || page.get(), see_batches);
    on_hint(|hint| matches!(hint, Live::Batch { .. }), move || batches.refetch());
    view! {
        <Loaded data=batches view=move |page| view! { <Shown page/> }.into_any()/>
    }
}

#[component]
fn Shown(page: Page<Batch>) -> impl IntoView {
    let refused = surroundings().may(Act::RunBatches).err();
    let actions = view! { <Action label="New batch…" href="/batches/new" tone="go" refused/> }.into_any();
    let rows = page.items.into_iter().map(|batch| view! { <Row batch/> }).collect_view();
    view! {
        <PageHead title="Batches" actions><span><b>{page.total}</b> " in all"</span></PageHead>
        {if page.total == 0 {
            view! {
                <Empty title="Nothing has been changed in a batch yet.">
                    "A batch changes many tenants' releases in waves, after showing what each of them will get. Begin with a chart that is behind on the "
                    <a class="link" href="/">"fleet page"</a> "."
                </Empty>
            }
            .into_any()
        } else {
            view! { <section class="sheet"><ul class="batches">{rows}</ul></section> }.into_any()
        }}
        <Pager
            page=page.page
            size=page.size
            total=page.total
            href=Box::new(move |number| href(PATH, &[("page", &(number + 1).to_string())]))
        />
    }
}

#[component]
fn Row(batch: Batch) -> impl IntoView {
    let (mark, word) = batch_mark(&batch);
    let counts = batch.counts;
    let taking = counts.total() - counts.set_aside;
    view! {
        <li>
            <State mark word/>
            <span class="what">
                <a href=batch.path()><b>{batch.title.clone()}</b></a>
                " on " {taking} " " {if taking == 1 { "release" } else { "releases" }}
                {batch.why.clone().map(|why| view! { <span class="muted">" — " {why}</span> })}
            </span>
            <Bar counts/>
            <span class="muted">"by " {batch.requested_by.clone()} " " <When at=batch.created_at/></span>
        </li>
    }
}
