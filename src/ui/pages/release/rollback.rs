//! Rolling a release back: to which revision, and what that changes.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{busy_note, crumbs, look::Comparison, not_installed, now, owner, standing_in_the_way};
use crate::{
    api::releases::{RollbackLook, see_rollback},
    domain::{
        ago::ago,
        release::Release,
        revision::{BodyPart, Revision},
    },
    ui::{
        address::{self, given, href},
        frame::surroundings,
        parts::{
            action::Submit,
            empty::Empty,
            field::Field,
            filters::Choice,
            get_form::GetForm,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            release_table::{change_words, made_by},
            run_options::{Reason, Timeout},
        },
    },
};

/// The rollback page.
#[component]
pub fn RollbackPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let place = params.with(address::place);
        query.with(|query| {
            let to = given(query, "to").and_then(|to| to.parse::<u32>().ok());
            (place, to, given(query, "of").and_then(|word| BodyPart::parse(&word)).unwrap_or_default())
        })
    });
    let look = Resource::new(move || wanted.get(), |(place, to, of)| see_rollback(place, to, of));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: RollbackLook, typed: Typed) -> impl IntoView {
    let RollbackLook { release, candidates, compared, key } = look;
    let title = format!("Roll back {} in {}", release.release_name, owner(&release));
    let path = format!("{}/rollback", release.path());
    let facts = now(&release);
    let head = view! {
        <PageHead title crumbs=crumbs(&release, false)>
            {facts}
        </PageHead>
        {typed.note()}
        {busy_note(&release)}
    };
    let Some(compared) = compared else {
        let back = release.path();
        return view! {
            {head}
            <Empty title="There is no earlier revision in the cluster to go back to.">
                <a class="link" href=back>"Back to the release"</a>
            </Empty>
        }
        .into_any();
    };
    let to = compared.to;
    let target = candidates.iter().find(|one| one.revision == to).cloned();
    view! {
        {head}
        <Which candidates to path=path.clone()/>
        <h2 class="between">{format!("What changes from revision {} to the values and chart of {to}", release.revision)}</h2>
        <Comparison compared path=path.clone() back=None/>
        <Change release to target key typed path/>
    }
    .into_any()
}

/// Which revision: a question, answered by the same page.
#[component]
fn Which(candidates: Vec<Revision>, to: u32, path: String) -> impl IntoView {
    let now = surroundings().now_untracked();
    let options = candidates
        .into_iter()
        .map(|one| {
            let who = made_by(one.performed_by.as_deref());
            let words = format!(
                "{}: {} {} {}, {}, {who}, {}",
                one.revision,
                change_words(&one.change),
                one.chart_name,
                one.chart_version,
                one.status.as_str(),
                ago(one.created_at, now)
            );
            (one.revision.to_string(), words)
        })
        .collect();
    view! {
        <GetForm action=path class="step sheet">
            <div class="inline">
                <Field name="to" label="Go back to revision"><Choice name="to" options chosen=to.to_string()/></Field>
                <button type="submit" class="btn">"Look at it"</button>
            </div>
        </GetForm>
    }
}

#[component]
fn Change(release: Release, to: u32, target: Option<Revision>, key: String, typed: Typed, path: String) -> impl IntoView {
    let refused = standing_in_the_way(&release).map(|(why, _)| why).or_else(|| not_installed(&release));
    let label = format!("Roll {} in {} back to revision {to}", release.release_name, owner(&release));
    let to_text = to.to_string();
    let query = [("to", to_text.as_str())];
    let (action, preview) = (href(&path, &query), href(&format!("{path}/preview"), &query));
    let means = target.map(|target| {
        format!(
            "Makes revision {} with the chart {} {} and exactly the values of revision {to}.",
            release.revision + 1,
            target.chart_name,
            target.chart_version
        )
    });
    view! {
        <form method="post" action=action class="change sheet">
            {means.map(|means| view! { <p class="note">{means}</p> })}
            <input type="hidden" name="key" value=typed.text("key", key)/>
            <input type="hidden" name="base" value=release.revision/>
            <input type="hidden" name="to" value=to/>
            <Timeout typed/>
            <Reason typed/>
            <Submit label back=release.path() tone="go" refused preview/>
        </form>
    }
}
