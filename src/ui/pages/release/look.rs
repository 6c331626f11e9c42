//! A release: its state, its timeline, two of its revisions compared, its operations, and the ways to change it.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{crumbs, drift::drift_words, not_installed, owner, part_sentence, part_word, standing_in_the_way};
use crate::{
    api::releases::{Compared, Content, ReleaseLook, see_release},
    domain::{
        actor::Act,
        ids::ReleaseId,
        live::Live,
        release::{Release, ReleaseState},
        revision::BodyPart,
    },
    ui::{
        address::{self, given, href},
        frame::surroundings,
        live::on_hint,
        parts::{
            action::Action,
            audit_list::AuditList,
            diff::{DiffTable, Lines},
            empty::Empty,
            loaded::Loaded,
            operations::OperationList,
            page_head::PageHead,
            problem::ProblemNote,
            release_table::made_by,
            sheet::Sheet,
            state::{State, health_mark, release_mark},
            tabs::Tabs,
            timeline::Timeline,
            when::When,
        },
    },
};

/// A release's page.
#[component]
pub fn ReleasePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let place = Memo::new(move |_| params.with(address::place));
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let number = |key| given(query, key).and_then(|number| number.parse::<u32>().ok());
            let part = given(query, "of").and_then(|word| BodyPart::parse(&word)).unwrap_or_default();
            (number("from"), number("to"), part)
        })
    });
    let all = Memo::new(move |_| query.with(|query| given(query, "all").is_some()));
    let look = Resource::new(move || (place.get(), wanted.get()), |(place, (from, to, of))| see_release(place, from, to, of));
    let mine = move || place.with_untracked(|place| ReleaseId::at(&place.namespace, &place.name));
    on_hint(
        move |hint| match hint {
            Live::Release { id, .. } | Live::Operation { release: id, .. } => *id == mine(),
            Live::Batch { .. } | Live::Tenants => false,
        },
        move || look.refetch(),
    );
    view! {
        <Loaded
            data=look
            view=move |look: ReleaseLook| {
                let path = look.release.path();
                view! { <Shown look path part=wanted.get_untracked().2 all=all.get()/> }.into_any()
            }
        />
    }
}

#[component]
fn Shown(look: ReleaseLook, path: String, part: BodyPart, all: bool) -> impl IntoView {
    let ReleaseLook { release, revisions, compared, operations, audit } = look;
    let facts = facts(&release);
    let timeline_path = path.clone();
    let aside = view! { <a class="link" href="/operations">"All operations"</a> }.into_any();
    let all_audit = href("/audit", &[("subject", &release.key().to_string())]);
    let all_audit = view! { <a class="link" href=all_audit>"All that the audit says of it"</a> }.into_any();
    // Only what the cluster still holds of the present life can be gone back to.
    let life = revisions.first().map(|newest| newest.life);
    let possible =
        |to: u32| revisions.iter().any(|one| one.revision == to && to < release.revision && Some(one.life) == life && !one.pruned);
    let back = compared.as_ref().map(|compared| compared.to).filter(|to| possible(*to) && standing_in_the_way(&release).is_none());
    let back = back.map(|to| format!("{path}/rollback?to={to}"));
    let chosen = compared.as_ref().map(|compared| (compared.from, compared.to));
    // Looked at as the tenant's account: without a tenant there is none.
    let live = (release.tenant.is_some() && release.status != ReleaseState::Uninstalled).then(|| format!("{path}/resources"));
    let (drift, drift_words) = (format!("{path}/drift"), drift_words(&release));
    let origins = format!("{path}/values");
    view! {
        <PageHead title=release.release_name.to_string() tab=format!("{} in {}", release.release_name, owner(&release)) crumbs=crumbs(&release, true) actions=actions(&release)>
            {facts}
            <a class="link" href=origins>"Where values come from"</a>
            <a class="link" href=drift>{drift_words}</a>
            {live.map(|href| view! { <a class="link" href=href>"Resources, pods and events"</a> })}
        </PageHead>
        <Trouble release=release.clone()/>
        <div class="release">
            <Sheet title="Revisions">
                {if revisions.is_empty() {
                    view! { <Empty title="No revision has been seen yet.">"They appear as soon as Helm writes them."</Empty> }.into_any()
                } else {
                    view! { <Timeline revisions path=timeline_path chosen part all/> }.into_any()
                }}
            </Sheet>
            {compared.map(|compared| view! { <Comparison compared path all back/> })}
        </div>
        {(!operations.is_empty()).then(|| view! { <Sheet title="Operations" aside><OperationList operations/></Sheet> })}
        {(!audit.is_empty()).then(|| view! { <Sheet title="Audit" aside=all_audit><AuditList rows=audit/></Sheet> })}
    }
}

