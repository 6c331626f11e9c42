//! Upgrading a release: another version, another override, or both.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{busy_note, crumbs, not_installed, now, owner, standing_in_the_way};
use crate::{
    api::{
        charts::Chosen,
        releases::{UpgradeLook, see_upgrade},
    },
    domain::{
        chart::{Chart, compare},
        problem::Problem,
        release::Release,
    },
    ui::{
        address::{self, given, href},
        parts::{
            action::Submit,
            field::Field,
            filters::Choice,
            get_form::GetForm,
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            refused::{Typed, typed},
            run_options::{Options, Reason},
            values_editor::ValuesEditor,
        },
    },
};

/// The upgrade page.
#[component]
pub fn UpgradePage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let place = params.with(address::place);
        query.with(|query| (place, given(query, "chart"), given(query, "version")))
    });
    let look = Resource::new(move || wanted.get(), |(place, chart, version)| see_upgrade(place, chart, version));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: UpgradeLook, typed: Typed) -> impl IntoView {
    let UpgradeLook { release, values, offers, chosen, key } = look;
    let title = format!("Upgrade {} in {}", release.release_name, owner(&release));
    let path = format!("{}/upgrade", release.path());
    let facts = now(&release);
    let (chosen, trouble) = match chosen {
        Some(Ok(chosen)) => (Some(chosen), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    view! {
        <PageHead title crumbs=crumbs(&release, false)>
            {facts}
        </PageHead>
        {typed.note()}
        {busy_note(&release)}
        <Versions offers chosen=chosen.clone() release=release.clone() path=path.clone()/>
        {trouble.map(|problem| view! { <ProblemNote problem/> })}
        <Change release chosen values key typed path/>
    }
}

/// Which version: a question, answered by the same page.
#[component]
fn Versions(offers: Result<Vec<Chart>, Problem>, chosen: Option<Chosen>, release: Release, path: String) -> impl IntoView {
    let offers = match offers {
        Err(problem) => return view! { <ProblemNote problem/> }.into_any(),
        Ok(offers) if offers.is_empty() => {
            return view! {
                <p class="note muted">
                    "No chart source has a chart named " <code>{release.chart_name}</code> ", so its version stays. Values can be changed below."
                </p>
            }
            .into_any();
        }
        Ok(offers) => offers,
    };
    let full = |chart: &Chart| format!("{}/{}", chart.source, chart.name);
    let here = chosen.as_ref().map(|chosen| full(&chosen.chart)).unwrap_or_default();
    let version = chosen.map(|chosen| chosen.version).unwrap_or_default();
    let versions =
        offers.iter().find(|chart| full(chart) == here).or(offers.first()).map(|chart| chart.versions.clone()).unwrap_or_default();
    let note = |other: &str| match compare(other, &release.chart_version) {
        std::cmp::Ordering::Equal => ", as now",
        std::cmp::Ordering::Less => ", older than now",
        std::cmp::Ordering::Greater => "",
    };
    let options = versions
        .into_iter()
        .map(|one| {
            let app = if one.app_version.is_empty() { String::new() } else { format!(" (app {})", one.app_version) };
            let old = if one.deprecated { ", deprecated" } else { "" };
            (one.version.clone(), format!("{}{app}{}{old}", one.version, note(&one.version)))
        })
        .collect();
    let sources: Vec<_> = offers.iter().map(|chart| (full(chart), chart.source.to_string())).collect();
    let source = (sources.len() > 1)
        .then(|| view! { <Field name="chart" label="Chart source"><Choice name="chart" options=sources chosen=here/></Field> });
    view! {
        <GetForm action=path class="step sheet">
            <div class="inline">
                {source}
                <Field name="version" label="Version"><Choice name="version" options chosen=version/></Field>
                <button type="submit" class="btn">"Look at it"</button>
            </div>
        </GetForm>
    }
    .into_any()
}

#[component]
fn Change(release: Release, chosen: Option<Chosen>, values: String, key: String, typed: Typed, path: String) -> impl IntoView {
    let refused = standing_in_the_way(&release).map(|(why, _)| why).or_else(|| not_installed(&release));
    let (name, owner, back) = (release.release_name.to_string(), owner(&release), release.path());
    let (label, chart, version) = match &chosen {
        Some(chosen) => {
            let verb = match compare(&chosen.version, &release.chart_version) {
                std::cmp::Ordering::Greater => format!("Upgrade {name} in {owner} to {}", chosen.version),
                std::cmp::Ordering::Less => format!("Take {name} in {owner} down to {}", chosen.version),
                std::cmp::Ordering::Equal => format!("Apply {name} {} in {owner} with these values", chosen.version),
            };
            (verb, format!("{}/{}", chosen.chart.source, chosen.chart.name), chosen.version.clone())
        }
        None => (format!("Apply these values to {name} in {owner}"), String::new(), String::new()),
    };
    let query = [("chart", chart.as_str()), ("version", version.as_str())];
    let (action, preview) = (href(&path, &query), href(&format!("{path}/preview"), &query));
    view! {
        <form method="post" action=action class="change sheet">
            <input type="hidden" name="key" value=typed.text("key", key)/>
            <input type="hidden" name="base" value=release.revision/>
            <input type="hidden" name="chart" value=chart/>
            <input type="hidden" name="version" value=version/>
            <ValuesEditor typed proposed=values chosen hidden=true/>
            <Options typed atomic=format!("If a step fails, the release goes back to revision {}.", release.revision)/>
            <Reason typed/>
            <Submit label back tone="go" refused preview/>
        </form>
    }
}
