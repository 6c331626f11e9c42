//! One operation as it happens: phases, workloads becoming ready, the log, elapsed against the deadline, and what to do
//! next when it did not succeed.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::super::release::next_steps;
use crate::{
    api::operations::{OperationLook, see_operation},
    domain::{
        ago::span,
        live::Live,
        operation::{EventBody, Operation, OperationEvent, OperationKind},
        release::release_path,
    },
    ui::{
        frame::surroundings,
        live::{on_event, on_hint},
        parts::{
            field::Field,
            hooks::{HookList, hooks_of},
            loaded::Loaded,
            log::Log,
            page_head::PageHead,
            phases::Phases,
            readiness::ReadinessList,
            refused::{Typed, typed},
            sheet::Sheet,
            state::{State, kind_noun, operation_mark, release_mark},
            when::When,
        },
    },
};

/// An operation's page.
#[component]
pub fn OperationPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let look = Resource::new(move || id.get(), see_operation);
    // The operation's own stream tells more; hints are for what it does not tell: the release beside it, the end.
    let release = StoredValue::new(None);
    on_hint(move |hint| matches!(hint, Live::Release { id, .. } if Some(*id) == release.get_value()), move || look.refetch());
    view! {
        <Loaded
            data=look
            view=move |found: OperationLook| {
                release.set_value(Some(found.operation.release_id));
                view! { <Shown look=found typed again=Callback::new(move |()| look.refetch())/> }.into_any()
            }
        />
    }
}

#[component]
fn Shown(look: OperationLook, typed: Typed, again: Callback<()>) -> impl IntoView {
    let OperationLook { operation, events, release } = look;
    let settled = operation.status.is_settled();
    let after = events.last().map_or(0, |event| event.seq);
    let events = RwSignal::new(events);
    if !settled {
        on_event(operation.id, after, move |event: OperationEvent| {
            let turn = matches!(event.body, EventBody::Phase { .. } | EventBody::Settled { .. });
            let _ = events.try_update(|events| {
                if events.last().is_none_or(|last| last.seq < event.seq) {
                    events.push(event);
                }
            });
            if turn {
                again.run(());
            }
        });
        tick();
    }
    let path = release_path(operation.tenant.as_ref(), &operation.key());
    let owner = operation.tenant.as_ref().map_or_else(|| operation.namespace.to_string(), ToString::to_string);
    let crumbs = view! {
        <a href="/operations">"Operations"</a> " / " <a href=path.clone()>{format!("{} in {owner}", operation.release_name)}</a>
    }
    .into_any();
    let title = format!("{} of {} in {owner}", kind_noun(operation.kind), operation.release_name);
    let beside = release.as_ref().map(|release| {
        let (mark, word) = release_mark(release);
        view! { <span>"the release is " <State mark word=format!("{word}, revision {}", release.revision)/></span> }
    });
    let result = operation.result_revision.map(|made| {
        let from = operation.base_revision.map(|base| format!("from={base}&")).unwrap_or_default();
        let word = if operation.base_revision.is_some() { "what it changed" } else { "look at it" };
        view! { <span>"made revision " <b>{made}</b> " " <a class="link" href=format!("{path}?{from}to={made}")>{word}</a></span> }
    });
    // Looked at as the tenant's account: without a tenant there is none.
    let live = operation.tenant.as_ref().map(|_| format!("{path}/resources"));
    let kind = operation.kind;
    let readiness = move || {
        let items = events.with(|events| {
            events.iter().rev().find_map(|event| match &event.body {
                EventBody::Readiness { items } => Some(items.clone()),
                _ => None,
            })
        });
        match items {
            Some(items) if !items.is_empty() => view! { <ReadinessList items settled/> }.into_any(),
            _ if kind == OperationKind::Uninstall => {
                view! { <p class="none muted">"An uninstall waits for nothing to become ready."</p> }.into_any()
            }
            _ => view! { <p class="none muted">"Nothing is known yet. Workloads show here once Helm has applied them."</p> }.into_any(),
        }
    };
    let log = Signal::from(events);
    let hooks = move || {
        let hooks = events.with(|events| hooks_of(events));
        (!hooks.is_empty()).then(|| view! { <Sheet title="Hooks"><HookList hooks/></Sheet> })
    };
    let actions = (!settled).then(|| view! { <Cancel operation=operation.clone() typed/> }).into_any();
    let facts = facts(&operation);
    view! {
        <PageHead title crumbs actions>
            {facts}
            {result}
            {beside}
            {live.map(|href| view! { <a class="link" href=href>"Resources, pods and events"</a> })}
        </PageHead>
        {settled.then(|| typed.note())}
        <Elapsed operation=operation.clone()/>
        <Outcome operation=operation.clone() path=path.clone()/>
        <div class="operation">
            <div class="left">
                <Sheet title="Phases"><Phases events=log status=operation.status/></Sheet>
                <Sheet title="Workloads">{readiness}</Sheet>
                {hooks}
            </div>
            <Sheet title="Log"><Log events=log/></Sheet>
        </div>
    }
}

