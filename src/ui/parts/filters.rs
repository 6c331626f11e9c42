//! The filter above a table of releases, and how it stands in the address: every table has a link that shows what its
//! sender saw. Does not filter: the store does.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use leptos_router::params::ParamsMap;

use super::{get_form::GetForm, search_field::SearchField};
use crate::{
    domain::{
        page::Paging,
        release::{Health, ReleaseQuery, ReleaseSort, ReleaseState},
    },
    ui::address::{given, href},
};

/// What the state filter offers: the address's word, what it says, the states it means.
const STATES: [(&str, &str, &[ReleaseState]); 4] = [
    ("deployed", "Deployed", &[ReleaseState::Deployed]),
    ("pending", "Pending", &[ReleaseState::PendingInstall, ReleaseState::PendingUpgrade, ReleaseState::PendingRollback]),
    ("failed", "Failed", &[ReleaseState::Failed]),
    ("uninstalled", "Uninstalled", &[ReleaseState::Uninstalled]),
];
const HEALTHS: [(&str, &str); 4] =
    [("healthy", "Healthy"), ("progressing", "Progressing"), ("degraded", "Degraded"), ("unknown", "Health unknown")];

/// Filter, order and page of a table of releases, as its address holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseFilter {
    /// Searched for.
    pub text: String,
    /// One of the words for states; empty for all.
    pub state: String,
    /// One of the words for health; empty for all.
    pub health: String,
    /// A chart; empty for all.
    pub chart: String,
    /// Only those that have drifted.
    pub drifted: bool,
    /// Only those of no tenant.
    pub unassigned: bool,
    /// The order.
    pub sort: Option<ReleaseSort>,
    /// The other way round.
    pub descending: bool,
    /// From 0; the address counts from 1.
    pub page: u32,
}

