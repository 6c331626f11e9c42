//! No such page.

use leptos::prelude::*;

use crate::{
    api::answer_with_status,
    domain::problem::{Code, Problem},
    ui::parts::problem::ProblemPage,
};

/// The page that is no page.
#[component]
pub fn NotFound() -> impl IntoView {
    let problem = Problem::new(Code::NotFound, "There is no page at this address. It may have been typed wrong, or the link is old.");
    answer_with_status(problem.status());
    view! { <ProblemPage problem/> }
}
