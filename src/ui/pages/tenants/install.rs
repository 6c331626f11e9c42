//! Installing a new release: first the chart and its version (a question), then everything else (the form that does
//! it), on one page.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::charts::{Chosen, InstallLook, see_install},
    domain::{
        chart::Chart,
        problem::Problem,
        tenant::{TENANT_LABEL, Tenant},
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
            problem::ProblemNote,
            refused::{Typed, typed},
            run_options::{Options, Reason},
            values_editor::ValuesEditor,
        },
    },
};

/// The install page.
#[component]
pub fn InstallPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let wanted = Memo::new(move |_| {
        let slug = params.with(|params| params.get("slug")).unwrap_or_default();
        query.with(|query| (slug, given(query, "chart"), given(query, "version")))
    });
    let look = Resource::new(move || wanted.get(), |(slug, chart, version)| see_install(slug, chart, version));
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: InstallLook, typed: Typed) -> impl IntoView {
    let InstallLook { tenant, charts, chosen, key } = look;
    let home = address::tenant(tenant.slug.as_str());
    let path = format!("{home}/install");
    let crumbs = view! { <a href="/tenants">"Tenants"</a> " / " <a href=home.clone()>{tenant.slug.to_string()}</a> }.into_any();
    let title = format!("Install in {}", tenant.slug);
    let (chart, version) = match &chosen {
        Some(Ok(chosen)) => (Some(format!("{}/{}", chosen.chart.source, chosen.chart.name)), chosen.version.clone()),
        _ => (None, String::new()),
    };
    let rest = match chosen {
        None => ().into_any(),
        Some(Err(problem)) => view! { <ProblemNote problem/> }.into_any(),
        Some(Ok(_)) if tenant.namespaces.is_empty() => view! {
            <Empty title="This tenant has no namespace.">
                "Label one: " <code>{format!("kubectl label namespace {slug}-prod {TENANT_LABEL}={slug}", slug = tenant.slug)}</code>
            </Empty>
        }
        .into_any(),
        Some(Ok(chosen)) => view! { <Second tenant chosen key typed path=path.clone() back=home/> }.into_any(),
    };
    view! {
        <PageHead title crumbs/>
        {typed.note()}
        <First charts chart version path/>
        {rest}
    }
}

/// The first step: which chart, which version.
#[component]
fn First(charts: Result<Vec<Chart>, Problem>, chart: Option<String>, version: String, path: String) -> impl IntoView {
    let charts = match charts {
        Err(problem) => return view! { <ProblemNote problem/> }.into_any(),
        Ok(charts) if charts.is_empty() => {
            return view! { <Empty title="There is no chart to install.">"Configure a chart source on the server, then load this page again."</Empty> }
                .into_any();
        }
        Ok(charts) => charts,
    };
    let full = |chart: &Chart| format!("{}/{}", chart.source, chart.name);
    let versions = charts.iter().find(|one| Some(full(one)) == chart).map(|chart| chart.versions.clone());
    let versions = versions.map(|versions| {
        let options = versions.into_iter().map(|one| {
            let note = if one.deprecated { ", deprecated" } else { "" };
            let app = if one.app_version.is_empty() { String::new() } else { format!(" (app {}{note})", one.app_version) };
            (one.version.clone(), format!("{}{app}", one.version))
        });
        let options = options.collect::<Vec<_>>();
        view! { <Field name="version" label="Version"><Choice name="version" options chosen=version/></Field> }
    });
    let word = if versions.is_some() { "Look at it" } else { "Choose" };
    let options = charts.iter().map(|chart| (full(chart), format!("{} from {}", chart.name, chart.source))).collect();
    let all = chart.is_none().then_some("Choose a chart");
    view! {
        <GetForm action=path class="step sheet">
            <div class="inline">
                <Field name="chart" label="Chart"><Choice name="chart" all options chosen=chart.unwrap_or_default()/></Field>
                {versions}
                <button type="submit" class="btn">{word}</button>
            </div>
        </GetForm>
    }
    .into_any()
}

/// The second step: everything else.
#[component]
fn Second(tenant: Tenant, chosen: Chosen, key: String, typed: Typed, path: String, back: String) -> impl IntoView {
    let chart = format!("{}/{}", chosen.chart.source, chosen.chart.name);
    let query = [("chart", chart.as_str()), ("version", chosen.version.as_str())];
    let (action, preview) = (href(&path, &query), href(&format!("{path}/preview"), &query));
    let first = tenant.namespaces.first().map(ToString::to_string).unwrap_or_default();
    let namespaces = tenant.namespaces.iter().map(|one| (one.to_string(), one.to_string())).collect();
    let label = format!("Install {} {} in {}", chosen.chart.name, chosen.version, tenant.slug);
    let note = chosen.chart.versions.iter().find(|one| one.version == chosen.version).map(|one| one.description.clone());
    view! {
        <form method="post" action=action class="change sheet">
            {note.filter(|note| !note.is_empty()).map(|note| view! { <p class="muted note">{note}</p> })}
            <input type="hidden" name="key" value=typed.text("key", key)/>
            <input type="hidden" name="chart" value=chart/>
            <input type="hidden" name="version" value=chosen.version.clone()/>
            <div class="inline">
                <Field name="namespace" label="Namespace">
                    <select id="namespace" name="namespace">
                        {options(namespaces, &typed.text("namespace", first))}
                    </select>
                </Field>
                <Field name="name" label="Name of the release" hint="Lower-case letters, digits, '-' and '.', at most 53 characters.">
                    <input
                        type="text"
                        id="name"
                        name="name"
                        required
                        maxlength="53"
                        autocapitalize="none"
                        spellcheck="false"
                        value=typed.text("name", chosen.chart.name.to_string().to_lowercase())
                        aria-describedby="name-hint"
                    />
                </Field>
            </div>
            <ValuesEditor typed proposed=String::new() chosen=Some(chosen)/>
            <Options typed atomic="If a step fails, what was installed is taken away again."/>
            <Reason typed/>
            <Submit label back tone="go" refused=surroundings().may_change().err() preview/>
        </form>
    }
}

fn options(options: Vec<(String, String)>, chosen: &str) -> AnyView {
    let option = |(value, label): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{label}</option> }
    };
    options.into_iter().map(option).collect_view().into_any()
}