impl ReleaseFilter {
    /// Reads the address; what makes no sense in it is left out.
    pub fn read(query: &ParamsMap) -> Self {
        let known = |key: &str, words: &[&str]| given(query, key).filter(|word| words.contains(&word.as_str())).unwrap_or_default();
        Self {
            text: given(query, "q").unwrap_or_default(),
            state: known("state", &STATES.map(|state| state.0)),
            health: known("health", &HEALTHS.map(|health| health.0)),
            chart: given(query, "chart").unwrap_or_default(),
            drifted: given(query, "drifted").is_some(),
            unassigned: given(query, "unassigned").is_some(),
            sort: given(query, "sort").and_then(|word| ReleaseSort::parse(&word)),
            descending: given(query, "dir").is_some_and(|dir| dir == "desc"),
            page: given(query, "page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).saturating_sub(1),
        }
    }

    /// As the release manager is asked; `sort` is the order where the address names none.
    pub fn query(&self, sort: ReleaseSort) -> ReleaseQuery {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        ReleaseQuery {
            tenant: None,
            unassigned: self.unassigned,
            text: some(&self.text),
            states: STATES.iter().find(|state| state.0 == self.state).map(|state| state.2.to_vec()).unwrap_or_default(),
            health: some(&self.health).map(|word| Health::parse(&word)),
            chart: some(&self.chart),
            drifted: self.drifted,
            sort: self.sort.unwrap_or(sort),
            descending: self.descending,
            paging: Paging { page: self.page, ..Paging::default() },
        }
    }

    /// The address of the table with this filter.
    pub fn href(&self, path: &str) -> String {
        let page = (self.page + 1).to_string();
        href(
            path,
            &[
                ("q", &self.text),
                ("state", &self.state),
                ("health", &self.health),
                ("chart", &self.chart),
                ("drifted", if self.drifted { "1" } else { "" }),
                ("unassigned", if self.unassigned { "1" } else { "" }),
                ("sort", self.sort.map(ReleaseSort::as_str).unwrap_or_default()),
                ("dir", if self.descending { "desc" } else { "" }),
                ("page", if self.page == 0 { "" } else { &page }),
            ],
        )
    }

    /// Whether everything is shown.
    pub fn is_blank(&self) -> bool {
        Self { sort: None, descending: false, page: 0, ..self.clone() } == Self::default()
    }
}

/// The filter as a form.
#[component]
pub fn Filters(
    /// The table's path.
    #[prop(into)]
    path: String,
    /// What it shows now.
    filter: ReleaseFilter,
    /// The charts to choose from.
    charts: Vec<String>,
    /// Whether releases of no tenant can be asked for.
    #[prop(optional)]
    unassigned: bool,
) -> impl IntoView {
    let clear = (!filter.is_blank()).then(|| path.clone());
    let states = STATES.iter().map(|(word, label, _)| ((*word).to_owned(), (*label).to_owned())).collect();
    let healths = HEALTHS.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect();
    let charts = charts.into_iter().map(|chart| (chart.clone(), chart)).collect();
    view! {
        <GetForm action=path class="filters" role="search">
            <SearchField text=filter.text.clone() label="Search by name, namespace, tenant or chart"/>
            <Choice name="state" all=Some("Any state") options=states chosen=filter.state.clone()/>
            <Choice name="health" all=Some("Any health") options=healths chosen=filter.health.clone()/>
            <Choice name="chart" all=Some("Any chart") options=charts chosen=filter.chart.clone()/>
            <label class="check">
                <input type="checkbox" name="drifted" value="1" checked=filter.drifted on:change=send/>
                "Drifted"
            </label>
            {unassigned
                .then(|| {
                    view! {
                        <label class="check">
                            <input type="checkbox" name="unassigned" value="1" checked=filter.unassigned on:change=send/>
                            "Of no tenant"
                        </label>
                    }
                })}
            {filter.sort.map(|sort| view! { <input type="hidden" name="sort" value=sort.as_str()/> })}
            {filter.descending.then(|| view! { <input type="hidden" name="dir" value="desc"/> })}
            <button type="submit" class="btn">"Filter"</button>
            {clear.map(|path| view! { <a class="link" href=path>"Clear"</a> })}
        </GetForm>
    }
}

/// A choice that takes effect at once where scripts run, and with the form's button where they do not.
#[component]
pub fn Choice(
    /// Its name in the form.
    name: &'static str,
    /// What the empty choice says; none offers no empty choice.
    #[prop(optional_no_strip)]
    all: Option<&'static str>,
    /// Value and label.
    options: Vec<(String, String)>,
    /// The value that is chosen.
    #[prop(into)]
    chosen: String,
) -> impl IntoView {
    view! {
        <select name=name id=name aria-label=all on:change=send>
            {all.map(|all| view! { <option value="" selected=chosen.is_empty() prop:selected=chosen.is_empty()>{all}</option> })}
            {options
                .into_iter()
                .map(|(value, label)| {
                    let selected = value == chosen;
                    view! { <option value=value selected=selected prop:selected=selected>{label}</option> }
                })
                .collect_view()}
        </select>
    }
}

/// Sends the form that a control belongs to.
pub fn send(event: web_sys::Event) {
    let form =
        event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()).and_then(|control| control.closest("form").ok());
    if let Some(Ok(form)) = form.flatten().map(JsCast::dyn_into::<web_sys::HtmlFormElement>) {
        let _ = form.request_submit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_own_address() {
        let filter = ReleaseFilter {
            text: "a b&c".into(),
            state: "pending".into(),
            health: "degraded".into(),
            chart: "web".into(),
            drifted: true,
            unassigned: true,
            sort: Some(ReleaseSort::Updated),
            descending: true,
            page: 2,
        };
        let address = filter.href("/releases");
        let mut map = ParamsMap::new();
        for pair in address.split_once('?').unwrap().1.split('&') {
            let (key, value) = pair.split_once('=').unwrap();
            map.insert(key.to_owned(), value.replace("%20", " ").replace("%26", "&"));
        }
        assert_eq!(ReleaseFilter::read(&map), filter);
    }

    #[test]
    fn nonsense_in_an_address_is_left_out() {
        let mut map = ParamsMap::new();
        for (key, value) in [("state", "broken"), ("sort", "colour"), ("page", "-1"), ("health", "x")] {
            map.insert(key.to_owned(), value.to_owned());
        }
        assert_eq!(ReleaseFilter::read(&map), ReleaseFilter::default());
    }
}
