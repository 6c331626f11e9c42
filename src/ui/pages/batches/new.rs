//! Making a batch: what is done, to whom, and how. Who is selected is seen before anything is made; what each of them gets,
//! on the board before anything is started.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    chosen::{SaveForm, SavedRule, Ticked, Who},
    how::How,
};
use crate::{
    api::batches::{NewBatchLook, SelectionText, see_new_batch},
    domain::{batch::Chosen, constraint},
    ui::{
        address::given,
        parts::{
            empty::Empty,
            filters::Choice,
            get_form::GetForm,
            loaded::Loaded,
            page_head::PageHead,
            problem::ProblemNote,
            refused::{Typed, typed},
            sheet::Sheet,
        },
    },
};

/// The path of the page.
pub const PATH: &str = "/batches/new";
const KINDS: [(&str, &str); 5] = [
    ("upgrade", "Upgrade to a version"),
    ("values", "Change values"),
    ("rollback", "Roll back to what deployed before"),
    ("restart", "Run the present version once more"),
    ("uninstall", "Uninstall"),
];

/// The page that makes a batch.
#[component]
pub fn NewBatchPage() -> impl IntoView {
    let typed = typed();
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            // What was typed counts until something else is chosen.
            let typed = |key: &str| if given(query, "kind").is_some() { None } else { typed.field(key) };
            let text = |key: &str| given(query, key).or_else(|| typed(key)).unwrap_or_default();
            let (chart, below) = (text("chart"), given(query, "below"));
            let chart = match given(query, "source") {
                Some(source) if !chart.is_empty() && !chart.contains('/') => format!("{source}/{chart}"),
                _ => chart,
            };
            let versions = below.as_deref().map_or_else(|| text("versions"), constraint::below);
            let kind = Some(text("kind")).filter(|kind| !kind.is_empty()).unwrap_or_else(|| "upgrade".into());
            let to = below.unwrap_or_else(|| text("to"));
            let releases = query.get_all("release").map_or_else(|| text("releases"), |ids| ids.join(","));
            let (labels, state, saved) = (text("labels"), text("state"), text("saved"));
            (SelectionText { kind, chart, versions, labels, state, releases, saved }, to)
        })
    });
    let look = Resource::new(move || wanted.get(), |(wanted, to)| see_new_batch(wanted, to));
    view! {
        <Loaded
            data=look
            view=move |look| {
                let (wanted, to) = wanted.get_untracked();
                view! { <Shown look wanted to typed/> }.into_any()
            }
        />
    }
}

#[component]
fn Shown(look: NewBatchLook, wanted: SelectionText, to: String, typed: Typed) -> impl IntoView {
    let NewBatchLook { charts, meant, several, versions, ticked, saved, selected, key } = look;
    let crumbs = view! { <a href="/batches">"Batches"</a> }.into_any();
    let list = |pairs: &[(&str, &str)]| pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    let charts = charts.into_iter().map(|chart| (chart.clone(), chart)).collect();
    let upgrade = wanted.kind == "upgrade";
    let offered = versions.into_iter().map(|version| view! { <option value=version></option> }).collect_view();
    let (kind, chart, target) = (wanted.kind.clone(), wanted.chart.clone(), to.clone());
    let rule = saved.iter().find(|one| one.id.to_string() == wanted.saved).cloned();
    let saved: Vec<(String, String)> = saved.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    let saved = (!saved.is_empty()).then(|| {
        let chosen = wanted.saved.clone();
        view! { <label>"or saved as" <Choice name="saved" all=Some("no saved selection") options=saved chosen/></label> }
    });
    let savable = rule.is_none();
    let narrowed = [&wanted.versions, &wanted.labels, &wanted.state, &wanted.releases].iter().any(|text| !text.is_empty());
    // A saved selection says all of this by itself. What stands beside it all the same has to be taken away by a person.
    let narrowing = (savable || narrowed).then(|| {
        let states = list(&[("deployed", "Deployed"), ("failed", "Failed")]);
        let (versions, labels, state) = (wanted.versions.clone(), wanted.labels.clone(), wanted.state.clone());
        let named = wanted.releases.split(',').filter(|id| !id.is_empty()).count();
        let gone = named.saturating_sub(ticked.len());
        view! {
            <label>
                "where it runs"
                <input
                    type="text"
                    name="versions"
                    value=versions
                    placeholder="any, or <1.4.0"
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby="versions-hint"
                />
            </label>
            <label>
                "on tenants labelled"
                <input type="text" name="labels" value=labels placeholder="any, or ring=early" autocomplete="off" spellcheck="false"/>
            </label>
            <label>"in state" <Choice name="state" all=Some("any state") options=states chosen=state/></label>
            {(named > 0).then(|| view! { <Ticked ticked gone/> })}
            <p class="hint" id="versions-hint">
                "Where it runs is a constraint as Helm reads it: early versions such as 1.3.0-rc.1 count only where it names one, as <1.4.0 >=0-0 does."
            </p>
        }
    });
    let rule = rule.map(|saved| view! { <SavedRule saved wanted=wanted.clone() to=to.clone()/> });
    view! {
        <PageHead title="New batch" crumbs><span>"Nothing is changed before you have seen what each release gets."</span></PageHead>
        {typed.note()}
        <Sheet title="What, and to whom">
            <GetForm action=PATH class="batch-choice">
                <label>"Do" <Choice name="kind" all=None options=list(&KINDS) chosen=kind/></label>
                <label>"of the chart" <Choice name="chart" all=Some("any chart") options=charts chosen=chart/></label>
                {upgrade
                    .then(|| {
                        view! {
                            <label>
                                "to version"
                                <input type="text" name="to" list="offered" value=target autocomplete="off" spellcheck="false"/>
                                <datalist id="offered">{offered}</datalist>
                            </label>
                        }
                    })}
                {saved}
                {narrowing}
                <button type="submit" class="btn">"Show who that is"</button>
            </GetForm>
            {rule}
        </Sheet>
        {match selected {
            None => view! {
                <Empty title="Choose a chart, a label, a state or a saved selection.">
                    "Then you see which releases that is. Or tick some in the " <a class="link" href="/releases">"table of releases"</a> "."
                </Empty>
            }
            .into_any(),
            Some(Err(problem)) => view! { <ProblemNote problem/> }.into_any(),
            Some(Ok(selected)) => {
                let save = savable.then(|| view! { <SaveForm wanted=wanted.clone() to=to.clone() typed/> });
                if selected.is_empty() {
                    view! { <Empty title="No release is selected.">"None fits."</Empty> {save} }.into_any()
                } else {
                    let wanted = SelectionText { chart: meant, ..wanted };
                    let how = selected.iter().any(Chosen::takes_part).then(|| view! { <How wanted to several key typed/> });
                    view! { <Who selected/> {save} {how} }.into_any()
                }
            }
        }}
    }
}
