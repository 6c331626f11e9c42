//! The values of a release, and where each comes from: the tenant's override first, then what the chart says by itself.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{crumbs, owner};
use crate::{
    api::provenance::{ProvenanceLook, see_provenance},
    domain::{
        ids::ReleaseId,
        live::Live,
        provenance::{Provenance, Said, ValueOrigin},
        values::on_one_line,
    },
    ui::{
        address::{self, href},
        live::on_hint,
        parts::{loaded::Loaded, page_head::PageHead, problem::ProblemNote, sheet::Sheet},
    },
};

/// The page.
#[component]
pub fn ValuesPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| params.with(address::place));
    let look = Resource::new(move || place.get(), see_provenance);
    let mine = move || place.with_untracked(|place| ReleaseId::at(&place.namespace, &place.name));
    on_hint(move |hint| matches!(hint, Live::Release { id, .. } if *id == mine()), move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look/> }.into_any()/>
    }
}

#[component]
fn Shown(look: ProvenanceLook) -> impl IntoView {
    let ProvenanceLook { release, found } = look;
    let path = release.path();
    let title = format!("Values of {} in {}", release.release_name, owner(&release));
    let body = match found {
        Err(problem) => view! { <ProblemNote problem/> }.into_any(),
        Ok(found) => view! { <Origins found path/> }.into_any(),
    };
    view! {
        <PageHead title crumbs=crumbs(&release, false)>
            <span>"chart " <code><b>{format!("{} {}", release.chart_name, release.chart_version)}</b></code></span>
            <span>"revision " <code><b>{release.revision}</b></code></span>
        </PageHead>
        {body}
    }
}

#[component]
fn Origins(found: Provenance, path: String) -> impl IntoView {
    let set = found.set();
    let Provenance { revision, reaches, values } = found;
    let (ours, charts): (Vec<_>, Vec<_>) = values.into_iter().partition(|one| one.said == Said::Override);
    let left = charts.len();
    let forgotten = ours.iter().filter(|one| one.forgotten).count();
    let warning = (forgotten > 0).then(|| {
        let what = if forgotten == 1 { "One key of the override is" } else { "Some keys of the override are" };
        view! { <p class="note warn">{format!("{what} no longer known to the chart: what is set there has no effect any more.")}</p> }
    });
    let count = |count: usize| if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    let aside = |text: String| view! { <span class="muted">{text}</span> }.into_any();
    let theirs = path.clone();
    view! {
        {warning}
        <Sheet title="Set by the override" aside=aside(count(set))>
            <ValueTable values=ours revision reaches path none="Nothing is set: the chart's defaults hold throughout."/>
        </Sheet>
        <Sheet title="Said by the chart alone" aside=aside(count(left))>
            <ValueTable values=charts revision reaches path=theirs none="The chart has no defaults beside."/>
        </Sheet>
    }
}

#[component]
fn ValueTable(values: Vec<ValueOrigin>, revision: u32, reaches: u32, path: String, none: &'static str) -> impl IntoView {
    if values.is_empty() {
        return view! { <p class="none muted">{none}</p> }.into_any();
    }
    let rows = values.into_iter().map(|one| {
        // The change that made it so, where there is one to look at.
        let since = one.since;
        let at = href(&path, &[("to", &since.to_string()), ("of", "override")]);
        let older = (since == reaches && reaches > 1).then(|| view! { <span class="muted">" or earlier"</span> });
        let default = one.default.map(|default| view! { <span class="muted said">"chart: " <code>{on_one_line(&default)}</code></span> });
        let gone = one.value.is_null() && one.said == Said::Override;
        let value = if gone { view! { <span class="muted">"taken away"</span> }.into_any() } else { view! { <code>{on_one_line(&one.value)}</code> }.into_any() };
        view! {
            <tr>
                <th scope="row"><code>{one.path}</code> {one.forgotten.then(|| view! { " " <span class="tag warn">"unknown to the chart"</span> })}</th>
                <td class="value">{value} {default}</td>
                <td class="since">
                    {if since == revision { view! { "this revision" }.into_any() } else { view! { <a class="link" href=at>{format!("revision {since}")}</a> }.into_any() }}
                    {older}
                </td>
            </tr>
        }
    });
    view! {
        <div class="table-box">
            <table class="values-table">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Value"</th>
                        <th scope="col">"Since"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
