//! What failed in a batch, with its reason, what to do next, and the way to try it again; and who was left out, and why.

use leptos::{prelude::*, tachys::view::keyed::keyed};

use super::{
    control::{ACTS, can_retry},
    is_ended,
    named::Named,
    target_mark,
};
use crate::{
    domain::{
        actor::Act,
        batch::{Batch, BatchState, Target, TargetState},
        ids::OperationId,
    },
    ui::{
        frame::surroundings,
        parts::{
            sheet::Sheet,
            state::{Mark, State},
        },
    },
};

/// Up to how many who were set aside are listed at once while the batch is at work.
const FEW_ASIDE: usize = 6;

/// A line about one that failed. All that it shows is in it, so that a line stays the same as long as it says the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Line {
    ord: u32,
    name: String,
    path: String,
    state: TargetState,
    why: Option<String>,
    next: &'static str,
    /// The operation that failed, or whose result did.
    failed: Option<OperationId>,
    /// The operation that takes it back.
    back: Option<OperationId>,
    /// Whether something was made that can be looked at in the cluster.
    runs: bool,
    /// Whether it can be tried again now.
    again: bool,
}

impl Line {
    fn of(batch: &Batch, one: &Named, takes_back: bool) -> Self {
        let Target { ord, state, failed_operation_id, operation_id, result_revision, .. } = one.target;
        Self {
            ord,
            name: one.name.clone(),
            path: one.path(),
            state,
            why: one.target.why.clone(),
            next: next(batch, one, takes_back),
            failed: failed_operation_id.or(operation_id),
            back: operation_id.filter(|operation| failed_operation_id.is_some_and(|failed| failed != *operation)),
            runs: result_revision.is_some(),
            again: can_retry(batch) && state.is_over() && !one.is_returning(),
        }
    }
}

/// What to do next about one that failed; `takes_back` says whether what the batch does can be taken back at all.
fn next(batch: &Batch, one: &Named, takes_back: bool) -> &'static str {
    match (one.target.state, batch.state) {
        _ if one.is_returning() => "It goes back to where it was. Wait for that.",
        (_, BatchState::Aborted) => "The batch has ended: mend what is wrong, then change it alone or in another batch.",
        (TargetState::RolledBack, _) => "It is where it was before. Mend what is wrong, then try again.",
        _ if one.target.result_revision.is_none() => "Nothing of it was changed. Mend what is wrong, then try again.",
        _ if takes_back => "It stays as the change left it. Mend what is wrong and try again, or roll its wave back.",
        _ => "It stays as the change left it. Mend what is wrong, then try again.",
    }
}

/// What failed.
pub fn failed(batch: &Batch, targets: &[Named], takes_back: bool) -> impl IntoView + use<> {
    let lines: Vec<Line> = targets.iter().filter(|one| one.target.failed).map(|one| Line::of(batch, one, takes_back)).collect();
    let (retry, refused) = (format!("{}/retry-failed", batch.path()), surroundings().may(Act::RunBatches).err());
    // Who has many to try again is told beforehand what that begins.
    let goes_on = (batch.state == BatchState::Paused)
        .then(|| view! { <p class="none muted">"The batch is paused: whoever tries one again lets it go on, too."</p> });
    (!lines.is_empty()).then(|| {
        // Keyed, so that no button moves from one release to another under somebody's finger.
        let lines = keyed(lines, Line::clone, move |_, line| (|_: usize| {}, shown(line, &retry, refused.as_ref())));
        view! { <Sheet title="Failed">{goes_on} <ul class="batches failed">{lines}</ul></Sheet> }
    })
}

