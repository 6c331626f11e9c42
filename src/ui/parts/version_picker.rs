//! Choosing a version of a chart: a constraint to look for, and the versions that it allows, each with what there is to know
//! before it is chosen. Fields of a form that asks; a choice sends it where scripts run.

use std::cmp::Ordering;

use leptos::prelude::*;

use super::{field::Field, filters::send};
use crate::domain::{
    chart::compare,
    offer::{Fit, VersionList, VersionRow},
};

/// The fields `search` and `version`.
#[component]
pub fn VersionPicker(
    /// The versions that are looked for.
    list: VersionList,
    /// The version that is chosen.
    chosen: String,
    /// The version that is there now.
    #[prop(optional, into)]
    now: Option<String>,
) -> impl IntoView {
    let VersionList { rows, found, total, search, refused } = list;
    let shown = rows.len();
    let options = rows
        .into_iter()
        .map(|row| {
            let (selected, label) = (row.version.version == chosen, label(&row, now.as_deref()));
            view! { <option value=row.version.version selected=selected prop:selected=selected>{label}</option> }
        })
        .collect_view();
    let count = match (search.is_empty(), found > shown) {
        (true, false) => format!("All {total}."),
        (true, true) => format!("The newest of {total}: look for others by a constraint."),
        (false, false) => format!("{found} of {total} are {search}."),
        (false, true) => format!("The newest of {found} that are {search}."),
    };
    let refused = refused.map(|problem| view! { <span class="refused" role="alert">{problem.detail}</span> });
    view! {
        <div class="version-picker">
            <Field name="search" label="Look for versions">
                <input
                    type="search"
                    id="search"
                    name="search"
                    maxlength="200"
                    placeholder="^1.4"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    value=search
                    aria-describedby="search-hint"
                />
                <p class="hint" id="search-hint">{refused} " Such as ^1.4, ~1.4.0, >=1.2 <2 or 1.x."</p>
            </Field>
            <Field name="version" label="Version" hint=count>
                <select id="version" name="version" aria-describedby="version-hint" on:change=send>{options}</select>
            </Field>
        </div>
    }
}

fn label(row: &VersionRow, now: Option<&str>) -> String {
    let one = &row.version;
    let mut label = one.version.clone();
    if !one.app_version.is_empty() {
        label += &format!(" (app {})", one.app_version);
    }
    label += match now.map(|now| compare(&one.version, now)) {
        Some(Ordering::Equal) => ", as now",
        Some(Ordering::Less) => ", older than now",
        Some(Ordering::Greater) | None => "",
    };
    if one.deprecated {
        label += ", deprecated";
    }
    if row.fit == Fit::Unfit {
        label += ", not for this Kubernetes";
    }
    label
}
