//! The board of a batch: what it found beforehand, its waves filling in, what failed and why, and what can be done.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    batch_mark,
    control::{Controls, WaveControl},
    target_mark, words,
};
use crate::{
    api::batches::see_batch,
    domain::{
        ago::span,
        batch::{Batch, BatchState, Board, Counts, Group, Target, TargetState},
        live::Live,
        release::release_path,
    },
    ui::{
        frame::surroundings,
        live::on_hint,
        parts::{
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            sheet::Sheet,
            state::{Mark, State},
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
        <Loaded data=board view=move |board| view! { <Shown board typed/> }.into_any()/>
    }
}

#[component]
fn Shown(board: Board, typed: Typed) -> impl IntoView {
    let Board { batch, aim, targets, groups, left, .. } = board;
    let (mark, word) = batch_mark(&batch);
    let taking: usize = targets.iter().filter(|target| target.state != TargetState::SetAside).count();
    let title = format!("{} on {taking} {}", batch.title, if taking == 1 { "release" } else { "releases" });
    let crumbs = view! { <a href="/batches">"Batches"</a> }.into_any();
    let waiting = targets.iter().filter(|target| target.state == TargetState::Waiting).cloned().collect::<Vec<_>>();
    let actions = view! { <Controls batch=batch.clone() waiting typed/> }.into_any();
    let facts = words(&batch.strategy).into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view();
    let (by, at) = (batch.requested_by.clone(), batch.created_at);
    let reason = batch.reason.clone().map(|reason| view! { <span>{format!("“{reason}”")}</span> });
    let why = batch.why.clone().map(|why| view! { <p class="batch-why" role="status">{why}</p> });
    let shown = batch.clone();
    view! {
        <PageHead title crumbs actions>
            <span class="strong"><State mark word/></span>
            {facts}
            <span>"by " <b>{by}</b> " " <When at/></span>
            {reason}
        </PageHead>
        {typed.note()}
        {why}
        <Progress batch=batch.clone() left/>
        {(aim.contains('\n')).then(|| view! { <Sheet title="What is set"><pre class="patch"><code>{aim}</code></pre></Sheet> })}
        <Failed targets=targets.clone()/>
        <Found batch=batch.clone() groups targets=targets.clone()/>
        <Waves batch=shown targets=targets.clone() typed/>
        <Aside targets/>
    }
}

/// How many are where, as one bar.
#[component]
pub fn Bar(
    /// How the targets stand.
    counts: Counts,
) -> impl IntoView {
    let parts = [
        (Mark::Good, counts.done, "done"),
        (Mark::Bad, counts.failed, "failed"),
        (Mark::Warn, counts.rolled_back, "rolled back"),
        (Mark::Busy, counts.running, "running"),
    ];
    let label = parts.iter().filter(|part| part.1 > 0).map(|(_, count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let label = if label.is_empty() { "nothing begun".to_owned() } else { label };
    let total = (counts.total() - counts.set_aside).max(1);
    let mut x = 0;
    let rects: Vec<_> = parts
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(mark, count, _)| {
            // In thousandths of the width; a part that is there is always seen.
            let width = (count * 1000 / total).max(6);
            let rect = view! { <rect class=mark.class() x=x y="0" width=width.saturating_sub(2).max(4) height="6"/> };
            x += width;
            rect
        })
        .collect();
    view! {
        <svg class="bar" viewBox="0 0 1000 6" preserveAspectRatio="none" role="img" aria-label=label>
            <rect class="ground" x="0" y="0" width="1000" height="6"/>
            {rects}
        </svg>
    }
}

/// The bar, its counts, and how long it takes.
#[component]
fn Progress(batch: Batch, left: Option<i64>) -> impl IntoView {
    let here = surroundings();
    let counts = batch.counts;
    let parts = [
        (counts.done, "done"),
        (counts.failed, "failed"),
        (counts.rolled_back, "rolled back"),
        (counts.running, "running"),
        (counts.waiting, "waiting"),
        (counts.set_aside, "set aside"),
    ];
    let facts =
        parts.into_iter().filter(|part| part.0 > 0).map(|(count, word)| view! { <span><b>{count}</b> " " {word}</span> }).collect_view();
    let (began, ended) = (batch.started_at, batch.finished_at);
    let elapsed = began.map(|began| {
        move || match ended {
            Some(ended) => format!("took {}", span(began, ended)),
            None => format!("{} so far", span(began, here.now())),
        }
    });
    let left = left.map(|left| match left {
        ..60 => " · less than a minute left".to_owned(),
        left => format!(" · about {} min left", left.div_euclid(60) + 1),
    });
    view! {
        <div class="batch-progress">
            <Bar counts/>
            <div class="facts">
                {facts}
                <span class="time">{elapsed} {left}</span>
            </div>
        </div>
    }
}

/// What failed, with its reason and the next step.
#[component]
fn Failed(targets: Vec<Target>) -> impl IntoView {
    let failed: Vec<Target> = targets.into_iter().filter(|target| target.failed).collect();
    (!failed.is_empty()).then(|| {
        let rows = failed.into_iter().map(|target| {
            let operation = target.operation_id.map(|id| view! { <a class="link" href=format!("/operations/{id}")>"its operation"</a> });
            view! {
                <li>
                    <State mark=target_mark(target.state) word=target.state.word()/>
                    <span class="what">
                        <a href=path(&target)><b>{target.tenant.to_string()}</b></a>
                        {target.why.clone().map(|why| format!(" — {why}"))}
                    </span>
                    <span class="muted">{operation}</span>
                </li>
            }
        });
        view! { <Sheet title="Failed"><ul class="batches failed">{rows.collect_view()}</ul></Sheet> }
    })
}

/// What the preflight found: which targets get the same.
#[component]
fn Found(batch: Batch, groups: Vec<Group>, targets: Vec<Target>) -> impl IntoView {
    let open = matches!(batch.state, BatchState::Preflight | BatchState::Ready);
    let missing = targets.iter().filter(|target| target.state == TargetState::Waiting && target.preview_id.is_none()).count();
    let rows = groups.into_iter().enumerate().map(|(at, group)| {
        let members: Vec<&Target> = targets.iter().filter(|target| target.alike.as_deref() == Some(&group.alike)).collect();
        let one = group.targets == 1;
        let words = match (at, one) {
            (0, _) => format!("{} {} exactly this", group.targets, if one { "gets" } else { "get" }),
            (_, true) => "1 gets this".to_owned(),
            (_, false) => format!("{} get this", group.targets),
        };
        let names = members.iter().take(12).map(|target| target.tenant.to_string()).collect::<Vec<_>>().join(", ");
        let more = members.len().saturating_sub(12);
        let more = (more > 0).then(|| format!(" and {more} more"));
        view! {
            <li>
                <a class="link" href=format!("/previews/{}", group.sample)><b>{words}</b></a>
                <span class="what muted">{names} {more}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <details class="sheet found" open=open>
            <summary><h2>"What each of them gets"</h2></summary>
            {(missing > 0).then(|| view! { <p class="none muted" role="status">{format!("{missing} still being rendered …")}</p> })}
            <ul class="batches groups">{rows}</ul>
        </details>
    }
}

/// The waves side by side, a cell for each target.
#[component]
fn Waves(batch: Batch, targets: Vec<Target>, typed: Typed) -> impl IntoView {
    let awaited = batch.awaited();
    let waves = batch.waves.clone().into_iter().enumerate().map(|(at, wave)| {
        let mine: Vec<Target> =
            targets.iter().filter(|target| usize::try_from(target.wave).is_ok_and(|wave| wave == at)).cloned().collect();
        let counts = Counts::of(mine.iter().map(|target| (target.state, target.failed)));
        let taking = counts.total() - counts.set_aside;
        let aside = match (wave.begun_at, awaited == Some(at)) {
            (None, true) => "waits for a go-ahead".to_owned(),
            (None, false) => format!("{taking} waiting"),
            (Some(_), _) => format!("{} of {taking} done", counts.done),
        };
        let back = wave.back_by.as_ref().map(|by| view! { <div class="aside">{format!("rolled back by {by}")}</div> });
        let cells = mine.into_iter().map(|target| view! { <Cell target/> }).collect_view();
        let changed = counts.done + counts.running + counts.failed;
        view! {
            <section class="sheet wave">
                <header>
                    <h2>{wave.heading(at)}</h2>
                    <div class="aside">{aside}</div>
                    {back}
                </header>
                <div class="cells">{cells}</div>
                {(changed > 0).then(|| view! { <WaveControl batch=batch.clone() wave=at name=wave.called(at) typed/> })}
            </section>
        }
    });
    view! { <div class="waves">{waves.collect_view()}</div> }
}

#[component]
fn Cell(target: Target) -> impl IntoView {
    let mark = target_mark(target.state);
    let href = match (target.operation_id, target.preview_id) {
        (Some(operation), _) => format!("/operations/{operation}"),
        (None, Some(preview)) => format!("/previews/{preview}"),
        (None, None) => path(&target),
    };
    let title = match &target.why {
        Some(why) => format!("{}: {why}", target.state.word()),
        None => target.state.word().to_owned(),
    };
    view! {
        <a class=format!("cell {}", mark.class()) href=href title=title>
            <span class="name">{target.tenant.to_string()}</span>
            <State mark word=target.state.word()/>
        </a>
    }
}

/// Who was left out, and why.
#[component]
fn Aside(targets: Vec<Target>) -> impl IntoView {
    let aside: Vec<Target> = targets.into_iter().filter(|target| target.state == TargetState::SetAside).collect();
    (!aside.is_empty()).then(|| {
        let rows = aside.into_iter().map(|target| {
            view! {
                <li>
                    <State mark=Mark::Stopped word="set aside"/>
                    <span class="what"><a href=path(&target)><b>{target.tenant.to_string()}</b></a> {target.why.map(|why| format!(" — {why}"))}</span>
                </li>
            }
        });
        view! { <Sheet title="Set aside"><ul class="batches">{rows.collect_view()}</ul></Sheet> }
    })
}

fn path(target: &Target) -> String {
    release_path(Some(&target.tenant), &target.key())
}
