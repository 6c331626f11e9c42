//! One's own account: who one is, one's API tokens, one's password, signing out everywhere.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{
    api::people::{AccountLook, see_account},
    domain::{
        actor::{Act, Role},
        people::{SHORTEST_PASSWORD, Source},
    },
    ui::parts::{
        field::{Field, Tick},
        loaded::Loaded,
        made::JustMade,
        page_head::PageHead,
        people::{RoleField, Tenants, TenantsField, TokenTable, role_word},
        refused::{Typed, typed},
        sheet::Sheet,
        when::When,
    },
};

/// The account page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let typed = typed();
    let look = Resource::new(|| (), |()| see_account());
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: AccountLook, typed: Typed) -> impl IntoView {
    let AccountLook { user, tokens, slugs } = look;
    let done = use_query_map().with_untracked(|query| query.get("done")).and_then(|done| match done.as_str() {
        "password" => Some("Your password is changed. Your other sessions have ended."),
        "revoked" => Some("The token is revoked."),
        _ => None,
    });
    let tenants = (user.role == Role::Viewer).then(|| user.tenants.clone());
    let reach = view! { <Tenants role=user.role tenants slugs=slugs.clone()/> };
    view! {
        <PageHead title=user.name.to_string() tab="Account">
            <span><b>{role_word(user.role)}</b></span>
            <span>"Tenants " {reach}</span>
            {user.signed_in_at.map(|at| view! { <span>"Signed in " <When at/></span> })}
        </PageHead>
        {done.map(|done| view! { <p class="note" role="status">{done}</p> })}
        {typed.note()}
        <JustMade/>
        <Sheet title="API tokens">
            <TokenTable tokens slugs owners=false action="/account/tokens"/>
        </Sheet>
        <Sheet title="Make a token"><NewToken role=user.role typed/></Sheet>
        <Sheet title="Password"><OwnPassword source=user.source/></Sheet>
        <Sheet title="Sessions">
            <form method="post" action="/account/sign-out" class="people-form">
                <p class="note">"Ends every session of this account, on every device, this one included. API tokens stay."</p>
                <button type="submit" class="btn bad">"Sign out everywhere"</button>
            </form>
        </Sheet>
    }
}

#[component]
fn NewToken(role: Role, typed: Typed) -> impl IntoView {
    let hint = if role == Role::Viewer {
        "Slugs with spaces between them. Empty: all of yours."
    } else {
        "Slugs with spaces between them. Empty: as far as you reach; a viewer's token needs some."
    };
    view! {
        <form method="post" action="/account/tokens" class="people-form">
            <div class="inline">
                <Field name="name" label="Name">
                    <input type="text" id="name" name="name" required maxlength="64" autocomplete="off" value=typed.text("name", "")/>
                </Field>
                <RoleField typed proposed=Role::Viewer most=role/>
                <Field name="days" label="Ends in days">
                    <input class="short" type="number" id="days" name="days" min="1" max="366" value=typed.text("days", "90")/>
                </Field>
            </div>
            <TenantsField typed proposed="" hint=hint/>
            {role
                .may(Act::ManagePeople)
                .then(|| {
                    view! {
                        <Tick
                            name="speaks"
                            label="Trusted to speak for others"
                            hint="A gateway with this token may say in X-User-ID for whom it asks. The audit names both."
                            checked=typed.ticked("speaks", false)
                        />
                    }
                })}
            <p><button type="submit" class="btn go">"Make the token"</button></p>
        </form>
    }
}

#[component]
fn OwnPassword(source: Source) -> impl IntoView {
    if source == Source::Oidc {
        return view! { <p class="none muted">"You sign in through the identity provider; your password is kept there."</p> }.into_any();
    }
    let hint = format!("At least {SHORTEST_PASSWORD} characters.");
    view! {
        <form method="post" action="/account/password" class="people-form">
            <Field name="old" label="Present password">
                <input type="password" id="old" name="old" required autocomplete="current-password"/>
            </Field>
            <Field name="new" label="New password" hint=hint>
                <input type="password" id="new" name="new" required minlength="12" autocomplete="new-password" aria-describedby="new-hint"/>
            </Field>
            <Field name="again" label="New password again">
                <input type="password" id="again" name="again" required minlength="12" autocomplete="new-password"/>
            </Field>
            <p><button type="submit" class="btn go">"Change the password"</button></p>
        </form>
    }
    .into_any()
}
