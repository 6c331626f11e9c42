//! One release: looking at it, and the pages that change it.

mod drift;
mod look;
mod pod;
mod resources;
mod reveal;
mod rollback;
mod test;
mod uninstall;
mod upgrade;
mod values;

use leptos::prelude::*;

pub use drift::DriftPage;
pub use look::ReleasePage;
pub use pod::PodPage;
pub use resources::ResourcesPage;
pub use reveal::RevealPage;
pub use rollback::RollbackPage;
pub use test::TestPage;
pub use uninstall::UninstallPage;
pub use upgrade::UpgradePage;
pub use values::ValuesPage;

use crate::{
    domain::{
        operation::{Operation, OperationKind},
        release::{Release, ReleaseState},
        revision::BodyPart,
    },
    ui::{address, frame::surroundings, parts::problem::ProblemNote},
};

/// The way to a release's page.
fn crumbs(release: &Release, here: bool) -> AnyView {
    let home = match &release.tenant {
        Some(slug) => view! {
            <a href="/tenants">"Tenants"</a> " / " <a href=address::tenant(slug.as_str())>{slug.to_string()}</a>
        }
        .into_any(),
        None => view! {
            <a href="/releases">"Releases"</a> " / " <a href="/releases?unassigned=1">"of no tenant"</a>
        }
        .into_any(),
    };
    let end = (!here).then(|| view! { " / " <a href=release.path()>{release.release_name.to_string()}</a> });
    view! { {home} " / " <code>{release.namespace.to_string()}</code> {end} }.into_any()
}

/// Who the release belongs to, in words.
fn owner(release: &Release) -> String {
    release.tenant.as_ref().map_or_else(|| release.namespace.to_string(), ToString::to_string)
}

/// Why nothing can be changed now, if so: in words, and as a note with a link where there is one.
fn standing_in_the_way(release: &Release) -> Option<(String, AnyView)> {
    if let Err(why) = surroundings().may_change() {
        let note = view! { <p class="why">{why.clone()}</p> }.into_any();
        return Some((why, note));
    }
    if let Some((why, href, word)) = not_to_be_changed(release) {
        let note = view! { <p class="why">{why.clone()} " " <a class="link" href=href>{word}</a></p> }.into_any();
        return Some((why, note));
    }
    let active = release.active_operation.as_ref()?;
    let why = format!("A change ({}) is {} for this release.", active.kind.as_str(), active.status.as_str());
    let note =
        view! { <p class="why">{why.clone()} " " <a class="link" href=format!("/operations/{}", active.id)>"Watch it"</a></p> }.into_any();
    Some((why, note))
}

/// Why nobody may change the release at all, with where to go about it.
fn not_to_be_changed(release: &Release) -> Option<(String, String, &'static str)> {
    match &release.tenant {
        None => {
            let href = format!("/unassigned/namespaces/{}", address::encode(release.namespace.as_str()));
            Some((
                "The release belongs to no tenant, so that there is nobody as whom Helm could act.".into(),
                href,
                "Give its namespace to a tenant",
            ))
        }
        Some(slug) if release.held => Some((
            "Its tenant is frozen or retired: nothing of it is changed.".into(),
            address::tenant(slug.as_str()),
            "Look at the tenant",
        )),
        Some(_) => None,
    }
}

/// Why a release that is not in the cluster cannot be changed.
fn not_installed(release: &Release) -> Option<String> {
    (release.status == ReleaseState::Uninstalled)
        .then(|| "The release is not installed. Install it again from its tenant's page.".to_owned())
}

/// What a release is now, for the heads of forms.
fn now(release: &Release) -> AnyView {
    let chart = format!("{} {}", release.chart_name, release.chart_version);
    view! {
        <span>"now " <code><b>{chart}</b></code></span>
        <span>"revision " <code><b>{release.revision}</b></code></span>
    }
    .into_any()
}

/// Says at the top of a form that its release is being changed by somebody else.
fn busy_note(release: &Release) -> Option<AnyView> {
    let active = release.active_operation.as_ref()?;
    let problem = crate::domain::problem::Problem::operation_in_progress(active.id);
    Some(view! { <ProblemNote problem/> }.into_any())
}

/// A part's word on its tab.
fn part_word(part: BodyPart) -> &'static str {
    match part {
        BodyPart::Override => "Override",
        BodyPart::Computed => "Computed values",
        BodyPart::Manifest => "Manifest",
        BodyPart::Notes => "Notes",
    }
}

/// A part as the beginning of a sentence that ends with "the same".
fn part_sentence(part: BodyPart) -> &'static str {
    match part {
        BodyPart::Override => "The override is",
        BodyPart::Computed => "The computed values are",
        BodyPart::Manifest => "The manifest is",
        BodyPart::Notes => "The notes are",
    }
}

/// What can be done after an operation that did not succeed.
pub fn next_steps(operation: &Operation, path: &str) -> AnyView {
    let again = match operation.kind {
        OperationKind::Upgrade => Some(("Upgrade again", format!("{path}/upgrade"))),
        OperationKind::Rollback => Some(("Roll back again", format!("{path}/rollback"))),
        OperationKind::Uninstall => Some(("Uninstall again", format!("{path}/uninstall"))),
        OperationKind::Test => Some(("Test again", format!("{path}/test"))),
        OperationKind::Install | OperationKind::Recover => None,
    };
    let back = (operation.kind == OperationKind::Upgrade).then(|| {
        let href = operation.base_revision.map_or_else(|| format!("{path}/rollback"), |base| format!("{path}/rollback?to={base}"));
        view! { <a class="link" href=href>"Roll back"</a> }
    });
    view! {
        <a class="link" href=path.to_owned()>"Look at the release"</a>
        {again.map(|(word, href)| view! { <a class="link" href=href>{word}</a> })}
        {back}
    }
    .into_any()
}
