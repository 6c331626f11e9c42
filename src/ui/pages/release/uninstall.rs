//! Taking a release out of the cluster: asks for its name and for the reason.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{busy_note, crumbs, not_installed, now, owner, standing_in_the_way};
use crate::{
    api::releases::{UninstallLook, see_uninstall},
    ui::{
        address,
        parts::{
            action::Submit,
            field::Field,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            run_options::{Reason, Timeout},
        },
    },
};

/// The uninstall page.
#[component]
pub fn UninstallPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let place = Memo::new(move |_| params.with(address::place));
    let look = Resource::new(move || place.get(), see_uninstall);
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: UninstallLook, typed: Typed) -> impl IntoView {
    let UninstallLook { release, key } = look;
    let refused = standing_in_the_way(&release).map(|(why, _)| why).or_else(|| not_installed(&release));
    let (name, owner) = (release.release_name.to_string(), owner(&release));
    let facts = now(&release);
    let action = format!("{}/uninstall", release.path());
    view! {
        <PageHead title=format!("Uninstall {name} from {owner}") crumbs=crumbs(&release, false)>
            {facts}
        </PageHead>
        {typed.note()}
        {busy_note(&release)}
        <form method="post" action=action class="change sheet narrow">
            <p class="note">
                "Everything that Helm made for " <b>{name.clone()}</b> " in the namespace " <code>{release.namespace.to_string()}</code>
                " is removed from the cluster, with whatever only it holds. What the chart marks to be kept stays. The history stays here, and the values with it."
            </p>
            <input type="hidden" name="key" value=typed.text("key", key)/>
            <input type="hidden" name="base" value=release.revision/>
            <Reason typed required=true/>
            <Timeout typed/>
            <Field name="confirm" label=format!("To confirm, type {name}")>
                <input type="text" id="confirm" name="confirm" required autocomplete="off" autocapitalize="none" spellcheck="false" value=typed.text("confirm", "")/>
            </Field>
            <Submit label=format!("Uninstall {name} from {owner}") back=release.path() tone="bad" refused/>
        </form>
    }
}
