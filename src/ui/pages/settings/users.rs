//! All accounts, and a form to add one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::tabs;
use crate::{
    api::people::{Slugs, UsersLook, see_users},
    domain::{
        actor::Role,
        people::{Source, User},
    },
    ui::{
        address::given,
        parts::{
            field::Field,
            loaded::Loaded,
            made::JustMade,
            page_head::PageHead,
            pager::Pager,
            people::{RoleField, Stand, Tenants, TenantsField, role_word},
            refused::{Typed, typed},
            sheet::Sheet,
            when::When,
        },
    },
};

/// The page of all accounts.
#[component]
pub fn UsersPage() -> impl IntoView {
    let typed = typed();
    let query = use_query_map();
    let page = Memo::new(move |_| query.with(|query| given(query, "page")).and_then(|page| page.parse().ok()).unwrap_or(0));
    let look = Resource::new(move || page.get(), see_users);
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: UsersLook, typed: Typed) -> impl IntoView {
    let UsersLook { users, slugs } = look;
    let (page, size, total) = (users.page, users.size, users.total);
    let rows = users.items.into_iter().map(|user| view! { <Row user slugs=slugs.clone()/> }).collect_view();
    view! {
        <PageHead title="Settings" tab="Users"><span><b>{total}</b> {if total == 1 { " account" } else { " accounts" }}</span></PageHead>
        {tabs("/settings/users")}
        {typed.note()}
        <JustMade/>
        <div class="table-box">
            <table class="people-table">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Tenants"</th>
                        <th scope="col">"Signs in"</th>
                        <th scope="col">"Last sign-in"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Pager page size total href=Box::new(|page| format!("/settings/users?page={page}"))/>
        <Sheet title="Add an account">
            <form method="post" action="/settings/users" class="people-form">
                <p class="note">"A password is made up and shown once; whoever gets it changes it on their account page."</p>
                <div class="inline">
                    <Field name="name" label="Name">
                        <input
                            type="text"
                            id="name"
                            name="name"
                            required
                            maxlength="128"
                            autocomplete="off"
                            autocapitalize="none"
                            spellcheck="false"
                            value=typed.text("name", "")
                        />
                    </Field>
                    <RoleField typed proposed=Role::Viewer most=Role::Admin/>
                </div>
                <TenantsField typed proposed="" hint="A viewer's tenants, as slugs with spaces between them."/>
                <p><button type="submit" class="btn go">"Add the account"</button></p>
            </form>
        </Sheet>
    }
}

#[component]
fn Row(user: User, slugs: Slugs) -> impl IntoView {
    let tenants = (user.role == Role::Viewer).then(|| user.tenants.clone());
    let last = match user.signed_in_at {
        Some(at) => view! { <When at/> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            <td><a href=format!("/settings/users/{}", user.id)><b>{user.name.to_string()}</b></a></td>
            <td>{role_word(user.role)}</td>
            <td><Tenants role=user.role tenants slugs/></td>
            <td>{if user.source == Source::Oidc { "identity provider" } else { "password" }}</td>
            <td>{last}</td>
            <td><Stand user=user.clone()/></td>
        </tr>
    }
}
