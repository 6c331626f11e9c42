//! What is not to be done to a batch in passing: end it, leave a release out, roll a wave back. Each asks for its reason, which goes
//! into the audit. Whoever may not sees the buttons disabled.

use leptos::{prelude::*, tachys::view::keyed::keyed};

use super::{
    control::{Before, SeenField},
    named::Named,
};
use crate::{
    domain::{actor::Act, batch::Batch},
    ui::frame::surroundings,
};

/// Ends the batch.
#[component]
pub fn End(
    /// The batch.
    batch: Batch,
    /// What had been typed before.
    before: Before,
) -> impl IntoView {
    view! {
        <WithReason
            action=format!("{}/abort", batch.path())
            label="End it…"
            sure=format!("End {}", batch.title)
            text="What runs comes to its end; nothing more begins. What was changed stays as it is."
            id="abort"
            seen=batch.seen().to_string()
            reason=before.field("reason", &["abort"], None)
        />
    }
}

/// What can be done with a wave that has begun.
#[component]
pub fn WaveControl(
    /// Where its form goes.
    action: String,
    /// What was seen of the batch.
    seen: String,
    /// The wave's number, from 0.
    wave: usize,
    /// What it is called.
    name: String,
    /// What had been typed before.
    before: Before,
) -> impl IntoView {
    let wave = wave.to_string();
    view! {
        <div class="wave-control">
            <WithReason
                action
                label="Roll this wave back…"
                sure=format!("Roll back {name}")
                text="Everything that was changed in this wave goes back to the revision before. Nothing more begins meanwhile."
                id=format!("wave-{wave}")
                seen
                reason=before.field("reason", &["roll-back"], Some(&wave))
                wave
            />
        </div>
    }
}

/// Leaves out a target that has not begun: which, and why.
#[component]
pub fn LeaveOut(
    /// The batch.
    batch: Batch,
    /// Those of its targets that have not begun.
    waiting: Vec<Named>,
    /// What had been typed before.
    before: Before,
) -> impl IntoView {
    let label = "Leave one out…";
    if let Err(why) = surroundings().may(Act::RunBatches) {
        return view! { <button type="button" class="btn" disabled title=why>{label}</button> }.into_any();
    }
    let (chosen, reason) = (before.field("target", &["skip"], None), before.field("reason", &["skip"], None));
    let open = reason.is_some();
    // Keyed, so that what is chosen stays chosen while others begin and go from the list. Once the chosen one has begun, none is.
    let options = keyed(
        waiting,
        |one| one.target.ord,
        move |_, one: Named| {
            let value = one.target.ord.to_string();
            let selected = chosen.as_ref() == Some(&value);
            let name = format!("{}: {}", one.target.tenant, one.target.key());
            (|_: usize| {}, view! { <option value=value selected=selected>{name}</option> })
        },
    );
    view! {
        <details class="cancel" open=open>
            <summary class="btn">{label}</summary>
            <form method="post" action=format!("{}/skip", batch.path()) class="change sheet">
                <p>"It is set aside with this reason, and stays as it is. What has begun is not listed."</p>
                <SeenField seen=batch.seen().to_string()/>
                <div class="field">
                    <label for="leave-out">"Release"</label>
                    <select id="leave-out" name="target" required>
                        <option value="">"Choose one"</option>
                        {options}
                    </select>
                </div>
                <div class="field">
                    <label for="reason-leave-out">"Reason"</label>
                    <input type="text" id="reason-leave-out" name="reason" maxlength="500" required value=reason.unwrap_or_default()/>
                </div>
                <button type="submit" class="btn">"Leave it out"</button>
            </form>
        </details>
    }
    .into_any()
}

/// A dangerous act that asks for its reason; open, where it was refused with that one.
#[component]
fn WithReason(
    action: String,
    label: &'static str,
    sure: String,
    text: &'static str,
    #[prop(into)] id: String,
    #[prop(optional, into)] wave: String,
    seen: String,
    #[prop(optional_no_strip)] reason: Option<String>,
) -> impl IntoView {
    if let Err(why) = surroundings().may(Act::RunBatches) {
        return view! { <button type="button" class="btn bad" disabled title=why>{label}</button> }.into_any();
    }
    let field = format!("reason-{id}");
    let open = reason.is_some();
    view! {
        <details class="cancel" open=open>
            <summary class="btn bad">{label}</summary>
            <form method="post" action=action class="change sheet">
                <p>{text}</p>
                <SeenField seen/>
                {(!wave.is_empty()).then(|| view! { <input type="hidden" name="wave" value=wave/> })}
                <div class="field">
                    <label for=field.clone()>"Reason"</label>
                    <input type="text" id=field name="reason" maxlength="500" required value=reason.unwrap_or_default()/>
                </div>
                <button type="submit" class="btn bad">{sure}</button>
            </form>
        </details>
    }
    .into_any()
}
