//! One chart: its versions, who is on which, and what one of them holds.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::charts::{ChartLook, see_chart},
    domain::{
        chart::compare,
        offer::{ChartContents, Facts, VersionList, VersionRow},
        release::Release,
    },
    ui::{
        address::{encode, given, href},
        parts::{
            empty::Empty,
            field::Field,
            get_form::GetForm,
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            sheet::Sheet,
            state::{State, release_mark},
            tabs::Tabs,
            version_path::{VersionTags, WhatLiesBetween},
            when::When,
        },
    },
};

/// What of a version can be shown: the word in the address, and on the tab.
const PARTS: [(&str, &str); 4] = [("readme", "README"), ("values", "Default values"), ("schema", "Schema"), ("facts", "Chart.yaml")];

/// The page of one chart.
#[component]
pub fn ChartPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let part = |name: &str| params.with(|params| params.get(name));
        let place = (part("source").unwrap_or_default(), part("chart").unwrap_or_default(), part("version"));
        query.with(|query| (place, given(query, "search"), given(query, "from")))
    });
    let look =
        Resource::new(move || wanted.get(), |((source, chart, version), search, from)| see_chart(source, chart, version, search, from));
    let part = Memo::new(move |_| query.with(|query| given(query, "show")).unwrap_or_else(|| PARTS[0].0.to_owned()));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look part/> }.into_any()/>
    }
}

#[component]
fn Shown(look: ChartLook, part: Memo<String>) -> impl IntoView {
    let ChartLook { chart, list, version, contents, between, releases, more, kubernetes } = look;
    let home = format!("/charts/{}/{}", encode(chart.source.as_str()), encode(chart.name.as_str()));
    let here = format!("{home}/{}", encode(&version));
    let row = list.rows.iter().find(|row| row.version.version == version).cloned();
    let crumbs = view! { <a href="/charts">"Charts"</a> " / " {chart.source.to_string()} }.into_any();
    let about = row.map(|row| {
        let one = row.version.clone();
        view! {
            <span><code><b>{one.version}</b></code></span>
            {(!one.app_version.is_empty()).then(|| view! { <span>"app " <b>{one.app_version}</b></span> })}
            {one.created.map(|at| view! { <span>"packaged " <When at/></span> })}
            <span><VersionTags row/></span>
            {one.digest.map(|digest| view! { <span class="digest"><code>{digest}</code></span> })}
        }
    });
    // Another part of the same version is shown without asking again.
    let holds = move || {
        let part = part.get();
        let tabs = PARTS.iter().map(|(word, name)| ((*name).to_owned(), href(&here, &[("show", word)]), *word == part)).collect();
        let contents = match contents.clone() {
            Ok(contents) => view! { <Contents contents part/> }.into_any(),
            Err(problem) => view! { <ProblemNote problem/> }.into_any(),
        };
        view! {
            <header><Tabs label="What it holds" tabs/></header>
            {contents}
        }
    };
    view! {
        <PageHead title=chart.name.to_string() crumbs>
            {about}
            <span class="muted">{kubernetes.map_or_else(|| "The cluster's version is not known.".to_owned(), |version| format!("The cluster runs Kubernetes {version}."))}</span>
        </PageHead>
        {between.map(|between| view! { <WhatLiesBetween between/> })}
        <Versions list version=version.clone() home/>
        <Users releases more chart=chart.name.to_string()/>
        <section class="sheet">{holds}</section>
    }
}

#[component]
fn Versions(list: VersionList, version: String, home: String) -> impl IntoView {
    let VersionList { rows, found, total, search, refused } = list;
    let shown = rows.len();
    let note = if found > shown { format!("the newest {shown} of {found}") } else { format!("{found} of {total}") };
    let form = view! {
        <GetForm action=home.clone() class="version-search" role="search">
            <Field name="search" label="Look for versions" hint="A constraint, such as ^1.4, ~1.4.0, >=1.2 <2 or 1.x.">
                <input
                    type="search"
                    id="search"
                    name="search"
                    maxlength="200"
                    placeholder="^1.4"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    value=search
                    aria-describedby="search-hint"
                />
            </Field>
            <button type="submit" class="btn">"Look"</button>
        </GetForm>
    };
    let rows = rows.into_iter().map(|row| view! { <Version row home=home.clone() looked_at=version.clone()/> }).collect_view();
    view! {
        <Sheet title="Versions" aside=view! { <span class="muted">{note}</span> }.into_any()>
            <div class="chart-versions">
                {form}
                {refused.map(|problem| view! { <ProblemNote problem/> })}
                <div class="table-box">
                    <table class="versions-table">
                        <thead>
                            <tr>
                                <th scope="col">"Version"</th>
                                <th scope="col">"App"</th>
                                <th scope="col">"Packaged"</th>
                                <th scope="col">"To mind"</th>
                                <th scope="col" class="number">"Releases"</th>
                                <th scope="col">"Compare"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        </Sheet>
    }
}

