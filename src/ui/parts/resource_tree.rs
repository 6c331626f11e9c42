//! What a release has in the cluster, as a list that is indented like a tree.

use leptos::prelude::*;

use super::{
    state::{State, health_mark},
    when::When,
};
use crate::{domain::resource::Resource, ui::address::encode};

/// One line per object; pods lead to their own page.
#[component]
pub fn ResourceTree(
    /// The objects.
    items: Vec<Resource>,
    /// The release's path.
    path: String,
) -> impl IntoView {
    let lines = items.into_iter().map(|item| {
        let restarts: u32 = item.pod.iter().flat_map(|pod| &pod.containers).map(|one| one.restarts).sum();
        let href = item.pod.is_some().then(|| format!("{path}/pods/{}", encode(&item.name)));
        let name = match href {
            Some(href) => view! { <a class="link" href=href><code>{item.title()}</code></a> }.into_any(),
            None => view! { <code>{item.title()}</code> }.into_any(),
        };
        view! {
            <li class=format!("d{}", item.depth.min(6))>
                <State mark=health_mark(item.health) word=item.health.as_str()/>
                <span class="what">
                    {name}
                    {item.hook.then(|| view! { " " <span class="tag">"hook"</span> })}
                    {(restarts > 0).then(|| view! { " " <span class="tag warn">{format!("{restarts} restarts")}</span> })}
                    {item.reason.map(|reason| view! { <span class="muted">{format!(" {reason}")}</span> })}
                </span>
                <span class="muted by">{item.created_at.map(|at| view! { <When at/> })}</span>
            </li>
        }
    });
    view! { <ul class="rows resource-tree">{lines.collect_view()}</ul> }
}
