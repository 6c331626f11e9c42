//! What is chosen for a batch: the releases that were ticked, a saved selection and the ways to save one and to remove it, and
//! who that comes to. Looks nobody up.

use leptos::prelude::*;

use super::how::Carried;
use crate::{
    api::batches::{Selected, SelectionText},
    domain::batch::SavedSelection,
    ui::parts::{filters::send, refused::Typed, sheet::Sheet, ticks::ticks, when::When},
};

/// The releases that were ticked, each with its box, as a part of the form that chooses.
#[component]
pub fn Ticked(
    /// The releases.
    ticked: Vec<Selected>,
    /// How many more were ticked, and are not there.
    gone: usize,
) -> impl IntoView {
    let all = ticks();
    let legend = match ticked.len() {
        1 => "1 ticked release".to_owned(),
        some => format!("{some} ticked releases"),
    };
    let gone = match gone {
        0 => None,
        1 => Some("1 more is uninstalled by now, or of no tenant.".to_owned()),
        some => Some(format!("{some} more are uninstalled by now, or of no tenant.")),
    };
    // Each box belongs to its release: one that is unticked never stands for another that moves into its place.
    let line = move |one: Selected| {
        let id = one.release;
        view! {
            <li>
                <label>
                    <input
                        type="checkbox"
                        name="release"
                        value=id.to_string()
                        checked=true
                        on:change=move |event| {
                            all.set(&[id], event_target_checked(&event));
                            send(event);
                        }
                    />
                    <span><b>{one.tenant}</b> " " {one.name} " " <span class="muted">{one.chart} " " {one.version}</span></span>
                </label>
            </li>
        }
    };
    view! {
        <fieldset class="ticked">
            <legend>{legend}</legend>
            <ul class="who-list"><For each=move || ticked.clone() key=|one: &Selected| one.release children=line/></ul>
            {gone.map(|gone| view! { <p class="hint">{gone}</p> })}
        </fieldset>
    }
}

/// A saved selection: what it says, and the way to remove it.
#[component]
pub fn SavedRule(
    /// The selection.
    saved: SavedSelection,
    /// What else was chosen.
    wanted: SelectionText,
    /// The version to go to.
    to: String,
) -> impl IntoView {
    let sure = format!("Remove {}", saved.name);
    view! {
        <div class="saved-rule">
            <p>
                <b>{saved.name}</b> " takes " <b>{saved.selection.words()}</b> ", looked up anew each time. Saved by " <b>{saved.made_by}</b> " "
                <When at=saved.made_at/> "."
            </p>
            <details class="cancel">
                <summary class="btn bad">"Remove…"</summary>
                <form method="post" action="/batches/new/remove" class="change sheet">
                    <Carried wanted to/>
                    <p>"Nobody can choose it any more. Batches that were made from it stay as they are."</p>
                    <div class="field">
                        <label for="remove-why">"Why it goes (optional)"</label>
                        <input type="text" id="remove-why" name="reason" maxlength="500"/>
                    </div>
                    <button type="submit" class="btn bad">{sure}</button>
                </form>
            </details>
        </div>
    }
}

/// The way to save what is chosen.
#[component]
pub fn SaveForm(
    /// What is chosen.
    wanted: SelectionText,
    /// The version to go to.
    to: String,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let open = typed.field("name").is_some();
    let typed = typed.of_form_with("name");
    view! {
        <details class="cancel save-selection" open=open>
            <summary class="btn">"Save this selection…"</summary>
            <form method="post" action="/batches/new/save" class="change sheet">
                <Carried wanted to/>
                <p>"The rule is saved, not what it takes now: whenever it is used, the releases are looked up anew."</p>
                <div class="field">
                    <label for="save-name">"Save it as"</label>
                    <input type="text" id="save-name" name="name" maxlength="80" required value=typed.text("name", "")/>
                </div>
                <div class="field">
                    <label for="save-why">"Why it is saved (optional)"</label>
                    <input type="text" id="save-why" name="reason" maxlength="500" value=typed.text("reason", "")/>
                </div>
                <button type="submit" class="btn go">"Save"</button>
            </form>
        </details>
    }
}

/// Who is selected, and who is left out.
#[component]
pub fn Who(
    /// The releases.
    selected: Vec<Selected>,
) -> impl IntoView {
    let (held, free): (Vec<Selected>, Vec<Selected>) = selected.into_iter().partition(|one| one.held.is_some());
    let count = free.len();
    let names =
        free.into_iter().map(|one| view! { <li><b>{one.tenant}</b> " " <span class="muted">{one.name} " " {one.version}</span></li> });
    let aside =
        held.into_iter().map(|one| view! { <li><b>{one.tenant}</b> " " <span class="muted">{one.held}</span></li> }).collect::<Vec<_>>();
    view! {
        <Sheet title=format!("{count} {}", if count == 1 { "release" } else { "releases" })>
            <ul class="who-list">{names.collect_view()}</ul>
            {(!aside.is_empty())
                .then(|| view! { <h3 class="between">{format!("{} left out", aside.len())}</h3> <ul class="who-list aside">{aside}</ul> })}
        </Sheet>
    }
}