fn facts(release: &Release) -> AnyView {
    let (mark, word) = release_mark(release);
    let chart = format!("{} {}", release.chart_name, release.chart_version);
    let app = (!release.app_version.is_empty()).then(|| release.app_version.clone());
    view! {
        <span class="strong"><State mark word/></span>
        <span class="strong"><State mark=health_mark(release.health) word=release.health.as_str()/></span>
        {release.health_detail.clone().map(|detail| view! { <span>{detail}</span> })}
        <span>"chart " <code><b>{chart}</b></code></span>
        {app.map(|app| view! { <span>"app " <code><b>{app}</b></code></span> })}
        <span>"revision " <code><b>{release.revision}</b></code></span>
        <span><b>{made_by(release.performed_by.as_deref())}</b> " " <When at=release.updated_at/></span>
    }
    .into_any()
}

fn actions(release: &Release) -> AnyView {
    let path = release.path();
    let way = standing_in_the_way(release);
    let refused = way.as_ref().map(|(why, _)| why.clone()).or_else(|| not_installed(release));
    let note = match way {
        Some((_, note)) => note,
        None => not_installed(release).map(|why| view! { <p class="why">{why}</p> }).into_any(),
    };
    view! {
        <div class="buttons">
            <Action label="Run tests…" href=format!("{path}/test") refused=refused.clone()/>
            <Action label="Roll back…" href=format!("{path}/rollback") refused=refused.clone()/>
            <Action label="Uninstall…" href=format!("{path}/uninstall") tone="bad" refused=refused.clone()/>
            <Action label="Upgrade…" href=format!("{path}/upgrade") tone="go" refused/>
        </div>
        {note}
    }
    .into_any()
}

/// What is wrong with a release, in Helm's words and in ours.
#[component]
fn Trouble(release: Release) -> impl IntoView {
    let stuck = release.status_reason.as_deref() == Some("stuck");
    (release.status == ReleaseState::Failed && release.active_operation.is_none()).then(|| {
        let what = if stuck {
            "Helm left this release half-way, and nobody is working on it. Roll back to a revision that worked."
        } else {
            "The newest revision failed. What ran before may still be running. Compare it with the one before, then roll back or upgrade again."
        };
        view! {
            <div class="problem">
                <p>{what}</p>
                {(!release.description.is_empty()).then(|| view! { <p class="muted">"Helm says: " <code>{release.description}</code></p> })}
            </div>
        }
    })
}

/// Two revisions compared, or one shown, with a tab per part.
#[component]
pub fn Comparison(
    /// What there is to see.
    compared: Compared,
    /// The page's path.
    #[prop(into)]
    path: String,
    /// Whether the whole timeline is shown.
    #[prop(optional)]
    all: bool,
    /// Where the release can be rolled back to the later one, if it can.
    #[prop(optional_no_strip)]
    back: Option<String>,
) -> impl IntoView {
    let Compared { from, to, part: here, content } = compared;
    let from_text = from.map(|from| from.to_string()).unwrap_or_default();
    let to_text = to.to_string();
    let tabs = BodyPart::ALL
        .into_iter()
        .map(|part| {
            let query = [("from", from_text.as_str()), ("to", &to_text), ("of", part.as_str()), ("all", if all { "1" } else { "" })];
            (part_word(part).to_owned(), href(&path, &query), part == here)
        })
        .collect();
    let reveal = (here != BodyPart::Notes).then(|| {
        let href = href(&format!("{path}/reveal"), &[("revision", &to_text), ("of", here.as_str())]);
        let refused = surroundings().may(Act::Reveal).err();
        let why = refused.clone().map(|why| view! { <span class="why">{why}</span> });
        view! { <p class="reveal"><Action label="Reveal a hidden value…" href refused/> {why}</p> }
    });
    let alone = href(&path, &[("from", &to_text), ("to", &to_text), ("of", here.as_str()), ("all", if all { "1" } else { "" })]);
    let label = format!("{} of revision {to}", part_word(here));
    let (what, body) = match content {
        Err(problem) => (to_text.clone(), view! { <ProblemNote problem/> }.into_any()),
        Ok(Content::NotRead(number)) => {
            let title = format!("Revision {number} has not been read.");
            let next = "Its values, manifest and notes show here once Pilothouse has read them from the cluster. If Helm pruned it before that, they are gone.";
            (to_text.clone(), view! { <Empty title>{next}</Empty> }.into_any())
        }
        Ok(Content::Text(text)) => (format!("revision {to}"), view! { <Lines text label/> }.into_any()),
        Ok(Content::Diff(diff)) if diff.is_empty() => {
            let title = format!("{} the same in {from_text} and {to}.", part_sentence(here));
            (
                format!("{from_text} → {to}"),
                view! { <Empty title><a class="link" href=alone>{format!("Show it as it is in {to}")}</a></Empty> }.into_any(),
            )
        }
        Ok(Content::Diff(diff)) => {
            let what = format!("{from_text} → {to}: +{} −{}", diff.added, diff.removed);
            (what, view! { <DiffTable diff label=format!("{label}, compared with {from_text}")/> }.into_any())
        }
    };
    view! {
        <section class="sheet comparison">
            <header>
                <Tabs label="Part of the revision" tabs/>
                <span class="aside muted">
                    {what}
                    {back.map(|href| view! { " " <a class="link" href=href>{format!("Roll back to {to}…")}</a> })}
                </span>
            </header>
            {body}
            {reveal}
        </section>
    }
}
