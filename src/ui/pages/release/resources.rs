//! What a release has in the cluster right now, with what happened to it lately. Asked for anew whenever the release moves.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{crumbs, owner};
use crate::{
    api::resources::{ResourcesLook, see_resources},
    domain::{ids::ReleaseId, live::Live, release::Health},
    ui::{
        address,
        live::on_hint,
        parts::{
            empty::Empty,
            happenings::Happenings,
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            resource_tree::ResourceTree,
            sheet::Sheet,
            state::{State, health_mark, release_mark},
        },
    },
};

/// The page.
#[component]
pub fn ResourcesPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| params.with(address::place));
    let look = Resource::new(move || place.get(), see_resources);
    let mine = move || place.with_untracked(|place| ReleaseId::at(&place.namespace, &place.name));
    on_hint(move |hint| matches!(hint, Live::Release { id, .. } if *id == mine()), move || look.refetch());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look/> }.into_any()/>
    }
}

#[component]
fn Shown(look: ResourcesLook) -> impl IntoView {
    let ResourcesLook { release, found } = look;
    let (mark, word) = release_mark(&release);
    let path = release.path();
    let body = match found {
        Err(problem) => view! { <ProblemNote problem/> }.into_any(),
        Ok((resources, events)) => {
            let ready = resources.items.iter().filter(|item| item.health == Health::Healthy).count();
            let count =
                format!("{ready} of {} healthy{}", resources.items.len(), if resources.cut { ", and more than are listed" } else { "" });
            let aside = view! { <span class="muted">{count}</span> }.into_any();
            let tree = if resources.items.is_empty() {
                view! { <Empty title="The release has no objects.">"Its manifest is empty."</Empty> }.into_any()
            } else {
                view! { <ResourceTree items=resources.items path/> }.into_any()
            };
            view! {
                <Sheet title="Objects" aside>{tree}</Sheet>
                <Sheet title="Events"><Happenings events/></Sheet>
            }
            .into_any()
        }
    };
    let title = format!("Resources of {} in {}", release.release_name, owner(&release));
    view! {
        <PageHead title crumbs=crumbs(&release, false)>
            <span class="strong"><State mark word/></span>
            <span class="strong"><State mark=health_mark(release.health) word=release.health.as_str()/></span>
            {release.health_detail.clone().map(|detail| view! { <span>{detail}</span> })}
        </PageHead>
        {body}
    }
}
