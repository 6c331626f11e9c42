//! Ticking releases for a batch: a box in each row, and a bar above that says how many are ticked and leads on with them. The
//! form is a plain one, whose boxes stand in the address of the page that makes a batch. Where scripts run, ticks outlive
//! the page of the table that they were made on. Chooses nothing itself.

use std::{collections::BTreeSet, sync::Arc};

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{FormData, HtmlFormElement};

use super::get_form::GetForm;
use crate::{
    domain::{
        batch::MOST_TICKED,
        ids::ReleaseId,
        release::{Release, ReleaseState},
    },
    ui::focus::element,
};

/// The page that takes what is ticked.
const PATH: &str = "/batches/new";

/// The releases that are ticked, on whatever page.
#[derive(Clone, Copy)]
pub struct Ticks(RwSignal<BTreeSet<ReleaseId>>);

/// Keeps ticks; once, around all pages.
pub fn provide() {
    let ticks = Ticks(RwSignal::new(BTreeSet::new()));
    provide_context(ticks);
    // What was ticked before the page came alive is known to its boxes alone, and only until they are.
    let early = StoredValue::new(if is_browser() { ticked_here() } else { BTreeSet::new() });
    Effect::new(move |_| ticks.0.update(|ids| ids.extend(early.get_value())));
}

/// The ticks.
pub fn ticks() -> Ticks {
    expect_context()
}

impl Ticks {
    /// Whether that release is ticked.
    pub fn has(self, id: ReleaseId) -> bool {
        self.0.with(|ids| ids.contains(&id))
    }

    /// Ticks releases, or takes their ticks away.
    pub fn set(self, of: &[ReleaseId], on: bool) {
        self.0.update(|ids| {
            for id in of {
                if on {
                    ids.insert(*id)
                } else {
                    ids.remove(id)
                };
            }
        });
    }

    fn count(self) -> usize {
        self.0.with(BTreeSet::len)
    }
}

/// Why a release can be in no batch.
pub fn why_not(release: &Release) -> Option<&'static str> {
    match (&release.tenant, release.status) {
        (None, _) => Some("It belongs to no tenant. Give its namespace to one first."),
        (_, ReleaseState::Uninstalled) => Some("It is uninstalled."),
        _ => None,
    }
}

/// The cell of a row that ticks its release.
#[component]
pub fn TickBox(
    /// The release.
    release: Release,
) -> impl IntoView {
    let (ticks, id) = (ticks(), release.id);
    let refused = why_not(&release);
    let owner = release.tenant.as_ref().map_or_else(|| release.namespace.to_string(), ToString::to_string);
    let label = format!("Select {} of {owner}", release.release_name);
    view! {
        <td class="ticks-cell">
            <label title=refused>
                <input
                    type="checkbox"
                    name="release"
                    value=id.to_string()
                    aria-label=label
                    disabled=move || refused.is_some() && !ticks.has(id)
                    prop:checked=move || ticks.has(id)
                    on:change=move |event| ticks.set(&[id], event_target_checked(&event))
                />
            </label>
        </td>
    }
}

/// The form around a table whose rows have boxes, with its bar.
#[component]
pub fn TickForm(
    /// Those on this page that can be ticked.
    here: Vec<ReleaseId>,
    /// The table.
    children: Children,
) -> impl IntoView {
    let ticks = ticks();
    let here: Arc<[ReleaseId]> = here.into();
    let (of_all, to_all, shown) = (here.clone(), here.clone(), here.clone());
    let all = move || !of_all.is_empty() && of_all.iter().all(|id| ticks.has(*id));
    let elsewhere = move || {
        let hidden = |id: &ReleaseId| view! { <input type="hidden" name="release" value=id.to_string()/> };
        ticks.0.with(|ids| ids.iter().filter(|id| !shown.contains(id)).map(hidden).collect_view())
    };
    let words = move || match ticks.count() {
        0 => "Tick releases to change them together.".to_owned(),
        count => format!("{count} selected"),
    };
    let too_many = move || ticks.count() > MOST_TICKED;
    let why = move || {
        let text = format!("More than {MOST_TICKED} are not ticked one by one: choose them by chart, label or state.");
        too_many().then(|| view! { <span class="why">{text}</span> })
    };
    let clear = move || {
        (ticks.count() > 0).then(|| {
            view! { <button type="button" class="btn plain" on:click=move |_| ticks.0.set(BTreeSet::new())>"Select none"</button> }
        })
    };
    view! {
        <GetForm action=PATH class="ticks">
            <div class="ticks-bar">
                <label class="all">
                    <input
                        type="checkbox"
                        disabled=here.is_empty()
                        prop:checked=all
                        on:change=move |event| ticks.set(&to_all, event_target_checked(&event))
                    />
                    "All on this page"
                </label>
                <span role="status">{words}</span>
                <button type="submit" class="btn" disabled=too_many>"Batch…"</button>
                {clear}
                {why}
                {elsewhere}
            </div>
            {children()}
        </GetForm>
    }
}

/// What the boxes of the page say, as long as nothing else knows.
fn ticked_here() -> BTreeSet<ReleaseId> {
    let form = element("form.ticks").and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return BTreeSet::new() };
    data.get_all("release").iter().filter_map(|id| id.as_string()?.parse().ok()).collect()
}
