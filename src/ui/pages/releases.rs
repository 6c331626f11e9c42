//! All releases that who looks can see, in one table.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::releases::{ReleasesLook, see_releases},
    domain::{actor::Role, release::ReleaseSort},
    ui::{
        frame::surroundings,
        live::on_hint,
        parts::{
            empty::Empty,
            filters::{Filters, ReleaseFilter},
            loaded::Loaded,
            page_head::PageHead,
            pager::Pager,
            release_table::ReleaseTable,
        },
    },
};

const PATH: &str = "/releases";

/// The releases page.
#[component]
pub fn ReleasesPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(ReleaseFilter::read));
    let releases = Resource::new(move || filter.get(), |filter| see_releases(filter.query(ReleaseSort::Tenant)));
    on_hint(|_| true, move || releases.refetch());
    view! {
        <Loaded data=releases view=move |look| view! { <Shown look filter=filter.get_untracked()/> }.into_any()/>
    }
}

#[component]
fn Shown(look: ReleasesLook, filter: ReleaseFilter) -> impl IntoView {
    let page = look.releases;
    let unassigned = surroundings().viewer().is_some_and(|viewer| viewer.role != Role::Viewer);
    let pages = filter.clone();
    let blank = filter.is_blank();
    view! {
        <PageHead title="Releases"><span><b>{page.total}</b> {if blank { " in all" } else { " match" }}</span> <a class="link" href="/values">"Look for values"</a></PageHead>
        <Filters path=PATH filter=filter.clone() charts=look.charts unassigned/>
        {if page.items.is_empty() {
            nothing(blank)
        } else {
            view! { <ReleaseTable releases=page.items path=PATH filter sort=ReleaseSort::Tenant with_tenant=true/> }.into_any()
        }}
        <Pager
            page=page.page
            size=page.size
            total=page.total
            href=Box::new(move |number| ReleaseFilter { page: number, ..pages.clone() }.href(PATH))
        />
    }
}

fn nothing(blank: bool) -> AnyView {
    if blank {
        view! {
            <Empty title="No release has been seen in the cluster yet.">
                "Install one from its " <a class="link" href="/tenants">"tenant's page"</a>
                ", or with plain helm: it appears here within two seconds."
            </Empty>
        }
        .into_any()
    } else {
        view! { <Empty title="No release matches."><a class="link" href=PATH>"Show all releases"</a></Empty> }.into_any()
    }
}
