//! The switch between the system's colours, light and dark; kept in the browser. Without scripts the system decides.

use leptos::prelude::*;

/// Runs before the first paint, so that a chosen theme does not flash; part of the document's head, with its nonce.
pub const EARLY_SCRIPT: &str =
    "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

const THEMES: [(&str, &str); 3] = [("system", "System"), ("light", "Light"), ("dark", "Dark")];

/// The switch.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new("system".to_owned());
    Effect::new(move |_| {
        if let Some(kept) = storage().and_then(|storage| storage.get_item("theme").ok().flatten()) {
            theme.set(kept);
        }
    });
    let choose = move |name: &'static str| {
        theme.set(name.to_owned());
        if let Some(storage) = storage() {
            let _ = storage.set_item("theme", name);
        }
        if let Some(root) = document().document_element() {
            let _ = if name == "system" { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", name) };
        }
    };
    view! {
        <div class="theme" role="group" aria-label="Colours">
            {THEMES
                .into_iter()
                .map(|(name, word)| {
                    view! {
                        <button type="button" aria-pressed=move || (theme.get() == name).to_string() on:click=move |_| choose(name)>
                            {word}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
