//! The matrix: tenants down, charts across, in each cell the version, shaded by how far behind it is and marked by its
//! state. Scrolls inside of itself, with its heads in sight. Does not count: the store does.

use leptos::prelude::*;

use super::state::{Glyph, cell_mark};
use crate::{
    domain::{
        lag::Lag,
        matrix::{Matrix, MatrixCell, MatrixChart, MatrixGroup, MatrixRow},
        names::TenantSlug,
    },
    ui::{address, frame::surroundings},
};

/// The matrix, where there is something in it.
#[component]
pub fn MatrixTable(
    /// What it shows.
    matrix: Matrix,
) -> impl IntoView {
    let Matrix { charts, groups, group, tenants, .. } = matrix;
    let width = charts.len() + 1;
    let names: Vec<String> = charts.iter().map(|chart| chart.name.clone()).collect();
    let mut rows = Vec::new();
    let mut shown = None;
    for row in tenants.items {
        if let Some(label) = group.as_ref().filter(|_| shown.as_ref() != Some(&row.group)) {
            shown = Some(row.group.clone());
            rows.push(group_row(label, &row.group, &groups, width));
        }
        rows.push(tenant_row(row, &names));
    }
    view! {
        <div class="matrix-box" tabindex="0" role="region" aria-label="Who runs what">
            <table class="matrix">
                <thead>
                    <tr>
                        <th scope="col">"Tenant"</th>
                        {charts.into_iter().map(|chart| view! { <Head chart/> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A chart's head: its name, its newest version, how many are behind, and the way to change them all.
#[component]
fn Head(chart: MatrixChart) -> impl IntoView {
    let (name, title) = match &chart.source {
        Some(source) => {
            let href = address::chart(source.as_str(), &chart.name);
            (view! { <a href=href>{chart.name.clone()}</a> }.into_any(), format!("The newest version that {source} offers"))
        }
        None => (chart.name.clone().into_any(), "The newest version in use: no chart source offers this chart".to_owned()),
    };
    let words = format!("{} behind", chart.behind);
    let behind = (chart.behind > 0).then(|| match surroundings().may_change() {
        Ok(()) => {
            let title = format!("A batch over the releases of {} below {}", chart.name, chart.newest);
            let href = address::batch_below(&chart.name, &chart.newest, chart.source.as_ref().map(|source| source.as_str()));
            view! { <a class="link small" href=href title=title>{words}"…"</a> }.into_any()
        }
        Err(_) => view! { <span class="small">{words}</span> }.into_any(),
    });
    view! {
        <th scope="col">
            <span class="chart">{name}</span>
            <code title=title>{chart.newest}</code>
            {behind}
        </th>
    }
}

fn group_row(label: &str, value: &Option<String>, groups: &[MatrixGroup], width: usize) -> AnyView {
    let tenants = groups.iter().find(|group| group.value == *value).map_or(0, |group| group.tenants);
    let words = value.as_ref().map_or_else(|| format!("without {label}"), |value| format!("{label} {value}"));
    let count = if tenants == 1 { "1 tenant".to_owned() } else { format!("{tenants} tenants") };
    view! {
        <tr class="group">
            <th scope="colgroup" colspan=width><span>{words} " " <span class="muted">{count}</span></span></th>
        </tr>
    }
    .into_any()
}

fn tenant_row(row: MatrixRow, charts: &[String]) -> AnyView {
    let MatrixRow { tenant, name, releases, .. } = row;
    let cells = charts.iter().map(|chart| {
        let of_chart: Vec<_> = releases.iter().filter(|cell| cell.chart == *chart).cloned().collect();
        view! { <Cell tenant=tenant.clone() releases=of_chart/> }
    });
    let title = (name != tenant.as_str()).then_some(name);
    view! {
        <tr>
            <th scope="row"><a href=address::tenant(tenant.as_str()) title=title>{tenant.to_string()}</a></th>
            {cells.collect_view()}
        </tr>
    }
    .into_any()
}

/// What a tenant runs of a chart: a line for each release, shaded by the one that is furthest behind.
#[component]
fn Cell(tenant: TenantSlug, releases: Vec<MatrixCell>) -> impl IntoView {
    if releases.is_empty() {
        return view! { <td class="runs-none"><span aria-hidden="true">"–"</span></td> }.into_any();
    }
    let lag = releases.iter().map(|release| release.lag).max().unwrap_or_default();
    let class = match lag {
        Lag::None | Lag::Unknown => "",
        Lag::Patch => "lag-1",
        Lag::Minor => "lag-2",
        Lag::Major => "lag-3",
    };
    let several = releases.len() > 1;
    let lines = releases.into_iter().map(|release| view! { <Line tenant=tenant.clone() release several/> }).collect_view();
    view! { <td class=class>{lines}</td> }.into_any()
}

/// One release: its state as glyph and, for who cannot see glyph and shade, in words.
#[component]
fn Line(tenant: TenantSlug, release: MatrixCell, several: bool) -> impl IntoView {
    let (mark, word) = cell_mark(&release);
    let words = match release.lag.words() {
        Some(lag) => format!("{word}, {lag}"),
        None => word,
    };
    let title = format!("{} in {}: {words}", release.release_name, release.namespace);
    let (path, version) = (release.path(&tenant), release.version);
    let name = several.then(|| view! { <span class="muted">{release.release_name.to_string()} " "</span> });
    view! {
        <a class=format!("state {}", mark.class()) href=path title=title>
            <Glyph mark/>
            <span>{name} <code>{version}</code> <span class="unseen">", " {words}</span></span>
        </a>
    }
}
