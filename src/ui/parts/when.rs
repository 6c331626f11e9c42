//! Times: relative in words, exact in the element and its title. The clock is the server's, so both sides write the
//! same.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::{
    domain::ago::{ago, ahead, exact, plain},
    ui::frame::surroundings,
};

/// How long ago something was.
#[component]
pub fn When(
    /// When.
    at: DateTime<Utc>,
) -> impl IntoView {
    let here = surroundings();
    view! { <time datetime=exact(at) title=exact(at)>{move || ago(at, here.now())}</time> }
}

/// How long until something will be, and when that is.
#[component]
pub fn Until(
    /// When.
    at: DateTime<Utc>,
) -> impl IntoView {
    let here = surroundings();
    view! { <time datetime=exact(at) title=exact(at)>{move || ahead(at, here.now())} {format!(" ({})", plain(at))}</time> }
}
