//! The phases of an operation as a stepped list, with how long each one took.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::state::{Mark, State, operation_mark};
use crate::{
    domain::{
        ago::span,
        operation::{EventBody, OperationEvent, OperationStatus, Phase},
    },
    ui::frame::surroundings,
};

/// A phase that began.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    phase: Phase,
    detail: String,
    began: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
}

/// The phases so far.
#[component]
pub fn Phases(
    /// The events so far.
    events: Signal<Vec<OperationEvent>>,
    /// Where the operation stands.
    status: OperationStatus,
) -> impl IntoView {
    let here = surroundings();
    let steps = move || {
        let steps = events.with(|events| steps(events));
        let broken = broken(&steps, status);
        steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| {
                let mark = match (step.ended, broken == Some(at)) {
                    (None, _) => Mark::Busy,
                    (Some(_), false) => Mark::Good,
                    (Some(_), true) => {
                        if status.is_settled() {
                            operation_mark(status)
                        } else {
                            Mark::Bad
                        }
                    }
                };
                let (began, ended) = (step.began, step.ended);
                view! {
                    <li aria-current=(mark == Mark::Busy).then_some("step")>
                        <State mark word=word(step.phase)/>
                        <span class="detail muted">{step.detail}</span>
                        <span class="took">{move || span(began, ended.unwrap_or_else(|| here.now()))}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! { <ol class="phases">{steps}</ol> }
}

fn steps(events: &[OperationEvent]) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![];
    for event in events {
        let end = match &event.body {
            EventBody::Phase { .. } | EventBody::Settled { .. } => Some(event.at),
            EventBody::Log { .. } | EventBody::Hook { .. } | EventBody::HookLog { .. } | EventBody::Readiness { .. } => None,
        };
        if let (Some(end), Some(last)) = (end, steps.last_mut()) {
            last.ended.get_or_insert(end);
        }
        if let EventBody::Phase { phase, detail } = &event.body {
            steps.push(Step { phase: *phase, detail: detail.clone(), began: event.at, ended: None });
        }
    }
    steps
}

/// Which phase went wrong: the one that was to change the release, as soon as something sets it right or the operation
/// has ended without success; the last one where it did not come to that.
fn broken(steps: &[Step], status: OperationStatus) -> Option<usize> {
    let changes = |step: &Step| !matches!(step.phase, Phase::Prepare | Phase::Settle);
    let change = steps.iter().position(changes);
    let set_right = steps.iter().filter(|step| changes(step)).count() > 1;
    let failed = status.is_settled() && status != OperationStatus::Succeeded;
    if failed || set_right { change.or(steps.len().checked_sub(1)) } else { None }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Prepare => "Prepare",
        Phase::Install => "Install",
        Phase::Upgrade => "Upgrade",
        Phase::Rollback => "Roll back",
        Phase::Uninstall => "Uninstall",
        Phase::Test => "Test",
        Phase::Recover => "Recover",
        Phase::Settle => "See the result",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_phase_that_went_wrong_is_marked_and_not_the_one_that_set_it_right() {
        let step = |phase| Step { phase, detail: String::new(), began: DateTime::UNIX_EPOCH, ended: None };
        let right = [step(Phase::Prepare), step(Phase::Upgrade), step(Phase::Rollback), step(Phase::Settle)];
        assert_eq!(broken(&right, OperationStatus::Failed), Some(1));
        assert_eq!(broken(&right[..3], OperationStatus::Running), Some(1));
        assert_eq!(broken(&right[..2], OperationStatus::Running), None);
        assert_eq!(broken(&right[..1], OperationStatus::Failed), Some(0));
        assert_eq!(broken(&[step(Phase::Prepare), step(Phase::Rollback)], OperationStatus::Succeeded), None);
    }

    #[test]
    fn a_phase_ends_where_the_next_one_begins() {
        let at = |seq: u32, body| OperationEvent { seq, at: DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::from(seq)), body };
        let phase = |phase| EventBody::Phase { phase, detail: String::new() };
        let events = [
            at(1, phase(Phase::Prepare)),
            at(2, EventBody::Log { line: "x".into() }),
            at(3, phase(Phase::Upgrade)),
            at(9, EventBody::Settled { status: OperationStatus::Succeeded, error: None }),
        ];
        let spans: Vec<_> = steps(&events).iter().map(|step| (step.ended.unwrap() - step.began).num_seconds()).collect();
        assert_eq!(spans, [2, 6]);
    }
}
