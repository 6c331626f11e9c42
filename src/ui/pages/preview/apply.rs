//! What can be done from the page of a preview: every kind of change has its own words, and one button does exactly this; what
//! a batch does is left to it, and an uninstall to the page that asks for the release's name. Does nothing: the forms do.

use leptos::prelude::*;

use crate::{
    domain::{operation::OperationKind, preview::PartOfBatch},
    ui::{
        address,
        parts::action::{Action, Submit},
    },
};

/// What a change is called, how its button looks, and where to go instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What will be done, with its object.
    pub label: String,
    /// `bad` for what takes something away.
    pub tone: &'static str,
    /// Where to go instead.
    pub back: String,
}

impl Words {
    /// Those for a change of that kind; `release` is the path of the release's page, where there is one.
    pub fn of(kind: OperationKind, name: &str, target: &str, tenant: &str, release: Option<&str>) -> Self {
        let home = address::tenant(tenant);
        let page = |verb: &str| release.map_or_else(|| home.clone(), |release| format!("{release}{verb}"));
        let (label, tone, back) = match kind {
            OperationKind::Install => (format!("Install {name} ({target}) in {tenant}"), "go", format!("{home}/install")),
            OperationKind::Upgrade => (format!("Upgrade {name} in {tenant} to {target}"), "go", page("/upgrade")),
            OperationKind::Rollback => (format!("Roll {name} in {tenant} back {target}"), "go", page("/rollback")),
            OperationKind::Uninstall => (format!("Uninstall {name} from {tenant}"), "bad", page("")),
            OperationKind::Test => (format!("Test {name} in {tenant}"), "go", page("/test")),
            OperationKind::Recover => (format!("Recover {name} in {tenant}"), "go", page("")),
        };
        Self { label, tone, back }
    }
}

/// What can be done from here.
#[component]
pub fn Apply(
    /// What kind of change it is.
    kind: OperationKind,
    /// In words.
    words: Words,
    /// The preview's page, where its form goes.
    path: String,
    /// The path of the release's page, where there is one.
    release: Option<String>,
    /// The batch that it is part of.
    part: Option<PartOfBatch>,
    /// Why it cannot be done now.
    refused: Option<String>,
) -> impl IntoView {
    let Words { label, tone, back } = words;
    let note = part.clone().map(|part| view! { <Part part/> });
    let way = match (part.filter(|part| !part.over), kind) {
        (Some(part), _) => view! { <div class="submit"><a class="btn" href=part.path()>"Back to the batch"</a></div> }.into_any(),
        (None, OperationKind::Uninstall) => {
            let why = refused.clone().map(|why| view! { <p class="why">{why}</p> });
            let href = format!("{}/uninstall", release.unwrap_or_default());
            view! {
                <div class="submit">
                    <Action label=format!("{label}…") href tone refused/>
                    <a class="btn plain" href=back>"Back, change nothing"</a>
                    {why}
                </div>
            }
            .into_any()
        }
        (
            None,
            OperationKind::Install | OperationKind::Upgrade | OperationKind::Rollback | OperationKind::Test | OperationKind::Recover,
        ) => view! { <form method="post" action=path><Submit label back tone refused/></form> }.into_any(),
    };
    view! { <div class="apply">{note} {way}</div> }
}

/// The batch that it is part of, and whose it is to do.
#[component]
fn Part(part: PartOfBatch) -> impl IntoView {
    let (before, after) = match part.over {
        true => ("Was part of the batch ", ", which has ended."),
        false => ("Part of the batch ", ", which does it when its turn comes."),
    };
    let alike = (part.alike > 1).then(|| format!(" {} releases of this batch get exactly this.", part.alike));
    let href = part.path();
    view! { <p class="note">{before} <a class="link" href=href>{part.title}</a> {after} {alike}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [OperationKind; 6] = [
        OperationKind::Install,
        OperationKind::Upgrade,
        OperationKind::Rollback,
        OperationKind::Uninstall,
        OperationKind::Test,
        OperationKind::Recover,
    ];

    #[test]
    fn every_kind_of_change_has_its_own_words_and_an_uninstall_is_the_red_one() {
        let words = ALL.map(|kind| Words::of(kind, "web", "web 1.4.2", "acme", Some("/releases/web")));
        let firsts: std::collections::BTreeSet<&str> = words.iter().filter_map(|words| words.label.split(' ').next()).collect();
        assert_eq!(firsts.len(), ALL.len(), "{firsts:?}");
        for (kind, words) in ALL.into_iter().zip(&words) {
            assert_eq!(words.tone == "bad", kind == OperationKind::Uninstall, "{words:?}");
            assert!(words.label.contains("web") && words.label.contains("acme"), "{words:?}");
        }
        assert_eq!(words[3].label, "Uninstall web from acme");
    }

    #[test]
    fn the_way_back_leads_to_a_page_that_is_there() {
        let back = |kind, release| Words::of(kind, "web", "", "acme", release).back;
        assert_eq!(back(OperationKind::Upgrade, Some("/releases/web")), "/releases/web/upgrade");
        assert_eq!(back(OperationKind::Uninstall, Some("/releases/web")), "/releases/web");
        assert_eq!(back(OperationKind::Install, None), "/tenants/acme/install");
        assert_eq!(back(OperationKind::Upgrade, None), "/tenants/acme", "of a release that nobody knows any more");
    }
}
