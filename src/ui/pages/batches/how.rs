//! How a batch is done: the form that makes it, with order, pace, and what becomes of failures. Who is selected stands in
//! it, and is chosen elsewhere.

use leptos::prelude::*;

use super::{control::Number, new::PATH};
use crate::{
    api::batches::SelectionText,
    domain::actor::Act,
    ui::{
        frame::surroundings,
        parts::{
            action::Submit,
            field::{Field, Tick},
            refused::Typed,
            run_options::{Reason, Timeout},
            text_area::TextArea,
        },
    },
};

const ORDERS: [(&str, &str); 4] = [
    ("canary", "Canary: a few first, then the rest"),
    ("rolling", "Rolling: so many at a time"),
    ("staged", "Staged: by a label of the tenants"),
    ("sequential", "Sequential: one after another, whatever fails"),
];
const ROLLBACKS: [(&str, &str); 4] = [
    ("none", "Nothing"),
    ("target", "Each release that fails"),
    ("wave", "What fails; at too many, its whole wave"),
    ("all", "What fails; at too many, everything"),
];

/// How it is done: the form that makes the batch.
#[component]
pub fn How(
    /// What is done, and to whom.
    wanted: SelectionText,
    /// The version to go to.
    to: String,
    /// The key under which it is carried out once.
    key: String,
    /// What had been typed before.
    typed: Typed,
) -> impl IntoView {
    let typed = typed.of_form_with("order");
    let refused = surroundings().may(Act::RunBatches).err();
    let list = |pairs: &[(&str, &str)]| pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect::<Vec<_>>();
    let hidden = view! { <Carried wanted=wanted.clone() to=to.clone()/> };
    let (values, uninstall) = (wanted.kind == "values", wanted.kind == "uninstall");
    let incomplete = (wanted.kind == "upgrade" && (to.is_empty() || wanted.chart.is_empty()))
        .then(|| "Choose the chart and the version to go to, and show who that is.".to_owned());
    view! {
        <form method="post" action=PATH class="change batch-how">
            <input type="hidden" name="key" value=typed.key(key) autocomplete="off"/>
            {hidden}
            {values
                .then(|| {
                    view! {
                        <Field name="values" label="Set these values" hint="YAML, merged into each release's override; null takes a key away.">
                            <TextArea name="values" value=typed.text("values", "") rows=8 code=true described_by="values-hint"/>
                        </Field>
                    }
                })}
            <fieldset>
                <legend>"In which order"</legend>
                <Field name="order" label="Order"><Pick name="order" options=list(&ORDERS) chosen=typed.text("order", "canary")/></Field>
                <div class="numbers">
                    <Number name="percent" label="Canary, in percent" hint="Who goes first." usual="10" typed/>
                    <Number name="size" label="At a time, when rolling" hint="" usual="5" typed/>
                    <Number name="parallel" label="At once" hint="Within a wave." usual="4" typed/>
                    <Number name="delay" label="Pause between waves" hint="Seconds." usual="0" typed/>
                    <Number name="soak" label="Watch each for" hint="Seconds of health before it counts as done." usual="30" typed/>
                </div>
                <div class="numbers">
                    <Field name="label" label="Stages by label" hint="Of the tenants, such as ring.">
                        <input type="text" id="label" name="label" value=typed.text("label", "ring") aria-describedby="label-hint"/>
                    </Field>
                    <Field name="values-of-label" label="In this order" hint="With commas between.">
                        <input type="text" id="values-of-label" name="values-of-label" value=typed.text("values-of-label", "canary, early, broad") aria-describedby="values-of-label-hint"/>
                    </Field>
                </div>
                <Tick name="approval" label="Ask before each wave" hint="Every wave but the first waits for somebody's go-ahead." checked=typed.ticked("approval", false)/>
                <Tick name="waitForWindow" label="Wait for maintenance windows" hint="Otherwise a tenant outside of its window is set aside." checked=typed.ticked("waitForWindow", false)/>
            </fieldset>
            <fieldset>
                <legend>"When some fail"</legend>
                <div class="numbers">
                    <Field name="threshold" label="Too many are" hint="A number such as 3, a share such as 10%, or never.">
                        <input class="short" type="text" id="threshold" name="threshold" value=typed.text("threshold", "1") aria-describedby="threshold-hint"/>
                    </Field>
                    <Field name="onThreshold" label="Then">
                        <Pick name="onThreshold" options=list(&[("pause", "Pause and wait for a person"), ("abort", "End it")]) chosen=typed.text("onThreshold", "pause")/>
                    </Field>
                    {(!uninstall)
                        .then(|| {
                            view! {
                                <Field name="rollback" label="Goes back by itself">
                                    <Pick name="rollback" options=list(&ROLLBACKS) chosen=typed.text("rollback", "target")/>
                                </Field>
                            }
                        })}
                </div>
                <Timeout typed/>
            </fieldset>
            <Reason typed/>
            <Submit label="Render what each of them gets" back="/batches" tone="go" refused=refused.or(incomplete)/>
        </form>
    }
}

/// What was chosen, on its way in a form.
#[component]
pub fn Carried(
    /// What is done, and to whom.
    wanted: SelectionText,
    /// The version to go to.
    to: String,
) -> impl IntoView {
    let SelectionText { kind, chart, versions, labels, state, releases, saved } = wanted;
    let fields = [
        ("kind", kind),
        ("chart", chart),
        ("versions", versions),
        ("labels", labels),
        ("state", state),
        ("releases", releases),
        ("saved", saved),
        ("to", to),
    ];
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
}

/// A choice in a form that is sent as a whole.
#[component]
fn Pick(name: &'static str, options: Vec<(String, String)>, chosen: String) -> impl IntoView {
    let options = options.into_iter().map(|(value, label)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{label}</option> }
    });
    view! { <select id=name name=name>{options.collect_view()}</select> }
}
