//! What lies between two versions of a chart: the versions on the way, what their authors say of them, and what Chart.yaml
//! tells differently. All of it is the authors' text.

use leptos::prelude::*;

use super::{problem::ProblemNote, sheet::Sheet, when::When};
use crate::domain::{
    chart::compare,
    offer::{Between, FactChange, Fit, Step, VersionRow},
    problem::Problem,
};

/// What lies between.
#[component]
pub fn WhatLiesBetween(
    /// It, or why it is not known.
    between: Result<Between, Problem>,
) -> impl IntoView {
    let between = match between {
        Ok(between) => between,
        Err(problem) => return view! { <ProblemNote problem/> }.into_any(),
    };
    let Between { from, to, steps, more, changed } = between;
    let down = compare(&to, &from).is_lt();
    let title = if down { format!("From {from} back to {to}") } else { format!("From {from} to {to}") };
    let count = steps.len() + more;
    let note = match (down, count) {
        (true, _) => format!("Takes back what {count} {} brought.", if count == 1 { "version" } else { "versions" }),
        (false, 1) => "The next version.".to_owned(),
        (false, _) => format!("{count} versions on the way."),
    };
    let steps = steps.into_iter().map(|step| view! { <OneStep step/> }).collect_view();
    let changed = match changed {
        Err(problem) => view! { <p class="none muted">{problem.detail}</p> }.into_any(),
        Ok(changed) if changed.is_empty() => view! { <p class="none muted">"Chart.yaml tells nothing differently."</p> }.into_any(),
        Ok(changed) => view! { <Changed changed/> }.into_any(),
    };
    view! {
        <Sheet title aside=view! { <span class="muted">{note}</span> }.into_any()>
            <div class="version-path">
                <ol class="steps" tabindex="0">{steps} {(more > 0).then(|| view! { <li class="muted">{format!("and {more} earlier")}</li> })}</ol>
                {changed}
            </div>
        </Sheet>
    }
    .into_any()
}

#[component]
fn OneStep(step: Step) -> impl IntoView {
    let Step { row, changes } = step;
    view! {
        <li>
            <span class="head">
                <code><b>{row.version.version.clone()}</b></code>
                {row.version.created.map(|at| view! { <span class="muted"><When at/></span> })}
                <VersionTags row/>
            </span>
            {(!changes.is_empty()).then(|| view! { <pre class="said">{changes}</pre> })}
        </li>
    }
}

#[component]
fn Changed(changed: Vec<FactChange>) -> impl IntoView {
    let rows = changed
        .into_iter()
        .map(|one| {
            let before = one
                .before
                .map_or_else(|| view! { <span class="muted">"–"</span> }.into_any(), |text| view! { <del>{text}</del> }.into_any());
            let after = one
                .after
                .map_or_else(|| view! { <span class="muted">"–"</span> }.into_any(), |text| view! { <ins>{text}</ins> }.into_any());
            view! { <tr><th scope="row">{one.fact}</th><td>{before}</td><td>{after}</td></tr> }
        })
        .collect_view();
    view! {
        <table class="facts-table">
            <caption>"What Chart.yaml tells differently"</caption>
            <thead><tr><th scope="col">"Fact"</th><th scope="col">"Before"</th><th scope="col">"After"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// What there is to mind about a version.
#[component]
pub fn VersionTags(
    /// The version.
    row: VersionRow,
) -> impl IntoView {
    let wanted = row.version.kube_version.clone();
    let fit = match row.fit {
        Fit::Fits => ().into_any(),
        Fit::Unfit => view! { <span class="tag warn">{format!("for Kubernetes {wanted}")}</span> }.into_any(),
        Fit::Unknown => view! { <span class="tag">{format!("Kubernetes {wanted}?")}</span> }.into_any(),
    };
    view! {
        {row.version.deprecated.then(|| view! { <span class="tag warn">"deprecated"</span> })}
        {fit}
    }
}
