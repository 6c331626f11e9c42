//! Editing a tenant: its name, labels, bounds and maintenance windows.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::bounds::{BoundsFields, LabelsField, Why, WindowsField};
use crate::{
    api::tenants::see_tenant_edit,
    domain::{actor::Act, tenant::Tenant},
    ui::{
        address,
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

/// The page that edits a tenant.
#[component]
pub fn EditTenantPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let tenant = Resource::new(move || slug.get(), see_tenant_edit);
    view! {
        <Loaded data=tenant view=move |tenant| view! { <Shown tenant typed/> }.into_any()/>
    }
}

#[component]
fn Shown(tenant: Tenant, typed: Typed) -> impl IntoView {
    let home = address::tenant(tenant.slug.as_str());
    let crumbs = view! { <a href="/tenants">"Tenants"</a> " / " <a href=home.clone()>{tenant.slug.to_string()}</a> }.into_any();
    let action = format!("{home}/edit");
    view! {
        <PageHead title=format!("Edit {}", tenant.slug) crumbs/>
        {typed.note()}
        <form method="post" action=action class="change sheet narrow">
            // Always the present one: who sends the form again has been shown what moved.
            <input type="hidden" name="version" value=tenant.version/>
            <Field name="name" label="Name" hint="Its name on screens; the slug where left empty.">
                <input type="text" id="name" name="name" maxlength="100" autocomplete="off" value=typed.text("name", tenant.name.clone()) aria-describedby="name-hint"/>
            </Field>
            <LabelsField typed labels=tenant.labels.clone()/>
            <BoundsFields typed limits=tenant.limits.clone()/>
            <WindowsField typed windows=tenant.windows.clone()/>
            <Why typed/>
            <Submit label=format!("Change {}", tenant.slug) back=home tone="go" refused=surroundings().may(Act::ManageTenants).err()/>
        </form>
    }
}
