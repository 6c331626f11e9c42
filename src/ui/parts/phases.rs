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
        let last = steps.len().saturating_sub(1);
        steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| {
                let mark = match (at == last, step.ended) {
                    (false, _) => Mark::Good,
                    (true, None) => Mark::Busy,
                    (true, Some(_)) => operation_mark(status),
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
            EventBody::Log { .. } | EventBody::Readiness { .. } => None,
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

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Prepare => "Prepare",
        Phase::Install => "Install",
        Phase::Upgrade => "Upgrade",
        Phase::Rollback => "Roll back",
        Phase::Uninstall => "Uninstall",
        Phase::Recover => "Recover",
        Phase::Settle => "See the result",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

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
