//! Running the tests that a release's chart brings. The release stays as it is.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{busy_note, crumbs, not_installed, now, owner, standing_in_the_way};
use crate::{
    api::resources::{TestLook, see_test},
    ui::{
        address,
        parts::{
            action::Submit,
            loaded::Loaded,
            page_head::PageHead,
            refused::{Typed, typed},
            run_options::{Reason, Timeout},
        },
    },
};

/// The page.
#[component]
pub fn TestPage() -> impl IntoView {
    let typed = typed();
    let params = use_params_map();
    let place = Memo::new(move |_| params.with(address::place));
    let look = Resource::new(move || place.get(), see_test);
    view! {
        <Loaded data=look view=move |look| view! { <Shown look typed/> }.into_any()/>
    }
}

#[component]
fn Shown(look: TestLook, typed: Typed) -> impl IntoView {
    let TestLook { release, tests, key } = look;
    let none = tests.is_empty().then(|| "The chart of this release brings no tests.".to_owned());
    let refused = standing_in_the_way(&release).map(|(why, _)| why).or_else(|| not_installed(&release)).or(none);
    let (name, owner) = (release.release_name.to_string(), owner(&release));
    let facts = now(&release);
    let action = format!("{}/test", release.path());
    view! {
        <PageHead title=format!("Test {name} in {owner}") crumbs=crumbs(&release, false)>
            {facts}
        </PageHead>
        {typed.note()}
        {busy_note(&release)}
        <form method="post" action=action class="change sheet narrow">
            <p class="note">"Helm runs the tests that the chart brings, one after another. The release stays as it is; what the tests write is in the operation's log."</p>
            {(!tests.is_empty()).then(|| view! { <ul class="plain">{tests.into_iter().map(|test| view! { <li><code>{test}</code></li> }).collect_view()}</ul> })}
            <input type="hidden" name="key" value=typed.text("key", key)/>
            <input type="hidden" name="base" value=release.revision/>
            <Reason typed/>
            <Timeout typed/>
            <Submit label=format!("Test {name} in {owner}") back=release.path() tone="go" refused/>
        </form>
    }
}
