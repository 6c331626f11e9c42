//! The charts that can be installed, and how many releases run each version.

use leptos::prelude::*;

use crate::{
    api::charts::{ChartRow, ChartsLook, see_charts},
    domain::chart::compare,
    ui::{
        address::{encode, href},
        parts::{empty::Empty, loaded::Loaded, page_head::PageHead, source_state::SourceStand, when::When},
    },
};

/// How many versions a chart shows at once.
const VERSIONS: usize = 5;

/// The charts page.
#[component]
pub fn ChartsPage() -> impl IntoView {
    let charts = Resource::new(|| (), |()| see_charts());
    view! {
        <Loaded data=charts view=|look| view! { <Shown look/> }.into_any()/>
    }
}

#[component]
fn Shown(look: ChartsLook) -> impl IntoView {
    let ChartsLook { rows: charts, sources } = look;
    let (count, none) = (charts.len(), sources.is_empty());
    let sources =
        sources.into_iter().map(|source| view! { <li><b>{source.name.to_string()}</b> " " <SourceStand source/></li> }).collect_view();
    view! {
        <PageHead title="Charts"><span><b>{count}</b> {if count == 1 { " chart" } else { " charts" }}</span></PageHead>
        <ul class="source-list" aria-label="Chart sources">{sources}</ul>
        {if charts.is_empty() {
            let title = if none { "There is no chart source." } else { "The chart sources have no chart." };
            view! { <Empty title>"An admin adds one in the " <a class="link" href="/settings/sources">"settings"</a> "."</Empty> }.into_any()
        } else {
            view! {
                <div class="table-box">
                    <table class="charts-table">
                        <thead>
                            <tr>
                                <th scope="col">"Chart"</th>
                                <th scope="col">"Source"</th>
                                <th scope="col">"Newest"</th>
                                <th scope="col">"Packaged"</th>
                                <th scope="col" class="number">"Releases"</th>
                                <th scope="col">"Versions, newest first, and how many releases run each"</th>
                            </tr>
                        </thead>
                        <tbody>{charts.into_iter().map(|row| view! { <Row row/> }).collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }}
    }
}

#[component]
fn Row(row: ChartRow) -> impl IntoView {
    let ChartRow { chart, in_use } = row;
    let total: u64 = in_use.values().sum();
    let name = chart.name.to_string();
    let newest = chart.versions.first().cloned();
    // The newest versions, and every other one that is in use.
    let mut shown: Vec<String> = chart.versions.iter().take(VERSIONS).map(|version| version.version.clone()).collect();
    shown.extend(in_use.keys().filter(|version| !shown.contains(version)).cloned().collect::<Vec<_>>());
    shown.sort_by(|a, b| compare(b, a));
    let more = chart.total.saturating_sub(VERSIONS);
    let home = format!("/charts/{}/{}", encode(chart.source.as_str()), encode(&name));
    view! {
        <tr>
            <td class="name">
                <a class="link" href=home.clone()><b>{name.clone()}</b></a>
                {newest.as_ref().map(|newest| view! { <span class="muted description">{newest.description.clone()}</span> })}
            </td>
            <td class="muted">{chart.source.to_string()}</td>
            <td>
                {newest
                    .as_ref()
                    .map(|newest| {
                        view! {
                            <code><b>{newest.version.clone()}</b></code>
                            {newest.deprecated.then(|| view! { <span class="tag warn">"deprecated"</span> })}
                        }
                    })}
            </td>
            <td class="muted packaged">{newest.and_then(|newest| newest.created).map(|at| view! { <When at/> })}</td>
            <td class="number">
                {if total == 0 {
                    view! { <span class="muted">"0"</span> }.into_any()
                } else {
                    view! { <a class="link" href=href("/releases", &[("chart", &name)])>{total}</a> }.into_any()
                }}
            </td>
            <td class="versions">
                {shown
                    .into_iter()
                    .map(|version| {
                        let used = in_use.get(&version).copied().unwrap_or(0);
                        let place = format!("{home}/{}", encode(&version));
                        view! { <a class="version" class:used={used > 0} href=place><code>{version}</code> {(used > 0).then(|| view! { " " <b>{used}</b> })}</a> }
                    })
                    .collect_view()}
                {(more > 0).then(|| view! { <span class="muted">{format!("and {more} earlier")}</span> })}
            </td>
        </tr>
    }
}
