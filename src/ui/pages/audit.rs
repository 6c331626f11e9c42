//! The audit: who did what, to what, why, through which door; filtered by its address, and as a file.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::audit::{AuditLook, see_audit},
    ui::{
        live::on_hint,
        parts::{
            audit_filter::{AuditFilter, AuditFilters},
            audit_table::AuditTable,
            empty::Empty,
            loaded::Loaded,
            page_head::PageHead,
            pager::Pager,
        },
    },
};

const PATH: &str = "/audit";

/// The audit's page.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(AuditFilter::read));
    let look = Resource::new(
        move || filter.get(),
        |filter| {
            let tenant = (!filter.tenant.is_empty()).then(|| filter.tenant.clone());
            see_audit(filter.query(), tenant)
        },
    );
    on_hint(|_| true, move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look filter=filter.get_untracked()/> }.into_any()/>
    }
}

#[component]
fn Shown(look: AuditLook, filter: AuditFilter) -> impl IntoView {
    let AuditLook { rows, tenants, tenant } = look;
    let blank = filter.is_blank();
    let file = |format| filter.export(tenant.as_ref(), format);
    let (csv, json) = (file("csv"), file("json"));
    let actions = view! {
        <div class="buttons">
            <a class="btn" href=csv download="audit.csv" rel="external">"Export CSV"</a>
            <a class="btn" href=json download="audit.json" rel="external">"Export JSON"</a>
        </div>
    }
    .into_any();
    let pages = filter.clone();
    view! {
        <PageHead title="Audit" actions>
            <span><b>{rows.total}</b> {if blank { " in all" } else { " match" }}</span>
        </PageHead>
        <AuditFilters path=PATH filter tenants=tenants.clone()/>
        {match (rows.items.is_empty(), blank) {
            (true, true) => view! { <Empty title="Nothing has been done yet.">"Every change is written here, with who, why and through which door."</Empty> }.into_any(),
            (true, false) => view! { <Empty title="No row matches."><a class="link" href=PATH>"Show all of them"</a></Empty> }.into_any(),
            _ => view! { <AuditTable rows=rows.items tenants/> }.into_any(),
        }}
        <Pager
            page=rows.page
            size=rows.size
            total=rows.total
            href=Box::new(move |number| AuditFilter { page: number, ..pages.clone() }.href(PATH))
        />
    }
}
