//! What surrounds every page: who looks, the clock that relative times are told by, when the cluster was last seen.
//! The clock is the server's: it comes with the page, so that server and browser write the same, and moves on after
//! that. Does not show anything: `shell` does.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::session::{Viewer, frame_now, see_frame},
    domain::{
        actor::{Act, Actor, Door},
        problem::Code,
    },
};

/// How often an open page moves its clock on and asks when the cluster was last seen.
const TICK: Duration = Duration::from_secs(10);

/// What surrounds a page.
#[derive(Clone, Copy)]
pub struct Surroundings {
    viewer: StoredValue<Option<Viewer>>,
    now: RwSignal<DateTime<Utc>>,
    /// The browser's clock, in milliseconds, at the server's `now`.
    set_at: StoredValue<f64>,
    /// The server's time when the page was told it.
    told: StoredValue<DateTime<Utc>>,
    seen_at: RwSignal<Option<DateTime<Utc>>>,
    signed_out: RwSignal<bool>,
}

/// Takes over the frame that the server made and keeps it up to date in the browser.
pub fn provide() {
    let frame = SharedValue::new(frame_now).into_inner();
    let signed_in = frame.viewer.is_some();
    let here = Surroundings {
        viewer: StoredValue::new(frame.viewer),
        now: RwSignal::new(frame.now),
        set_at: StoredValue::new(0.0),
        told: StoredValue::new(frame.now),
        seen_at: RwSignal::new(frame.seen_at),
        signed_out: RwSignal::new(false),
    };
    provide_context(here);
    Effect::new(move |_| {
        here.set_at.set_value(web_sys::js_sys::Date::now());
        set_interval(move || here.tick(signed_in), TICK);
    });
}

/// What surrounds this page.
pub fn surroundings() -> Surroundings {
    expect_context()
}

impl Surroundings {
    /// Who looks.
    pub fn viewer(self) -> Option<Viewer> {
        self.viewer.get_value()
    }

    /// The time that relative times are told by; follows the clock.
    pub fn now(self) -> DateTime<Utc> {
        self.now.get()
    }

    /// That time as it is now, for texts that need not follow it.
    pub fn now_untracked(self) -> DateTime<Utc> {
        self.now.get_untracked()
    }

    /// When the watch last gave a sign of life.
    pub fn seen_at(self) -> Option<DateTime<Utc>> {
        self.seen_at.get()
    }

    /// Whether the session has ended while the page was open.
    pub fn signed_out(self) -> bool {
        self.signed_out.get()
    }

    /// Whether who looks may change releases; if not, why.
    pub fn may_change(self) -> Result<(), String> {
        self.may(Act::Change)
    }

    /// Whether who looks may do that; if not, why.
    pub fn may(self, act: Act) -> Result<(), String> {
        let viewer = self.viewer().ok_or("Sign in to change anything.")?;
        Actor::person(viewer.name, viewer.role, vec![], Door::Page).demand(act).map_err(|problem| problem.detail)
    }

    /// Moves the clock on by what has passed in the browser; wrong clocks there do not matter.
    pub fn advance(self) {
        let passed = web_sys::js_sys::Date::now() - self.set_at.get_value();
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since the page was loaded")]
        let passed = TimeDelta::milliseconds(passed.max(0.0) as i64);
        self.now.set(self.told.get_value() + passed);
    }

    fn tick(self, signed_in: bool) {
        self.advance();
        if !signed_in || document().hidden() {
            return;
        }
        spawn_local(async move {
            match see_frame().await {
                Ok(frame) => {
                    self.set_at.set_value(web_sys::js_sys::Date::now());
                    self.told.set_value(frame.now);
                    self.now.set(frame.now);
                    self.seen_at.set(frame.seen_at);
                    self.signed_out.set(false);
                }
                Err(error) => self.signed_out.set(error.0.code == Code::NotSignedIn),
            }
        });
    }
}
