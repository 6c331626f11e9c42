//! Giving a namespace that belongs to nobody to a tenant, with the releases in it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::bounds::Why;
use crate::{
    api::tenants::{GiveLook, see_give},
    domain::{actor::Act, names::TenantSlug},
    ui::{
        frame::surroundings,
        parts::{
            action::Submit,
            field::Field,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
        },
    },
};

/// The page that gives a namespace to a tenant.
#[component]
pub fn GivePage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name")).unwrap_or_default());
    let look = Resource::new(move || name.get(), see_give);
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: GiveLook, typed: Typed) -> impl IntoView {
    let GiveLook { namespace, tenants } = look;
    let crumbs = view! { <a href="/tenants">"Tenants"</a> }.into_any();
    let reserved = namespace.is_system().then(|| "This namespace is the cluster's own and cannot be a tenant's.".to_owned());
    let refused = surroundings().may(Act::ManageTenants).err().or(reserved);
    let chosen = typed.text("tenant", "");
    let option = move |slug: TenantSlug| {
        let selected = slug.as_str() == chosen;
        view! { <option value=slug.to_string() selected=selected>{slug.to_string()}</option> }
    };
    view! {
        <PageHead title=format!("Give {namespace} to a tenant") crumbs/>
        {typed.note()}
        <form method="post" action=format!("/unassigned/namespaces/{namespace}") class="change sheet narrow">
            <p class="note">
                "The namespace gets the tenant's labels, a service account as which Helm acts there, and the tenant's bounds. The releases in it belong to the tenant from then on."
            </p>
            <Field name="tenant" label="Tenant">
                <select id="tenant" name="tenant" required>
                    <option value="">"Choose a tenant"</option>
                    {tenants.into_iter().map(option).collect_view()}
                </select>
            </Field>
            <Why typed/>
            <Submit label=format!("Give {namespace} to the tenant") back="/tenants" tone="go" refused/>
        </form>
    }
}
