//! The one boundary of a page behind which its data is awaited. While the data is asked for again the page stays as
//! it was; if that fails it stays, too, and says so.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::problem::{ProblemNote, ProblemPage};
use crate::{api::ApiError, domain::problem::Code, ui::focus::Focus};

/// Shows data once it is there, or why it is not.
#[component]
pub fn Loaded<T, V>(
    /// The data.
    data: Resource<Result<T, ApiError>>,
    /// How it is shown.
    view: V,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
{
    // What was shown last; kept in the browser only, where the same page outlives a server that restarts.
    let last = StoredValue::new(None::<T>);
    let focus = use_context::<Focus>();
    Effect::new(move |_| {
        if let Some(Ok(found)) = data.get() {
            last.set_value(Some(found));
            if let Some(focus) = focus {
                focus.arrived();
            }
        }
    });
    view! {
        <Transition fallback=|| view! { <p class="waiting">"Loading …"</p> }>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match (data.await, last.get_value()) {
                        (Ok(found), _) => view(found),
                        (Err(error), Some(former)) if error.0.code == Code::Internal => {
                            view! { <ProblemNote problem=error.0/> {view(former)} }.into_any()
                        }
                        (Err(error), _) => view! { <ProblemPage problem=error.0/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}
