//! The fleet: how many releases stand how, what needs a person, what happened last.

use leptos::prelude::*;

use crate::{
    api::fleet::see_fleet,
    domain::{
        fleet::Fleet,
        release::{Health, Release, ReleaseState},
    },
    ui::{
        live::on_hint,
        parts::{
            bar::StateBar,
            empty::Empty,
            loaded::Loaded,
            operations::OperationList,
            page_head::PageHead,
            release_table::made_by,
            sheet::Sheet,
            state::{Mark, State, health_mark, release_mark},
            when::When,
        },
    },
};

/// The fleet page.
#[component]
pub fn FleetPage() -> impl IntoView {
    let fleet = Resource::new(|| (), |()| see_fleet());
    on_hint(|_| true, move || fleet.refetch());
    view! {
        <Loaded data=fleet view=|fleet| view! { <Shown fleet/> }.into_any()/>
    }
}

#[component]
fn Shown(fleet: Fleet) -> impl IntoView {
    let Fleet { counts, .. } = fleet;
    let all = view! { <a class="link" href="/operations">"All operations"</a> }.into_any();
    let number = |count: u64, words: (&'static str, &'static str)| {
        view! { <span><b>{count}</b> " " {if count == 1 { words.0 } else { words.1 }}</span> }
    };
    view! {
        <PageHead title="Fleet">
            {number(fleet.tenants, ("tenant", "tenants"))}
            {number(counts.total(), ("release", "releases"))}
            {number(fleet.charts, ("chart", "charts"))}
            {(fleet.unassigned > 0)
                .then(|| view! { <a class="link" href="/releases?unassigned=1"><b>{fleet.unassigned}</b> " of no tenant"</a> })}
        </PageHead>
        <div class="strip">
            <Count count=counts.deployed mark=Mark::Good word="deployed" href="/releases?state=deployed"/>
            <Count count=counts.pending mark=Mark::Busy word="pending" href="/releases?state=pending"/>
            <Count count=counts.failed mark=Mark::Bad word="failed" href="/releases?state=failed"/>
            <Count count=counts.degraded mark=Mark::Warn word="degraded" href="/releases?health=degraded"/>
            <Count count=counts.uninstalled mark=Mark::Gone word="uninstalled" href="/releases?state=uninstalled"/>
            <StateBar counts/>
        </div>
        <Sheet title="Needs a person" aside=needs_aside(&fleet)>
            {if fleet.needs_person.is_empty() {
                view! { <p class="all-well"><State mark=Mark::Good word="Nothing. Every release is deployed or on its way."/></p> }.into_any()
            } else {
                view! { <ul class="rows needs">{fleet.needs_person.into_iter().map(|release| view! { <Need release/> }).collect_view()}</ul> }
                    .into_any()
            }}
        </Sheet>
        <Sheet title="Latest operations" aside=all>
            {if fleet.operations.is_empty() {
                view! {
                    <Empty title="Nothing has been done through Pilothouse yet.">
                        "Open a " <a class="link" href="/tenants">"tenant"</a> " to install a release, or a "
                        <a class="link" href="/releases">"release"</a> " to change it."
                    </Empty>
                }
                .into_any()
            } else {
                view! { <OperationList operations=fleet.operations with_release=true/> }.into_any()
            }}
        </Sheet>
    }
}

/// Where to see all of them, where this page shows the worst alone.
fn needs_aside(fleet: &Fleet) -> AnyView {
    let shown = fleet.needs_person.len() as u64;
    let total = fleet.needs_person_total;
    (total > shown)
        .then(|| {
            view! {
                <span class="muted">
                    {format!("the worst {shown} of {total}: ")} <a class="link" href="/releases?state=failed">"all failed"</a> ", "
                    <a class="link" href="/releases?health=degraded">"all degraded"</a>
                </span>
            }
        })
        .into_any()
}

#[component]
fn Count(count: u64, mark: Mark, word: &'static str, href: &'static str) -> impl IntoView {
    view! { <a class="count" class:none=count == 0 href=href><b>{count}</b><State mark word/></a> }
}

#[component]
fn Need(release: Release) -> impl IntoView {
    let failed = release.status == ReleaseState::Failed;
    let (mark, word) = if failed { release_mark(&release) } else { (health_mark(release.health), release.health.as_str().to_owned()) };
    let owner = release.tenant.as_ref().map_or_else(|| release.namespace.to_string(), ToString::to_string);
    let why = match (failed, release.health) {
        (true, _) => Some(release.description.clone()).filter(|text| !text.is_empty()),
        (false, Health::Degraded) => release.health_detail.clone(),
        (false, _) => None,
    };
    view! {
        <li>
            <State mark word/>
            <span class="what">
                <a href=release.path()><b>{release.release_name.to_string()}</b> " in " {owner}</a>
                {why.map(|why| view! { <span class="muted">" — " {why}</span> })}
            </span>
            <span class="muted by">{made_by(release.performed_by.as_deref())} " · " <When at=release.updated_at/></span>
        </li>
    }
}
