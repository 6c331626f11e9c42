//! The board of a batch: where it stands and what can be done, then what needs a person, what it found beforehand, and its waves
//! filling in. Each part has a file of its own.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    batch_mark,
    control::{Before, Controls},
    failed::{aside, failed},
    found::found,
    named::named,
    progress::{Progress, Told, waits},
    waves::waves,
    words::words,
};
use crate::{
    api::batches::see_batch,
    domain::{
        batch::{Board, TargetState},
        live::Live,
    },
    ui::{
        live::on_hint,
        parts::{
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            sheet::Sheet,
            state::State,
            when::When,
        },
    },
};

/// A batch's page.
#[component]
pub fn BatchPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let board = Resource::new(move || id.get(), see_batch);
    on_hint(
        move |hint| matches!(hint, Live::Batch { id: moved } if id.with_untracked(|id| *id == moved.to_string())),
        move || board.refetch(),
    );
    view! {
        <Told board/>
        <Loaded
            data=board
            view=move |board| {
                // A refused form is answered at its own address.
                let verb = params.with_untracked(|params| params.get("verb")).unwrap_or_default();
                view! { <Shown board typed before=Before::of(typed, verb)/> }.into_any()
            }
        />
    }
}

#[component]
fn Shown(board: Board, typed: Typed, before: Before) -> impl IntoView {
    let Board { batch, aim, can_go_back, timeout, targets, groups, left, .. } = board;
    let (mark, word) = batch_mark(&batch);
    let taking: usize = targets.iter().filter(|target| target.state != TargetState::SetAside).count();
    let title = format!("{} on {taking} {}", batch.title, if taking == 1 { "release" } else { "releases" });
    let targets = named(targets);
    let crumbs = view! { <a href="/batches">"Batches"</a> }.into_any();
    let actions = view! { <Controls batch=batch.clone() targets=targets.clone() before=before.clone()/> }.into_any();
    let facts = words(&batch.strategy, Some(timeout)).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view();
    let (by, at) = (batch.requested_by.clone(), batch.created_at);
    let reason = batch.reason.clone().map(|reason| view! { <span>{format!("“{reason}”")}</span> });
    let why = batch.why.clone().map(|why| view! { <p class="batch-why">{why}</p> });
    let (failed, aside) = (failed(&batch, &targets, can_go_back), aside(&batch, &targets));
    let (found, waits) = (found(&batch, groups, &targets), waits(&batch, &targets));
    let waves = waves(&batch, targets, can_go_back, &before);
    view! {
        <PageHead title crumbs actions>
            <span class="strong"><State mark word/></span>
            {facts}
            <span>"by " <b>{by}</b> " " <When at/></span>
            {reason}
        </PageHead>
        {typed.note()}
        {why}
        <Progress batch left/>
        {(aim.contains('\n')).then(|| view! { <Sheet title="What is set"><pre class="patch"><code>{aim}</code></pre></Sheet> })}
        {failed}
        {aside}
        {found}
        {waits}
        {waves}
    }
}
