//! What people can do with a batch, as plain forms. Whoever may not sees the buttons disabled, with the reason. What needs no reason
//! is one form with one field for it, so that saying why costs no click; what is dangerous is `dangerous`'s.

use leptos::prelude::*;

use super::{
    dangerous::{End, LeaveOut},
    named::Named,
};
use crate::{
    domain::{
        actor::Act,
        batch::{Batch, BatchState, TargetState},
    },
    ui::{
        frame::surroundings,
        parts::{field::Field, refused::Typed},
    },
};

/// The id of the form whose reason goes with every act that needs none: buttons elsewhere on the page belong to it, too.
pub const ACTS: &str = "acts";

/// What had been typed before into the forms of a batch, and into which of them.
#[derive(Clone)]
pub struct Before {
    typed: Typed,
    verb: String,
}

impl Before {
    /// What had been typed into the form of that act.
    pub fn of(typed: Typed, verb: String) -> Self {
        Self { typed, verb }
    }

    /// A field as it was typed, where that form was refused; among those of waves, where it was that wave's.
    pub fn field(&self, name: &str, verbs: &[&str], wave: Option<&str>) -> Option<String> {
        let mine = verbs.contains(&self.verb.as_str()) && wave.is_none_or(|wave| self.typed.field("wave").as_deref() == Some(wave));
        if mine { self.typed.field(name) } else { None }
    }
}

/// Whether what has failed can be tried again where the batch stands.
pub fn can_retry(batch: &Batch) -> bool {
    matches!(batch.state, BatchState::Running | BatchState::Paused | BatchState::Finished)
}

/// The buttons on top of the board.
#[component]
pub fn Controls(
    /// The batch.
    batch: Batch,
    /// Its targets.
    targets: Vec<Named>,
    /// What had been typed before.
    before: Before,
) -> impl IntoView {
    let open = matches!(batch.state, BatchState::Preflight | BatchState::Ready | BatchState::Running | BatchState::Paused);
    // What is on its way back is tried again once it is there.
    let returning = targets.iter().any(|one| one.target.failed && one.is_returning());
    let waiting: Vec<Named> = targets.into_iter().filter(|one| one.target.state == TargetState::Waiting).collect();
    let leave_out = (open && !waiting.is_empty()).then(|| view! { <LeaveOut batch=batch.clone() waiting before=before.clone()/> });
    let end = open.then(|| view! { <End batch=batch.clone() before=before.clone()/> });
    view! {
        <Acts batch returning before/>
        <div class="buttons">{leave_out} {end}</div>
    }
}

/// What needs no reason and may have one: one form, whose buttons say what is done.
#[component]
fn Acts(batch: Batch, returning: bool, before: Before) -> impl IntoView {
    let refused = surroundings().may(Act::RunBatches).err();
    let (path, seen) = (batch.path(), batch.seen().to_string());
    let (is_ready, is_running, is_paused) =
        (batch.state == BatchState::Ready, batch.state == BatchState::Running, batch.state == BatchState::Paused);
    let button = |verb: &'static str, label: String, tone: &'static str, wave: Option<String>| {
        let (refused, action) = (refused.clone(), format!("{path}/{verb}"));
        let (disabled, name) = (refused.is_some(), wave.is_some().then_some("wave"));
        view! {
            <button type="submit" class=format!("btn {tone}") formaction=action name=name value=wave disabled=disabled title=refused>{label}</button>
        }
    };
    let start = is_ready.then(|| {
        let count = batch.counts.waiting;
        button("start", format!("Start: change {count} {}", if count == 1 { "release" } else { "releases" }), "go", None)
    });
    let go_ahead = batch.awaited().map(|wave| {
        let label = format!("Let {} go ahead", batch.waves[wave].called(wave));
        button("go-ahead", label, "go", Some(wave.to_string()))
    });
    let resume = is_paused.then(|| button("resume", "Resume".into(), "go", None));
    let pause = is_running.then(|| button("pause", "Pause".into(), "", None));
    let again = if is_paused { "Try failed ones again, and go on" } else { "Try failed ones again" };
    let failed = can_retry(&batch) && batch.counts.failures > 0;
    let retry = (failed && !returning).then(|| button("retry-failed", again.into(), "", None));
    let reason = before.field("reason", &["start", "go-ahead", "resume", "pause", "retry-failed"], None).unwrap_or_default();
    let field = refused.is_none().then(|| {
        view! {
            <div class="field">
                <label for="reason">"Reason (optional)"</label>
                <input type="text" id="reason" name="reason" maxlength="500" value=reason/>
            </div>
        }
    });
    (is_ready || is_running || is_paused || failed).then(|| {
        view! {
            <form method="post" id=ACTS action=format!("{path}/pause") class="acts">
                // The one that Enter would press: a reason that is typed starts nothing.
                <button type="submit" disabled hidden></button>
                <SeenField seen/>
                {field}
                <div class="buttons">{start} {go_ahead} {resume} {pause} {retry}</div>
            </form>
        }
    })
}

/// What its reader has seen of the batch, on its way with what they do: the browser is not to bring back an older one.
#[component]
pub fn SeenField(
    /// As the batch's own `seen` writes it.
    seen: String,
) -> impl IntoView {
    view! { <input type="hidden" name="seen" value=seen autocomplete="off"/> }
}

/// A number with its label.
#[component]
pub fn Number(
    /// Its name and id.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// What to know.
    hint: &'static str,
    /// What is usual.
    usual: &'static str,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    view! {
        <Field name label hint>
            <input class="short" type="number" min="0" id=name name=name value=typed.text(name, usual) aria-describedby=format!("{name}-hint")/>
        </Field>
    }
}
