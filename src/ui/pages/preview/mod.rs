//! What a change will do: warnings first, then values and objects, and then what can be done about it.

mod apply;
mod changes;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::{
    apply::{Apply, Words},
    changes::{Objects, Values, Warnings},
};
use crate::{
    api::previews::{PreviewLook, see_preview},
    domain::{
        operation::OperationKind,
        preview::{ChangeKind, Effect, Preview},
        problem::Problem,
        release::{Release, ReleaseState},
    },
    ui::{
        address::{self, given},
        frame::surroundings,
        parts::{
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            refused::{Typed, typed},
            sheet::Sheet,
        },
    },
};

/// The page of a preview.
#[component]
pub fn PreviewPage() -> impl IntoView {
    let typed = typed();
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let look = Resource::new(move || id.get(), see_preview);
    let shape = move || query.with(|query| Shape { side: given(query, "view").is_some(), computed: given(query, "of").is_some() });
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed shape=shape()/> }.into_any()/>
    }
}

/// How it is to be shown, as the address says.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Both sides of diffs beside each other.
    side: bool,
    /// The computed values rather than the override.
    computed: bool,
}

#[component]
fn Shown(look: PreviewLook, typed: Typed, shape: Shape) -> impl IntoView {
    let PreviewLook { preview, tenant, release, part, refused } = look;
    let name = preview.release_name.to_string();
    let place = release.as_ref().map(Release::path);
    let words = Words::of(preview.kind, &name, &preview.target, tenant.slug.as_str(), place.as_deref());
    let label = words.label.clone();
    let of_batch = part.as_ref().is_some_and(|part| !part.over);
    let now = release.as_ref().map(|release| release.revision);
    let moved = preview.base_revision.zip(now).filter(|(base, now)| base != now);
    // The batch that it is part of may have moved it, and asks nobody to look again.
    let by_now = moved.filter(|_| of_batch).map(|(_, now)| now);
    let moved = moved.filter(|_| !of_batch).map(|(base, now)| Problem::revision_moved(base, now));
    let refused = surroundings().may_change().err().or(refused.map(|problem| problem.detail));
    let refused = refused.or_else(|| not_there(&preview, release.as_ref())).or_else(|| {
        let anew = moved.is_some() && preview.kind != OperationKind::Uninstall;
        anew.then(|| "The release has moved on since this was previewed. Preview it again.".to_owned())
    });
    let path = preview.path();
    let Preview { effect, base_revision, namespace, kind, .. } = preview;
    let counts = ChangeKind::ALL.map(|how| (how, effect.count(how)));
    let Effect { values, computed, manifest, unchanged, hooks, warnings, stays } = effect;
    let crumbs = view! {
        <a href="/tenants">"Tenants"</a>
        " / "
        <a href=address::tenant(tenant.slug.as_str())>{tenant.slug.to_string()}</a>
        " / "
        <code>{namespace.to_string()}</code>
        {place.clone().map(|place| view! { " / " <a href=place>{name}</a> })}
    };
    view! {
        <PageHead title=label.clone() tab=format!("Preview: {label}") crumbs=crumbs.into_any()>
            {base_revision.map(|base| view! { <span>"from revision " <code><b>{base}</b></code></span> })}
            {by_now.map(|now| view! { <span>"by now at revision " <code><b>{now}</b></code></span> })}
            {counts
                .into_iter()
                .map(|(how, count)| view! { <span><b>{count}</b> " " {how.as_str()}</span> })
                .collect_view()}
            <span><b>{unchanged}</b> " as they are"</span>
        </PageHead>
        {typed.note()}
        {moved.map(|problem| view! { <ProblemNote problem/> })}
        <Warnings warnings/>
        {(!stays.is_empty())
            .then(|| {
                view! {
                    <Sheet title="What will not go back">
                        <ul class="risks plain">{stays.into_iter().map(|text| view! { <li><span class="what">{text}</span></li> }).collect_view()}</ul>
                    </Sheet>
                }
            })}
        {(!hooks.is_empty())
            .then(|| {
                let rows = hooks
                    .into_iter()
                    .map(|hook| {
                        view! {
                            <li>
                                <code>{format!("{}/{}", hook.kind, hook.name)}</code>
                                <span class="what muted">{hook.events.join(", ")}</span>
                            </li>
                        }
                    });
                view! { <Sheet title="Hooks that will run"><ul class="risks plain">{rows.collect_view()}</ul></Sheet> }
            })}
        <Values values computed shape path=path.clone()/>
        <Objects manifest kind shape/>
        <Apply kind words path release=place part refused/>
    }
}

/// Why a release that is not in the cluster any more cannot be changed.
fn not_there(preview: &Preview, release: Option<&Release>) -> Option<String> {
    let gone = release.is_none_or(|release| release.status == ReleaseState::Uninstalled);
    (gone && preview.kind != OperationKind::Install).then(|| "The release is not installed any more.".to_owned())
}
