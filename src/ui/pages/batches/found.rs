//! What the preflight of a batch found: which releases get the same, from which versions, and what is still being rendered.

use std::{cmp::Reverse, collections::BTreeMap};

use leptos::prelude::*;

use super::named::{Named, some_names};
use crate::domain::batch::{Batch, BatchState, Group, TargetState};

/// How many names are told of a group.
const MOST_NAMES: usize = 12;
/// From how many different versions a group may go before they are only counted.
const MOST_VERSIONS: usize = 4;

/// What each of them gets, the same ones together.
pub fn found(batch: &Batch, groups: Vec<Group>, targets: &[Named]) -> impl IntoView + use<> {
    let open = matches!(batch.state, BatchState::Preflight | BatchState::Ready);
    let ended = batch.finished_at.is_some();
    let missing: Vec<&Named> = targets
        .iter()
        .filter(|_| !ended)
        .filter(|one| one.target.state == TargetState::Waiting && one.target.preview_id.is_none())
        .collect();
    let missing = (!missing.is_empty()).then(|| missing_words(batch, &missing));
    // Once through all of them: there may be as many groups as targets.
    let mut alike = BTreeMap::<&str, Vec<&Named>>::new();
    for one in targets.iter().filter(|one| one.target.state != TargetState::SetAside) {
        if let Some(of) = &one.target.alike {
            alike.entry(of).or_default().push(one);
        }
    }
    let rows = groups.into_iter().enumerate().map(|(at, group)| {
        let members = alike.get(group.alike.as_str()).map(Vec::as_slice).unwrap_or_default();
        let gets = match (at, group.targets == 1) {
            (0, true) => "gets exactly this",
            (0, false) => "get exactly this",
            (_, true) => "gets this",
            (_, false) => "get this",
        };
        let words = format!("{} {gets}{}", group.targets, from(members));
        view! {
            <li>
                <a class="link" href=format!("/previews/{}", group.sample)><b>{words}</b></a>
                <span class="what muted">{some_names(members.iter().copied(), MOST_NAMES)}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <details class="sheet fold" open=open>
            <summary><h2>"What each of them gets"</h2></summary>
            {missing}
            <ul class="batches groups">{rows}</ul>
        </details>
    }
}

/// From which versions they go, the most frequent first.
fn from(members: &[&Named]) -> String {
    let mut counts = BTreeMap::<&str, usize>::new();
    for one in members {
        *counts.entry(&one.target.from_version).or_default() += 1;
    }
    let mut versions: Vec<(&str, usize)> = counts.into_iter().collect();
    versions.sort_by_key(|(_, count)| Reverse(*count));
    let versions: Vec<&str> = versions.into_iter().map(|(version, _)| version).collect();
    match versions.as_slice() {
        [] => String::new(),
        [one] => format!(", from {one}"),
        [some @ .., last] if versions.len() <= MOST_VERSIONS => format!(", from {} and {last}", some.join(", ")),
        many => format!(", from {} different versions", many.len()),
    }
}

/// How many are still being rendered; before the start also what is in the way of those that could not be. After it that is told with
/// what others wait for.
fn missing_words(batch: &Batch, missing: &[&Named]) -> impl IntoView + use<> {
    let early = batch.state == BatchState::Preflight;
    let hindered: Vec<(&Named, &String)> =
        missing.iter().filter(|_| early).filter_map(|one| one.target.why.as_ref().map(|why| (*one, why))).collect();
    let more = hindered.len().saturating_sub(MOST_NAMES);
    let lines = hindered.iter().take(MOST_NAMES).map(|(one, why)| {
        view! { <li><span class="what"><a href=one.path()><b>{one.name.clone()}</b></a> {format!(" — {why} It is tried again.")}</span></li> }
    });
    let lines = (!hindered.is_empty()).then(|| {
        let more = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
        view! { <ul class="batches hindered">{lines.collect_view()} {more}</ul> }
    });
    let words = format!("{} still being rendered …", missing.len());
    view! { <p class="none muted">{words}</p> {lines} }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::pages::batches::named::{named, tests::target};

    #[test]
    fn a_group_tells_from_which_versions_it_goes_the_most_frequent_first() {
        let said = |versions: &[&str]| {
            let mut all = named((0..).zip(versions).map(|(at, _)| target(at, u128::from(at), "ns", "web")).collect());
            for (one, version) in all.iter_mut().zip(versions) {
                one.target.from_version = (*version).to_owned();
            }
            from(&all.iter().collect::<Vec<_>>())
        };
        assert_eq!(said(&[]), "");
        assert_eq!(said(&["1.3.2", "1.3.2"]), ", from 1.3.2");
        assert_eq!(said(&["1.1.0", "1.3.2", "1.3.2"]), ", from 1.3.2 and 1.1.0");
        assert_eq!(said(&["3", "1", "2", "3"]), ", from 3, 1 and 2");
        assert_eq!(said(&["1", "2", "3", "4", "5"]), ", from 5 different versions");
    }
}
