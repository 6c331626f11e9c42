//! What people can do with a batch, as plain forms. Whoever may not sees the buttons disabled, with the reason.

use leptos::prelude::*;

use crate::{
    domain::{
        actor::Act,
        batch::{Batch, BatchState},
    },
    ui::{
        frame::surroundings,
        parts::{field::Field, refused::Typed},
    },
};

/// The buttons on top of the board.
#[component]
pub fn Controls(
    /// The batch.
    batch: Batch,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let refused = surroundings().may(Act::RunBatches).err();
    let retry = batch.counts.failures > 0 && matches!(batch.state, BatchState::Running | BatchState::Paused | BatchState::Finished);
    let go_ahead = batch.awaited().map(|wave| (wave.to_string(), format!("Let {} go ahead", batch.waves[wave].name)));
    let path = batch.path();
    let button = |verb: &'static str, label: String, tone: &'static str, wave: Option<String>| {
        let (refused, action) = (refused.clone(), format!("{path}/{verb}"));
        let disabled = refused.is_some();
        view! {
            <form method="post" action=action>
                {wave.map(|wave| view! { <input type="hidden" name="wave" value=wave/> })}
                <button type="submit" class=format!("btn {tone}") disabled=disabled title=refused>{label}</button>
            </form>
        }
    };
    let start = (batch.state == BatchState::Ready).then(|| {
        let count = batch.counts.waiting;
        button("start", format!("Start: {} {count} {}", "change", if count == 1 { "release" } else { "releases" }), "go", None)
    });
    let pause = (batch.state == BatchState::Running).then(|| button("pause", "Pause".into(), "", None));
    let resume = (batch.state == BatchState::Paused).then(|| button("resume", "Resume".into(), "go", None));
    let paused = batch.state == BatchState::Paused;
    let again = if paused { "Try failed ones again, and go on" } else { "Try failed ones again" };
    let retry = retry.then(|| button("retry-failed", again.into(), "", None));
    let go_ahead = go_ahead.map(|(wave, label)| button("go-ahead", label, "go", Some(wave)));
    let abort = matches!(batch.state, BatchState::Preflight | BatchState::Ready | BatchState::Running | BatchState::Paused);
    let abort = abort.then(|| {
        view! {
            <WithReason
                action=format!("{path}/abort")
                label="End it…"
                sure=format!("End {}", batch.title)
                text="What runs comes to its end; nothing more begins. What was changed stays as it is."
                id="abort"
                typed
            />
        }
    });
    view! { {start} {go_ahead} {resume} {pause} {retry} {abort} }
}

/// What can be done with a wave that has begun.
#[component]
pub fn WaveControl(
    /// The batch.
    batch: Batch,
    /// The wave's number, from 0.
    wave: usize,
    /// Its name.
    name: String,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    view! {
        <div class="wave-control">
            <WithReason
                action=format!("{}/roll-back", batch.path())
                label="Roll this wave back…"
                sure=format!("Roll back {name}")
                text="Everything that was changed in this wave goes back to the revision before. Nothing more begins meanwhile."
                id=format!("wave-{wave}")
                wave=wave.to_string()
                typed
            />
        </div>
    }
}

/// A dangerous act that asks for its reason.
#[component]
fn WithReason(
    action: String,
    label: &'static str,
    sure: String,
    text: &'static str,
    #[prop(into)] id: String,
    #[prop(optional, into)] wave: String,
    typed: Typed,
) -> impl IntoView {
    if let Err(why) = surroundings().may(Act::RunBatches) {
        return view! { <button type="button" class="btn bad" disabled title=why>{label}</button> }.into_any();
    }
    let field = format!("reason-{id}");
    view! {
        <details class="cancel">
            <summary class="btn bad">{label}</summary>
            <form method="post" action=action class="change sheet">
                <p>{text}</p>
                {(!wave.is_empty()).then(|| view! { <input type="hidden" name="wave" value=wave/> })}
                <div class="field">
                    <label for=field.clone()>"Reason"</label>
                    <input type="text" id=field name="reason" maxlength="500" required value=typed.text("reason", "")/>
                </div>
                <button type="submit" class="btn bad">{sure}</button>
            </form>
        </details>
    }
    .into_any()
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
