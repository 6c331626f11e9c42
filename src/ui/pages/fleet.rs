//! The fleet: how many releases stand how, which batches are under way, what needs a person, who runs what, what happened last.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::fleet::{FleetLook, see_fleet},
    domain::{
        fleet::Fleet,
        matrix::Matrix,
        release::{Health, Release, ReleaseState},
    },
    ui::{
        live::on_hint,
        pages::batches::strip::BatchStrip,
        parts::{
            bar::StateBar,
            empty::Empty,
            loaded::Loaded,
            matrix::MatrixTable,
            matrix_filter::{MatrixFilter, MatrixFilters},
            operations::OperationList,
            page_head::PageHead,
            pager::Pager,
            release_table::made_by,
            sheet::Sheet,
            state::{Mark, State, health_mark, release_mark},
            when::When,
        },
    },
};

const PATH: &str = "/";

/// The fleet page.
#[component]
pub fn FleetPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(MatrixFilter::read));
    let look = Resource::new(move || filter.get(), |filter| see_fleet(filter.query()));
    on_hint(|_| true, move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look filter=filter.get_untracked()/> }.into_any()/>
    }
}

#[component]
fn Shown(look: FleetLook, filter: MatrixFilter) -> impl IntoView {
    let FleetLook { fleet, batches, matrix } = look;
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
            <Count count=counts.drifted mark=Mark::Warn word="drifted" href="/releases?drifted=1"/>
            <Count count=counts.uninstalled mark=Mark::Gone word="uninstalled" href="/releases?state=uninstalled"/>
            <a class="count" class:none=fleet.behind == 0 href="/?behind=1"><b>{fleet.behind}</b><span class="word muted">"behind"</span></a>
            <StateBar counts/>
        </div>
        <BatchStrip batches/>
        <Sheet title="Needs a person" aside=needs_aside(&fleet)>
            {if fleet.needs_person.is_empty() {
                view! { <p class="all-well"><State mark=Mark::Good word="Nothing. Every release is deployed or on its way."/></p> }.into_any()
            } else {
                view! { <ul class="rows needs">{fleet.needs_person.into_iter().map(|release| view! { <Need release/> }).collect_view()}</ul> }
                    .into_any()
            }}
        </Sheet>
        <WhoRunsWhat matrix filter/>
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

/// The matrix with its filter.
#[component]
fn WhoRunsWhat(matrix: Matrix, filter: MatrixFilter) -> impl IntoView {
    let key = |class: &'static str, word: &'static str| view! { <span><i class=class></i>{word}</span> };
    let aside = view! {
        <span class="matrix-key muted small">
            {key("lag-1", "patch")} {key("lag-2", "minor")} {key("lag-3", "major version behind")} <span>"glyph: state"</span>
        </span>
    }
    .into_any();
    let (labels, more) = (matrix.labels.clone(), matrix.more_charts);
    let (page, size, total) = (matrix.tenants.page, matrix.tenants.size, matrix.tenants.total);
    let pages = filter.clone();
    let blank = filter.is_blank();
    view! {
        <Sheet title="Who runs what" aside>
            {(!blank || total > 0).then(|| view! { <MatrixFilters path=PATH filter labels/> })}
            {match (total, blank) {
                (0, true) => view! {
                    <Empty title="No tenant has been seen yet."><a class="link" href="/tenants">"How one is made"</a></Empty>
                }
                .into_any(),
                (0, false) => view! { <Empty title="No tenant matches."><a class="link" href=PATH>"Show all of them"</a></Empty> }.into_any(),
                _ => view! { <MatrixTable matrix/> }.into_any(),
            }}
            {(more > 0)
                .then(|| view! { <p class="none muted">{more} " charts that fewer releases run have no column. " <a class="link" href="/charts">"All charts"</a></p> })}
        </Sheet>
        <Pager page size total href=Box::new(move |page| MatrixFilter { page, ..pages.clone() }.href(PATH))/>
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
                    <a class="link" href="/releases?health=degraded">"all degraded"</a> ", "
                    <a class="link" href="/releases?drifted=1">"all drifted"</a>
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
    let (mark, word) = match (failed, release.health) {
        (true, _) => release_mark(&release),
        (false, Health::Degraded) => (health_mark(release.health), release.health.as_str().to_owned()),
        (false, _) => (Mark::Warn, "drifted".to_owned()),
    };
    let path = if word == "drifted" { format!("{}/drift", release.path()) } else { release.path() };
    let owner = release.tenant.as_ref().map_or_else(|| release.namespace.to_string(), ToString::to_string);
    let why = match (failed, release.health) {
        (true, _) => Some(release.description.clone()).filter(|text| !text.is_empty()),
        (false, Health::Degraded) => release.health_detail.clone(),
        (false, _) => Some("what runs does not say what its manifest says".to_owned()),
    };
    view! {
        <li>
            <State mark word/>
            <span class="what">
                <a href=path><b>{release.release_name.to_string()}</b> " in " {owner}</a>
                {why.map(|why| view! { <span class="muted">" — " {why}</span> })}
            </span>
            <span class="muted by">{made_by(release.performed_by.as_deref())} " · " <When at=release.updated_at/></span>
        </li>
    }
}
