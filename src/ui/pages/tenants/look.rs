//! One tenant: its facts, its releases, and what can be done about it.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::manage::{Holds, Namespaces};
use crate::{
    api::tenants::{TenantLook, see_tenant},
    domain::{actor::Act, live::Live, release::ReleaseSort},
    ui::{
        address,
        frame::surroundings,
        live::on_hint,
        parts::{
            action::Action,
            empty::Empty,
            filters::{Filters, ReleaseFilter},
            holds::HoldNotes,
            loaded::Loaded,
            page_head::PageHead,
            pager::Pager,
            refused::{Typed, typed},
            release_table::ReleaseTable,
            windows::Windows,
        },
    },
};

/// A tenant's page.
#[component]
pub fn TenantPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let filter = Memo::new(move |_| query.with(ReleaseFilter::read));
    let look = Resource::new(move || (slug.get(), filter.get()), |(slug, filter)| see_tenant(slug, filter.query(ReleaseSort::Name)));
    let mine = StoredValue::new(None);
    on_hint(
        move |hint| match (hint, mine.get_value()) {
            (Live::Tenants, _) | (_, None) => true,
            (hint, mine) => hint.tenant() == mine,
        },
        move || look.refetch(),
    );
    view! {
        <Loaded
            data=look
            view=move |look: TenantLook| {
                mine.set_value(Some(look.tenant.id));
                view! { <Shown look filter=filter.get_untracked() typed/> }.into_any()
            }
        />
    }
}

#[component]
fn Shown(look: TenantLook, filter: ReleaseFilter, typed: Typed) -> impl IntoView {
    let TenantLook { tenant, opening, releases, charts } = look;
    let path = address::tenant(tenant.slug.as_str());
    let install = format!("{path}/install");
    let refused = surroundings().may_change().err().or_else(|| tenant.open().err().map(|problem| problem.detail));
    let managed = tenant.clone();
    let crumbs = view! { <a href="/tenants">"Tenants"</a> }.into_any();
    let actions = view! {
        <div class="buttons">
            <Action label="Edit…" href=format!("{path}/edit") refused=surroundings().may(Act::ManageTenants).err()/>
            <Action label="Install…" href=install.clone() tone="go" refused=refused.clone()/>
        </div>
    }
    .into_any();
    let blank = filter.is_blank();
    let (pages, pages_path) = (filter.clone(), path.clone());
    view! {
        <PageHead title=tenant.name.clone() crumbs actions>
            {(tenant.name != tenant.slug.as_str()).then(|| view! { <span>"slug " <code><b>{tenant.slug.to_string()}</b></code></span> })}
            {tenant.labels.into_iter().map(|(key, value)| view! { <span>{key} " " <b>{value}</b></span> }).collect_view()}
            <span>
                {if tenant.namespaces.len() == 1 { "namespace" } else { "namespaces" }}
                {tenant.namespaces.into_iter().map(|namespace| view! { " " <code><b>{namespace.to_string()}</b></code> }).collect_view()}
            </span>
            <span><a class="link" href=address::href("/audit", &[("tenant", tenant.slug.as_str())])>"Audit"</a></span>
            <span><b>{releases.total}</b> {if blank { " releases" } else { " releases match" }}</span>
        </PageHead>
        {typed.note()}
        <HoldNotes tenant=managed.clone()/>
        <Filters path=path.clone() filter=filter.clone() charts/>
        {match (releases.items.is_empty(), blank) {
            (true, true) => view! {
                <Empty title="This tenant has no releases yet.">
                    {match refused {
                        None => view! { <a class="link" href=install>"Install the first one"</a> }.into_any(),
                        Some(why) => view! { {why} }.into_any(),
                    }}
                </Empty>
            }
            .into_any(),
            (true, false) => view! { <Empty title="No release matches."><a class="link" href=path>"Show all of them"</a></Empty> }.into_any(),
            _ => view! { <ReleaseTable releases=releases.items path filter sort=ReleaseSort::Name/> }.into_any(),
        }}
        <Pager
            page=releases.page
            size=releases.size
            total=releases.total
            href=Box::new(move |number| ReleaseFilter { page: number, ..pages.clone() }.href(&pages_path))
        />
        <div class="manage">
            <Namespaces tenant=managed.clone() typed/>
            <Windows windows=managed.windows.clone() opening/>
            <Holds tenant=managed typed/>
        </div>
    }
}
