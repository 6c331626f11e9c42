//! How Helm is to run, as fields of a form, with the reason that goes into the audit.

use leptos::prelude::*;

use super::{
    field::{Field, Tick},
    refused::Typed,
    text_area::TextArea,
};
use crate::domain::change::RunOptions;

/// The options of a run.
#[component]
pub fn Options(
    /// What had been typed before.
    typed: Typed,
    /// What becomes of a failure with the box ticked.
    #[prop(into)]
    atomic: String,
    /// Whether workloads are waited for, so that jobs can be, too.
    #[prop(default = true)]
    jobs: bool,
) -> impl IntoView {
    let plain = RunOptions::default();
    view! {
        <fieldset class="run-options">
            <legend>"How to run"</legend>
            <Tick name="atomic" label="Undo on failure" hint=atomic checked=typed.ticked("atomic", true)/>
            {jobs
                .then(|| {
                    view! {
                        <Tick
                            name="waitForJobs"
                            label="Wait for jobs"
                            hint="Not only until workloads are ready, but until Jobs have completed."
                            checked=typed.ticked("waitForJobs", plain.wait_for_jobs)
                        />
                    }
                })}
            <Timeout typed/>
        </fieldset>
    }
}

/// How long each step may take.
#[component]
pub fn Timeout(
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    view! {
        <Field name="timeout" label="Timeout in seconds" hint="For each of Helm's steps, 1 to 3600.">
            <input
                class="short"
                type="number"
                id="timeout"
                name="timeout"
                min="1"
                max="3600"
                value=typed.text("timeout", RunOptions::default().timeout.to_string())
                aria-describedby="timeout-hint"
            />
        </Field>
    }
}

/// Why.
#[component]
pub fn Reason(
    /// What had been typed before.
    typed: Typed,
    /// Whether there has to be one.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let (label, hint) = if required {
        ("Reason", "Needed. Whoever looks for this release later will read it.")
    } else {
        ("Reason (optional)", "Shown in the timeline and kept in the audit.")
    };
    view! {
        <Field name="reason" label=label hint=hint>
            <TextArea name="reason" value=typed.text("reason", "") rows=2 described_by="reason-hint"/>
        </Field>
    }
}
