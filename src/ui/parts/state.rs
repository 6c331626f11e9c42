//! States in colour, glyph and word, so that none of the three is needed to tell them apart.

use leptos::prelude::*;

use crate::domain::{
    matrix::MatrixCell,
    operation::{OperationKind, OperationStatus},
    release::{Health, Release, ReleaseState},
};

/// How something stands, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Broken.
    Bad,
    /// Not as it should be.
    Warn,
    /// Not there any more.
    Gone,
    /// Has not begun.
    Waiting,
    /// Ended early, on purpose.
    Stopped,
    /// Not known.
    Unknown,
}

impl Mark {
    /// The class that colours it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Gone | Self::Waiting | Self::Stopped | Self::Unknown => "quiet",
        }
    }

    fn shape(self) -> AnyView {
        match self {
            Self::Good => view! { <circle cx="6" cy="6" r="4" fill="currentColor"/> }.into_any(),
            Self::Busy => view! {
                <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" stroke-width="1.3"/>
                <path d="M6 2.4a3.6 3.6 0 0 1 0 7.2z" fill="currentColor"/>
            }
            .into_any(),
            Self::Bad => view! { <path d="M6 1.4 11 10.4H1z" fill="currentColor"/> }.into_any(),
            Self::Warn => view! { <path d="M6 1.2 10.8 6 6 10.8 1.2 6z" fill="currentColor"/> }.into_any(),
            Self::Gone => view! { <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" stroke-width="1.3"/> }.into_any(),
            Self::Waiting => view! { <circle cx="6" cy="6" r="1.8" fill="currentColor"/> }.into_any(),
            Self::Stopped => {
                view! { <rect x="2.6" y="2.6" width="6.8" height="6.8" fill="none" stroke="currentColor" stroke-width="1.3"/> }.into_any()
            }
            Self::Unknown => view! { <path d="M3 6h6" stroke="currentColor" stroke-width="1.4"/> }.into_any(),
        }
    }
}

/// A glyph and a word.
#[component]
pub fn State(
    /// How it stands.
    mark: Mark,
    /// In a word.
    #[prop(into)]
    word: String,
) -> impl IntoView {
    view! {
        <span class=format!("state {}", mark.class())>
            <Glyph mark/>
            <span class="word">{word}</span>
        </span>
    }
}

/// A glyph alone, where the word stands elsewhere.
#[component]
pub fn Glyph(
    /// How it stands.
    mark: Mark,
) -> impl IntoView {
    view! { <svg class="glyph" viewBox="0 0 12 12" aria-hidden="true">{mark.shape()}</svg> }
}

/// The mark and the word of a release's state.
pub fn release_mark(release: &Release) -> (Mark, String) {
    reason_mark(release.status, release.status_reason.as_deref())
}

/// The mark and the word of a release in the matrix, whose health has no column: one that is deployed and does not run says so.
pub fn cell_mark(cell: &MatrixCell) -> (Mark, String) {
    match (cell.status, cell.health) {
        (ReleaseState::Deployed, Health::Degraded) => (Mark::Warn, "deployed, degraded".to_owned()),
        (status, _) => reason_mark(status, cell.status_reason.as_deref()),
    }
}

fn reason_mark(status: ReleaseState, reason: Option<&str>) -> (Mark, String) {
    match (status, reason) {
        (ReleaseState::Failed, Some(reason @ ("stuck" | "uninstalling"))) => {
            (if reason == "stuck" { Mark::Bad } else { Mark::Busy }, reason.to_owned())
        }
        (state, _) => (state_mark(state), state.word().to_owned()),
    }
}

/// The mark of one of the six states.
pub fn state_mark(state: ReleaseState) -> Mark {
    match state {
        ReleaseState::Deployed => Mark::Good,
        ReleaseState::PendingInstall | ReleaseState::PendingUpgrade | ReleaseState::PendingRollback => Mark::Busy,
        ReleaseState::Failed => Mark::Bad,
        ReleaseState::Uninstalled => Mark::Gone,
    }
}

/// The mark of a release's health.
pub fn health_mark(health: Health) -> Mark {
    match health {
        Health::Healthy => Mark::Good,
        Health::Progressing => Mark::Busy,
        Health::Degraded => Mark::Warn,
        Health::Unknown => Mark::Unknown,
    }
}

/// The mark of an operation's status.
pub fn operation_mark(status: OperationStatus) -> Mark {
    match status {
        OperationStatus::Queued => Mark::Waiting,
        OperationStatus::Running => Mark::Busy,
        OperationStatus::Succeeded => Mark::Good,
        OperationStatus::Failed => Mark::Bad,
        OperationStatus::Cancelled => Mark::Stopped,
        OperationStatus::Interrupted => Mark::Warn,
    }
}

/// What an operation is called: `Upgrade`, `Rollback` …
pub fn kind_noun(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Install => "Install",
        OperationKind::Upgrade => "Upgrade",
        OperationKind::Rollback => "Rollback",
        OperationKind::Uninstall => "Uninstall",
        OperationKind::Test => "Test",
        OperationKind::Recover => "Recovery",
    }
}
