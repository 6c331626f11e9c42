//! Live pages: one stream of hints for the whole page, on which its data is asked for again; and the event stream of
//! one operation. Hints say that something changed, never what. Runs in the browser alone.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use crate::domain::{ids::OperationId, live::Live, operation::OperationEvent, pod_log::LogLine};

/// How long after a hint the page asks again: hints come in bursts.
const SOON: Duration = Duration::from_millis(120);
/// The least time between two questions of the same page.
const GAP: f64 = 800.0;
/// How long until a stream that the server ended is opened again.
const RETRY: Duration = Duration::from_secs(5);

type Ear = Arc<dyn Fn(Option<&Live>) + Send + Sync>;

/// Who wants to hear of hints.
#[derive(Clone, Copy)]
pub struct Hub {
    ears: StoredValue<Vec<(u64, Ear)>>,
    next: StoredValue<u64>,
    lost: RwSignal<bool>,
}

impl Hub {
    /// Whether the stream was there and is not any more.
    pub fn lost(self) -> bool {
        self.lost.get()
    }

    fn tell(self, hint: Option<&Live>) {
        for (_, ear) in self.ears.get_value() {
            ear(hint);
        }
    }

    fn open(self) {
        let Ok(source) = EventSource::new("/api/v1/live") else { return };
        // After every connect, the first one included, something may have been missed.
        on(&source, "hello", move |_| {
            self.lost.set(false);
            self.tell(None);
        });
        on(&source, "message", move |text| {
            if let Ok(hint) = serde_json::from_str(&text) {
                self.tell(Some(&hint));
            }
        });
        let closed = source.clone();
        let trouble = Closure::<dyn FnMut()>::new(move || {
            self.lost.set(true);
            if closed.ready_state() == EventSource::CLOSED {
                set_timeout(move || self.open(), RETRY);
            }
        });
        source.set_onerror(Some(trouble.as_ref().unchecked_ref()));
        trouble.forget();
    }
}

/// Makes the hub; once, around all pages. Opens the stream only for who is signed in.
pub fn provide(signed_in: bool) -> Hub {
    let hub = Hub { ears: StoredValue::new(vec![]), next: StoredValue::new(0), lost: RwSignal::new(false) };
    provide_context(hub);
    Effect::new(move |_| {
        if signed_in {
            hub.open();
        }
    });
    hub
}

/// Asks again, soon but not too often, when a hint concerns this page, and after every reconnect.
pub fn on_hint(concerns: impl Fn(&Live) -> bool + Send + Sync + 'static, again: impl Fn() + Clone + Send + Sync + 'static) {
    let Some(hub) = use_context::<Hub>() else { return };
    let me = StoredValue::new(None::<u64>);
    // When the last question was asked, and whether the next one is planned.
    let state = StoredValue::new((0.0_f64, false));
    let ear: Ear = Arc::new(move |hint| {
        let (last, planned) = state.get_value();
        if planned || hint.is_some_and(|hint| !concerns(hint)) {
            return;
        }
        state.set_value((last, true));
        let wait = (GAP - (web_sys::js_sys::Date::now() - last)).clamp(0.0, GAP);
        let again = again.clone();
        set_timeout(
            move || {
                // The page may have been left meanwhile.
                if state.try_set_value((web_sys::js_sys::Date::now(), false)).is_none() {
                    again();
                }
            },
            SOON.max(Duration::from_secs_f64(wait / 1000.0)),
        );
    });
    Effect::new(move |_| {
        let id = hub.next.get_value();
        hub.next.set_value(id + 1);
        hub.ears.update_value(|ears| ears.push((id, ear.clone())));
        me.set_value(Some(id));
    });
    on_cleanup(move || {
        let mine = me.try_get_value().flatten();
        let _ = hub.ears.try_update_value(|ears| ears.retain(|(id, _)| Some(*id) != mine));
    });
}

/// Hands on the events of an operation after that number, as they come, until the page is left.
pub fn on_event(id: OperationId, after: u32, hear: impl Fn(OperationEvent) + Clone + Send + Sync + 'static) {
    Effect::new(move |_| {
        let Ok(source) = EventSource::new(&format!("/api/v1/operations/{id}/events?after={after}")) else { return };
        let hear = hear.clone();
        on(&source, "message", move |text| {
            if let Ok(event) = serde_json::from_str(&text) {
                hear(event);
            }
        });
        // Made in here, and not around: what belongs to one thread must never be made on the server, where a page may
        // be dropped on another thread than the one that rendered it.
        let open = StoredValue::new_local(source);
        on_cleanup(move || {
            let _ = open.try_with_value(EventSource::close);
        });
    });
}

/// Hands on the lines of a log that is followed, until it ends or the page is left.
pub fn on_line(address: String, hear: impl Fn(LogLine) + Clone + Send + Sync + 'static) {
    Effect::new(move |_| {
        let Ok(source) = EventSource::new(&address) else { return };
        let (hear, ended) = (hear.clone(), source.clone());
        on(&source, "message", move |text| {
            if let Ok(line) = serde_json::from_str(&text) {
                hear(line);
            }
        });
        on(&source, "end", move |_| ended.close());
        let open = StoredValue::new_local(source);
        on_cleanup(move || {
            let _ = open.try_with_value(EventSource::close);
        });
    });
}

fn on(source: &EventSource, kind: &str, mut hear: impl FnMut(String) + 'static) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| hear(event.data().as_string().unwrap_or_default()));
    let _ = source.add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
    // Lives as long as the page: streams are few.
    heard.forget();
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_be_dropped_on_another_thread_than_the_one_that_rendered_it() {
        let owner = Owner::new();
        owner.with(|| {
            provide(true);
            on_hint(|_| true, || ());
            on_event(OperationId(uuid::Uuid::nil()), 0, |_| ());
        });
        std::thread::spawn(move || owner.cleanup()).join().unwrap();
    }
}
