//! Problems in words: as a page of their own, or as a note on a page. Their texts are the domain's.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::domain::problem::{Code, Problem};

/// A note that something is refused or broken.
#[component]
pub fn ProblemNote(
    /// What.
    problem: Problem,
) -> impl IntoView {
    view! {
        <div class="problem" role="alert">
            <p class="title">{problem.code.title()}</p>
            <p>{problem.detail}</p>
            {problem
                .operation
                .map(|id| view! { <p><a class="link" href=format!("/operations/{id}")>"Look at that operation"</a></p> })}
            {(problem.code == Code::NotSignedIn)
                .then(|| view! { <p><a class="link" href="/sign-in" rel="external">"Sign in"</a></p> })}
        </div>
    }
}

/// A page that could not be shown.
#[component]
pub fn ProblemPage(
    /// Why.
    problem: Problem,
) -> impl IntoView {
    view! {
        <Title text=problem.code.title()/>
        <div class="problem-page">
            <p class="status">{problem.status()}</p>
            <h1>{problem.code.title()}</h1>
            <p>{problem.detail}</p>
            <p class="ways">
                {(problem.code == Code::NotSignedIn).then(|| view! { <a class="link" href="/sign-in" rel="external">"Sign in"</a> })}
                <a class="link" href="/">"Fleet"</a>
                <a class="link" href="/tenants">"Tenants"</a>
                <a class="link" href="/releases">"Releases"</a>
                <a class="link" href="/operations">"Operations"</a>
            </p>
        </div>
    }
}
