//! How far a batch is: one bar, counts, how long it takes; what those that wait say they wait for; and all of it for those who are
//! read to.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::{batch_mark, is_ended, named::Named};
use crate::{
    api::ApiError,
    domain::{
        ago::span,
        batch::{Batch, BatchState, Board, Counts, TargetState},
    },
    ui::{
        frame::surroundings,
        parts::{bar::DividedBar, state::Mark},
    },
};

/// How many different reasons to wait are told.
const MOST_REASONS: usize = 3;
/// How long nothing is read out while only counts move.
const QUIET: TimeDelta = TimeDelta::seconds(20);

/// How many are where, as one bar.
#[component]
pub fn Bar(
    /// How the targets stand.
    counts: Counts,
) -> impl IntoView {
    let parts = [
        (Mark::Good, counts.done.into(), "done"),
        (Mark::Bad, counts.failed.into(), "failed"),
        (Mark::Warn, counts.rolled_back.into(), "rolled back"),
        (Mark::Busy, counts.running.into(), "running"),
    ];
    view! { <DividedBar parts whole=(counts.total() - counts.set_aside).into() empty="nothing begun"/> }
}

/// The counts that are not nought, each with its word.
fn counted(batch: &Batch) -> Vec<(u32, &'static str)> {
    let counts = batch.counts;
    let parts = [
        (counts.done, "done"),
        (counts.failed, "failed"),
        (counts.rolled_back, "rolled back"),
        (counts.running, "running"),
        (counts.waiting, if is_ended(batch) { "not begun" } else { "waiting" }),
        (counts.set_aside, "set aside"),
    ];
    parts.into_iter().filter(|part| part.0 > 0).collect()
}

/// The bar, its counts, and how long it takes.
#[component]
pub fn Progress(
    /// The batch.
    batch: Batch,
    /// About how many seconds are left, where that is known.
    left: Option<i64>,
) -> impl IntoView {
    let here = surroundings();
    let facts = counted(&batch).into_iter().map(|(count, word)| view! { <span><b>{count}</b> " " {word}</span> }).collect_view();
    let (began, ended) = (batch.started_at, batch.finished_at);
    let elapsed = began.map(|began| {
        move || match ended {
            Some(ended) => format!("took {}", span(began, ended)),
            None => format!("{} so far", span(began, here.now())),
        }
    });
    let left = left.map(|left| match left {
        ..60 => " · less than a minute left".to_owned(),
        left => format!(" · about {} min left", left.div_euclid(60) + 1),
    });
    view! {
        <div class="batch-progress">
            <Bar counts=batch.counts/>
            <div class="facts">
                {facts}
                <span class="time">{elapsed} {left}</span>
            </div>
        </div>
    }
}

/// What those that wait say they wait for, so that a batch that stands still explains itself; equal reasons are told once.
pub fn waits(batch: &Batch, targets: &[Named]) -> impl IntoView + use<> {
    // Before the start it is what kept them from being rendered, which is told where that is shown.
    let told = !is_ended(batch) && batch.state != BatchState::Preflight;
    let (reasons, others) = if told { reasons(targets) } else { Default::default() };
    (!reasons.is_empty()).then(|| {
        let wait = |count: usize| if count == 1 { format!("{count} waits") } else { format!("{count} wait") };
        let others = (others > 0).then(|| view! { <span><b>{wait(others)}</b> " for something else."</span> });
        let reasons = reasons.into_iter().map(|(why, count)| view! { <span><b>{wait(count)}</b> ": " {why}</span> }).collect_view();
        view! { <p class="batch-waits">{reasons} {others}</p> }
    })
}

/// Reasons to wait with how many have each, and how many have yet others. First of the most frequent kind the one that comes first,
/// such as the next window, then the most frequent ones.
fn reasons(targets: &[Named]) -> (Vec<(String, usize)>, usize) {
    let mut counts = BTreeMap::<&str, usize>::new();
    for one in targets.iter().filter(|one| one.target.state == TargetState::Waiting) {
        if let Some(why) = &one.target.why {
            *counts.entry(why).or_default() += 1;
        }
    }
    let frequent = counts.iter().max_by_key(|(_, count)| **count).map(|(why, _)| kind(why));
    let next = counts.keys().copied().find(|why| Some(kind(why)) == frequent);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(why, count)| (Some(*why) != next, Reverse(*count)));
    let others = counts.iter().skip(MOST_REASONS).map(|(_, count)| count).sum();
    (counts.into_iter().take(MOST_REASONS).map(|(why, count)| (why.to_owned(), count)).collect(), others)
}

/// What a reason begins with: of one kind are those that differ behind their first comma, where the time stands.
fn kind(why: &str) -> &str {
    why.split_once(',').map_or(why, |(kind, _)| kind)
}

/// Tells those who are read to how the batch moves: at once where it stands elsewhere or something fails; while only counts move, now
/// and then. Stays in its place while the board around it is drawn anew, since only then it is heard.
#[component]
pub fn Told(
    /// The board.
    board: Resource<Result<Board, ApiError>>,
) -> impl IntoView {
    let here = surroundings();
    let said = RwSignal::new(String::new());
    Effect::new(move |last: Option<Option<(String, u32, DateTime<Utc>)>>| {
        let (last, now) = (last.flatten(), here.now());
        board.with(|board| {
            let Some(Ok(Board { batch, .. })) = board else { return last };
            let (state, failures) = (batch_mark(batch).1, batch.counts.failures);
            match last {
                Some((was, failed, at)) if was == state && failed == failures && now - at < QUIET => Some((was, failed, at)),
                _ => {
                    said.set(spoken(batch, &state));
                    Some((state, failures, now))
                }
            }
        })
    });
    view! { <p class="unseen" role="status">{move || said.get()}</p> }
}

/// Where a batch stands, in one sentence or two.
fn spoken(batch: &Batch, state: &str) -> String {
    let counts = counted(batch).into_iter().map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let why = batch.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    format!("The batch: {state}. {counts}.{why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::pages::batches::named::{named, tests::target};

    #[test]
    fn equal_reasons_to_wait_are_told_once_and_the_next_window_first() {
        let opens = |at: &str| format!("Waits for its maintenance window, which opens {at}.");
        let whys = [
            Some(opens("2026-12-03 22:00 UTC")),
            Some(opens("2026-12-03 22:00 UTC")),
            Some(opens("2026-12-01 22:00 UTC")),
            Some("An operation is in its way.".to_owned()),
            Some("An operation is in its way.".to_owned()),
            Some("Another one.".to_owned()),
            None,
        ];
        let mut all = named((0..8).map(|at| target(at, u128::from(at), "ns", "web")).collect());
        for (one, why) in all.iter_mut().zip(whys) {
            one.target.why = why;
        }
        (all[7].target.why, all[7].target.state) = (Some("It is frozen.".into()), TargetState::SetAside);
        let (told, others) = reasons(&all);
        let expected =
            [(opens("2026-12-01 22:00 UTC"), 1), ("An operation is in its way.".to_owned(), 2), (opens("2026-12-03 22:00 UTC"), 2)];
        assert_eq!((told, others), (expected.to_vec(), 1));
        assert_eq!(reasons(&[]), (vec![], 0));
    }
}
