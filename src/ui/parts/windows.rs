//! A tenant's maintenance windows, and whether one is open. Does not work that out: the server does.

use leptos::prelude::*;

use super::{
    sheet::Sheet,
    state::{Mark, State},
    when::Until,
};
use crate::domain::window::{Opening, Window};

/// The windows.
#[component]
pub fn Windows(
    /// Which there are.
    windows: Vec<Window>,
    /// How they stand.
    opening: Opening,
) -> impl IntoView {
    let next = opening.next.map(|at| view! { <Until at/> });
    let stand = match (windows.is_empty(), opening.open) {
        (true, _) => "None: batches may change this tenant at any time.".into_any(),
        (false, true) => view! { <State mark=Mark::Good word="open now"/> }.into_any(),
        (false, false) => match next {
            Some(next) => view! { <State mark=Mark::Waiting word="closed"/> " opens " {next} }.into_any(),
            None => {
                view! { <State mark=Mark::Bad word="never opens"/> " Edit the tenant: its windows cannot be read any more." }.into_any()
            }
        },
    };
    let rows = windows.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <Sheet title="Maintenance windows">
            <div class="windows">
                <p>{stand}</p>
                {(!rows.is_empty()).then(|| view! { <ul>{rows}</ul> })}
                <p class="hint">"They bind batches. A single change by a person is possible at any time."</p>
            </div>
        </Sheet>
    }
}

fn row(window: Window) -> AnyView {
    let Window { cron, minutes, time_zone } = window;
    let long = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    view! { <li><code><b>{cron}</b></code> <span>"for " {long}</span> <span class="muted">{time_zone}</span></li> }.into_any()
}