fn facts(operation: &Operation) -> AnyView {
    let target = (!operation.target.is_empty()).then(|| operation.target.clone());
    let reason = operation.reason.as_ref().map(|reason| format!("“{reason}”"));
    view! {
        <span class="strong"><State mark=operation_mark(operation.status) word=operation.status.as_str()/></span>
        {target.map(|target| view! { <code><b>{target}</b></code> })}
        {operation.base_revision.map(|base| view! { <span>"from revision " <b>{base}</b></span> })}
        <span>"by " <b>{operation.requested_by.clone()}</b> " " <When at=operation.created_at/></span>
        {reason.map(|reason| view! { <span>{reason}</span> })}
    }
    .into_any()
}

/// Moves the clock every second while this is shown.
fn tick() {
    let here = surroundings();
    let ticking = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move |_| ticking.set_value(set_interval_with_handle(move || here.advance(), Duration::from_secs(1)).ok()));
    on_cleanup(move || {
        if let Some(Some(handle)) = ticking.try_get_value() {
            handle.clear();
        }
    });
}

/// How long it has taken or took, against its deadline.
#[component]
fn Elapsed(operation: Operation) -> impl IntoView {
    let here = surroundings();
    let Some(began) = operation.started_at else {
        let waits = if operation.status.is_settled() { "It was never taken up." } else { "Waits for a worker to take it up." };
        return view! { <p class="elapsed muted">{waits}</p> }.into_any();
    };
    let until = move || operation.finished_at.unwrap_or_else(|| here.now());
    let attempt = (operation.attempt > 1).then(|| format!(" · taken up {} times", operation.attempt));
    if operation.finished_at.is_some() {
        return view! { <p class="elapsed muted">{span(began, until())} " in all" {attempt}</p> }.into_any();
    }
    let bar = operation.deadline_at.map(|deadline| {
        let whole = (deadline - began).num_seconds().max(1);
        view! {
            <progress max=whole value=move || (until() - began).num_seconds().clamp(0, whole) aria-label="Elapsed against the deadline"></progress>
            <span class="muted">"given up after " {span(began, deadline)}</span>
        }
    });
    let asked = operation.cancel_requested.then_some(" · cancelling");
    view! { <p class="elapsed"><b>{move || span(began, until())}</b> {bar} {attempt} {asked}</p> }.into_any()
}

/// What went wrong and what to do next.
#[component]
fn Outcome(operation: Operation, path: String) -> impl IntoView {
    let error = operation.error.clone()?;
    Some(view! {
        <div class="problem" role="alert">
            <p class="title">{error.code.title()}</p>
            <p>{error.message}</p>
            <p class="ways">{next_steps(&operation, &path)}</p>
        </div>
    })
}

/// Asking for its end.
#[component]
fn Cancel(operation: Operation, typed: Typed) -> impl IntoView {
    if operation.cancel_requested {
        return view! { {typed.note()} <p class="why">"Somebody has asked for its end. The step under way is stopped, and what can be undone is."</p> }
            .into_any();
    }
    if let Err(why) = surroundings().may_change() {
        let button = view! { <button type="button" class="btn bad" disabled title=why.clone()>"Cancel…"</button> };
        return view! { {button} <p class="why">{why}</p> }.into_any();
    }
    let what = format!("Cancel the {} of {}", operation.kind.as_str(), operation.release_name);
    view! {
        <details class="cancel" open=typed.is_refused()>
            <summary class="btn bad">"Cancel…"</summary>
            <form method="post" action=format!("/operations/{}/cancel", operation.id) class="change sheet">
                {typed.note()}
                <p>"Helm is stopped where it is. The release may be left half-way; its page then says what can be done."</p>
                <Field name="reason" label="Reason (optional)">
                    <input type="text" id="reason" name="reason" maxlength="500" value=typed.text("reason", "")/>
                </Field>
                <button type="submit" class="btn bad">{what}</button>
            </form>
        </details>
    }
    .into_any()
}
