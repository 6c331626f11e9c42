//! What the pages about people share: the words for roles, the tenants of somebody, fields of their forms, and tables of
//! tokens. Decides nothing about who may do what.

use leptos::prelude::*;

use super::{empty::Empty, field::Field, refused::Typed, when::When};
use crate::{
    api::people::Slugs,
    domain::{
        actor::Role,
        ids::TenantId,
        people::{ApiToken, User},
    },
    ui::address,
};

/// What a role is called on screens.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => "platform admin",
        Role::Support => "support",
        Role::Viewer => "viewer",
    }
}

/// Slugs of tenants, as a form takes them.
pub fn slugs_text(tenants: &[TenantId], slugs: &Slugs) -> String {
    tenants.iter().filter_map(|tenant| slugs.get(tenant).cloned()).collect::<Vec<_>>().join(" ")
}

/// How far somebody reaches.
#[component]
pub fn Tenants(
    /// Their role.
    role: Role,
    /// Their tenants; `None` for all.
    tenants: Option<Vec<TenantId>>,
    /// The slugs of tenants.
    slugs: Slugs,
) -> impl IntoView {
    match tenants {
        Some(tenants) if role == Role::Viewer || !tenants.is_empty() => {
            if tenants.is_empty() {
                return view! { <span class="muted">"none"</span> }.into_any();
            }
            tenants
                .into_iter()
                .filter_map(|tenant| slugs.get(&tenant).cloned())
                .map(|slug| view! { <a class="tag" href=address::tenant(&slug)><b>{slug.clone()}</b></a> })
                .collect_view()
                .into_any()
        }
        _ => view! { <span class="muted">"all"</span> }.into_any(),
    }
}

/// The choice of a role, up to the highest that may be given.
#[component]
pub fn RoleField(
    /// What had been typed before.
    typed: Typed,
    /// The role at first.
    proposed: Role,
    /// The highest that may be given.
    most: Role,
) -> impl IntoView {
    let chosen = typed.text("role", proposed.as_str());
    let options = Role::ALL
        .into_iter()
        .filter(|role| role.within(most))
        .map(|role| view! { <option value=role.as_str() selected=chosen == role.as_str()>{role_word(role)}</option> })
        .collect_view();
    view! {
        <Field name="role" label="Role">
            <select id="role" name="role">{options}</select>
        </Field>
    }
}

/// The tenants of somebody, by their slugs.
#[component]
pub fn TenantsField(
    /// What had been typed before.
    typed: Typed,
    /// The slugs at first.
    #[prop(into)]
    proposed: String,
    /// What to know.
    hint: &'static str,
) -> impl IntoView {
    view! {
        <Field name="tenants" label="Tenants" hint=hint>
            <input
                type="text"
                id="tenants"
                name="tenants"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                value=typed.text("tenants", proposed)
                aria-describedby="tenants-hint"
            />
        </Field>
    }
}

/// Tokens, with a way to revoke each.
#[component]
pub fn TokenTable(
    /// The tokens.
    tokens: Vec<ApiToken>,
    /// The slugs of tenants.
    slugs: Slugs,
    /// Whether to say whose they are.
    owners: bool,
    /// Where a revocation is sent, before the token's id.
    action: &'static str,
) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <Empty title="There are no tokens."/> }.into_any();
    }
    let rows = tokens
        .into_iter()
        .map(|token| {
            let owner = owners.then(|| view! { <td><a href=format!("/settings/users/{}", token.owner_id)>{token.owner.to_string()}</a></td> });
            let label = format!("Revoke {}", token.name);
            view! {
                <tr>
                    <td>
                        <b>{token.name.to_string()}</b>
                        {token.speaks_for_others.then(|| view! { <span class="tag warn">"speaks for others"</span> })}
                    </td>
                    {owner}
                    <td>{role_word(token.role)}</td>
                    <td><Tenants role=token.role tenants=token.tenants.clone() slugs=slugs.clone()/></td>
                    <td>{token.used_at.map_or_else(|| view! { <span class="muted">"never"</span> }.into_any(), |at| view! { <When at/> }.into_any())}</td>
                    <td>{token.expires_at.map_or_else(|| view! { <span class="muted">"never"</span> }.into_any(), |at| view! { <On at/> }.into_any())}</td>
                    <td class="act">
                        <form method="post" action=format!("{action}/{}", token.id)>
                            <button type="submit" class="btn bad" aria-label=label>"Revoke"</button>
                        </form>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-box">
            <table class="people-table">
                <thead>
                    <tr>
                        <th scope="col">"Token"</th>
                        {owners.then(|| view! { <th scope="col">"Owner"</th> })}
                        <th scope="col">"Role"</th>
                        <th scope="col">"Tenants"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Ends"</th>
                        <th scope="col"><span class="aside-only">"Revoke"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A day that is to come.
#[component]
fn On(
    /// When.
    at: chrono::DateTime<chrono::Utc>,
) -> impl IntoView {
    let exact = crate::domain::ago::exact(at);
    view! { <time datetime=exact.clone() title=exact>{at.format("%Y-%m-%d").to_string()}</time> }
}

/// How an account stands, in a word.
#[component]
pub fn Stand(
    /// The account.
    user: User,
) -> impl IntoView {
    if user.disabled {
        view! { <span class="tag warn">"disabled"</span> }.into_any()
    } else {
        view! { <span class="muted">"open"</span> }.into_any()
    }
}
