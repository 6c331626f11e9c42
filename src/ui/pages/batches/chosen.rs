//! What is chosen for a batch: the releases that were ticked, a saved selection and the ways to save one and to remove it, and
//! who that comes to. Looks nobody up.

use leptos::prelude::*;

use super::how::Carried;
use crate::{
    api::batches::SelectionText,
    domain::batch::{Chosen, Part, SavedSelection},
    ui::parts::{
        filters::send,
        refused::Typed,
        sheet::Sheet,
        ticks::ticks,
        when::{Until, When},
    },
};

/// The releases that were ticked, each with its box, as a part of the form that chooses.
#[component]
pub fn Ticked(
    /// The releases.
    ticked: Vec<Chosen>,
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
    let line = move |one: Chosen| {
        let id = one.release_id;
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
                    <span>
                        <b>{one.tenant.to_string()}</b> " " {one.release_name.to_string()} " "
                        <span class="muted">{one.chart} " " {one.version}</span>
                    </span>
                </label>
            </li>
        }
    };
    view! {
        <fieldset class="ticked">
            <legend>{legend}</legend>
            <ul class="who-list"><For each=move || ticked.clone() key=|one: &Chosen| one.release_id children=line/></ul>
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

/// Who is selected: who takes part, who of them has to wait for a maintenance window, who is left out, and who is there already.
#[component]
pub fn Who(
    /// The releases.
    selected: Vec<Chosen>,
) -> impl IntoView {
    let of = |part: Part| selected.iter().filter(|one| one.part == part).cloned().collect::<Vec<_>>();
    let (changed, closed, aside, there) = (of(Part::Changed), of(Part::Closed), of(Part::SetAside), of(Part::There));
    let title = releases(changed.len() + closed.len());
    let closed_title = match (closed.len(), changed.is_empty()) {
        (1, true) => "Its maintenance window is closed now".to_owned(),
        (1, false) => "1 of them is outside of its maintenance window now".to_owned(),
        (some, true) => format!("All {some} are outside of their maintenance windows now"),
        (some, false) => format!("{some} of them are outside of their maintenance windows now"),
    };
    let (aside_title, there_title) = (format!("{} left out", aside.len()), format!("{} there already, and left out", there.len()));
    let opening = |one: Chosen| match one.opens_at {
        Some(at) => view! { <Named one/> ", opens " <Until at/> }.into_any(),
        None => view! { <Named one/> ", never opens again" }.into_any(),
    };
    let reason = |one: Chosen| {
        let why = one.why.clone();
        view! { <Named one/> <span class="muted">" — " {why}</span> }.into_any()
    };
    let plain = |one: Chosen| view! { <Named one/> }.into_any();
    view! {
        <Sheet title=title.clone()>
            {list(changed, "who-list", title, plain)}
            {(!closed.is_empty())
                .then(|| {
                    view! {
                        <h3 class="between who-head">{closed_title.clone()}</h3>
                        <p class="hint who-head">"Whose window is still closed when its turn comes waits for it or is set aside, as you choose below."</p>
                    }
                })}
            {list(closed, "who-list aside", closed_title, opening)}
            {(!aside.is_empty()).then(|| view! { <h3 class="between who-head">{aside_title.clone()}</h3> })}
            {list(aside, "who-list aside", aside_title, reason)}
            {(!there.is_empty()).then(|| view! { <h3 class="between who-head">{there_title.clone()}</h3> })}
            {list(there, "who-list", there_title, plain)}
        </Sheet>
    }
}

/// A line for each, where there is any. Long ones scroll, by keyboard too.
fn list(of: Vec<Chosen>, class: &'static str, label: String, line: impl Fn(Chosen) -> AnyView) -> Option<impl IntoView> {
    let lines: Vec<_> = of.into_iter().map(|one| view! { <li>{line(one)}</li> }).collect();
    (!lines.is_empty()).then(|| view! { <ul class=class tabindex="0" aria-label=label>{lines}</ul> })
}

/// Whose release that is, and what it runs.
#[component]
fn Named(one: Chosen) -> impl IntoView {
    let Chosen { tenant, release_name, version, .. } = one;
    view! { <b>{tenant.to_string()}</b> " " <span class="muted">{release_name.to_string()} " " {version}</span> }
}

fn releases(count: usize) -> String {
    format!("{count} {}", if count == 1 { "release" } else { "releases" })
}
