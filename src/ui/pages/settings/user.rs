//! One account: what it may, whether it is open, its password, its sessions.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::people::{UserLook, see_user},
    domain::{
        actor::Role,
        people::{Source, User},
    },
    ui::parts::{
        action::Submit,
        field::Tick,
        loaded::Loaded,
        made::JustMade,
        page_head::PageHead,
        people::{RoleField, Stand, TenantsField, role_word, slugs_text},
        refused::{Typed, typed},
        sheet::Sheet,
        when::When,
    },
};

/// The page of one account.
#[component]
pub fn UserPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let look = Resource::new(move || id.get(), see_user);
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: UserLook, typed: Typed) -> impl IntoView {
    let UserLook { user, slugs } = look;
    let done = use_query_map().with_untracked(|query| query.get("done")).and_then(|done| match done.as_str() {
        "changed" => Some("The account is changed. It acts at once, in open sessions, too."),
        "signed-out" => Some("All sessions of the account have ended."),
        _ => None,
    });
    let crumbs = view! { <a href="/settings/users">"Users"</a> }.into_any();
    let here = format!("/settings/users/{}", user.id);
    let local = user.source == Source::Local;
    let password = if local {
        view! {
            <form method="post" action=format!("{here}/password") class="people-form">
                <p class="note">"A new password is made up and shown once. All sessions of the account end."</p>
                <button type="submit" class="btn bad">"Set a new password"</button>
            </form>
        }
        .into_any()
    } else {
        view! { <p class="none muted">"This account signs in through the identity provider; its password is kept there."</p> }.into_any()
    };
    let stand = view! { <Stand user=user.clone()/> };
    let standing = view! { <Standing user=user.clone() tenants=slugs_text(&user.tenants, &slugs) typed/> };
    view! {
        <PageHead title=user.name.to_string() crumbs>
            <span><b>{role_word(user.role)}</b></span>
            {stand}
            {user.signed_in_at.map(|at| view! { <span>"Signed in " <When at/></span> })}
        </PageHead>
        {done.map(|done| view! { <p class="note" role="status">{done}</p> })}
        {typed.note()}
        <JustMade/>
        <Sheet title="What it may">{standing}</Sheet>
        <Sheet title="Password">{password}</Sheet>
        <Sheet title="Sessions">
            <form method="post" action=format!("{here}/sign-out") class="people-form">
                <p class="note">"Whoever is signed in to this account has to sign in again. API tokens stay."</p>
                <button type="submit" class="btn bad">"End all sessions"</button>
            </form>
        </Sheet>
    }
}

#[component]
fn Standing(user: User, tenants: String, typed: Typed) -> impl IntoView {
    let fields = if user.source == Source::Local {
        view! {
            <RoleField typed proposed=user.role most=Role::Admin/>
            <TenantsField typed proposed=tenants hint="A viewer's tenants, as slugs with spaces between them."/>
        }
        .into_any()
    } else {
        view! {
            <p class="note">"The identity provider says at each sign-in what this account may; change the person's groups there."</p>
            <input type="hidden" name="role" value=user.role.as_str()/>
            <input type="hidden" name="tenants" value=tenants/>
        }
        .into_any()
    };
    view! {
        <form method="post" action=format!("/settings/users/{}", user.id) class="people-form">
            <input type="hidden" name="version" value=user.version/>
            {fields}
            <Tick
                name="disabled"
                label="Disabled"
                hint="Nobody signs in to it. Its sessions end now and its API tokens are revoked for good."
                checked=typed.ticked("disabled", user.disabled)
            />
            <Submit label=format!("Change {}", user.name) back="/settings/users" tone="go"/>
        </form>
    }
}
