//! Making a tenant.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::bounds::{BoundsFields, LabelsField, Why, WindowsField};
use crate::{
    domain::{
        actor::Act,
        limits::{Limits, PodSecurity},
    },
    ui::{
        frame::surroundings,
        parts::{action::Submit, field::Field, page_head::PageHead, refused::typed, text_area::TextArea},
    },
};

/// The page that makes tenants.
#[component]
pub fn NewTenantPage() -> impl IntoView {
    let typed = typed();
    let crumbs = view! { <a href="/tenants">"Tenants"</a> }.into_any();
    let limits = Limits { pod_security: Some(PodSecurity::Baseline), ..Limits::default() };
    view! {
        <PageHead title="New tenant" crumbs/>
        {typed.note()}
        <form method="post" action="/tenants/new" class="change sheet narrow">
            <p class="note">
                "Each of its namespaces gets a service account of its own, as which Helm acts there and which can do nothing anywhere else."
            </p>
            <Field name="slug" label="Slug" hint="Its name in addresses and labels, for good: lower-case letters, digits and '-'.">
                <input type="text" id="slug" name="slug" required maxlength="63" autocapitalize="none" autocomplete="off" spellcheck="false" value=typed.text("slug", "") aria-describedby="slug-hint"/>
            </Field>
            <Field name="name" label="Name (optional)" hint="Its name on screens; the slug where left empty.">
                <input type="text" id="name" name="name" maxlength="100" autocomplete="off" value=typed.text("name", "") aria-describedby="name-hint"/>
            </Field>
            <Field name="namespaces" label="Namespaces (optional)" hint="To be made for it, one a line; one of the slug's name where left empty.">
                <TextArea name="namespaces" value=typed.text("namespaces", "") rows=2 described_by="namespaces-hint"/>
            </Field>
            <LabelsField typed labels=BTreeMap::new()/>
            <BoundsFields typed limits/>
            <WindowsField typed windows=vec![]/>
            <Why typed/>
            <Submit label="Make the tenant" back="/tenants" tone="go" refused=surroundings().may(Act::ManageTenants).err()/>
        </form>
    }
}
