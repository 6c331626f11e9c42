//! Webhooks: who is told of batches, how that goes, and a form to add one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{tabs, webhook::last_stand};
use crate::{
    api::webhooks::see_webhooks,
    domain::webhook::{NoticeKind, Webhook},
    ui::{
        address::given,
        parts::{
            empty::Empty,
            field::{Field, Tick},
            loaded::Loaded,
            made::JustMade,
            page_head::PageHead,
            refused::{Typed, typed},
            sheet::Sheet,
        },
    },
};

/// The page of the webhooks.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let typed = typed();
    let look = Resource::new(|| (), |()| see_webhooks());
    view! {
        <Loaded data=look view=move |webhooks| view! { <Shown webhooks typed/> }.into_any()/>
    }
}

#[component]
fn Shown(webhooks: Vec<Webhook>, typed: Typed) -> impl IntoView {
    let count = webhooks.len();
    let removed = use_query_map().with_untracked(|query| given(query, "done")).is_some_and(|done| done == "removed") && !typed.is_refused();
    let table = if webhooks.is_empty() {
        view! { <Empty title="There is no webhook.">"Add one below, and another program is told of batches as they go."</Empty> }.into_any()
    } else {
        let rows = webhooks.into_iter().map(|webhook| view! { <Row webhook/> }).collect_view();
        view! {
            <div class="table-box">
                <table class="webhooks-table">
                    <thead>
                        <tr>
                            <th scope="col">"Webhook"</th>
                            <th scope="col">"Is told of"</th>
                            <th scope="col">"Last notice"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <PageHead title="Settings" tab="Webhooks"><span><b>{count}</b> {if count == 1 { " webhook" } else { " webhooks" }}</span></PageHead>
        {tabs("/settings/webhooks")}
        {removed.then(|| view! { <p class="note" role="status">"The webhook is removed. Nothing is sent there any more."</p> })}
        {typed.note()}
        <JustMade/>
        {table}
        <Sheet title="Add a webhook"><NewWebhook typed/></Sheet>
    }
}

#[component]
fn Row(webhook: Webhook) -> impl IntoView {
    let events = webhook.events.iter().map(|event| view! { <span class="tag">{event.word()}</span> }).collect_view();
    view! {
        <tr>
            <td class="about">
                <a href=webhook.path()><b>{webhook.name.to_string()}</b></a>
                <span class="muted address">{webhook.place.clone()}</span>
            </td>
            <td class="events">{events}</td>
            <td class="stand">{last_stand(&webhook)}</td>
        </tr>
    }
}

/// What to know of an event before choosing it.
fn hint(event: NoticeKind) -> &'static str {
    match event {
        NoticeKind::BatchStarted => "By a person, or by itself after its preflight.",
        NoticeKind::WaveDone => "The last release of a wave was over, whatever became of it.",
        NoticeKind::ThresholdHit => "Too many releases failed: the batch was paused or ended.",
        NoticeKind::BatchPaused => "It paused for another reason, such as a canary that nobody tried, and waits for a person.",
        NoticeKind::BatchEnded | NoticeKind::Ping => "Nothing is left to do.",
    }
}

#[component]
fn NewWebhook(typed: Typed) -> impl IntoView {
    let text = move |name: &'static str, kind: &'static str, hinted: bool, most: u32| {
        view! {
            <input
                type=kind
                id=name
                name=name
                required
                maxlength=most
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                value=typed.text(name, "")
                aria-describedby=hinted.then(|| format!("{name}-hint"))
            />
        }
    };
    let events = NoticeKind::CHOICES
        .into_iter()
        .map(|event| {
            let (name, word) = (event.as_str(), event.word());
            let label = word[..1].to_uppercase() + &word[1..];
            view! { <Tick name label hint=hint(event) checked=typed.ticked(name, true)/> }
        })
        .collect_view();
    view! {
        <form method="post" action="/settings/webhooks" class="people-form">
            <p class="note">
                "Notices are signed; what they are signed with is made up and shown once. They say which batch and how far, and hold no values and nobody's words."
            </p>
            <div class="inline">
                <Field name="name" label="Name">{text("name", "text", false, 64)}</Field>
                <Field name="url" label="Address" hint="https://… Kept sealed: only its host is shown.">{text("url", "text", true, 1000)}</Field>
            </div>
            <fieldset class="events">
                <legend>"Is told of"</legend>
                {events}
            </fieldset>
            <Field name="reason" label="Reason" hint="Kept in the audit.">{text("reason", "text", true, 500)}</Field>
            <p><button type="submit" class="btn go">"Add the webhook"</button></p>
        </form>
    }
}
