//! Whether what runs still says what a release's manifest says: what the last check found, object by object, and a button
//! to check now. Asked for anew whenever the release moves or is checked.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{crumbs, not_installed, owner};
use crate::{
    api::drift::{DriftLook, see_drift},
    domain::{
        actor::Act,
        drift::{Drift, DriftState, DriftVerdict, IgnoredFields, ObjectDrift},
        ids::ReleaseId,
        live::Live,
        release::Release,
    },
    ui::{
        address,
        frame::surroundings,
        live::on_hint,
        parts::{
            diff::DiffTable,
            drift::{drift_mark, drift_state_mark, drift_word},
            empty::Empty,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            sheet::Sheet,
            state::State,
            when::When,
        },
    },
};

/// More objects than this are folded until somebody opens them.
const OPEN: usize = 6;

/// The page.
#[component]
pub fn DriftPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let place = Memo::new(move |_| params.with(address::place));
    let look = Resource::new(move || place.get(), see_drift);
    let mine = move || place.with_untracked(|place| ReleaseId::at(&place.namespace, &place.name));
    on_hint(move |hint| matches!(hint, Live::Release { id, .. } if *id == mine()), move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

/// What the link to this page says.
pub(super) fn drift_words(release: &Release) -> &'static str {
    match release.drift {
        Some(DriftVerdict::Drifted) => "Has drifted from its manifest",
        Some(DriftVerdict::Unknown) => "Drift: not all of it could be seen",
        Some(DriftVerdict::Same) => "No drift from its manifest",
        None => "Drift from its manifest",
    }
}

#[component]
fn Shown(look: DriftLook, typed: Typed) -> impl IntoView {
    let DriftLook { release, found } = look;
    let title = format!("Drift of {} in {}", release.release_name, owner(&release));
    let facts = found.as_ref().map(facts);
    let actions = check_now(&release);
    let body = match found {
        None => view! {
            <Sheet title="Objects">
                <Empty title="It has not been looked yet whether what runs still says what the manifest says.">
                    "A check asks the cluster what applying the manifest once more would change. It changes nothing."
                </Empty>
            </Sheet>
        }
        .into_any(),
        Some(drift) => view! { <Found drift/> }.into_any(),
    };
    view! {
        <PageHead title crumbs=crumbs(&release, false) actions>
            {facts}
        </PageHead>
        {typed.note()}
        {body}
    }
}

fn facts(drift: &Drift) -> AnyView {
    let by = match &drift.requested_by {
        Some(who) => format!("by {who}"),
        None => "by the schedule".to_owned(),
    };
    let manifest = format!("the manifest of revision {}", drift.manifest_of);
    let counts = DriftState::ALL.map(|state| (state, drift.count(state)));
    let counts = counts.into_iter().filter(|(state, count)| *count > 0 || *state == DriftState::Same);
    view! {
        <span class="strong"><State mark=drift_mark(drift.verdict) word=drift_word(drift.verdict)/></span>
        {counts.map(|(state, count)| view! { <span><b>{count}</b> " " {state.as_str()}</span> }).collect_view()}
        <span>"from " <b>{manifest}</b></span>
        <span>"checked " <b>{by}</b> " " <When at=drift.checked_at/></span>
    }
    .into_any()
}

/// The button, with why it cannot be used where it cannot.
fn check_now(release: &Release) -> AnyView {
    let no_account = release.tenant.is_none().then(|| {
        let href = format!("/unassigned/namespaces/{}", address::encode(release.namespace.as_str()));
        let why = "The release belongs to no tenant, so that there is no account to look at it with.";
        (why.to_owned(), Some((href, "Give its namespace to a tenant")))
    });
    let active = release.active_operation.as_ref().map(|active| {
        let why = format!("A change ({}) is {} for this release.", active.kind.as_str(), active.status.as_str());
        (why, Some((format!("/operations/{}", active.id), "Watch it")))
    });
    let refused = no_account
        .or_else(|| surroundings().may(Act::CheckDrift).err().map(|why| (why, None)))
        .or_else(|| not_installed(release).map(|why| (why, None)))
        .or(active);
    let action = format!("{}/drift", release.path());
    let disabled = refused.is_some();
    let note = refused.map(|(why, way)| {
        view! { <p class="why">{why} {way.map(|(href, word)| view! { " " <a class="link" href=href>{word}</a> })}</p> }
    });
    view! {
        <form method="post" action=action class="buttons">
            <button type="submit" class="btn go" disabled=disabled>"Check now"</button>
        </form>
        {note}
    }
    .into_any()
}

