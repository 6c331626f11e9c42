//! Where the focus goes as pages come and go: to the content of a page that is new, and on a page that one comes back to, to
//! the link that led away from it. Within a page it moves nothing: what is drawn anew stays in its place.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{hooks::use_location, location::Location};
use web_sys::{
    HtmlElement,
    js_sys::{Function, Object, Reflect},
};

/// For how many frames a page that has its data may take to show it.
const FRAMES: u32 = 60;

/// Where the focus is to go once the page that is on its way is there.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Goal {
    /// To its search.
    Search,
    /// To the link that leads to that path.
    Link(String),
}

/// Knows where the focus is to go next.
#[derive(Clone, Copy)]
pub struct Focus {
    goal: StoredValue<Option<Goal>>,
}

/// Follows the pages; once, around all of them.
pub fn provide() {
    let focus = Focus { goal: StoredValue::new(None) };
    provide_context(focus);
    let Location { pathname: path, search, .. } = use_location();
    // The path that was left just now, if it is another one.
    let left = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        // The router listens, too, and since longer: by the time that this is called the effect below has run.
        let listener = window_event_listener(ev::popstate, move |_| {
            if let Some(path) = left.get_value() {
                focus.goal.set_value(Some(Goal::Link(path)));
            }
        });
        on_cleanup(move || listener.remove());
    });
    Effect::new(move |before: Option<String>| {
        let here = path.get();
        search.track();
        let before = before.filter(|before| *before != here);
        if before.is_some() {
            to_content();
            if focus.goal.get_value() != Some(Goal::Search) {
                focus.goal.set_value(None);
            }
        }
        left.set_value(before);
        here
    });
}

impl Focus {
    /// The next page's search is wanted.
    pub fn seek_search(self) {
        self.goal.set_value(Some(Goal::Search));
    }

    /// The data of a page is there, and will be seen in a moment. That may still be the page that is about to go, so that
    /// the goal stays until it is reached.
    pub fn arrived(self) {
        self.reach(FRAMES);
    }

    /// Goes there as soon as it is there, and again where it was drawn anew, unless somebody has gone elsewhere meanwhile.
    fn reach(self, frames: u32) {
        if self.goal.with_value(Option::is_none) {
            return;
        }
        request_animation_frame(move || {
            let Some(goal) = self.goal.get_value() else { return };
            let found = match goal {
                Goal::Search => element("[data-search]"),
                Goal::Link(path) => {
                    let path = path.replace('\\', "\\\\").replace('"', "\\\"");
                    element(&format!("main a[href=\"{path}\"], main a[href^=\"{path}?\"]"))
                }
            };
            let active = document().active_element();
            let there = active.is_some() && active.as_ref() == found.as_ref().map(AsRef::as_ref);
            let nowhere = active.is_none_or(|active| active.id() == "main" || active.tag_name() == "BODY");
            match found {
                Some(found) if nowhere => drop(found.focus()),
                _ => {}
            }
            if !nowhere && (!there || frames == 0) {
                self.goal.set_value(None);
            } else if frames > 0 {
                self.reach(frames - 1);
            }
        });
    }
}

/// The first element of that kind.
pub fn element(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// The focus goes to the part of the page with that id, which is scrolled to.
pub fn to_part(id: &str) {
    let Some(part) = element(&format!("#{id}")) else { return };
    part.scroll_into_view();
    let _ = part.focus();
}

/// The focus goes to the page's content, from where the tab key leads on; nothing is scrolled.
pub fn to_content() {
    let Some(main) = element("#main") else { return };
    let options = Object::new();
    let _ = Reflect::set(&options, &"preventScroll".into(), &true.into());
    // By its name: the type of these options would have to be asked of web-sys for this alone.
    let focus = Reflect::get(&main, &"focus".into()).ok().and_then(|focus| focus.dyn_into::<Function>().ok());
    if let Some(focus) = focus {
        let _ = focus.call1(&main, &options);
    }
}
