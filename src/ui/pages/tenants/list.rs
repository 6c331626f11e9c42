//! The list of tenants, and the namespaces that belong to none.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::tenants::{TenantsLook, see_tenants},
    domain::{
        actor::Act,
        names::Namespace,
        release::StateCounts,
        tenant::{TENANT_LABEL, TenantRow},
    },
    ui::{
        address::{self, given, href},
        frame::surroundings,
        live::on_hint,
        parts::{
            action::Action,
            bar::StateBar,
            empty::Empty,
            get_form::GetForm,
            holds::HoldMarks,
            loaded::Loaded,
            page_head::PageHead,
            search_field::SearchField,
            sheet::Sheet,
            state::{Mark, State},
        },
    },
};

/// The tenants page.
#[component]
pub fn TenantsPage() -> impl IntoView {
    let query = use_query_map();
    let text = Memo::new(move |_| query.with(|query| given(query, "q")).unwrap_or_default());
    let retired = Memo::new(move |_| query.with(|query| given(query, "retired")).is_some());
    let look = Resource::new(move || retired.get(), see_tenants);
    on_hint(|_| true, move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look text=text.get() retired=retired.get_untracked()/> }.into_any()/>
    }
}

#[component]
fn Shown(look: TenantsLook, text: String, retired: bool) -> impl IntoView {
    let TenantsLook { tenants, unassigned } = look;
    let count = tenants.len();
    let wanted = text.to_lowercase();
    let matches = |row: &TenantRow| {
        let tenant = &row.tenant;
        let mut texts = vec![tenant.slug.to_string(), tenant.name.clone()];
        texts.extend(tenant.labels.iter().map(|(key, value)| format!("{key}={value}")));
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let shown: Vec<TenantRow> = tenants.into_iter().filter(matches).collect();
    let actions =
        view! { <Action label="New tenant…" href="/tenants/new" tone="go" refused=surroundings().may(Act::ManageTenants).err()/> }
            .into_any();
    let (other, other_word) = if retired { ("", "Hide retired tenants") } else { ("1", "Show retired tenants, too") };
    let other = href("/tenants", &[("q", text.as_str()), ("retired", other)]);
    let clear = (!text.is_empty()).then(|| view! { <a class="link" href="/tenants">"Clear"</a> });
    view! {
        <PageHead title="Tenants" actions><span><b>{count}</b> {if count == 1 { " tenant" } else { " tenants" }}</span></PageHead>
        <GetForm action="/tenants" class="filters" role="search">
            <SearchField text label="Search by name or label"/>
            {retired.then(|| view! { <input type="hidden" name="retired" value="1"/> })}
            <button type="submit" class="btn">"Filter"</button>
            {clear}
            <a class="link" href=other>{other_word}</a>
        </GetForm>
        {match (shown.is_empty(), count) {
            (true, 0) => view! {
                <Empty title="No tenant has been seen yet.">
                    "Label a namespace and it appears here: " <code>{format!("kubectl label namespace acme-prod {TENANT_LABEL}=acme")}</code>
                </Empty>
            }
            .into_any(),
            (true, _) => view! { <Empty title="No tenant matches."><a class="link" href="/tenants">"Show all tenants"</a></Empty> }.into_any(),
            _ => view! {
                <div class="table-box">
                    <table class="tenants-table">
                        <thead>
                            <tr>
                                <th scope="col">"Tenant"</th>
                                <th scope="col">"Labels"</th>
                                <th scope="col">"Namespaces"</th>
                                <th scope="col" class="number">"Releases"</th>
                                <th scope="col" class="stand">"How they stand"</th>
                            </tr>
                        </thead>
                        <tbody>{shown.into_iter().map(|row| view! { <Row row/> }).collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any(),
        }}
        <Unassigned unassigned/>
    }
}

/// Namespaces of no tenant that hold releases.
#[component]
fn Unassigned(unassigned: Vec<(Namespace, u64)>) -> impl IntoView {
    let refused = surroundings().may(Act::ManageTenants).err();
    let row = |(namespace, releases): (Namespace, u64)| {
        let reserved = namespace.is_system().then(|| "This namespace is the cluster's own and cannot be a tenant's.".to_owned());
        view! {
            <li>
                <code><b>{namespace.to_string()}</b></code>
                <span class="muted">{releases} {if releases == 1 { " release" } else { " releases" }}</span>
                <Action label="Give to a tenant…" href=format!("/unassigned/namespaces/{namespace}") refused=refused.clone().or(reserved)/>
            </li>
        }
    };
    let rows = unassigned.into_iter().map(row).collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <div class="manage">
                <Sheet title="Namespaces of no tenant">
                    <ul class="namespaces">{rows}</ul>
                </Sheet>
            </div>
        }
    })
}

#[component]
fn Row(row: TenantRow) -> impl IntoView {
    let TenantRow { tenant, counts } = row;
    let named = (tenant.name != tenant.slug.as_str()).then(|| tenant.name.clone());
    view! {
        <tr>
            <td class="name">
                <a href=address::tenant(tenant.slug.as_str())><b>{tenant.slug.to_string()}</b></a>
                {named.map(|name| view! { <span class="muted">" " {name}</span> })}
                " "
                <HoldMarks tenant=tenant.clone()/>
            </td>
            <td class="labels">
                {tenant.labels.into_iter().map(|(key, value)| view! { <span class="tag">{key} " " <b>{value}</b></span> }).collect_view()}
            </td>
            <td class="namespaces">
                {if tenant.namespaces.is_empty() {
                    view! { <span class="muted">"none left"</span> }.into_any()
                } else {
                    tenant.namespaces.into_iter().map(|namespace| view! { <code>{namespace.to_string()}</code> " " }).collect_view().into_any()
                }}
            </td>
            <td class="number">{counts.total()}</td>
            <td class="stand"><Stand counts/></td>
        </tr>
    }
}

/// How a tenant's releases stand: in words what is not as it should be, and a bar.
#[component]
fn Stand(counts: StateCounts) -> impl IntoView {
    let parts = [
        (counts.failed, Mark::Bad, "failed"),
        (counts.degraded, Mark::Warn, "degraded"),
        (counts.drifted, Mark::Warn, "drifted"),
        (counts.pending, Mark::Busy, "pending"),
    ];
    if counts.total() == 0 {
        return view! { <span class="muted">"no releases"</span> }.into_any();
    }
    let words = parts
        .into_iter()
        .filter(|part| part.0 > 0)
        .map(|(count, mark, word)| view! { <State mark word=format!("{count} {word}")/> " " })
        .collect_view();
    let well = parts.iter().all(|part| part.0 == 0).then(|| view! { <span class="all">"all well"</span> });
    view! { <div class="stand-row"><StateBar counts/> {words} {well}</div> }.into_any()
}
