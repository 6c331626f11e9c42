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
/// What is usual, where it is not the same for each order.
const PARALLEL: &str = "Within a wave. Usual: 4; rolling: its whole wave; sequential: 1.";
const DELAY: &str = "Seconds. Usual: 0; rolling: 60.";
const SOAK: &str = "Seconds of health before it counts as done. Usual: 30; sequential: 0.";
const THRESHOLD: &str = "A number such as 3, or a percentage such as 10% of the releases in the waves begun so far, or never. \
    Usual: canary: 1; rolling and staged: 3; sequential: never.";
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
    /// The full names that stand behind the chart, where several sources have it and none of them was chosen.
    several: Vec<String>,
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
    let incomplete = (wanted.kind == "upgrade").then(|| missing(&wanted.chart, &to, &several)).flatten();
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
                <p class="hint">"A number that is left empty is the one that is usual for the order."</p>
                <Field name="order" label="Order"><Pick name="order" options=list(&ORDERS) chosen=typed.text("order", "canary")/></Field>
                <div class="numbers">
                    <Number name="percent" label="Canary, in percent" hint="Who goes first. Usual: 10." usual="" typed/>
                    <Number name="size" label="At a time, when rolling" hint="Usual: 5." usual="" typed/>
                    <Number name="parallel" label="At once" hint=PARALLEL usual="" typed/>
                    <Number name="delay" label="Pause between waves" hint=DELAY usual="" typed/>
                    <Number name="soak" label="Watch each for" hint=SOAK usual="" typed/>
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
                    <Field name="threshold" label="Too many are" hint=THRESHOLD>
                        <input class="short" type="text" id="threshold" name="threshold" value=typed.text("threshold", "") aria-describedby="threshold-hint"/>
                    </Field>
                    <Field name="onThreshold" label="Then">
                        <Pick name="onThreshold" options=list(&[("pause", "Pause and wait for a person"), ("abort", "End it")]) chosen=typed.text("onThreshold", "pause")/>
                    </Field>
                    {(!uninstall)
                        .then(|| {
                            view! {
                                <Field name="rollback" label="Goes back by itself">
                                    <Pick name="rollback" options=list(&ROLLBACKS) chosen=typed.text("rollback", "none")/>
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

/// What an upgrade still has to be told.
fn missing(chart: &str, to: &str, several: &[String]) -> Option<String> {
    if to.is_empty() || chart.is_empty() {
        return Some("Choose the chart and the version to go to, and show who that is.".to_owned());
    }
    let full = several.join(" or ");
    (!several.is_empty()).then(|| format!("More than one source has {chart}. Choose {full} as the chart, and show who that is."))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::batch::{Answer, GoesBack, Order, Strategy, Threshold};

    #[test]
    fn the_hints_say_what_each_order_comes_with() {
        let staged = Order::Staged { label: "ring".into(), values: vec!["early".into()] };
        let orders = [Order::Canary { percent: 10 }, staged, Order::Rolling { size: 7 }, Order::Sequential];
        let [canary, staged, rolling, sequential] = orders.map(Strategy::usual);
        assert_eq!((staged.parallel, rolling.parallel), (canary.parallel, 7));
        assert_eq!(
            PARALLEL,
            format!("Within a wave. Usual: {}; rolling: its whole wave; sequential: {}.", canary.parallel, sequential.parallel)
        );
        assert_eq!((staged.delay, sequential.delay), (canary.delay, canary.delay));
        assert_eq!(DELAY, format!("Seconds. Usual: {}; rolling: {}.", canary.delay, rolling.delay));
        assert_eq!((staged.soak, rolling.soak), (canary.soak, canary.soak));
        assert!(SOAK.ends_with(&format!("Usual: {}; sequential: {}.", canary.soak, sequential.soak)));
        let thresholds = [Threshold::Count(1), Threshold::Count(3), Threshold::Count(3), Threshold::Never];
        assert_eq!([&canary, &staged, &rolling, &sequential].map(|usual| usual.threshold), thresholds);
        assert!(THRESHOLD.ends_with("Usual: canary: 1; rolling and staged: 3; sequential: never."));
        // What is chosen from a list stands there as it is usual for all of them.
        for usual in [canary, staged, rolling, sequential] {
            assert_eq!(
                (usual.rollback, usual.on_threshold, usual.approval, usual.wait_for_window),
                (GoesBack::None, Answer::Pause, false, false)
            );
        }
    }
}
