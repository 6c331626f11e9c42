//! The timeline of a release: one line per revision, newest first, with an arrow from each rollback to the revision it
//! went back to, and the choice of two revisions to compare. All lines have one height, so that the arrows can be drawn
//! on the server; a longer text is cut there and whole in its title.

use leptos::prelude::*;

use super::{
    filters::send,
    get_form::GetForm,
    release_table::{change_words, made_by},
    when::When,
};
use crate::{
    domain::{
        ago::exact,
        revision::{BodyPart, HelmStatus, Revision, RevisionChange},
    },
    ui::address::href,
};

/// The height of a line and the width of the rail, in units of the drawing (pixels at the usual text size).
const LINE: usize = 52;
const RAIL: usize = 56;
/// Where the dots are.
const DOT: usize = 46;
/// How many lines are shown unless all are asked for.
pub const SHORT: usize = 30;

/// The timeline.
#[component]
pub fn Timeline(
    /// All revisions, newest first.
    revisions: Vec<Revision>,
    /// The release's path.
    #[prop(into)]
    path: String,
    /// The two that are compared.
    chosen: Option<(Option<u32>, u32)>,
    /// The part that is looked at.
    part: BodyPart,
    /// Whether all are shown.
    all: bool,
) -> impl IntoView {
    let total = revisions.len();
    let shown: Vec<Revision> = revisions.into_iter().take(if all { usize::MAX } else { SHORT }).collect();
    let life = shown.first().map_or(1, |first| first.life);
    let rail = view! { <Rail revisions=shown.clone()/> };
    let (from, to) = chosen.map_or((None, None), |(from, to)| (from, Some(to)));
    let lines = shown
        .iter()
        .enumerate()
        .map(|(at, revision)| {
            // A number that a later life has used again means that life's revision.
            let shadowed =
                revision.life != life && shown.iter().any(|other| other.life > revision.life && other.revision == revision.revision);
            let before = shown[at + 1..].iter().find(|other| other.life == revision.life).map(|other| other.revision.to_string());
            let link = (!shadowed).then(|| {
                href(
                    &path,
                    &[("from", before.as_deref().unwrap_or_default()), ("to", &revision.revision.to_string()), ("of", part.as_str())],
                )
            });
            view! { <Line revision=revision.clone() link from to earlier=revision.life != life/> }
        })
        .collect_view();
    let more = (total > shown.len()).then(|| {
        let all = href(&path, &[("all", "1"), ("of", part.as_str())]);
        view! { <p class="more"><a class="link" href=all>{format!("Show all {total} revisions")}</a></p> }
    });
    view! {
        <GetForm action=path.clone() class="timeline">
            <input type="hidden" name="of" value=part.as_str()/>
            {all.then(|| view! { <input type="hidden" name="all" value="1"/> })}
            <div class="lines">
                {rail}
                <ol>{lines}</ol>
            </div>
            {more}
            <div class="compare">
                <span class="muted">"Pick two, or click one to see what it did"</span>
                <button type="submit" class="btn">"Compare"</button>
            </div>
        </GetForm>
    }
}

#[component]
fn Line(revision: Revision, link: Option<String>, from: Option<u32>, to: Option<u32>, earlier: bool) -> impl IntoView {
    let number = revision.revision;
    let pick = |name: &'static str, side: &'static str, checked: bool| {
        match link {
        Some(_) => view! {
            <input type="radio" name=name value=number checked=checked prop:checked=checked on:change=send aria-label=format!("{side} {number}")/>
        }
        .into_any(),
        None => view! { <span class="no-pick"></span> }.into_any(),
    }
    };
    let picks = (pick("from", "Compare from revision", from == Some(number)), pick("to", "Compare to revision", to == Some(number)));
    let words = headline(&revision);
    let chart = format!("{} {}", revision.chart_name, revision.chart_version);
    let came_from = match &revision.change {
        RevisionChange::Upgraded { from } => Some(format!(" from {from}")),
        _ => None,
    };
    let title =
        format!("{words} {chart}, {}, {}: {}", made_by(revision.performed_by.as_deref()), exact(revision.created_at), revision.description);
    let tag =
        |shown: bool, word: &'static str, title: &'static str| shown.then(|| view! { " " <span class="tag" title=title>{word}</span> });
    let tags = (
        tag(earlier, "earlier life", "From before the release was uninstalled and installed again"),
        tag(revision.pruned, "pruned", "No longer in the cluster, kept here"),
    );
    let head = match link {
        Some(link) => view! { <a href=link><b>{words}</b></a> }.into_any(),
        None => view! { <b>{words}</b> }.into_any(),
    };
    view! {
        <li class:earlier=earlier class:chosen=to == Some(number) class:base=from == Some(number) title=title>
            <span class="picks">{picks}</span>
            <span class="n">{number}</span>
            <span class="head">{head} " " <code>{chart}</code> {came_from.map(|from| view! { <span class="muted">{from}</span> })} {tags}</span>
            <span class="who">
                {match revision.operation_id {
                    Some(id) => view! { <a href=format!("/operations/{id}")>{made_by(revision.performed_by.as_deref())}</a> }.into_any(),
                    None => view! { "made elsewhere" }.into_any(),
                }}
                " · " <When at=revision.created_at/>
                {revision.reason.map(|reason| format!(" · “{reason}”"))}
            </span>
        </li>
    }
}