#[component]
fn Found(drift: Drift) -> impl IntoView {
    let Drift { stale, objects, ignored, cut, revision, .. } = drift;
    let (same, differing): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| object.state == DriftState::Same);
    let open = differing.len() <= OPEN;
    let old = stale.then(|| {
        let text =
            format!("The release has moved on from revision {revision} since: this tells of the past and is not counted. Check it again.");
        view! { <div class="problem"><p class="title">"Out of date"</p><p>{text}</p></div> }
    });
    let body = if differing.is_empty() {
        view! { <Empty title="What runs says what the manifest says."/> }.into_any()
    } else {
        differing.into_iter().map(|object| view! { <Object object open/> }).collect_view().into_any()
    };
    let more = cut.then(|| view! { <p class="note">"The manifest has more objects than are looked at."</p> });
    let count = same.len();
    view! {
        {old}
        <Sheet title="What differs">{body} {more}</Sheet>
        <Ignored ignored/>
        {(count > 0)
            .then(|| {
                let names = same.into_iter().map(|object| view! { <li><code>{object.title()}</code></li> }).collect_view();
                let word = if count == 1 { "1 object is as it should be".to_owned() } else { format!("{count} objects are as they should be") };
                view! {
                    <Sheet title="What does not differ">
                        <details class="object">
                            <summary>{word}</summary>
                            <ul class="risks plain">{names}</ul>
                        </details>
                    </Sheet>
                }
            })}
    }
}

/// An object that differs, is missing, or could not be seen.
#[component]
fn Object(object: ObjectDrift, open: bool) -> impl IntoView {
    let title = object.title();
    let label = format!("{title}, the manifest and what runs");
    let fields = object.fields.into_iter().map(|field| {
        let by = field.by.map(|by| view! { <span class="muted">" by " <code>{by}</code></span> });
        let at = field.at.map(|at| view! { <span class="muted">" " <When at/></span> });
        view! { <li><code>{field.path}</code> <span class="what">{field.change.as_str()} {by} {at}</span></li> }
    });
    let fields = fields.collect::<Vec<_>>();
    let more = (object.more > 0).then(|| view! { <li class="muted">{format!("and {} more", object.more)}</li> });
    view! {
        <details class="object" open=open>
            <summary>
                <State mark=drift_state_mark(object.state) word=object.state.as_str()/>
                <code><b>{title}</b></code>
                {object.reason.map(|why| view! { <span class="muted">{why}</span> })}
            </summary>
            {(!fields.is_empty()).then(|| view! { <ul class="risks plain">{fields} {more}</ul> })}
            {(!object.diff.is_empty()).then(|| view! { <DiffTable diff=object.diff label/> })}
        </details>
    }
}

/// What was ignored, by rule: counted and named.
#[component]
fn Ignored(ignored: Vec<IgnoredFields>) -> impl IntoView {
    (!ignored.is_empty()).then(|| {
        let rows = ignored.into_iter().map(|one| {
            let count = if one.count == 1 { "1 field".to_owned() } else { format!("{} fields", one.count) };
            let hidden = one.count.saturating_sub(one.fields.len());
            view! {
                <details class="object">
                    <summary><code>{one.rule}</code> <span class="muted">{count}</span></summary>
                    <ul class="risks plain">
                        {one.fields.into_iter().map(|field| view! { <li><code>{field}</code></li> }).collect_view()}
                        {(hidden > 0).then(|| view! { <li class="muted">{format!("and {hidden} more")}</li> })}
                    </ul>
                </details>
            }
        });
        view! { <Sheet title="Ignored by rule">{rows.collect_view()}</Sheet> }
    })
}
