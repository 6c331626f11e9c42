//! What people can do with a batch, as plain forms. Whoever may not sees the buttons disabled, with the reason.

use leptos::{prelude::*, tachys::view::keyed::keyed};

use crate::{
    domain::{
        actor::Act,
        batch::{Batch, BatchState, Target},
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
    /// Those of its targets that have not begun.
    waiting: Vec<Target>,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let refused = surroundings().may(Act::RunBatches).err();
    let retry = batch.counts.failures > 0 && matches!(batch.state, BatchState::Running | BatchState::Paused | BatchState::Finished);
    let go_ahead = batch.awaited().map(|wave| (wave.to_string(), format!("Let {} go ahead", batch.waves[wave].called(wave))));
    let (path, seen) = (batch.path(), batch.seen().to_string());
    let button = |verb: &'static str, label: String, tone: &'static str, wave: Option<String>| {
        let (refused, action) = (refused.clone(), format!("{path}/{verb}"));
        let disabled = refused.is_some();
        view! {
            <form method="post" action=action>
                <SeenField seen=seen.clone()/>
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
    let open = matches!(batch.state, BatchState::Preflight | BatchState::Ready | BatchState::Running | BatchState::Paused);
    let leave_out = (open && !waiting.is_empty())
        .then(|| view! { <LeaveOut action=format!("{path}/skip") waiting seen=seen.clone() typed=typed.of_form_with("target")/> });
    let abort = open.then(|| {
        view! {
            <WithReason
                action=format!("{path}/abort")
                label="End it…"
                sure=format!("End {}", batch.title)
                text="What runs comes to its end; nothing more begins. What was changed stays as it is."
                id="abort"
                seen=seen.clone()
                typed
            />
        }
    });
    view! { {start} {go_ahead} {resume} {pause} {retry} {leave_out} {abort} }
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
                seen=batch.seen().to_string()
                wave=wave.to_string()
                typed
            />
        </div>
    }
}

/// Leaves out a target that has not begun: which, and why.
#[component]
fn LeaveOut(action: String, waiting: Vec<Target>, seen: String, typed: Typed) -> impl IntoView {
    let label = "Leave one out…";
    if let Err(why) = surroundings().may(Act::RunBatches) {
        return view! { <button type="button" class="btn" disabled title=why>{label}</button> }.into_any();
    }
    let chosen = typed.field("target");
    // Keyed, so that what is chosen stays chosen while others begin and go from the list. Once the chosen one has begun, none is.
    let options = keyed(
        waiting,
        |target| target.ord,
        move |_, target: Target| {
            let value = target.ord.to_string();
            let selected = chosen.as_ref() == Some(&value);
            let name = format!("{}: {}", target.tenant, target.key());
            (|_: usize| {}, view! { <option value=value selected=selected>{name}</option> })
        },
    );
    view! {
        <details class="cancel" open=typed.is_refused()>
            <summary class="btn">{label}</summary>
            <form method="post" action=action class="change sheet">
                <p>"It is set aside with this reason, and stays as it is. What has begun is not listed."</p>
                <SeenField seen/>
                <div class="field">
                    <label for="leave-out">"Release"</label>
                    <select id="leave-out" name="target" required>
                        <option value="">"Choose one"</option>
                        {options}
                    </select>
                </div>
                <div class="field">
                    <label for="reason-leave-out">"Reason"</label>
                    <input type="text" id="reason-leave-out" name="reason" maxlength="500" required value=typed.text("reason", "")/>
                </div>
                <button type="submit" class="btn">"Leave it out"</button>
            </form>
        </details>
    }
    .into_any()
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
    seen: String,
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
                <SeenField seen/>
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

/// What its reader has seen of the batch, on its way with what they do: the browser is not to bring back an older one.
#[component]
fn SeenField(seen: String) -> impl IntoView {
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
