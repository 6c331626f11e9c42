//! How drift is marked: on rows of releases, and on objects.

use leptos::prelude::*;

use super::state::{Mark, State};
use crate::domain::{
    drift::{DriftState, DriftVerdict},
    release::Release,
};

/// The mark of what a check comes to.
pub fn drift_mark(verdict: DriftVerdict) -> Mark {
    match verdict {
        DriftVerdict::Drifted => Mark::Warn,
        DriftVerdict::Unknown => Mark::Unknown,
        DriftVerdict::Same => Mark::Good,
    }
}

/// The word for it.
pub fn drift_word(verdict: DriftVerdict) -> &'static str {
    match verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Unknown => "not all could be seen",
        DriftVerdict::Same => "no drift",
    }
}

/// The mark of an object.
pub fn drift_state_mark(state: DriftState) -> Mark {
    match state {
        DriftState::Changed => Mark::Warn,
        DriftState::Missing => Mark::Bad,
        DriftState::Unknown => Mark::Unknown,
        DriftState::Same => Mark::Good,
    }
}

/// A link to a release's drift, where it has drifted.
#[component]
pub fn DriftTag(
    /// The release.
    release: Release,
) -> impl IntoView {
    (release.drift == Some(DriftVerdict::Drifted)).then(|| {
        let href = format!("{}/drift", release.path());
        view! { " " <a class="drift-tag" href=href><State mark=Mark::Warn word="drifted"/></a> }
    })
}
