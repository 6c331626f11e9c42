//! The values override: a textarea with the chart's defaults beside it, which work alone. Where scripts run, the custom
//! elements around them (`editor/`) make editors of both; they are loaded with the pages that have this part alone.

use leptos::prelude::*;

use super::{field::Field, problem::ProblemNote, refused::Typed, text_area::TextArea};
use crate::{api::charts::Chosen, ui::address};

/// What makes editors of the elements below, as the site's build has named it.
const EDITOR: &str = "/pkg/editor.js";
/// Where the defaults stand, for the editor of the override to find them.
const DEFAULTS: &str = "values-defaults";
const DEFAULTS_LABEL: &str = "The chart's defaults";

/// The override, with the chart's defaults beside it.
#[component]
pub fn ValuesEditor(
    /// What had been typed before.
    typed: Typed,
    /// What the override is now.
    proposed: String,
    /// The chart's version that the values are for, where a source has it.
    chosen: Option<Chosen>,
    /// Whether the override may hold hidden secrets.
    #[prop(optional)]
    hidden: bool,
) -> impl IntoView {
    let hint = if hidden {
        "YAML, on top of the chart's defaults. A value that reads “hidden” is a secret: leave it and it stays as it is, or type another one."
    } else {
        "YAML, on top of the chart's defaults. Leave it empty to take them as they are."
    };
    let about =
        chosen.as_ref().map(|Chosen { chart, version, .. }| address::chart_version(chart.source.as_str(), chart.name.as_str(), version));
    let (schema, check) = about.map(|about| (format!("{about}/schema"), format!("{about}/check"))).unzip();
    let defaults = match chosen.map(|chosen| chosen.defaults) {
        None => view! { <p class="muted">"They are not known: no chart source has given this chart."</p> }.into_any(),
        Some(Ok(text)) if text.trim().is_empty() => view! { <p class="muted">"The chart has no defaults."</p> }.into_any(),
        Some(Ok(text)) => view! {
            <yaml-text label=DEFAULTS_LABEL>
                <pre class="defaults" id=DEFAULTS tabindex="0">{text}</pre>
            </yaml-text>
        }
        .into_any(),
        Some(Err(problem)) => view! { <ProblemNote problem/> }.into_any(),
    };
    view! {
        <script type="module" src=EDITOR></script>
        <div class="values">
            <Field name="values" label="Values override" hint=hint>
                <values-editor defaults=DEFAULTS schema=schema check=check>
                    <TextArea name="values" value=typed.text("values", proposed) rows=14 code=true described_by="values-hint"/>
                </values-editor>
            </Field>
            <details class="beside" open>
                <summary>{DEFAULTS_LABEL}</summary>
                {defaults}
            </details>
        </div>
    }
}
