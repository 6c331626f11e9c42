//! One webhook: what it was told and what came of that, a test, and its removal.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::webhooks::{WebhookLook, see_webhook},
    domain::webhook::{Delivery, Webhook},
    ui::{
        address::{given, href},
        parts::{
            empty::Empty,
            field::Field,
            loaded::Loaded,
            page_head::PageHead,
            pager::Pager,
            refused::{Typed, typed},
            sheet::Sheet,
            state::{Mark, State},
            when::{Until, When},
        },
    },
};

/// The page of one webhook.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let page = Memo::new(move |_| query.with(|query| given(query, "page")).and_then(|page| page.parse::<u32>().ok()).unwrap_or(0));
    let look = Resource::new(move || (id.get(), page.get()), |(id, page)| see_webhook(id, page));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: WebhookLook, typed: Typed) -> impl IntoView {
    let WebhookLook { webhook, deliveries } = look;
    let (page, size, total, path) = (deliveries.page, deliveries.size, deliveries.total, webhook.path());
    let done = use_query_map().with_untracked(|query| given(query, "done")).filter(|_| !typed.is_refused());
    let done = done.and_then(|done| match done.as_str() {
        "tested" => Some("A ping is on its way. Load the page again to see what came of it."),
        "again" => Some("The notice is on its way once more."),
        _ => None,
    });
    let refused = webhook.demand_open().err().map(|problem| problem.detail);
    let crumbs = view! { <a href="/settings/webhooks">"Webhooks"</a> }.into_any();
    let table = if deliveries.items.is_empty() {
        view! { <Empty title="It was told nothing yet.">"Send it a ping, or start a batch."</Empty> }.into_any()
    } else {
        let rows = deliveries
            .items
            .into_iter()
            .map(|delivery| view! { <Row delivery action=path.clone() refused=refused.clone()/> })
            .collect_view();
        view! {
            <div class="table-box">
                <table class="deliveries-table">
                    <thead>
                        <tr>
                            <th scope="col">"Notice"</th>
                            <th scope="col">"Came of it"</th>
                            <th scope="col" class="number">"Tries"</th>
                            <th scope="col"><span class="aside-only">"Send again"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let (disabled, to, test, remove) = (refused.is_some(), path.clone(), path.clone(), path);
    let pages: Box<dyn Fn(u32) -> String + Send> = Box::new(move |page| href(&to, &[("page", &page.to_string())]));
    let (title, events) = (webhook.name.to_string(), webhook.events.iter().map(|event| event.word()).collect::<Vec<_>>().join(", "));
    view! {
        <PageHead title crumbs>
            <span><b>{webhook.place.clone()}</b></span>
            <span>{events}</span>
            <span>"Added " <When at=webhook.created_at/></span>
            {webhook.disabled_at.map(|at| view! { <span><State mark=Mark::Stopped word="disabled"/> " " <When at/></span> })}
        </PageHead>
        {done.map(|done| view! { <p class="note" role="status">{done}</p> })}
        {typed.note()}
        {refused.clone().map(|why| view! { <p class="note">{why}</p> })}
        {table}
        <Pager page size total href=pages/>
        <Sheet title="Test">
            <form method="post" action=test class="people-form">
                <p class="note">"Sends a ping, signed like every notice."</p>
                <button type="submit" name="act" value="test" class="btn" disabled=disabled title=refused>"Send a ping"</button>
            </form>
        </Sheet>
        <Sheet title="Remove">
            <form method="post" action=remove class="people-form">
                <p class="note">"What it was still to be told is not sent any more."</p>
                <Field name="reason" label="Reason" hint="Kept in the audit.">
                    <input type="text" id="reason" name="reason" required maxlength="500" autocomplete="off" value=typed.text("reason", "") aria-describedby="reason-hint"/>
                </Field>
                <button type="submit" name="act" value="remove" class="btn bad">"Remove the webhook"</button>
            </form>
        </Sheet>
    }
}

#[component]
fn Row(delivery: Delivery, action: String, #[prop(optional_no_strip)] refused: Option<String>) -> impl IntoView {
    let batch = delivery.batch_id.map(|batch| view! { " of " <a href=format!("/batches/{batch}")>"its batch"</a> });
    let label = format!("Send {} again", delivery.event.word());
    let (notice, disabled) = (delivery.id.to_string(), refused.is_some());
    view! {
        <tr>
            <td class="about">
                <b>{delivery.event.word()}</b>
                {batch}
                " "
                <span class="muted"><When at=delivery.made_at/></span>
                <code class="muted address">{notice.clone()}</code>
            </td>
            <td class="stand">{stand(&delivery)}</td>
            <td class="number">{delivery.attempts}</td>
            <td class="act">
                <form method="post" action=action>
                    <input type="hidden" name="notice" value=notice/>
                    <button type="submit" name="act" value="again" class="btn" aria-label=label disabled=disabled title=refused>"Send again"</button>
                </form>
            </td>
        </tr>
    }
}

/// How a webhook stands, by the notice that was last tried.
pub(super) fn last_stand(webhook: &Webhook) -> AnyView {
    match (&webhook.disabled_at, &webhook.last) {
        (Some(at), _) => view! { <State mark=Mark::Stopped word="disabled"/> " " <span class="muted"><When at=*at/></span> }.into_any(),
        (None, Some(last)) => stand(last),
        (None, None) => view! { <span class="muted">"none yet"</span> }.into_any(),
    }
}

/// What came of a notice so far.
fn stand(delivery: &Delivery) -> AnyView {
    let (mark, word, at) = match (delivery.delivered_at, delivery.given_up_at, delivery.attempts) {
        (Some(at), _, _) => (Mark::Good, "delivered", Some(at)),
        (None, Some(at), _) => (Mark::Bad, "given up", Some(at)),
        (None, None, 0) => (Mark::Waiting, "on its way", None),
        (None, None, _) => (Mark::Warn, "not taken yet", None),
    };
    let next = delivery.next_at.filter(|_| delivery.attempts > 0);
    view! {
        <State mark word/>
        {at.map(|at| view! { " " <span class="muted"><When at/></span> })}
        {next.map(|at| view! { <span class="muted">" sent again " <Until at/></span> })}
        {delivery.answer.clone().map(|answer| view! { <span class="muted why">{answer}</span> })}
    }
    .into_any()
}
