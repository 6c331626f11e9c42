//! The filter above the matrix, and how it stands in the address. Does not filter: the store does.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::{
    filters::{Choice, send},
    get_form::GetForm,
    search_field::SearchField,
};
use crate::{
    domain::{matrix::MatrixQuery, page::Paging},
    ui::address::{given, href},
};

/// Filter, grouping and page of the matrix, as its address holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixFilter {
    /// Searched for among tenants.
    pub text: String,
    /// The label that they are grouped by; empty for none.
    pub group: String,
    /// Only tenants with a release that is behind.
    pub behind: bool,
    /// From 0; the address counts from 1.
    pub page: u32,
}

impl MatrixFilter {
    /// Reads the address; what makes no sense in it is left out.
    pub fn read(query: &ParamsMap) -> Self {
        Self {
            text: given(query, "q").unwrap_or_default(),
            group: given(query, "group").unwrap_or_default(),
            behind: given(query, "behind").is_some(),
            page: given(query, "page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1).saturating_sub(1),
        }
    }

    /// As the release manager is asked.
    pub fn query(&self) -> MatrixQuery {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let paging = Paging { page: self.page, ..Paging::default() };
        MatrixQuery { group: some(&self.group), text: some(&self.text), behind: self.behind, paging }
    }

    /// The address of the page with this filter.
    pub fn href(&self, path: &str) -> String {
        let page = (self.page + 1).to_string();
        let behind = if self.behind { "1" } else { "" };
        let page = if self.page == 0 { "" } else { page.as_str() };
        href(path, &[("q", &self.text), ("group", &self.group), ("behind", behind), ("page", page)])
    }

    /// Whether every tenant is shown.
    pub fn is_blank(&self) -> bool {
        self.query().is_blank()
    }
}

/// The filter as a form.
#[component]
pub fn MatrixFilters(
    /// The page's path.
    path: &'static str,
    /// What is shown now.
    filter: MatrixFilter,
    /// The labels to group by.
    labels: Vec<String>,
) -> impl IntoView {
    let clear = (!filter.is_blank()).then(|| MatrixFilter { text: String::new(), behind: false, page: 0, ..filter.clone() }.href(path));
    let labels: Vec<_> = labels.into_iter().map(|label| (label.clone(), format!("By {label}"))).collect();
    view! {
        <GetForm action=path class="filters matrix-filters" role="search">
            <SearchField text=filter.text.clone() label="Search tenants by name or label"/>
            {(!labels.is_empty())
                .then(|| view! { <Choice name="group" all=Some("Not grouped") options=labels chosen=filter.group.clone()/> })}
            <label class="check">
                <input type="checkbox" name="behind" value="1" checked=filter.behind prop:checked=filter.behind on:change=send/>
                "Behind only"
            </label>
            <button type="submit" class="btn">"Filter"</button>
            {clear.map(|path| view! { <a class="link" href=path>"Clear"</a> })}
        </GetForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_its_own_address_and_nonsense_in_one_is_left_out() {
        let filter = MatrixFilter { text: "ring=a b".into(), group: "ring".into(), behind: true, page: 2 };
        assert_eq!(filter.href("/"), "/?q=ring%3Da%20b&group=ring&behind=1&page=3");
        let mut map = ParamsMap::new();
        for (key, value) in [("q", "ring=a b"), ("group", "ring"), ("behind", "1"), ("page", "3")] {
            map.insert(key.to_owned(), value.to_owned());
        }
        assert_eq!(MatrixFilter::read(&map), filter);
        let mut map = ParamsMap::new();
        map.insert("page".to_owned(), "-1".to_owned());
        assert_eq!(MatrixFilter::read(&map), MatrixFilter::default());
        assert_eq!(MatrixFilter::default().href("/"), "/");
    }
}
