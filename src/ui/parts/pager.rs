//! Links through the pages of a list.

use leptos::prelude::*;

/// Which rows are shown, and the ways to the others; nothing when one page holds all.
#[component]
pub fn Pager(
    /// The page's number, from 0.
    page: u32,
    /// Rows per page.
    size: u32,
    /// Rows in all.
    total: u64,
    /// The address of a page by its number from 0.
    href: Box<dyn Fn(u32) -> String + Send>,
) -> impl IntoView {
    let first = u64::from(page) * u64::from(size) + 1;
    let last = (first + u64::from(size) - 1).min(total);
    (total > u64::from(size) || page > 0).then(|| {
        let newer = (page > 0).then(|| href(page - 1));
        let older = (last < total).then(|| href(page + 1));
        let way = |to: Option<String>, rel: &'static str, word: &'static str| match to {
            Some(to) => view! { <a class="btn" rel=rel href=to>{word}</a> }.into_any(),
            None => view! { <span class="btn" aria-disabled="true">{word}</span> }.into_any(),
        };
        view! {
            <nav class="pager" aria-label="Pages">
                <span class="muted">{format!("{} to {last} of {total}", first.min(last))}</span>
                {way(newer, "prev", "Previous")}
                {way(older, "next", "Next")}
            </nav>
        }
    })
}
