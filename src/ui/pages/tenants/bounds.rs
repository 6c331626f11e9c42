//! A tenant's labels, bounds and maintenance windows as fields of a form, and why. Says nothing of what becomes of them.

use leptos::prelude::*;

use crate::{
    domain::{
        labels,
        limits::{Limits, PodSecurity, Quantity},
        window::{self, Window},
    },
    ui::parts::{field::Field, refused::Typed, text_area::TextArea},
};

/// The labels.
#[component]
pub fn LabelsField(
    /// What had been typed before.
    typed: Typed,
    /// What they are now.
    labels: std::collections::BTreeMap<String, String>,
) -> impl IntoView {
    view! {
        <Field name="labels" label="Labels" hint="One a line, such as ring=canary. They are written to the tenant's namespaces.">
            <TextArea name="labels" value=typed.text("labels", labels::text(&labels)) rows=4 described_by="labels-hint"/>
        </Field>
    }
}

/// The bounds of each namespace.
#[component]
pub fn BoundsFields(
    /// What had been typed before.
    typed: Typed,
    /// What they are now.
    limits: Limits,
) -> impl IntoView {
    let text = |quantity: &Option<Quantity>| quantity.as_ref().map(Quantity::to_string).unwrap_or_default();
    let level = typed.text("podSecurity", limits.pod_security.map(PodSecurity::as_str).unwrap_or_default());
    let levels = PodSecurity::ALL
        .into_iter()
        .map(|one| view! { <option value=one.as_str() selected=one.as_str() == level>{one.as_str()}</option> })
        .collect_view();
    let number = |name: &'static str, label: &'static str, hint: &'static str, value: String| {
        view! {
            <Field name label hint>
                <input class="short" type="text" id=name name=name maxlength="20" autocomplete="off" spellcheck="false" value=typed.text(name, value) aria-describedby=format!("{name}-hint")/>
            </Field>
        }
    };
    view! {
        <fieldset class="bounds">
            <legend>"Bounds of each namespace"</legend>
            <Field name="podSecurity" label="Pod Security level" hint="What pods may do to their node. Left open, the namespace keeps its own.">
                <select id="podSecurity" name="podSecurity" aria-describedby="podSecurity-hint">
                    <option value="" selected=level.is_empty()>"as it is"</option>
                    {levels}
                </select>
            </Field>
            {number("cpu", "Processors", "All pods together may request, such as 8 or 500m. Empty for no bound.", text(&limits.cpu))}
            {number("memory", "Memory", "All pods together may request, such as 16Gi.", text(&limits.memory))}
            {number("storage", "Storage", "All claims together may request, such as 100Gi.", text(&limits.storage))}
            {number("pods", "Pods", "How many there may be.", limits.pods.map(|pods| pods.to_string()).unwrap_or_default())}
            {number("containerCpu", "Processors of a container", "Requested where a chart names none.", text(&limits.container_cpu))}
            {number("containerMemory", "Memory of a container", "Requested where a chart names none.", text(&limits.container_memory))}
        </fieldset>
    }
}

/// The maintenance windows.
#[component]
pub fn WindowsField(
    /// What had been typed before.
    typed: Typed,
    /// What they are now.
    windows: Vec<Window>,
) -> impl IntoView {
    view! {
        <Field
            name="windows"
            label="Maintenance windows (optional)"
            hint="When batches may change it; empty for any time. One a line: when it opens as five fields of cron, for how many minutes, and the time zone, such as 0 22 * * 1-5  240  Europe/Berlin."
        >
            <TextArea name="windows" value=typed.text("windows", window::text(&windows)) rows=3 code=true described_by="windows-hint"/>
        </Field>
    }
}

/// Why.
#[component]
pub fn Why(
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    view! {
        <Field name="reason" label="Reason (optional)" hint="Kept in the audit.">
            <TextArea name="reason" value=typed.text("reason", "") rows=2 described_by="reason-hint"/>
        </Field>
    }
}
