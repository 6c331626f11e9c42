//! Chart sources: how each stands, and a form to add one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::tabs;
use crate::{
    api::sources::see_sources,
    domain::source::{ChartSource, SourceKind, SourceOrigin},
    ui::{
        address::given,
        parts::{
            empty::Empty,
            field::Field,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            sheet::Sheet,
            source_state::SourceStand,
            text_area::TextArea,
        },
    },
};

/// The page of the chart sources.
#[component]
pub fn SourcesPage() -> impl IntoView {
    let typed = typed();
    let look = Resource::new(|| (), |()| see_sources());
    view! {
        <Loaded data=look view=move |sources| view! { <Shown sources typed/> }.into_any()/>
    }
}

#[component]
fn Shown(sources: Vec<ChartSource>, typed: Typed) -> impl IntoView {
    let count = sources.len();
    let done = use_query_map().with_untracked(|query| given(query, "done").zip(given(query, "source")));
    let done = done.filter(|_| !typed.is_refused()).and_then(|(done, name)| match done.as_str() {
        "added" => Some(format!("{name} is added. Its charts can be installed.")),
        "refreshed" => Some(format!("{name} was asked anew.")),
        "removed" => Some(format!("{name} is removed. Releases of its charts stay as they are.")),
        _ => None,
    });
    let table = if sources.is_empty() {
        view! { <Empty title="There is no chart source.">"Add one below."</Empty> }.into_any()
    } else {
        let rows = sources.into_iter().map(|source| view! { <Row source/> }).collect_view();
        view! {
            <div class="table-box">
                <table class="sources-table">
                    <thead>
                        <tr>
                            <th scope="col">"Source"</th>
                            <th scope="col">"Signs in"</th>
                            <th scope="col" class="number">"Charts"</th>
                            <th scope="col" class="number">"Versions"</th>
                            <th scope="col">"State"</th>
                            <th scope="col"><span class="aside-only">"Refresh or remove"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <PageHead title="Settings" tab="Chart sources"><span><b>{count}</b> {if count == 1 { " chart source" } else { " chart sources" }}</span></PageHead>
        {tabs("/settings/sources")}
        {done.map(|done| view! { <p class="note" role="status">{done}</p> })}
        {typed.note()}
        {table}
        <Sheet title="Add a chart source"><NewSource typed/></Sheet>
    }
}

#[component]
fn Row(source: ChartSource) -> impl IntoView {
    let name = source.name.to_string();
    let action = format!("/settings/sources/{name}");
    let kind = match source.kind {
        SourceKind::Repository => "repository",
        SourceKind::Registry => "registry",
    };
    let login = match (source.login.as_str(), source.user.clone()) {
        ("basic", Some(user)) => view! { "as " <b>{user}</b> }.into_any(),
        ("bearer", _) => "by token".into_any(),
        _ => view! { <span class="muted">"no sign-in"</span> }.into_any(),
    };
    let remove = match source.origin {
        SourceOrigin::Settings => {
            view! { <button type="submit" name="act" value="remove" class="btn bad" aria-label=format!("Remove {name}")>"Remove"</button> }
                .into_any()
        }
        SourceOrigin::Configuration => {
            let why = "The server's configuration names it; it is removed there.";
            view! { <button type="button" class="btn bad" disabled title=why>"Remove"</button> }.into_any()
        }
    };
    view! {
        <tr>
            <td class="about">
                <b>{name.clone()}</b>
                <span class="tag">{kind}</span>
                {(source.origin == SourceOrigin::Configuration).then(|| view! { <span class="tag">"configuration"</span> })}
                <span class="muted address">{source.url.clone()}</span>
            </td>
            <td>{login} {source.own_ca.then(|| view! { <span class="tag">"own CA"</span> })}</td>
            <td class="number">{source.charts}</td>
            <td class="number">{source.versions}</td>
            <td class="stand"><SourceStand source=source.clone()/></td>
            <td class="act">
                <form method="post" action=action>
                    <button type="submit" name="act" value="refresh" class="btn" aria-label=format!("Refresh {name}")>"Refresh"</button>
                    {remove}
                </form>
            </td>
        </tr>
    }
}

#[component]
fn NewSource(typed: Typed) -> impl IntoView {
    let text = move |name: &'static str, kind: &'static str, hinted: bool, most: u32| {
        view! {
            <input
                type=kind
                id=name
                name=name
                maxlength=most
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                value=typed.text(name, "")
                aria-describedby=hinted.then(|| format!("{name}-hint"))
            />
        }
    };
    let chosen = typed.text("login", "none");
    let logins = [("none", "does not ask"), ("basic", "user and password"), ("bearer", "token")];
    let logins =
        logins.map(|(word, label)| view! { <option value=word selected=chosen == word>{label}</option> }).into_iter().collect_view();
    view! {
        <form method="post" action="/settings/sources" class="people-form">
            <p class="note">"The source is asked first, and added once it has answered."</p>
            <div class="inline">
                <Field name="name" label="Name" hint="Stands before the names of its charts: name/chart.">{text("name", "text", true, 63)}</Field>
                <Field name="url" label="Address" hint="https://… for a repository, oci://… for a registry.">{text("url", "text", true, 500)}</Field>
            </div>
            <Field name="charts" label="Charts of a registry" hint="Their names, with spaces between: a registry does not list them. Leave it empty where the address ends in the chart.">
                {text("charts", "text", true, 8000)}
            </Field>
            <div class="inline">
                <Field name="login" label="Sign-in"><select id="login" name="login">{logins}</select></Field>
                <Field name="user" label="User">{text("user", "text", false, 500)}</Field>
                <Field name="secret" label="Password or token" hint="Kept sealed, and never shown.">
                    <input type="password" id="secret" name="secret" maxlength="500" autocomplete="new-password" aria-describedby="secret-hint"/>
                </Field>
            </div>
            <Field name="ca" label="Certificates" hint="PEM; for a source whose own certificate the server's machine does not trust.">
                <TextArea name="ca" value=typed.text("ca", "") rows=3 code=true described_by="ca-hint"/>
            </Field>
            <p><button type="submit" class="btn go">"Add the chart source"</button></p>
        </form>
    }
}