/// What a revision did or failed to do.
fn headline(revision: &Revision) -> String {
    let failed = |what: &str| format!("{what} failed");
    match (revision.status, &revision.change) {
        (HelmStatus::Failed, RevisionChange::Installed) => failed("Install"),
        (HelmStatus::Failed, RevisionChange::RolledBack { to }) => failed(&format!("Rollback to {to}")),
        (HelmStatus::Failed, RevisionChange::ValuesChanged) => failed("Change of values"),
        (HelmStatus::Failed, _) => failed("Upgrade"),
        (HelmStatus::PendingInstall, _) => "Installing".into(),
        (HelmStatus::PendingUpgrade, _) => "Upgrading".into(),
        (HelmStatus::PendingRollback, _) => "Rolling back".into(),
        (HelmStatus::Uninstalling, _) => "Uninstalling".into(),
        (HelmStatus::Uninstalled, _) => "Uninstalled".into(),
        (_, change) => change_words(change),
    }
}

/// The line with its dots and arrows. Says nothing that the words do not say.
#[component]
fn Rail(revisions: Vec<Revision>) -> impl IntoView {
    let height = revisions.len() * LINE;
    let y = |at: usize| at * LINE + 18;
    let lines: Vec<_> = (1..revisions.len())
        .filter(|at| revisions[*at].life == revisions[at - 1].life)
        .map(|at| view! { <path class="line" d=format!("M{DOT} {}V{}", y(at - 1), y(at))/> })
        .collect();
    let arrows: Vec<_> = arrows(&revisions)
        .into_iter()
        .map(|(from, to, lane)| {
            let (a, b, x) = (y(from), y(to), DOT - 17 - lane * 9);
            view! {
                <g class="arrow">
                    <path d=format!("M{} {a}Q{x} {a} {x} {}V{}Q{x} {b} {} {b}", DOT - 7, a + 14, b - 14, DOT - 8)/>
                    <path class="tip" d=format!("M{} {}L{} {b}L{} {}", DOT - 13, b - 4, DOT - 7, DOT - 13, b + 4)/>
                </g>
            }
        })
        .collect();
    let dots: Vec<_> = revisions
        .iter()
        .enumerate()
        .map(|(at, revision)| match revision.status {
            HelmStatus::Deployed => view! { <circle class="dot good" cx=DOT cy=y(at) r="5"/> }.into_any(),
            HelmStatus::Failed | HelmStatus::Unknown => {
                view! { <rect class="dot bad" x=DOT - 4 y=y(at) - 4 width="8" height="8"/> }.into_any()
            }
            status if status.is_pending() || status == HelmStatus::Uninstalling => {
                view! { <circle class="dot busy" cx=DOT cy=y(at) r="4.5"/> }.into_any()
            }
            _ => view! { <circle class="dot" cx=DOT cy=y(at) r="4"/> }.into_any(),
        })
        .collect();
    view! {
        <svg class="rail" viewBox=format!("0 0 {RAIL} {height}") data-lines=revisions.len() aria-hidden="true">
            {lines}
            {arrows}
            {dots}
        </svg>
    }
}

/// Which lines an arrow joins, and how far out it runs so that two do not lie on each other.
fn arrows(revisions: &[Revision]) -> Vec<(usize, usize, usize)> {
    let mut arrows: Vec<(usize, usize, usize)> = vec![];
    for (from, revision) in revisions.iter().enumerate() {
        let RevisionChange::RolledBack { to } = revision.change else { continue };
        let Some(to) = revisions.iter().position(|other| other.life == revision.life && other.revision == to) else { continue };
        let taken = |lane: usize| arrows.iter().any(|&(a, b, other)| other == lane && a < to && from < b);
        let lane = (0..3).find(|lane| !taken(*lane)).unwrap_or(2);
        arrows.push((from, to, lane));
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn revision(revision: u32, change: RevisionChange) -> Revision {
        Revision {
            revision,
            life: 1,
            status: HelmStatus::Superseded,
            chart_name: "web".into(),
            chart_version: "1.0.0".into(),
            app_version: String::new(),
            description: String::new(),
            performed_by: None,
            reason: None,
            operation_id: None,
            created_at: DateTime::UNIX_EPOCH,
            change,
            pruned: false,
            has_body: true,
        }
    }

    #[test]
    fn an_arrow_joins_a_rollback_and_its_target_and_two_do_not_overlap() {
        let back = |number, to| revision(number, RevisionChange::RolledBack { to });
        let plain = |number| revision(number, RevisionChange::ValuesChanged);
        let timeline = [back(6, 3), back(5, 2), plain(4), plain(3), plain(2), back(1, 99)];
        assert_eq!(arrows(&timeline), [(0, 3, 0), (1, 4, 1)]);
    }
}