fn shown(line: Line, retry: &str, refused: Option<&String>) -> impl IntoView + use<> {
    let Line { ord, name, path, state, why, next, failed, back, runs, again } = line;
    let operation = |id: OperationId, word: &'static str| view! { <a class="link" href=format!("/operations/{id}")>{word}</a> " " };
    let failed = failed.map(|id| operation(id, "Its operation"));
    let back = back.map(|id| operation(id, "Its rollback"));
    let runs = runs.then(|| view! { <a class="link" href=format!("{path}/resources")>"What runs"</a> });
    // A button of the form on top of the page, whose reason goes with it.
    let again = again.then(|| {
        let (disabled, title, of) = (refused.is_some(), refused.cloned(), name.clone());
        view! {
            <button type="submit" class="btn" form=ACTS formaction=retry.to_owned() name="target" value=ord.to_string() disabled=disabled title=title>
                "Try again" <span class="unseen">": " {of}</span>
            </button>
        }
    });
    view! {
        <li>
            <State mark=target_mark(state) word=state.word()/>
            <span class="what">
                <a href=path><b>{name}</b></a>
                {why.map(|why| format!(" — {why}"))}
                <span class="next">{next} " " {failed} {back} {runs}</span>
            </span>
            <span>{again}</span>
        </li>
    }
}

/// Who was left out, and why: folded away while the batch is at work, where they are many.
pub fn aside(batch: &Batch, targets: &[Named]) -> impl IntoView + use<> {
    let aside: Vec<&Named> = targets.iter().filter(|one| one.target.state == TargetState::SetAside).collect();
    let early = matches!(batch.state, BatchState::Preflight | BatchState::Ready);
    let (count, open) = (aside.len(), early || is_ended(batch) || aside.len() <= FEW_ASIDE);
    let rows = aside.into_iter().map(|one| {
        view! {
            <li>
                <State mark=Mark::Stopped word=TargetState::SetAside.word()/>
                <span class="what"><a href=one.path()><b>{one.name.clone()}</b></a> {one.target.why.clone().map(|why| format!(" — {why}"))}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    (count > 0).then(|| {
        view! {
            <details class="sheet fold" open=open>
                <summary><h2>"Set aside"</h2> " " <span class="muted">{count}</span></summary>
                <ul class="batches aside">{rows}</ul>
            </details>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::batch::{Counts, Strategy},
        ui::pages::batches::named::{named, tests::target},
    };

    fn batch(state: BatchState) -> Batch {
        Batch {
            id: crate::domain::ids::BatchId(uuid::Uuid::nil()),
            title: "web to 1.4.0".into(),
            state,
            why: None,
            strategy: Strategy::default(),
            requested_by: "mira".into(),
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
            waves: Vec::new(),
            counts: Counts::default(),
            version: 1,
            forgiven: 0,
        }
    }

    #[test]
    fn a_line_leads_to_what_failed_and_apart_from_it_to_the_rollback() {
        let operation = |number| OperationId(uuid::Uuid::from_u128(number));
        let mut one = named(vec![target(0, 1, "ns", "web")]).remove(0);
        one.target.failed = true;
        (one.target.operation_id, one.target.failed_operation_id) = (Some(operation(1)), Some(operation(1)));
        (one.target.state, one.target.back) = (TargetState::Failed, true);
        (one.target.result_revision, one.target.home_revision) = (Some(2), Some(1));
        let line = Line::of(&batch(BatchState::Running), &one, true);
        assert_eq!((line.failed, line.back, line.again, line.runs), (Some(operation(1)), None, false, true), "it waits to go back");
        (one.target.state, one.target.back, one.target.operation_id) = (TargetState::RolledBack, false, Some(operation(2)));
        let line = Line::of(&batch(BatchState::Paused), &one, true);
        assert_eq!((line.failed, line.back, line.again), (Some(operation(1)), Some(operation(2)), true));
        assert!(line.next.contains("try again"), "{}", line.next);
        let line = Line::of(&batch(BatchState::Aborted), &one, true);
        assert!(!line.again && line.next.contains("has ended"), "{}", line.next);
    }

    #[test]
    fn what_stays_changed_is_to_be_rolled_back_only_where_that_is_possible() {
        let mut one = named(vec![target(0, 1, "ns", "web")]).remove(0);
        (one.target.state, one.target.failed) = (TargetState::Failed, true);
        let said = |one: &Named, takes_back| next(&batch(BatchState::Running), one, takes_back);
        assert!(said(&one, true).starts_with("Nothing of it was changed."));
        (one.target.result_revision, one.target.home_revision) = (Some(2), Some(1));
        assert!(said(&one, true).ends_with("or roll its wave back."));
        assert!(!said(&one, false).contains("roll"));
    }
}
