//! Values over the fleet: which releases set a key, and to what.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::provenance::{SearchLook, search_values},
    domain::{
        provenance::{SetValue, ValueSearch},
        values::on_one_line,
    },
    ui::{
        address::{encode, given},
        parts::{empty::Empty, field::Field, get_form::GetForm, loaded::Loaded, page_head::PageHead, problem::ProblemNote},
    },
};

const PATH: &str = "/values";

/// The page.
#[component]
pub fn ValueSearchPage() -> impl IntoView {
    let query = use_query_map();
    let wanted =
        Memo::new(move |_| query.with(|query| (given(query, "key").unwrap_or_default(), given(query, "chart").unwrap_or_default())));
    let look = Resource::new(move || wanted.get(), |(key, chart)| search_values(key, chart));
    view! {
        <Loaded data=look view=move |look| {
            let (key, chart) = wanted.get_untracked();
            view! { <Shown look key chart/> }.into_any()
        }/>
    }
}

#[component]
fn Shown(look: SearchLook, key: String, chart: String) -> impl IntoView {
    let SearchLook { found, charts } = look;
    let options = charts
        .into_iter()
        .map(|name| {
            let selected = name == chart;
            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
        })
        .collect_view();
    let count = found.as_ref().and_then(|found| found.as_ref().ok()).map(|found| {
        let different: BTreeSet<String> = found.set.iter().map(|one| one.value.to_string()).collect();
        let of = format!(" of {} releases set it, to ", found.searched);
        view! { <span><b>{found.set.len()}</b> {of} <b>{different.len()}</b> {if different.len() == 1 { " value" } else { " different values" }}</span> }
    });
    let body = match found {
        None => view! { <Empty title="Which releases set what?">"Give the path of a key, such as ingress.host."</Empty> }.into_any(),
        Some(Err(problem)) => view! { <ProblemNote problem/> }.into_any(),
        Some(Ok(found)) if found.set.is_empty() => {
            view! { <Empty title="No release sets it.">"Wherever a chart knows it, its default holds."</Empty> }.into_any()
        }
        Some(Ok(found)) => view! { <Found found/> }.into_any(),
    };
    view! {
        <PageHead title="Values">{count}</PageHead>
        <GetForm action=PATH class="value-search" role="search">
            <Field name="key" label="Key" hint="As helm --set writes it. A dot within a key is \\.">
                <input type="search" id="key" name="key" maxlength="500" placeholder="ingress.host" autocomplete="off" autocapitalize="none" spellcheck="false" value=key aria-describedby="key-hint"/>
            </Field>
            <Field name="chart" label="Chart">
                <select id="chart" name="chart"><option value="">"every chart"</option>{options}</select>
            </Field>
            <button type="submit" class="btn">"Look"</button>
        </GetForm>
        {body}
    }
}

#[component]
fn Found(found: ValueSearch) -> impl IntoView {
    let ValueSearch { set, searched, releases, unread } = found;
    let more = (searched < releases).then(|| format!("Only {searched} of {releases} releases were looked through: choose a chart."));
    let unread = (unread > 0).then(|| format!("{unread} releases have not been read from the cluster yet; look again in a moment."));
    let rows = set.into_iter().map(row).collect_view();
    view! {
        {more.map(|text| view! { <p class="note warn">{text}</p> })}
        {unread.map(|text| view! { <p class="note">{text}</p> })}
        <div class="table-box">
            <table class="values-table">
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"Value"</th>
                        <th scope="col">"Chart"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(one: SetValue) -> AnyView {
    let at = format!("{}/{}", encode(one.namespace.as_str()), encode(one.release_name.as_str()));
    let (path, owner) = match &one.tenant {
        Some(tenant) => (format!("/tenants/{}/releases/{at}/values", encode(tenant.as_str())), tenant.to_string()),
        None => (format!("/unassigned/releases/{at}/values"), "no tenant".to_owned()),
    };
    let default = one.default.map(|default| view! { <span class="muted said">"chart: " <code>{on_one_line(&default)}</code></span> });
    let name = format!("{owner} / {} / {}", one.namespace, one.release_name);
    view! {
        <tr>
            <th scope="row"><a class="link" href=path>{name}</a></th>
            <td class="value"><code>{on_one_line(&one.value)}</code> {default}</td>
            <td class="since"><code>{format!("{} {}", one.chart_name, one.chart_version)}</code></td>
        </tr>
    }
    .into_any()
}
