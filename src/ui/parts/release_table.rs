//! The table of releases: of one tenant, or of all. Who may run batches ticks releases in it.

use leptos::prelude::*;

use super::{
    drift::DriftTag,
    filters::ReleaseFilter,
    state::{State, health_mark, release_mark},
    ticks::{TickBox, TickForm, why_not},
    when::When,
};
use crate::{
    domain::{
        actor::Act,
        ids::ReleaseId,
        operation::OperationStatus,
        release::{Release, ReleaseSort},
        revision::RevisionChange,
    },
    ui::{address, frame::surroundings},
};

/// The table.
#[component]
pub fn ReleaseTable(
    /// Its rows.
    releases: Vec<Release>,
    /// The table's path.
    #[prop(into)]
    path: String,
    /// Filter and order, for the links in its head.
    filter: ReleaseFilter,
    /// The order where the address names none.
    sort: ReleaseSort,
    /// Whether tenants have a column.
    #[prop(optional)]
    with_tenant: bool,
) -> impl IntoView {
    let ticking = surroundings().may(Act::RunBatches).is_ok();
    let here: Vec<ReleaseId> = releases.iter().filter(|release| why_not(release).is_none()).map(|release| release.id).collect();
    let head = move |by: ReleaseSort, word: &'static str, class: &'static str| {
        let here = filter.sort.unwrap_or(sort) == by;
        // Times begin with the latest, everything else with the first.
        let descending = if here { !filter.descending } else { by == ReleaseSort::Updated };
        let href = ReleaseFilter { sort: Some(by), descending, page: 0, ..filter.clone() }.href(&path);
        let order = here.then_some(if filter.descending { "descending" } else { "ascending" });
        let arrow = here.then(|| view! { <span class="arrow" aria-hidden="true">{if filter.descending { "↓" } else { "↑" }}</span> });
        view! { <th scope="col" class=class aria-sort=order><a href=href>{word} {arrow}</a></th> }
    };
    let table = view! {
        <div class="table-box">
            <table class="release-table">
                <thead>
                    <tr>
                        {ticking.then(|| view! { <th scope="col" class="ticks-cell"><span class="unseen">"Selected"</span></th> })}
                        {with_tenant.then(|| head(ReleaseSort::Tenant, "Tenant", "tenant"))}
                        {head(ReleaseSort::Name, "Release", "name")}
                        {head(ReleaseSort::Chart, "Chart", "chart")}
                        <th scope="col" class="number">"Revision"</th>
                        {head(ReleaseSort::Status, "State", "status")}
                        {head(ReleaseSort::Health, "Health", "health")}
                        {head(ReleaseSort::Updated, "Changed", "updated")}
                        <th scope="col" class="by">"By"</th>
                    </tr>
                </thead>
                <tbody>{releases.into_iter().map(|release| view! { <Row release with_tenant ticking/> }).collect_view()}</tbody>
            </table>
        </div>
    };
    if ticking { view! { <TickForm here>{table}</TickForm> }.into_any() } else { table.into_any() }
}

#[component]
fn Row(release: Release, with_tenant: bool, ticking: bool) -> impl IntoView {
    let (mark, word) = release_mark(&release);
    let tick = ticking.then(|| view! { <TickBox release=release.clone()/> });
    let drift = view! { <DriftTag release=release.clone()/> };
    let tenant = match &release.tenant {
        Some(slug) => view! { <a href=address::tenant(slug.as_str())>{slug.to_string()}</a> }.into_any(),
        None => view! { <span class="muted">"no tenant"</span> }.into_any(),
    };
    // A release that an operation of ours is changing leads to it; one that merely waits says so.
    let plain =
        release.active_operation.as_ref().is_some_and(|active| release.status.is_pending() && active.status == OperationStatus::Running);
    let active = release.active_operation.map(|active| {
        let words = if plain { "watch".to_owned() } else { format!("{} {}", active.kind.as_str(), active.status.as_str()) };
        view! { " " <a class="link small" href=format!("/operations/{}", active.id)>{words}</a> }
    });
    view! {
        <tr>
            {tick}
            {with_tenant.then(|| view! { <td class="tenant">{tenant}</td> })}
            <td class="name">
                <a href=release.path()><b>{release.release_name.to_string()}</b></a>
                " "
                <code class="muted">{release.namespace.to_string()}</code>
            </td>
            <td class="chart"><code>{release.chart_name} " " <b>{release.chart_version}</b></code></td>
            <td class="number">{release.revision}</td>
            <td class="status">
                <State mark word/>
                {active}
                {drift}
            </td>
            <td class="health" title=release.health_detail><State mark=health_mark(release.health) word=release.health.as_str()/></td>
            <td class="updated muted"><When at=release.updated_at/></td>
            <td class="by muted">{release.performed_by.unwrap_or_else(|| "elsewhere".into())}</td>
        </tr>
    }
}

/// Who made a revision, in words.
pub fn made_by(who: Option<&str>) -> String {
    who.map_or_else(|| "made elsewhere".to_owned(), str::to_owned)
}

/// What a revision did, in words.
pub fn change_words(change: &RevisionChange) -> String {
    match change {
        RevisionChange::Installed => "Installed".into(),
        RevisionChange::Upgraded { .. } => "Upgraded".into(),
        RevisionChange::ValuesChanged => "Values changed".into(),
        RevisionChange::RolledBack { to } => format!("Rolled back to {to}"),
        RevisionChange::Reapplied => "Applied again".into(),
        RevisionChange::Unknown => "Not read yet".into(),
    }
}