#[component]
fn Version(row: VersionRow, home: String, looked_at: String) -> impl IntoView {
    let one = row.version.clone();
    let here = one.version == looked_at;
    let place = format!("{home}/{}", encode(&one.version));
    let other = one.version.clone();
    let (low, high) =
        if compare(&one.version, &looked_at).is_lt() { (one.version.clone(), looked_at) } else { (looked_at, one.version.clone()) };
    let compared = href(&format!("{home}/{}", encode(&high)), &[("from", &low)]);
    let used = row.releases;
    view! {
        <tr class:here=here>
            <td class="name">
                <a class="link" href=place aria-current=here.then_some("true")><code>{one.version}</code></a>
            </td>
            <td>{one.app_version}</td>
            <td class="muted">{one.created.map(|at| view! { <When at/> })}</td>
            <td><VersionTags row/></td>
            <td class="number">{if used == 0 { view! { <span class="muted">"0"</span> }.into_any() } else { view! { <b>{used}</b> }.into_any() }}</td>
            <td>
                {if here {
                    view! { <span class="muted">"looked at"</span> }.into_any()
                } else {
                    view! { <a class="link" href=compared aria-label=format!("Compare {other} with this one")>"with this one"</a> }.into_any()
                }}
            </td>
        </tr>
    }
}

/// Who is on which version.
#[component]
fn Users(releases: Vec<Release>, more: u64, chart: String) -> impl IntoView {
    if releases.is_empty() {
        return view! { <Sheet title="Who runs it"><p class="none muted">"No release that you can see runs a chart of this name."</p></Sheet> }.into_any();
    }
    let mut groups: BTreeMap<String, Vec<Release>> = BTreeMap::new();
    for release in releases {
        groups.entry(release.chart_version.clone()).or_default().push(release);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(a, _), (b, _)| compare(b, a));
    let groups = groups
        .into_iter()
        .map(|(version, releases)| {
            let count = releases.len();
            let releases = releases
                .into_iter()
                .map(|release| {
                    let (mark, word) = release_mark(&release);
                    view! { <li><a class="link" href=release.path()>{place(&release)}</a> " " <State mark word/></li> }
                })
                .collect_view();
            view! {
                <details open={count <= 10}>
                    <summary><code><b>{version}</b></code> <span class="muted">{format!(" {count} {}", if count == 1 { "release" } else { "releases" })}</span></summary>
                    <ul>{releases}</ul>
                </details>
            }
        })
        .collect_view();
    let all = href("/releases", &[("chart", &chart)]);
    let aside =
        view! { <a class="link" href=all>{if more > 0 { format!("and {more} more") } else { "All releases".to_owned() }}</a> }.into_any();
    view! { <Sheet title="Who runs it" aside><div class="chart-users">{groups}</div></Sheet> }.into_any()
}

/// Where a release is, in words.
fn place(release: &Release) -> String {
    let tenant = release.tenant.as_ref().map_or("no tenant", |tenant| tenant.as_str());
    format!("{tenant} / {} / {}", release.namespace, release.release_name)
}

#[component]
fn Contents(contents: ChartContents, part: String) -> impl IntoView {
    let ChartContents { facts, readme, defaults, schema } = contents;
    let text = |text: String, none: &'static str| match text.trim().is_empty() {
        true => view! { <p class="none muted">{none}</p> }.into_any(),
        false => view! { <pre class="chart-text" tabindex="0">{text}</pre> }.into_any(),
    };
    match part.as_str() {
        "values" => text(defaults, "The chart has no default values."),
        "schema" => text(schema, "The chart has no schema for its values."),
        "facts" => view! { <FactTable facts/> }.into_any(),
        _ if readme.is_empty() => view! { <Empty title="The chart has no README."/> }.into_any(),
        // Sanitized on the server.
        _ => view! { <div class="readme" inner_html=readme></div> }.into_any(),
    }
}

#[component]
fn FactTable(facts: Facts) -> impl IntoView {
    let rows = facts.into_iter().map(|(word, text)| view! { <tr><th scope="row">{word}</th><td>{text}</td></tr> }).collect_view();
    view! {
        <table class="facts-table">
            <thead><tr><th scope="col">"Fact"</th><th scope="col">"What Chart.yaml says"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
